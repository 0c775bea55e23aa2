"""The baseline: one row that stands for "absent"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.sites import Site
from nbviz.network.arguments import errors_of
from nbviz.network.samples import read_row


def check_word(baseline: Any) -> None:
    """Whether a baseline that is a word is one that is known, also where the method reads none.

    Raises:
        ValueError: It is not.
    """
    if isinstance(baseline, str) and baseline not in ("mean", "zero"):
        raise ValueError(f"Expected baseline 'mean', 'zero' or one row. Received {baseline!r}.")


def baseline_row(
    baseline: Any, explained: ExplainedOutputs, background: Sequence[np.ndarray], places: Sequence[Site]
) -> list[np.ndarray]:
    """What stands at some places for an absent feature.

    Args:
        baseline: `"mean"` of the background (of text and ids, the most common value), `"zero"`, or one row of inputs.
        explained: The outputs that are explained.
        background: What is at these places for rows of the background, one array (rows, *shape) each.
        places: The places.

    Returns:
        One array (1, *shape) for each place.

    Raises:
        TypeError: A row that is not of numbers.
        ValueError: Another word, several rows, or a row that does not fit the model.
    """
    check_word(baseline)
    if isinstance(baseline, str):
        if baseline == "mean":
            return [_middle(values, place) for values, place in zip(background, places, strict=True)]
        return [np.full_like(values[:1], "" if values.dtype == object else 0) for values in background]
    with errors_of("The baseline"):
        row = read_row(baseline, explained.specs)
    if len(row[0]) != 1:
        expected = ", ".join(spec.expected.replace("n", "1", 1) for spec in explained.specs)
        raise ValueError(
            f"Expected a baseline of one row, shape {expected}. Received {len(row[0])} rows; for several, use "
            "background= with a method that reads a set of rows."
        )
    return explained.values(row, places)


def _middle(values: np.ndarray, place: Site) -> np.ndarray:
    """(1, ...): the mean of the rows; of text and ids, which have none, the most common one of each feature."""
    if not place.names:
        return np.asarray(values.mean(axis=0, keepdims=True, dtype=np.float64).astype(values.dtype))
    flat = values.reshape(len(values), -1)
    common = np.empty((1, flat.shape[1]), values.dtype)
    for feature in range(flat.shape[1]):
        different, counts = np.unique(flat[:, feature], return_counts=True)
        common[0, feature] = different[counts.argmax()]
    return common.reshape(1, *values.shape[1:])

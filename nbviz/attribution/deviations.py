"""How far each feature is spread: slopes multiplied by it do not depend on the features' units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nbviz.attribution.notes import note
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.rows import Rows
from nbviz.attribution.table.table_words import PLAIN_SLOPES


def deviations(
    explained: ExplainedOutputs, rows: Rows, background: Sequence[np.ndarray] | None
) -> list[np.ndarray] | None:
    """Standard deviations over the rows, one array (*site shape) for each site.

    Rows that are all alike, as one is, tell none: then over the background.

    Args:
        explained: The model's outputs.
        rows: The rows to explain.
        background: What was given to compare them with, one array for each input; None for nothing.

    Returns:
        None where neither the rows nor a background tell any deviation, which is noted.

    Raises:
        ValueError: The rows tell none, and the background is one row.
    """
    found = None if rows.count == 1 else _over(explained, rows)
    # Units that are dead in rows that differ have no deviation, and no strength.
    if found is not None and (any(part.any() for part in found) or not _are_alike(rows)):
        return found
    if background is None:
        note(f"{PLAIN_SLOPES} Pass background= (rows of the training data) for slopes that can be compared.")
        return None
    if len(background[0]) == 1:
        raise ValueError(
            "Expected a background of several rows: slopes of one row, or of rows all alike, are multiplied by the "
            "deviation of each feature over them. Received one."
        )
    return [value.std(axis=0, dtype=np.float64) for value in explained.values(background, explained.sites)]


def _over(explained: ExplainedOutputs, rows: Rows) -> list[np.ndarray]:
    count, mean, squares = 0, [np.zeros(())], [np.zeros(())]
    for batch in rows:
        values = explained.values(batch.inputs, explained.sites)
        # Welford's update by batches: sums of squares would cancel for a feature like 1e6 + noise.
        more = len(batch.places)
        means = [value.mean(axis=0, dtype=np.float64) for value in values]
        moments = [((value - m) ** 2).sum(axis=0, dtype=np.float64) for value, m in zip(values, means, strict=True)]
        if not count:
            mean, squares = means, moments
        else:
            for place, (old, new) in enumerate(zip(mean, means, strict=True)):
                squares[place] = squares[place] + moments[place] + (new - old) ** 2 * count * more / (count + more)
                mean[place] = old + (new - old) * more / (count + more)
        count += more
    return [np.sqrt(part / count) for part in squares]


def _are_alike(rows: Rows) -> bool:
    first: list[np.ndarray] = []
    for batch in rows:
        first = first or [array[:1] for array in batch.inputs]
        if any((array != one).any() for array, one in zip(batch.inputs, first, strict=True)):
            return False
    return True

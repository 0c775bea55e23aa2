"""What the waterfall sends to the browser: one sample's contributions, for the classes that matter.

The numbers travel as bytes beside it, float32, little endian, (3 + features, classes): start, end, sum of the features
that are not sent one by one, then each feature that is.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from nbviz.style.numbers import short, signed

SIDE_BY_SIDE = 4  # up to so many classes all have a column
COLUMNS = 3  # of more: the predicted, the true and the next likely one
IN_ORDER = 16  # up to so many classes all have small bars, in their own order
MOST_LIKELY = 12  # of more these have, and what stands side by side
EVERY_FEATURE = 100  # up to so many features are sent; the browser picks the rows
FEATURES_A_CLASS = 8  # of more, the largest of each class


class WaterfallWire(TypedDict):
    """One sample; an empty dict before the first."""

    sample: str
    title: str
    over: str  # the region of the output over which outputs are means; "" for all of it
    adds_up: str
    start_name: str
    end_name: str
    features: list[str]  # those sent one by one
    feature_values: list[str]  # "" where none is told
    units: list[int | None]  # of the diagram, one a feature
    more: int  # features that are not sent one by one
    classes: list[int]  # indices, ascending
    class_names: list[str]
    p: list[float | None] | None  # None where the outputs are no classes
    columns: list[int]  # indices of the classes that stand side by side
    predicted: int | None
    truth: int | None
    others: int  # classes that are not sent
    others_p: float | None  # of all of them together
    per_class: bool  # whether all classes have small bars


class Chosen(NamedTuple):
    """Which classes and features of a sample are sent."""

    columns: list[int]  # side by side, the foremost first; of few classes in their own order
    classes: list[int]  # ascending
    features: list[int]  # ascending


def choose(
    values: np.ndarray,
    rank: np.ndarray,
    first: list[int | None],
    selected: list[int | None],
) -> Chosen:
    """Which classes stand side by side, and what else the browser gets to choose from.

    Args:
        values: Contributions, shape (features, classes).
        rank: What classes are ranked by, shape (classes,): their probabilities, or their outputs.
        first: Classes that stand side by side whatever their rank: the predicted and the true one; None for neither.
        selected: The selected class and feature, which are sent in any case; None for none.
    """
    classes = values.shape[1]
    order = [int(index) for index in np.argsort(-np.nan_to_num(rank, nan=-np.inf), kind="stable")]
    chosen_class, chosen_feature = selected
    if classes <= SIDE_BY_SIDE:
        columns = sent = list(range(classes))
    else:
        columns = list(dict.fromkeys([*(index for index in first if index is not None), *order]))[:COLUMNS]
        sent = list(range(classes)) if classes <= IN_ORDER else sorted({*columns, *order[:MOST_LIKELY]})
        if chosen_class is not None and chosen_class not in sent:
            sent = sorted([*sent, chosen_class])
    return Chosen(columns, sent, _features(values[:, sent], chosen_feature))


def _features(values: np.ndarray, selected: int | None) -> list[int]:
    if len(values) <= EVERY_FEATURE:
        return list(range(len(values)))
    size = np.abs(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0))
    largest = np.argsort(-size, axis=0, kind="stable")[:FEATURES_A_CLASS]
    of_all = np.argsort(-size.sum(axis=1), kind="stable")[:FEATURES_A_CLASS]
    return sorted({*map(int, largest.ravel()), *map(int, of_all), *([] if selected is None else [selected])})


def packed(values: np.ndarray, start: np.ndarray, end: np.ndarray, chosen: Chosen) -> bytes:
    """The numbers as they travel.

    Args:
        values: Contributions, shape (features, classes).
        start: What the stack begins with, shape (classes,).
        end: What it reaches, shape (classes,).
        chosen: What is sent.
    """
    sent = values[:, chosen.classes]
    rest = np.delete(sent, chosen.features, axis=0).sum(axis=0)
    return np.stack([start[chosen.classes], end[chosen.classes], rest, *sent[chosen.features]]).astype("<f4").tobytes()


def adds_up(gap: float, size: float) -> str:
    """In words whether start and contributions make up the outputs.

    Args:
        gap: By how much they fail to.
        size: Of the largest output.
    """
    if not np.isfinite(gap):
        return "does not add up: NaN among the contributions"
    # Below the rounding of float32 there is nothing to report.
    return f"adds up to within {short(gap)}" if gap > 1e-6 * max(1.0, size) else "adds up exactly"


def value_words(values: Any, count: int) -> list[str]:
    """A sample's own values as they are printed, one for each of so many features; None for none, which are `""`."""
    if values is None:
        return [""] * count
    numbers = [None if isinstance(value, str) else float(value) for value in values]
    # Standardised values read as deviations; raw ones, never negative, need no plus.
    deviations = any(number is not None and number < 0 for number in numbers)
    return [
        str(value) if number is None else signed(number) if deviations else short(number)
        for value, number in zip(values, numbers, strict=True)
    ]


def shaped(argument: str, values: npt.ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """An array of float64.

    Raises:
        ValueError: Not of this shape.
    """
    array = np.asarray(values, dtype=float)
    if array.shape != shape:
        raise ValueError(f"Expected {argument} of shape {shape}. Received {array.shape}.")
    return array

"""What the comparison of samples sends to the browser: what the outputs of each are made of, feature by feature.

The numbers travel as bytes beside it, float32, little endian, (columns, 4 + features, classes): start, end, probability
(NaN where the outputs are no classes), sum of the features that are not sent one by one, then each feature that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

MOST_COMPARED = 6
EVERY_CLASS = 16  # up to so many classes are all sent
LIKELIEST = 3  # of more these of each column
EVERY_FEATURE = 100  # up to so many features are sent; the browser picks the rows
FEATURES_A_CLASS = 8  # of more, the largest of each column and class


class ComparedColumnWire(TypedDict):
    """One sample, or the mean of several."""

    sample: int  # row of x; -1 for a mean of several
    name: str
    feature_values: list[str]  # of the features that are sent; "" where none is told
    read: str  # as what it was read; "" where outputs are no classes
    true: str  # "" where that is not known
    is_wrong: bool
    likely: int  # class that is told of it where none is selected


class ComparisonWire(TypedDict):
    """The columns at hand; an empty dict before any."""

    features: list[str]  # those sent one by one
    units: list[int | None]  # of the diagram, one a feature
    more: int  # features that are not sent one by one
    classes: list[int]  # indices, ascending
    class_names: list[str]
    all_classes: int  # how many there are
    start_name: str
    end_name: str
    has_p: bool  # whether the outputs are probabilities of classes
    columns: list[ComparedColumnWire]


def sent_classes(
    count: int, selected: int | None, known: Sequence[int | None], probabilities: Sequence[np.ndarray]
) -> list[int]:
    """Classes that are sent, ascending.

    Args:
        count: How many there are.
        selected: The one that is selected, None for none.
        known: Those that columns are read as, or are of; None for none.
        probabilities: Of each column what classes are ranked by, (classes,).
    """
    if count <= EVERY_CLASS:
        return list(range(count))
    likely = {int(index) for p in probabilities for index in np.argsort(-np.nan_to_num(p), kind="stable")[:LIKELIEST]}
    return sorted(likely | {index for index in (selected, *known) if index is not None})


def sent_features(values: np.ndarray, selected: int | None) -> list[int]:
    """Features that are sent one by one, ascending: those of the largest contributions to any column and class.

    Args:
        values: Contributions, (columns, features, classes).
        selected: The one that is selected, None for none.
    """
    features = values.shape[1]
    if features <= EVERY_FEATURE:
        return list(range(features))
    size = np.abs(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0))
    largest = np.argsort(-size, axis=1, kind="stable")[:, :FEATURES_A_CLASS]
    return sorted({*map(int, largest.ravel()), *([] if selected is None else [selected])})


def packed_columns(
    values: np.ndarray, start: np.ndarray, end: np.ndarray, p: np.ndarray, features: Sequence[int]
) -> bytes:
    """The numbers as they travel.

    Args:
        values: Contributions, (columns, features, classes that are sent).
        start: What each sum begins with, (columns, classes that are sent).
        end: What it reaches, of this shape.
        p: Probabilities, of this shape.
        features: Those that are sent one by one.
    """
    rest = np.delete(values, features, axis=1).sum(axis=1)
    told = np.concatenate([np.stack([start, end, p, rest], axis=1), values[:, list(features)]], axis=1)
    return told.astype("<f4").tobytes()

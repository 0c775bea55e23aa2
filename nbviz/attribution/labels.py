"""What the user gives as y, as numbers beside the model's outputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from nbviz.attribution.sites import Head

_MOST_LABELS = 100_000


def labels_in(answers: Iterable[np.ndarray | None]) -> np.ndarray | None:
    """All different answers, sorted: a batch alone may lack a class. None of numbers without end, or of none."""
    found: np.ndarray | None = None
    for y in answers:
        if y is None or (y.ndim > 1 and y.shape[1:] != (1,)):
            return None
        try:
            fresh = np.unique(y[~pd.isna(y)])
            found = fresh if found is None else np.union1d(found, fresh)
        except TypeError as error:
            raise ValueError("Expected labels of one kind in y. Received labels that cannot be sorted.") from error
        if len(found) > _MOST_LABELS:
            return None
    return found


def targets(y: Any, head: Head, labels: np.ndarray | None = None) -> np.ndarray:
    """Y as one column per output: one-hot for classes, the numbers themselves for a regression.

    Args:
        y: Class indices, one-hot rows, other labels (numbered in sorted order), or numbers of a regression.
        head: The output they belong to.
        labels: All different answers, where y is only a part of them; see `labels_in`.

    Returns:
        (rows, classes), float64.

    Raises:
        ValueError: y does not fit the output, or has gaps.
    """
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    missing = pd.isna(array) if array.dtype.kind != "f" else ~np.isfinite(array)
    if missing.any():
        raise ValueError(
            f"Expected y without gaps. Received missing or infinite values in {int(missing.sum())} places; "
            "fill them, or drop these rows of x and y."
        )
    if array.ndim == 2 and array.shape[1] == head.classes and array.dtype.kind in "biuf":
        return array.astype(float)
    if array.ndim != 1:
        raise ValueError(
            f"Expected y of shape (n,) or (n, {head.classes}). Received {('n', *array.shape[1:])}; it should hold one "
            f"answer per row of the output {head.name!r}."
        )
    if head.classes == 1:
        if array.dtype.kind not in "biuf":
            array = class_indices(array, 2, labels)
        return array.astype(float)[:, np.newaxis]
    if head.kind == "linear":
        raise ValueError(f"Expected y of shape (n, {head.classes}) for a regression. Received shape {array.shape}.")
    return np.asarray(np.eye(head.classes)[class_indices(array, head.classes, labels)])


def class_indices(array: np.ndarray, classes: int, labels: np.ndarray | None = None) -> np.ndarray:
    """(rows,) int32: class indices as they are, other labels numbered in the sorted order of all of them."""
    if labels is None:
        labels = labels_in([array])
    if labels is None:
        raise ValueError(f"Expected y with {classes} classes. Received more than {_MOST_LABELS} different values.")
    if labels.dtype.kind in "biuf" and labels[0] >= 0 and labels[-1] < classes and (labels == labels.astype(int)).all():
        return array.astype(np.int32)
    if len(labels) != classes:
        shown = ", ".join(repr(label.item() if hasattr(label, "item") else label) for label in labels[:5])
        raise ValueError(
            f"Expected y with {classes} classes: indices from 0 to {classes - 1}, one-hot rows, or {classes} different "
            f"labels. Received {len(labels)} different: {shown}{', ...' if len(labels) > 5 else ''}."
        )
    return np.searchsorted(labels, array).astype(np.int32)

"""Labels as numbers: the model only knows class indices.

By the class names where labels are among them, by the categories of a pandas Categorical, as they are where they are
class indices, else in sorted order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from nbviz.network.array_like import refuse_masked

_MOST_LABELS = 100_000
_SHOWN = 5  # labels that an error lists


@dataclass(frozen=True, eq=False)
class NumberedAnswers:
    """The answers to rows of data, as numbers beside one output.

    Attributes:
        values: (rows,), class indices, or the numbers of a regression, of several outputs (rows, outputs); of labels
            that do not exclude each other (rows, labels).
        numbers: Label -> class index, of labels that are none themselves; empty of class indices and numbers.
        names: The labels in the order of their numbers, where y tells them; else None.
        any_order: Whether they could as well stand in any other order, as labels and columns do.
        others: Of class indices what else they may be, (classes,) each: class index -> number, -1 of those without.
    """

    values: np.ndarray
    numbers: dict[Any, int] = field(default_factory=dict)
    names: list[str] | None = None
    any_order: bool = False
    others: tuple[np.ndarray, ...] = ()


def number_labels(
    array: np.ndarray, classes: int, names: Sequence[str] | None, categories: Sequence[Any] | None
) -> NumberedAnswers:
    """Number one label a row.

    Args:
        array: (rows,), the labels.
        classes: How many classes there are.
        names: Their names, in the model's order.
        categories: Of a pandas Categorical, in their order.

    Raises:
        ValueError: They do not fit the classes.
    """
    if array.dtype.kind not in "biuf" and names is not None:
        found = _by_names(array, names)
        if found is not None:
            return found
    labels = labels_in([array])
    if labels is None:
        raise ValueError(f"Expected y with {classes} classes. Received more than {_MOST_LABELS} different values.")
    indices = are_indices(labels, classes)
    if array.dtype.kind in "biuf" and names is not None and (labels.dtype == bool or categories or not indices):
        found = _by_names(array, names)
        if found is not None:
            return found
    if categories is not None:
        if len(categories) != classes:
            present = set(labels.tolist())
            categories = [category for category in categories if category in present]
        # Fewer categories than classes do not tell where the others belong.
        if not indices or (len(categories) == classes and list(categories) != list(range(classes))):
            return _in_order(array, np.array([*categories, None], object)[:-1], classes)
    if indices:
        return NumberedAnswers(array.astype(np.int32), others=_other_indices(labels, classes, names))
    return _in_order(array, labels, classes)


def labels_in(answers: Iterable[np.ndarray | None]) -> np.ndarray | None:
    """All different answers, sorted: a batch alone may lack a class. None of numbers without end, or of none."""
    found: np.ndarray | None = None
    for y in answers:
        if y is None or (y.ndim > 1 and y.shape[1:] != (1,)):
            return None
        y = plain_array(y)  # text comes out of a stream as bytes
        try:
            fresh = np.unique(y[~pd.isna(y)])
            found = fresh if found is None else np.union1d(found, fresh)
        except TypeError as error:
            raise ValueError("Expected labels of one kind in y. Received labels that cannot be sorted.") from error
        if len(found) > _MOST_LABELS:
            return None
    return found


def class_indices(array: np.ndarray, classes: int) -> np.ndarray:
    """(rows,) int32: class indices as they are, other labels numbered in the sorted order of all of them."""
    return number_labels(array, classes, None, None).values.astype(np.int32)


def plain_array(y: Any) -> np.ndarray:
    """Y as an array of numbers, or of labels; missing values stay what they are.

    Raises:
        ValueError: Rows of unequal lengths, or masked cells.
    """
    refuse_masked("y", y)
    try:
        array = np.asarray(y)
    except ValueError as error:
        raise ValueError("Expected y as one array. Received rows of unequal lengths.") from error
    if array.dtype.kind in "SU" and isinstance(y, (list, tuple)):
        values = np.asarray(y, object)
        if pd.isna(values).any():
            array = values  # numpy calls a missing label "nan"
    if array.dtype.kind == "S":
        return array.astype(str)
    if array.dtype != object or array.ndim == 0:
        return array
    if any(isinstance(value, bytes) for value in array.flat):
        array = np.array([v.decode() if isinstance(v, bytes) else v for v in array.flat], object).reshape(array.shape)
    # Numbers in pandas' own types, such as Int64 and boolean, come as objects.
    missing = pd.isna(array)
    kinds = {type(value) for value in array[~missing].flat}
    if kinds and all(issubclass(kind, (bool, np.bool_, int, float, np.integer, np.floating)) for kind in kinds):
        return np.where(missing, np.nan, array).astype(float) if missing.any() else np.array(array.tolist())
    return array


def categories_of(y: Any) -> list[Any] | None:
    """The categories of a pandas Categorical, in their order; None of anything else."""
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    categories = getattr(getattr(y, "dtype", None), "categories", None)
    return None if categories is None else plain_array(categories).tolist()


def are_indices(labels: np.ndarray, classes: int) -> bool:
    """Whether labels are whole numbers from 0 to classes - 1."""
    return labels.dtype.kind in "biuf" and bool(np.isin(labels, np.arange(classes)).all())


def some_of(labels: np.ndarray) -> str:
    """The first labels, for an error."""
    shown = [repr(label.item() if hasattr(label, "item") else label) for label in labels.reshape(-1)[:_SHOWN]]
    return f"{', '.join(shown)}{', ...' if labels.size > _SHOWN else ''}"


def _in_order(array: np.ndarray, labels: np.ndarray, classes: int) -> NumberedAnswers:
    if len(labels) != classes:
        way_out = "; class_names= says which of the classes these are" if len(labels) < classes else ""
        raise ValueError(
            f"Expected y with {classes} classes: indices from 0 to {classes - 1}, one-hot rows, or {classes} different "
            f"labels. Received {len(labels)} different: {some_of(labels)}{way_out}."
        )
    numbers = {label: number for number, label in enumerate(labels.tolist())}
    values = np.array([numbers[label] for label in array.tolist()], np.int32)
    return NumberedAnswers(values, numbers, [_word(label) for label in labels.tolist()], any_order=True)


def _by_names(array: np.ndarray, names: Sequence[str]) -> NumberedAnswers | None:
    """Labels that are class names, as text; None where they are other labels altogether."""
    names = [str(name) for name in names]
    of_label = {label: _text_among(label, names) for label in set(array.tolist())}
    found = set(of_label.values())
    twice = sorted(name for name in found if names.count(name) > 1)
    if twice:
        raise ValueError(
            f"Expected class_names that differ, since y holds names. Received {twice[0]!r} twice; "
            "give y as class indices."
        )
    numbers = {name: number for number, name in enumerate(names)}
    # One name is that of the second of two classes: its absence is the first.
    if len(names) == 1 and names[0] in found and len(found) <= 2:
        numbers = {label: int(label == names[0]) for label in found}
    unknown = sorted(found - set(numbers))
    if unknown and len(unknown) < len(found):
        raise ValueError(
            f"Expected labels of y among the class_names {list(names)}. Received {', '.join(map(repr, unknown[:5]))} "
            "too."
        )
    if unknown:
        return None
    values = np.array([numbers[of_label[label]] for label in array.tolist()])
    return NumberedAnswers(values, numbers, any_order=True)


def _text_among(label: Any, names: Sequence[str]) -> str:
    """A label as text: a number as it is written among the names, 8.0 as "8"."""
    text, short = str(label), _word(label)
    return short if short in names and text not in names else text


def _other_indices(labels: np.ndarray, classes: int, names: Sequence[str] | None) -> tuple[np.ndarray, ...]:
    """What different class indices may be instead: numbered from one, in their own order, or names of classes."""
    indices = labels.astype(int)
    if len(indices) < 2:
        return ()
    candidates = [np.arange(len(indices)), indices - indices[0]]
    if names is not None and {str(index) for index in indices} <= set(names):
        candidates.append(np.array([list(names).index(str(index)) for index in indices]))
    found: list[np.ndarray] = []
    for candidate in candidates:
        other = np.full(classes, -1)
        other[indices] = candidate
        if (candidate != indices).any() and not any((other == known).all() for known in found):
            found.append(other)
    return tuple(found)


def _word(label: Any) -> str:
    return f"{label:g}" if isinstance(label, float) else str(label)

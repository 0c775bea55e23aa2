"""What the user gives as y, as numbers beside the model's outputs.

A label that is no class index has to be numbered, and the model only knows numbers: by the class names where they are
given, by the categories of a pandas Categorical, else in sorted order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from nbviz.attribution.sites import Head

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
    """

    values: np.ndarray
    numbers: dict[Any, int] = field(default_factory=dict)
    names: list[str] | None = None


def number_answers(y: Any, rows: int, head: Head, names: Sequence[str] | None = None) -> NumberedAnswers:
    """Number the answers of one output.

    Args:
        y: Class indices, one-hot rows, labels of any kind, or numbers of a regression; of labels that do not exclude
            each other a row of 0 and 1, or a list of labels.
        rows: How many answers there should be.
        head: The output they belong to.
        names: Names of its classes, in the model's order; of a single sigmoid both, or that of the second.

    Raises:
        ValueError: y does not fit the output, or has gaps.
    """
    columns = list(y.columns) if isinstance(y, pd.DataFrame) else []
    if head.has_labels and _is_lists(y):
        return _number_lists(y, rows, head, names)
    array = plain_array(y)
    if array.ndim == 0 or len(array) != rows:
        received = "a single value" if array.ndim == 0 else f"{len(array)}"
        raise ValueError(f"Expected y with {rows} answers, one for each row of x. Received {received}.")
    array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    _refuse_gaps(array)
    if head.kind == "linear":
        return NumberedAnswers(_numbers_of_regression(array, head))
    if array.ndim == 2:
        values = _of_rows(array, head)
        told = len(columns) == max(2, head.classes) and all(isinstance(name, str) for name in columns)
        return NumberedAnswers(values, names=columns if told else None)
    if array.ndim != 1:
        raise _wrong_shape(array, head)
    classes = 2 if head.is_binary else head.classes
    found = _number_labels(array, classes, names, _categories(y))
    if head.has_labels:
        return NumberedAnswers(np.eye(classes, dtype=int)[found.values], found.numbers, found.names)
    return found


def target_columns(y: Any, rows: int, heads: Sequence[Head], names: Mapping[str, Sequence[str]]) -> np.ndarray:
    """(rows, columns) float64: y of all outputs side by side, one-hot for classes.

    Args:
        y: Answers; of several outputs a list of them, or a dict by output.
        rows: How many answers there should be.
        heads: All outputs.
        names: Output -> names of its classes, where they were given.
    """
    parts = []
    for place, head in enumerate(heads):
        given = answers_of(y, heads, place)
        soft = plain_array(given) if not _is_lists(given) else np.zeros(0)
        values = number_answers(given, rows, head, names.get(head.name)).values
        if values.ndim == 1 and head.kind != "linear" and not head.is_binary:
            values = np.eye(head.classes)[values]
        if head.classes > 1 and soft.ndim == 2 and soft.shape[1] == head.classes:
            values = soft  # probabilities of classes stay what they are
        parts.append(values.astype(float).reshape(rows, head.classes))
    return np.concatenate(parts, axis=1)


def is_by_output(y: Any, heads: Sequence[Head]) -> bool:
    """Whether y has a part for each output: a dict, or a list of as many answers."""
    if isinstance(y, Mapping) or len(heads) == 1:
        return isinstance(y, Mapping)
    return isinstance(y, (list, tuple)) and len(y) == len(heads) and not any(np.ndim(part) == 0 for part in y)


def answers_of(y: Any, heads: Sequence[Head], place: int) -> Any:
    """The part of y that belongs to one of the outputs: of a dict by name, of a list by place.

    Raises:
        ValueError: y holds no answers of this output.
    """
    name, names = heads[place].name, [head.name for head in heads]
    if isinstance(y, Mapping):
        if name not in y:
            raise ValueError(
                f"Expected y with the answers of the output {name!r}. Received a dict with the keys {list(y)}."
            )
        return y[name]
    if len(heads) == 1:
        return y
    if not is_by_output(y, heads):
        raise ValueError(
            f"Expected y as a list of answers for the outputs {names}, or a dict by output. "
            f"Received {type(y).__name__}."
        )
    return y[place]


def plain_array(y: Any) -> np.ndarray:
    """Y as an array of numbers, or of labels; missing values stay what they are.

    Raises:
        ValueError: Rows of unequal lengths.
    """
    try:
        array = np.asarray(y)
    except ValueError as error:
        raise ValueError("Expected y as one array. Received rows of unequal lengths.") from error
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
        return array.astype(float) if missing.any() else np.array(array.tolist())
    return array


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


def targets(y: Any, head: Head, labels: np.ndarray | None = None) -> np.ndarray:
    """Y of one output as its columns, float64: one-hot for classes, the numbers themselves for a regression.

    Args:
        y: As for `number_answers`.
        head: The output they belong to.
        labels: All different answers, where y is only a part of them; see `labels_in`.
    """
    if labels is not None and head.kind != "linear":
        numbers = _number_labels(labels, max(2, head.classes), None, None).numbers
        if numbers:
            y = np.array([numbers[label] for label in plain_array(y).reshape(-1).tolist()])
    return target_columns(y, len(y), [head], {})


def class_indices(array: np.ndarray, classes: int) -> np.ndarray:
    """(rows,) int32: class indices as they are, other labels numbered in the sorted order of all of them."""
    return _number_labels(array, classes, None, None).values.astype(np.int32)


def _numbers_of_regression(array: np.ndarray, head: Head) -> np.ndarray:
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"Expected numbers in y: the output {head.name!r} is a regression. Received "
            f"{'text' if array.dtype.kind in 'OU' else array.dtype}, {_some(array)}; of a classifier {_say_it(head)}."
        )
    if array.ndim == 1 and head.classes == 1:
        return array.astype(float)
    if array.ndim != 2 or array.shape[1] != head.classes:
        indices = array.ndim == 1 and _are_indices(np.unique(array[:1000]), head.classes)
        hint = f" Of class indices: {_say_it(head)}." if indices else ""
        raise ValueError(
            f"Expected y of shape (n, {head.classes}) for a regression with the output {head.name!r}. "
            f"Received shape {array.shape}.{hint}"
        )
    return array.astype(float)


def _say_it(head: Head) -> str:
    if head.classes > 1:
        words = 'output_kind="softmax" if the outputs are probabilities and output_kind="logits" if they are logits'
    else:
        words = 'output_kind="sigmoid" if the output is a probability and output_kind="logits" if it is a logit'
    return f"say {words}, or compile the model with a cross-entropy (of logits with from_logits=True)"


def _of_rows(array: np.ndarray, head: Head) -> np.ndarray:
    """Class indices of one-hot rows; of labels that do not exclude each other the rows themselves."""
    width = array.shape[1]
    if width != head.classes and not (head.is_binary and width == 2):
        raise _wrong_shape(array, head)
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"Expected y of the output {head.name!r} as class indices, rows of 0 and 1, or one label a row. "
            f"Received rows of {width} with {_some(array)}."
        )
    if head.has_labels:
        return np.asarray(array > 0.5).astype(int)
    marked = (array > 0).sum(axis=1)
    whole = np.isin(array, (0, 1)).all()
    wrong = np.flatnonzero((marked != 1) if whole else (marked == 0))
    if len(wrong):
        raise ValueError(
            f"Expected one class in each row of y, since the classes of {head.name!r} exclude each other. Received "
            f"{int(marked[wrong[0]])} in row {int(wrong[0])}, and {len(wrong)} such rows; labels of which a row has "
            "any need a sigmoid for each."
        )
    return np.asarray(array.argmax(axis=1))


def _number_labels(
    array: np.ndarray, classes: int, names: Sequence[str] | None, categories: Sequence[Any] | None
) -> NumberedAnswers:
    if array.dtype.kind not in "biuf" and names is not None:
        numbers = _by_names(array, [str(name) for name in names])
        if numbers is not None:
            return NumberedAnswers(np.array([numbers[str(label)] for label in array.tolist()]), numbers)
    labels = labels_in([array])
    if labels is None:
        raise ValueError(f"Expected y with {classes} classes. Received more than {_MOST_LABELS} different values.")
    if _are_indices(labels, classes):
        return NumberedAnswers(array.astype(np.int32))
    if categories is not None:
        if len(categories) != classes:
            present = set(labels.tolist())
            categories = [category for category in categories if category in present]
        labels = np.array(categories, object)
    if len(labels) != classes:
        raise ValueError(
            f"Expected y with {classes} classes: indices from 0 to {classes - 1}, one-hot rows, or {classes} different "
            f"labels. Received {len(labels)} different: {_some(labels)}."
        )
    numbers = {label: number for number, label in enumerate(labels.tolist())}
    values = np.array([numbers[label] for label in array.tolist()], np.int32)
    return NumberedAnswers(values, numbers, [_word(label) for label in labels.tolist()])


def _by_names(labels: np.ndarray, names: Sequence[str]) -> dict[Any, int] | None:
    """Class name -> number, of labels that are class names; None where they are other labels altogether."""
    found = set(map(str, labels.tolist()))
    twice = sorted(name for name in found if names.count(name) > 1)
    if twice:
        raise ValueError(
            f"Expected class_names that differ, since y holds names. Received {twice[0]!r} twice; "
            "give y as class indices."
        )
    # One name is that of the second of two classes: its absence is the first.
    if len(names) == 1 and names[0] in found and len(found) <= 2:
        return {label: int(label == names[0]) for label in found}
    unknown = sorted(found - set(names))
    if unknown and len(unknown) < len(found):
        raise ValueError(
            f"Expected labels of y among the class_names {list(names)}. Received {', '.join(map(repr, unknown[:5]))} "
            "too."
        )
    return None if unknown else {name: number for number, name in enumerate(names)}


def _is_lists(y: Any) -> bool:
    """Whether y is a list of labels for each row, rather than rows of numbers."""
    if isinstance(y, (pd.DataFrame, Mapping, str)) or not hasattr(y, "__len__"):
        return False
    if isinstance(y, np.ndarray) and y.dtype != object:
        return False
    rows = list(y)
    if not rows or not all(isinstance(row, (list, tuple, set, frozenset)) for row in rows):
        return False
    unequal = len({len(row) for row in rows}) > 1
    return unequal or any(isinstance(label, str) for row in rows for label in row)


def _number_lists(y: Any, rows: int, head: Head, names: Sequence[str] | None) -> NumberedAnswers:
    lists = [list(row) for row in y]
    if len(lists) != rows:
        raise ValueError(f"Expected y with {rows} answers, one for each row of x. Received {len(lists)}.")
    flat = np.array([label for row in lists for label in row], object)
    found = _number_labels(plain_array(flat), head.classes, names, None) if len(flat) else None
    values = np.zeros((rows, head.classes), int)
    if found is None:
        return NumberedAnswers(values)
    values[np.repeat(np.arange(rows), [len(row) for row in lists]), found.values] = 1
    return NumberedAnswers(values, found.numbers, found.names)


def _categories(y: Any) -> list[Any] | None:
    """The categories of a pandas Categorical, in their order; None of anything else."""
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    categories = getattr(getattr(y, "dtype", None), "categories", None)
    return None if categories is None else plain_array(categories).tolist()


def _refuse_gaps(array: np.ndarray) -> None:
    missing = pd.isna(array) if array.dtype.kind != "f" else ~np.isfinite(array)
    if missing.any():
        raise ValueError(
            f"Expected y without gaps. Received missing or infinite values in {int(missing.sum())} places; "
            "fill them, or drop these rows of x and y."
        )


def _wrong_shape(array: np.ndarray, head: Head) -> ValueError:
    return ValueError(
        f"Expected y of shape (n,) or (n, {head.classes}). Received {('n', *array.shape[1:])}; it should hold one "
        f"answer per row of the output {head.name!r}."
    )


def _are_indices(labels: np.ndarray, classes: int) -> bool:
    """Whether labels are whole numbers from 0 to classes - 1."""
    return labels.dtype.kind in "biuf" and bool(np.isin(labels, np.arange(classes)).all())


def _word(label: Any) -> str:
    return f"{label:g}" if isinstance(label, float) else str(label)


def _some(labels: np.ndarray) -> str:
    shown = [repr(label.item() if hasattr(label, "item") else label) for label in labels.reshape(-1)[:_SHOWN]]
    return f"{', '.join(shown)}{', ...' if labels.size > _SHOWN else ''}"

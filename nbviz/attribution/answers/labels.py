"""What the user gives as y, as numbers beside the model's outputs: labels, one-hot rows, numbers, by output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nbviz.attribution.answers.label_numbers import (
    NumberedAnswers,
    are_indices,
    categories_of,
    number_labels,
    plain_array,
    some_of,
)
from nbviz.attribution.sites import Head
from nbviz.network.array_like import column_text, refuse_gaps, refuse_rows
from nbviz.network.named_columns import places_by_name
from nbviz.network.paths import by_path


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
    if head.has_labels and _is_lists(y):
        return _number_lists(y, rows, head, names)
    y = in_class_order(y, head, names)
    array = plain_array(y)
    if array.ndim == 0 or len(array) != rows:
        received = "a single value" if array.ndim == 0 else f"{len(array)}"
        raise ValueError(f"Expected y with {rows} answers, one for each row of x. Received {received}.")
    array = array.reshape(rows) if array.size == rows else array
    refuse_gaps("y", array)
    if head.kind == "linear":
        return NumberedAnswers(_numbers_of_regression(array, head))
    if array.ndim == 2:
        return NumberedAnswers(_of_rows(array, head), names=_told_by(y), any_order=not head.has_labels)
    if array.ndim != 1:
        raise _wrong_shape(array, head)
    classes = 2 if head.is_binary else head.classes
    found = number_labels(array, classes, names, categories_of(y))
    if head.has_labels:
        return NumberedAnswers(np.eye(classes, dtype=int)[found.values], found.numbers, found.names)
    return found


def in_class_order(y: Any, head: Head, names: Sequence[str] | None) -> Any:
    """The columns of a table in the order of the classes that they name; anything else as it came.

    Args:
        y: As for `number_answers`.
        head: The output it belongs to.
        names: As for `number_answers`; without them columns that are numbered like the classes are named by these.

    Raises:
        ValueError: Some of the columns are named like classes, and some are not.
    """
    classes = 2 if head.is_binary else head.classes
    if not isinstance(y, pd.DataFrame) or y.shape[1] != classes or classes == 1:
        return y
    columns = [column_text(column) for column in y.columns]
    if names is None:
        names = list(map(str, range(classes)))
        if sorted(columns) != sorted(names):
            return y
    elif len(names) == 1 and names[0] in columns:  # that of the second of two classes
        names = [next((column for column in columns if column != names[0]), names[0]), names[0]]
    places = places_by_name(columns, names, "columns of y")
    return y if places is None else y.iloc[:, places]


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
        given = in_class_order(answers_of(y, heads, place), head, names.get(head.name))
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
    """The part of y that belongs to one of the outputs: of a dict by name or path, of a list by place.

    Raises:
        ValueError: y holds no answers of this output.
    """
    name, names = heads[place].name, [head.name for head in heads]
    if isinstance(y, Mapping):
        given = by_path(y, names)
        if name not in given:
            raise ValueError(
                f"Expected y with the answers of the output {name!r}. Received a dict with the keys {list(given)}."
            )
        return given[name]
    if len(heads) == 1:
        return y
    if not is_by_output(y, heads):
        raise ValueError(
            f"Expected y as a list of answers for the outputs {names}, or a dict by output. "
            f"Received {type(y).__name__}."
        )
    return y[place]


def targets(y: Any, head: Head, labels: np.ndarray | None = None, names: Sequence[str] | None = None) -> np.ndarray:
    """Y of one output as its columns, float64: one-hot for classes, the numbers themselves for a regression.

    Args:
        y: As for `number_answers`.
        head: The output they belong to.
        labels: All different answers, where y is only a part of them; see `labels_in`.
        names: As for `number_answers`.
    """
    if labels is not None and head.kind != "linear":
        y = number_some(y, head, labels, names).values
    return target_columns(y, len(y), [head], {})


def number_some(y: Any, head: Head, labels: np.ndarray | None, names: Sequence[str] | None) -> NumberedAnswers:
    """Number the answers of some rows among many.

    Args:
        y: As for `number_answers`; without gaps.
        head: The output they belong to.
        labels: All different answers, see `labels_in`; None where the answers are no labels.
        names: As for `number_answers`.

    Raises:
        ValueError: The answers do not fit the output.
    """
    if labels is None or head.kind == "linear":
        return number_answers(y, len(y), head, names)
    found = number_labels(labels, max(2, head.classes), names, None)
    of_label = dict(zip(labels.tolist(), found.values.tolist(), strict=True))
    return replace(found, values=np.array([of_label[label] for label in plain_array(y).reshape(-1).tolist()]))


def _told_by(y: Any) -> list[str] | None:
    """The names of the columns of a table, where they are more than their numbers."""
    if not isinstance(y, pd.DataFrame):
        return None
    columns = [column_text(column) for column in y.columns]
    return None if columns == list(map(str, range(len(columns)))) else columns


def _numbers_of_regression(array: np.ndarray, head: Head) -> np.ndarray:
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"Expected numbers in y: the output {head.name!r} is a regression. Received "
            f"{'text' if array.dtype.kind in 'OU' else array.dtype}, {some_of(array)}; of a classifier {_say_it(head)}."
        )
    if array.ndim == 1 and head.classes == 1:
        return array.astype(float)
    if array.ndim != 2 or array.shape[1] != head.classes:
        indices = array.ndim == 1 and are_indices(np.unique(array[:1000]), head.classes)
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
            f"Received rows of {width} with {some_of(array)}."
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


def _is_lists(y: Any) -> bool:
    """Whether y is a list of labels for each row, rather than rows of numbers."""
    if isinstance(y, (pd.DataFrame, Mapping, str)) or not hasattr(y, "__len__"):
        return False
    if isinstance(y, np.ndarray) and y.dtype != object:
        return False
    kinds = (list, tuple, set, frozenset)
    if not all(isinstance(row, kinds) or _is_missing(row) for row in y):
        return False
    rows = [row for row in y if isinstance(row, kinds)]
    unequal = len({len(row) for row in rows}) > 1
    return unequal or any(isinstance(label, str) for row in rows for label in row)


def _is_missing(value: Any) -> bool:
    """Whether it stands for no label, and is no list of some."""
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _number_lists(y: Any, rows: int, head: Head, names: Sequence[str] | None) -> NumberedAnswers:
    if len(y) != rows:
        raise ValueError(f"Expected y with {rows} answers, one for each row of x. Received {len(y)}.")
    wrong = np.array([_is_missing(row) or any(map(_is_missing, row)) for row in y])
    if wrong.any():
        refuse_rows("y", wrong)
    lists = [list(row) for row in y]
    flat = np.array([label for row in lists for label in row], object)
    found = number_labels(plain_array(flat), head.classes, names, None) if len(flat) else None
    values = np.zeros((rows, head.classes), int)
    if found is None:
        return NumberedAnswers(values)
    values[np.repeat(np.arange(rows), [len(row) for row in lists]), found.values] = 1
    return NumberedAnswers(values, found.numbers, found.names)


def _wrong_shape(array: np.ndarray, head: Head) -> ValueError:
    return ValueError(
        f"Expected y of shape (n,) or (n, {head.classes}). Received {('n', *array.shape[1:])}; it should hold one "
        f"answer per row of the output {head.name!r}."
    )

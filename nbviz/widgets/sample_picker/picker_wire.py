"""What the sample picker sends to the browser: whose rows these are, what was predicted, what is true.

The numbers travel as bytes beside it, float32, little endian, NaN where unknown:

    classes      f4 (samples, classes)   probability of each class, or label
    regression   f4 (outputs, 2, samples)   predicted value, true value
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt


class PickerWire(TypedDict):
    """The rows to choose from."""

    count: int
    names: list[str] | None  # None: "sample 32"
    class_names: list[str] | None  # of classes or labels; None: regression
    value_names: list[str] | None  # of the numbers of a regression; None: classes
    value_word: str  # what they are: "predicted", "mean squared error"
    truth: list[int] | None  # class indices; None: not known, or regression
    predicted: list[int] | None  # class indices; None: regression
    has_truth: bool
    true_labels: list[list[int]] | None  # of each row, where it has any of several labels; None: not known, or classes
    predicted_labels: list[list[int]] | None  # None: classes, or regression


@dataclass(frozen=True, eq=False)
class ClassPredictions:
    """What a classifier says of rows.

    Attributes:
        probability: Of each class, shape (samples, classes).
        truth: Class indices, shape (samples,); None where they are not known.
        predicted: Class indices, shape (samples,); None for the most probable class.
        class_names: One for each class; None for `"class 0"` and so on.
    """

    probability: npt.ArrayLike
    truth: npt.ArrayLike | None = None
    predicted: npt.ArrayLike | None = None
    class_names: Sequence[str] | None = None


@dataclass(frozen=True, eq=False)
class LabelPredictions:
    """What a model says of rows that have any of several labels, or none.

    Attributes:
        probability: Of each label, shape (samples, labels).
        truth: Whether a row has a label, shape (samples, labels); None where it is not known.
        label_names: One for each label; None for `"label 0"` and so on.
    """

    probability: npt.ArrayLike
    truth: npt.ArrayLike | None = None
    label_names: Sequence[str] | None = None


Predictions = ClassPredictions | LabelPredictions


@dataclass(frozen=True, eq=False)
class ValuePredictions:
    """What a regression says of rows.

    Attributes:
        values: What the model returns, shape (samples,), or (samples, outputs) of several numbers.
        true_values: What it should return, the same shape; None where it is not known.
        names: One for each output; None for `"output 0"` and so on.
        word: What the values are, where they are not what is predicted.
    """

    values: npt.ArrayLike
    true_values: npt.ArrayLike | None = None
    names: Sequence[str] | None = None
    word: str = "predicted"


def picker_wire(
    predictions: Predictions | ValuePredictions, names: Sequence[str] | None = None
) -> tuple[PickerWire, bytes]:
    """The rows, and the numbers beside them.

    Args:
        predictions: What the model says of them, and what is true.
        names: One for each row; None for `"sample 0"` and so on.

    Raises:
        ValueError: Lengths do not fit, or a class index is none of the classes.
    """
    if isinstance(predictions, ValuePredictions):
        return _values_wire(predictions, names)
    if isinstance(predictions, LabelPredictions):
        return _labels_wire(predictions, names)
    p = np.asarray(predictions.probability, dtype=float)
    if p.ndim != 2 or p.shape[1] == 0:
        raise ValueError(f"Expected probability of shape (samples, classes). Received {p.shape}.")
    rows, classes = p.shape
    predicted, truth = predictions.predicted, predictions.truth
    if predicted is None:
        predicted = np.where(np.isnan(p), -np.inf, p).argmax(axis=1)
    class_names = _names("class_names", predictions.class_names, classes)
    wire: PickerWire = {
        "count": rows,
        "names": _names("names", names, rows),
        "class_names": class_names if class_names is not None else [f"class {index}" for index in range(classes)],
        "value_names": None,
        "value_word": "predicted",
        "truth": None if truth is None else _class_indices("truth", truth, rows, classes),
        "predicted": _class_indices("predicted", predicted, rows, classes),
        "has_truth": truth is not None,
        "true_labels": None,
        "predicted_labels": None,
    }
    return wire, np.ascontiguousarray(p, dtype="<f4").tobytes()


def _labels_wire(predictions: LabelPredictions, names: Sequence[str] | None) -> tuple[PickerWire, bytes]:
    p = np.asarray(predictions.probability, dtype=float)
    if p.ndim != 2 or p.shape[1] == 0:
        raise ValueError(f"Expected probability of shape (samples, labels). Received {p.shape}.")
    rows, labels = p.shape
    truth = None if predictions.truth is None else np.asarray(predictions.truth)
    if truth is not None and truth.shape != p.shape:
        raise ValueError(f"Expected truth of shape {p.shape}. Received {truth.shape}.")
    label_names = _names("label_names", predictions.label_names, labels)
    wire: PickerWire = {
        "count": rows,
        "names": _names("names", names, rows),
        "class_names": label_names if label_names is not None else [f"label {index}" for index in range(labels)],
        "value_names": None,
        "value_word": "predicted",
        "truth": None,
        "predicted": None,
        "has_truth": truth is not None,
        "true_labels": None if truth is None else _sets(truth > 0.5),
        "predicted_labels": _sets(p > 0.5),
    }
    return wire, np.ascontiguousarray(p, dtype="<f4").tobytes()


def _sets(has: np.ndarray) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in has]


def _values_wire(predictions: ValuePredictions, names: Sequence[str] | None) -> tuple[PickerWire, bytes]:
    values, true_values = _columns("values", predictions.values), predictions.true_values
    rows, outputs = values.shape
    true = np.full(values.shape, np.nan)
    if true_values is not None:
        true = _columns("true_values", true_values, values.shape)
    value_names = _names("names of values", predictions.names, outputs)
    wire: PickerWire = {
        "count": rows,
        "names": _names("names", names, rows),
        "class_names": None,
        "value_word": predictions.word,
        "value_names": value_names if value_names is not None else [f"output {index}" for index in range(outputs)],
        "truth": None,
        "predicted": None,
        "has_truth": true_values is not None,
        "true_labels": None,
        "predicted_labels": None,
    }
    return wire, np.ascontiguousarray(np.stack([values.T, true.T], axis=1), dtype="<f4").tobytes()


def _columns(argument: str, values: npt.ArrayLike, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """(samples, outputs): one column of a single number."""
    array = np.asarray(values, dtype=float)
    columns = array[:, np.newaxis] if array.ndim == 1 else array
    if columns.ndim != 2 or columns.shape[1] == 0 or (shape is not None and columns.shape != shape):
        expected = "(samples,) or (samples, outputs)" if shape is None else f"{shape if shape[1] > 1 else shape[:1]}"
        raise ValueError(f"Expected {argument} of shape {expected}. Received {array.shape}.")
    return columns


def _class_indices(argument: str, values: npt.ArrayLike, rows: int, classes: int) -> list[int]:
    array = np.asarray(values)
    if array.shape != (rows,):
        raise ValueError(
            f"Expected {argument} of shape ({rows},) with class indices. Received {array.shape}; "
            "for one-hot use .argmax(-1)."
        )
    if rows and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"Expected {argument} with class indices. Received {array.dtype}; use .astype(int).")
    if rows and (array.min() < 0 or array.max() >= classes):
        raise ValueError(
            f"Expected {argument} from 0 to {classes - 1}. Received values from {array.min()} to {array.max()}."
        )
    return [int(index) for index in array]


def _names(argument: str, names: Sequence[str] | None, count: int) -> list[str] | None:
    if names is None:
        return None
    if len(names) != count:
        raise ValueError(f"Expected {count} {argument}. Received {len(names)}.")
    return [str(name) for name in names]

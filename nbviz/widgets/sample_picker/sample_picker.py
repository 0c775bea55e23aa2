"""`SamplePicker`: the rows of the data, to choose one from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import traitlets

from nbviz.widgets.sample_picker.picker_wire import PickerWire
from nbviz.widgets.view import View


class SamplePicker(View):
    """Every row a small square, in one strip for each true class; a click selects it.

    Attributes:
        selected_sample: Index of the selected row, None for none; the same as the diagram's.
        cells: Pairs [true class, predicted class] whose rows are offered, None for all. What a confusion matrix has
            selected, in the form a `bqplot.GridHeatMap` gives it.
        show: `"surest"` or `"least_sure"` of the true class first (without labels: of the prediction), or `"wrong"`,
            the misclassified rows only. In regression the smallest or largest error first.
        available: The rows that can be chosen, None for all; others are shown, but off.
    """

    _view_folder = "sample_picker"
    # down: Python writes
    samples = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    available = traitlets.List(traitlets.Int(), None, allow_none=True).tag(sync=True)
    # shared
    selected_sample = traitlets.Int(None, allow_none=True).tag(sync=True)
    cells = traitlets.List(traitlets.List(traitlets.Int()), None, allow_none=True).tag(sync=True)
    show = traitlets.Enum(["surest", "least_sure", "wrong"], "surest").tag(sync=True)

    def __init__(
        self,
        *,
        probability: npt.ArrayLike | None = None,
        truth: npt.ArrayLike | None = None,
        predicted: npt.ArrayLike | None = None,
        class_names: Sequence[str] | None = None,
        predicted_value: npt.ArrayLike | None = None,
        true_value: npt.ArrayLike | None = None,
        names: Sequence[str] | None = None,
        selected_sample: int | None = None,
    ) -> None:
        """Offer rows.

        Args:
            probability: Of each class, shape (samples, classes); None for regression.
            truth: Class indices, shape (samples,); None where they are not known.
            predicted: Class indices, shape (samples,); by default the most probable class.
            class_names: One for each class; `"class 0"` and so on by default.
            predicted_value: Regression: what the model returns, shape (samples,).
            true_value: Regression: what it should return, shape (samples,); None where it is not known.
            names: One for each row; `"sample 0"` and so on by default.
            selected_sample: The row selected at first.

        Raises:
            TypeError: Neither probabilities nor predicted values were given, or both.
            ValueError: Lengths do not fit, or a class index is none of the classes.
        """
        samples, numbers = picker_state(
            probability=probability,
            truth=truth,
            predicted=predicted,
            class_names=class_names,
            predicted_value=predicted_value,
            true_value=true_value,
            names=names,
        )
        super().__init__(
            samples=cast(dict[str, Any], samples),
            numbers=numbers,
            selected_sample=selected_sample,
        )

    def set_predictions(self, prediction: npt.ArrayLike, predicted: npt.ArrayLike | None = None) -> None:
        """Show what the model says now; rows, names and truth stay.

        Args:
            prediction: Probabilities of shape (samples, classes), or predicted values of shape (samples,).
            predicted: Class indices, shape (samples,); by default the most probable class.

        Raises:
            ValueError: Not the shape of the predictions before.
        """
        old = cast(PickerWire, self.samples)
        if old["class_names"] is None:
            true_value = np.frombuffer(self.numbers, "<f4").reshape(2, -1)[1] if old["has_truth"] else None
            state = picker_state(predicted_value=prediction, true_value=true_value, names=old["names"])
        else:
            state = picker_state(
                probability=prediction,
                truth=old["truth"],
                predicted=predicted,
                class_names=old["class_names"],
                names=old["names"],
            )
        if state[0]["count"] != old["count"]:
            raise ValueError(f"Expected predictions for {old['count']} rows. Received {state[0]['count']}.")
        with self.hold_sync():
            self.samples, self.numbers = cast(dict[str, Any], state[0]), state[1]


def picker_state(
    *,
    probability: npt.ArrayLike | None = None,
    truth: npt.ArrayLike | None = None,
    predicted: npt.ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    predicted_value: npt.ArrayLike | None = None,
    true_value: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> tuple[PickerWire, bytes]:
    """The rows and the numbers that go to the browser; arguments and errors as for `SamplePicker`."""
    if (probability is None) == (predicted_value is None):
        given = "neither" if probability is None else "both"
        raise TypeError(f"Expected probability= (classes) or predicted_value= (regression). Received {given}.")
    if probability is None:
        value = _column("predicted_value", predicted_value)
        true = np.full(len(value), np.nan) if true_value is None else _column("true_value", true_value, len(value))
        wire: PickerWire = {
            "count": len(value),
            "names": _names("names", names, len(value)),
            "class_names": None,
            "truth": None,
            "predicted": None,
            "has_truth": true_value is not None,
        }
        return wire, np.stack([value, true]).astype("<f4").tobytes()
    p = np.asarray(probability, dtype=float)
    if p.ndim != 2 or p.shape[1] == 0:
        raise ValueError(f"Expected probability of shape (samples, classes). Received {p.shape}.")
    rows, classes = p.shape
    if predicted is None:
        predicted = np.where(np.isnan(p), -np.inf, p).argmax(axis=1)
    label = _names("class_names", class_names, classes)
    wire = {
        "count": rows,
        "names": _names("names", names, rows),
        "class_names": label if label is not None else [f"class {index}" for index in range(classes)],
        "truth": None if truth is None else _class_indices("truth", truth, rows, classes),
        "predicted": _class_indices("predicted", predicted, rows, classes),
        "has_truth": truth is not None,
    }
    return wire, np.ascontiguousarray(p, dtype="<f4").tobytes()


def _column(argument: str, values: npt.ArrayLike | None, rows: int | None = None) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or (rows is not None and len(array) != rows):
        expected = "samples" if rows is None else rows
        raise ValueError(f"Expected {argument} of shape ({expected},). Received {array.shape}.")
    return array


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

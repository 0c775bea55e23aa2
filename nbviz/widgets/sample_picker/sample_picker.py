"""`SamplePicker`: the rows of the data, to choose one from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import traitlets

from nbviz.style.numbers import grouped
from nbviz.widgets.index_trait import Index, cells_within
from nbviz.widgets.sample_picker.picker_wire import (
    ClassPredictions,
    LabelPredictions,
    PickerWire,
    Predictions,
    ValuePredictions,
    picker_wire,
)
from nbviz.widgets.view import View


class SamplePicker(View):
    """Every row a small square, in one strip for each true class; a click selects it.

    Of rows that have any of several labels there is a strip for those with a label and one for those without.

    Attributes:
        selected_sample: Index of the selected row, None for none; the same as the diagram's.
        compared_samples: Rows that are compared, none where nothing is; the same as `SampleComparison`'s. A click with
            Ctrl, Cmd or Shift, or Enter with one of them, puts a row beside the selected one or takes it away.
        most_compared: How many can be, 0 where nothing is compared.
        comparable: The rows that can be, None for all.
        mean: The class or cell whose mean is looked at instead of a row, as `Confusion.mean`; None for none. A click
            on a row, or Esc, ends it.
        mean_name: What that is called: `"mean of 7 rows: true Grignolino, read as Barbera"`.
        cells: Pairs [true class, predicted class] whose rows are offered, None for all. What a confusion matrix has
            selected, in the form a `bqplot.GridHeatMap` gives it.
        show: `"surest"` or `"least_sure"` of the true class first (without labels: of the prediction), or `"wrong"`,
            the misclassified rows only: of several labels those of which `label` is wrong. In regression the smallest
            or largest error first.
        label: Of rows that have any of several labels, or several true values: the label or value that strips, cells
            and crosses are about, None for the first.
        available: The rows that can be chosen, None for all; others are shown, but off.
    """

    _view_folder = "sample_picker"
    # down: Python writes
    samples = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    available = traitlets.List(traitlets.Int(), None, allow_none=True).tag(sync=True)
    mean_name = traitlets.Unicode("").tag(sync=True)
    most_compared = traitlets.Int(0).tag(sync=True)
    comparable = traitlets.List(traitlets.Int(), None, allow_none=True).tag(sync=True)
    pictures = traitlets.Bytes().tag(sync=True)
    picture_shape = traitlets.List(traitlets.Int()).tag(sync=True)
    # shared
    selected_sample = Index(of=lambda picker: picker.samples.get("count")).tag(sync=True)
    compared_samples = traitlets.List(traitlets.Int()).tag(sync=True)
    mean = traitlets.List(traitlets.Int(), None, allow_none=True).tag(sync=True)
    cells = traitlets.List(traitlets.List(traitlets.Int()), None, allow_none=True).tag(sync=True)
    label = Index(0, of=lambda picker: picker._count_labels()).tag(sync=True)
    show = traitlets.Enum(["surest", "least_sure", "wrong"], "surest").tag(sync=True)

    def __init__(
        self,
        predictions: Predictions | ValuePredictions,
        *,
        names: Sequence[str] | None = None,
        selected_sample: int | None = None,
        pictures: np.ndarray | None = None,
    ) -> None:
        """Offer rows.

        Args:
            predictions: What the model says of them, and what is true.
            names: One for each row; `"sample 0"` and so on by default.
            selected_sample: The row selected at first.
            pictures: Of the rows, (samples, rows, columns, 1 or 3) of bytes, shown small in place of plain squares.

        Raises:
            ValueError: Lengths do not fit, or a class index is none of the classes.
        """
        samples, numbers = picker_wire(predictions, names)
        shown = np.zeros((0, 0, 0, 0), np.uint8) if pictures is None else np.asarray(pictures)
        if shown.ndim != 4 or shown.dtype != np.uint8 or (pictures is not None and len(shown) != samples["count"]):
            raise ValueError(
                f"Expected pictures of shape ({samples['count']}, rows, columns, 1 or 3), bytes. "
                f"Received {shown.dtype} of shape {shown.shape}."
            )
        super().__init__(
            samples=cast(dict[str, Any], samples),
            numbers=numbers,
            selected_sample=selected_sample,
            pictures=shown.tobytes(),
            picture_shape=[int(size) for size in shown.shape[1:]],
        )

    @traitlets.validate("cells")
    def _known_cells(self, proposal: traitlets.Bunch) -> list[list[int]] | None:
        return cells_within(proposal.value, self._count_strips())

    def _count_strips(self) -> int:
        """What rows are sorted into: classes, or those without and with a label; of a regression nothing."""
        wire = cast(PickerWire, self.samples)
        return 2 if wire.get("predicted_labels") is not None else len(wire.get("class_names") or ())

    def _count_labels(self) -> int:
        """What there is to look at one by one: labels, or numbers of a regression; classes are one thing."""
        wire = cast(PickerWire, self.samples)
        names = wire["class_names"] if wire.get("predicted_labels") is not None else wire.get("value_names")
        return len(names or ()) or 1

    def __repr__(self) -> str:
        """Rows and which is selected; no markup."""
        return f"SamplePicker({grouped(self.samples.get('count', 0))} rows, selected: {self.selected_sample})"

    def set_predictions(self, prediction: npt.ArrayLike, predicted: npt.ArrayLike | None = None) -> None:
        """Show what the model says now; rows, names and truth stay.

        Args:
            prediction: Probabilities of shape (samples, classes), or predicted values of shape (samples,) or
                (samples, outputs).
            predicted: Class indices, shape (samples,); by default the most probable class.

        Raises:
            ValueError: Not the shape of the predictions before.
        """
        with self.hold_sync():
            for name, value in self.state(prediction, predicted).items():
                self.set_trait(name, value)

    def state(self, prediction: npt.ArrayLike, predicted: npt.ArrayLike | None = None) -> dict[str, Any]:
        """Trait -> its value for other predictions; changes nothing itself. Arguments as for `set_predictions`."""
        old = cast(PickerWire, self.samples)
        predictions: Predictions | ValuePredictions
        if old["predicted_labels"] is not None:
            truth = None
            if old["true_labels"] is not None:
                truth = np.zeros((old["count"], len(old["class_names"] or [])), int)
                for row, labels in enumerate(old["true_labels"]):
                    truth[row, labels] = 1
            predictions = LabelPredictions(prediction, truth, old["class_names"])
        elif old["class_names"] is None:
            outputs = len(old["value_names"] or [])
            true = np.frombuffer(self.numbers, "<f4").reshape(outputs, 2, -1)[:, 1].T if old["has_truth"] else None
            predictions = ValuePredictions(prediction, true, old["value_names"], old["value_word"])
        else:
            predictions = ClassPredictions(prediction, old["truth"], predicted, old["class_names"])
        samples, numbers = picker_wire(predictions, old["names"])
        if samples["count"] != old["count"]:
            raise ValueError(f"Expected predictions for {old['count']} rows. Received {samples['count']}.")
        return {"samples": samples, "numbers": numbers}

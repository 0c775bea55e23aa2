"""`PredictedValues`: what a regression predicts against what is true, and the errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import traitlets

from nbviz.widgets.index_trait import Index
from nbviz.widgets.predicted_values.predicted_values_wire import (
    OtherRows,
    PredictedValuesWire,
    description,
    predicted_values_wire,
)
from nbviz.widgets.view import View


class PredictedValues(View):
    """Every row a point, predicted against true value, and its error against the prediction; a click selects it.

    Attributes:
        selected_sample: Index of the selected row, None for none; the same as the diagram's.
        selected_class: Index of the output that is charted, of several; None for the first.
        available: The rows that can be chosen, None for all; others are shown, but off.
    """

    _view_folder = "predicted_values"
    # down: Python writes
    chart = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    available = traitlets.List(traitlets.Int(), None, allow_none=True).tag(sync=True)
    # shared
    selected_sample = Index(of=lambda values: len(values._truth)).tag(sync=True)
    selected_class = Index(of=lambda values: len(values._output_names)).tag(sync=True)

    def __init__(
        self,
        truth: npt.ArrayLike,
        predicted: npt.ArrayLike,
        output_names: Sequence[str],
        *,
        names: Sequence[str] | None = None,
        others: OtherRows | None = None,
    ) -> None:
        """Chart rows.

        Args:
            truth: What is true, (rows, outputs), or (rows,) of one output.
            predicted: What the model says, the same shape.
            output_names: One for each output.
            names: One for each row; `"sample 0"` and so on by default.
            others: Rows that are shown behind for comparison, such as those trained on.

        Raises:
            ValueError: Shapes that do not fit.
        """
        self._truth, self._output_names, self._names = _columns(truth), list(output_names), names
        chart, numbers = self._made(predicted, others)
        super().__init__(chart=chart, numbers=numbers)

    def set_predictions(self, predicted: npt.ArrayLike, others: OtherRows | None = None) -> None:
        """Chart what the model says now; rows, names and truth stay.

        Args:
            predicted: As for the class.
            others: As for the class.

        Raises:
            ValueError: Not the shape of what is true.
        """
        chart, numbers = self._made(predicted, others)
        with self.hold_sync():
            self.chart, self.numbers = chart, numbers

    def _made(self, predicted: npt.ArrayLike, others: OtherRows | None) -> tuple[dict[str, Any], bytes]:
        chart, numbers = predicted_values_wire(
            self._truth, _columns(predicted), self._output_names, names=self._names, others=others
        )
        return cast(dict[str, Any], chart), numbers

    def __repr__(self) -> str:
        """Rows and outputs; no markup."""
        return f"PredictedValues({description(cast(PredictedValuesWire, self.chart))})"


def _columns(values: npt.ArrayLike) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    return array[:, None] if array.ndim == 1 else array

"""`CellRows`: the rows of a cell of the confusion matrix, and what pushed each towards the class it was read as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import traitlets

from nbviz.style.numbers import grouped
from nbviz.style.text import clean
from nbviz.widgets.index_trait import Index, cells_within
from nbviz.widgets.sample_charts.cell_rows_wire import (
    CellRowsWire,
    CellRowWire,
    CellWire,
    Pair,
    pair_of,
    pushes,
)
from nbviz.widgets.scheduling.background_worker import Check, Worker
from nbviz.widgets.view import View

MOST_ROWS = 6

Explain = Callable[[int, Pair], np.ndarray]


@dataclass(frozen=True)
class CellNames:
    """What classes, features and rows are called.

    Attributes:
        classes: One for each class.
        features: One for each feature.
        rows: One for each row; None for `"sample 0"` and so on.
    """

    classes: Sequence[str]
    features: Sequence[str]
    rows: Sequence[str] | None = None


class CellRows(View):
    """The rows of a cell, "true belt slip, read as sensor drift", and what pushed each: three features.

    A push is a feature's contribution to the class that was read, less its contribution to the true one.

    Attributes:
        cells: The chosen cells as pairs [true, predicted], None for none; the same as `SamplePicker.cells`. Without
            one the cell of the selected sample is shown, or the most frequent confusion.
        cell: The one that is shown, [true, predicted]; the view sets it.
        selected_sample: Index of the selected row, None for none; the same as the diagram's.
        error: Why rows could not be explained, None for nothing.
    """

    _view_folder = "cell_rows"
    # down: Python writes
    rows = traitlets.Dict().tag(sync=True)
    found = traitlets.Dict().tag(sync=True)
    error = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    # shared
    cells = traitlets.List(traitlets.List(traitlets.Int()), None, allow_none=True).tag(sync=True)
    selected_sample = Index(of=lambda rows: len(rows.rows.get("truth", ())) or None).tag(sync=True)
    # up: the view writes
    cell = traitlets.List(traitlets.Int(), None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        truth: npt.ArrayLike,
        predicted: npt.ArrayLike,
        probability: npt.ArrayLike,
        names: CellNames,
        explain: Explain,
    ) -> None:
        """Rows that nobody has looked at yet.

        Args:
            truth: Class indices, shape (samples,).
            predicted: Class indices, shape (samples,).
            probability: Of each class, shape (samples, classes).
            names: Of classes, features and rows.
            explain: Given the index of a row and two classes, returns the contributions of its features to these,
                (features, 2). Called in a thread of this widget.

        Raises:
            ValueError: Shapes do not fit.
        """
        self._names, self._explain = names, explain
        self._classes = [clean(str(name)) for name in names.classes]
        self._read(truth, predicted, probability)
        self._worker = Worker(self._failed)
        super().__init__(rows=self._wire())
        self.observe(lambda _: self._look(), "cell")

    def update(self, predicted: npt.ArrayLike, probability: npt.ArrayLike) -> None:
        """Show what the model says now; rows and truth stay.

        Args:
            predicted: Class indices, shape (samples,).
            probability: Of each class, shape (samples, classes).

        Raises:
            ValueError: Not the shapes of before.
        """
        self._read(self._truth, predicted, probability)
        with self.hold_sync():
            self.rows, self.found, self.error = self._wire(), {}, None
        self._look()

    def rows_of(self, cell: Sequence[int]) -> list[int]:
        """The rows of a cell, the surest first.

        Args:
            cell: True and predicted class.
        """
        return self._rows_among(self._predicted, cell)

    def _rows_among(self, predicted: np.ndarray, cell: Sequence[int]) -> list[int]:
        truth, read = cell
        here = np.flatnonzero((self._truth == truth) & (predicted == read))
        return [int(row) for row in here[np.argsort(-self._probability[here, read], kind="stable")]]

    def row_wire(self, sample: int, credits: np.ndarray | None = None, read: int | None = None) -> CellRowWire:
        """What is sent of a row.

        Args:
            sample: Its index.
            credits: Contributions of its features to all classes, (features, classes), where they are at hand.
            read: The class that it is read as; None for what the model says now.
        """
        p = self._probability[sample]
        pair = pair_of(p, int(self._predicted[sample]) if read is None else read, int(self._truth[sample]))
        of_pair = self._explain(sample, pair) if credits is None else credits[:, list(pair)]
        return {
            "sample": sample,
            "name": f"sample {sample}" if self._names.rows is None else str(self._names.rows[sample]),
            "p": float(p[pair.read]),
            "other_p": float(p[pair.other]),
            "other": pair.other,
            "pushes": pushes(of_pair, [str(name) for name in self._names.features]),
        }

    def state(self, credits: dict[int, np.ndarray], predicted: np.ndarray | None = None) -> dict[str, Any]:
        """Trait -> its value where only some rows are at hand, as in a page without a kernel; changes nothing.

        Args:
            credits: Row -> contributions of its features to all classes, (features, classes).
            predicted: Class indices, (samples,); None for what the model says now.
        """
        read = self._predicted if predicted is None else predicted
        found: dict[str, CellWire] = {}
        for cell in dict.fromkeys((int(self._truth[row]), int(read[row])) for row in credits):
            rows = self._rows_among(read, cell)
            here = [row for row in rows if row in credits][:MOST_ROWS]
            sent = [self.row_wire(row, credits[row], cell[1]) for row in here]
            found[key_of(cell)] = {"total": len(rows), "rows": sent}
        return {"rows": self._wire(read), "found": found}

    @traitlets.validate("cells")
    def _known_cells(self, proposal: traitlets.Bunch) -> list[list[int]] | None:
        return cells_within(proposal.value, len(self._classes))

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for rows that are being explained; answers whether all are."""
        return self._worker.wait(timeout)

    def __repr__(self) -> str:
        """Rows and classes; no markup."""
        return f"CellRows({grouped(len(self._truth))} rows, {len(self._classes)} classes)"

    def _end(self) -> None:
        self._worker.close()

    def _read(self, truth: npt.ArrayLike, predicted: npt.ArrayLike, probability: npt.ArrayLike) -> None:
        true, read, p = np.asarray(truth), np.asarray(predicted), np.asarray(probability, dtype=float)
        classes = len(self._classes)
        if classes < 2 or p.shape != (*true.shape[:1], classes) or not true.shape == read.shape == p.shape[:1]:
            raise ValueError(
                f"Expected truth and predicted of shape (samples,) and probability of shape (samples, {classes}), two "
                f"classes or more. Received {true.shape}, {read.shape} and {p.shape}."
            )
        self._truth, self._predicted, self._probability = true, read, p

    def _wire(self, predicted: np.ndarray | None = None) -> dict[str, Any]:
        wire: CellRowsWire = {
            "class_names": self._classes,
            "truth": self._truth.tolist(),
            "predicted": (self._predicted if predicted is None else predicted).tolist(),
        }
        return cast(dict[str, Any], wire)

    def _look(self) -> None:
        cell = self.cell
        classes = len(self._classes)
        if cell is None or len(cell) != 2 or not all(0 <= index < classes for index in cell):
            return
        if key_of(cell) not in self.found:
            self._worker.submit("rows", lambda check: self._work_out(cell, check))

    def _work_out(self, cell: Sequence[int], check: Check) -> None:
        of = self.rows
        rows = self.rows_of(cell)
        sent = []
        for row in rows[:MOST_ROWS]:
            check()
            sent.append(self.row_wire(row))
        check()
        if self.rows is of:  # the model may say something else by now
            found: CellWire = {"total": len(rows), "rows": sent}
            with self.hold_sync():
                self.found, self.error = {**self.found, key_of(cell): found}, None

    def _failed(self, _kind: str, error: Exception) -> None:
        self.error = f"These rows could not be explained: {error}"


def key_of(cell: Sequence[int]) -> str:
    """How a cell is called on the wire: `"8 9"`."""
    return f"{cell[0]} {cell[1]}"

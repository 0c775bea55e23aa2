"""`Confusion`: how many rows of each true class were given each class; its cells choose rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import traitlets

from nbviz.style.numbers import grouped
from nbviz.style.text import clean
from nbviz.widgets.index_trait import cells_within
from nbviz.widgets.sample_charts.confusion_wire import MOST_CELLS, ConfusionWire, cell_bytes
from nbviz.widgets.view import View


def count_cells(truth: npt.ArrayLike, predicted: npt.ArrayLike, classes: int) -> np.ndarray:
    """Rows by true class (first axis) and predicted class.

    Args:
        truth: Class indices, shape (samples,).
        predicted: Class indices, shape (samples,).
        classes: How many there are.

    Raises:
        ValueError: Lengths differ, or an index is none of the classes.
    """
    true, given = np.asarray(truth), np.asarray(predicted)
    if true.ndim != 1 or true.shape != given.shape:
        raise ValueError(
            f"Expected truth and predicted of the same shape (samples,). Received {true.shape} and {given.shape}."
        )
    both = np.concatenate([true, given])
    if both.size and not np.issubdtype(both.dtype, np.integer):
        raise ValueError(f"Expected class indices. Received {both.dtype}; use .astype(int).")
    if both.size and (both.min() < 0 or both.max() >= classes):
        raise ValueError(f"Expected class indices from 0 to {classes - 1}. Received {both.min()} to {both.max()}.")
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (true.astype(int), given.astype(int)), 1)
    return counts


class Confusion(View):
    """A confusion matrix: true classes down, predicted classes across, what is right grey, what is wrong orange.

    Recall stands at the right, precision at the foot. More than twenty classes are a heat map of those that occur; a
    click enlarges a block of it, and what is confused most is listed.

    Attributes:
        cells: The chosen cells as pairs [true, predicted], None for none; the same as `SamplePicker.cells`.
        mean: The cell, [true, predicted], or the true class, [true], whose mean is shown elsewhere; None for none.
        offers_mean: Whether buttons ask for such a mean.
        counts: Rows by true and predicted class, shape (classes, classes).
    """

    _view_folder = "confusion"
    # down: Python writes
    table = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    offers_mean = traitlets.Bool(False).tag(sync=True)
    # shared
    mean = traitlets.List(traitlets.Int(), None, allow_none=True).tag(sync=True)
    cells = traitlets.List(traitlets.List(traitlets.Int()), None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        truth: npt.ArrayLike,
        predicted: npt.ArrayLike,
        class_names: Sequence[str],
        *,
        title: str = "Confusion",
    ) -> None:
        """Count and draw.

        Args:
            truth: Class indices, shape (samples,).
            predicted: Class indices, shape (samples,).
            class_names: One for each class.
            title: What the rows are: `"Confusion, test set"`.

        Raises:
            ValueError: Lengths differ, no classes, or an index is none of the classes.
        """
        if not len(class_names):
            raise ValueError("Expected at least one class name. Received none.")
        self._names = [clean(str(name)) for name in class_names]
        self.counts = count_cells(truth, predicted, len(self._names))
        super().__init__(table=self._wire(title), numbers=cell_bytes(self.counts))

    def update(self, truth: npt.ArrayLike, predicted: npt.ArrayLike, title: str | None = None) -> None:
        """Count anew, after the model has changed; arguments and errors as for the class."""
        self.counts = count_cells(truth, predicted, len(self._names))
        with self.hold_sync():
            self.table = self._wire(self.table["title"] if title is None else title)
            self.numbers = cell_bytes(self.counts)

    @traitlets.validate("cells")
    def _known_cells(self, proposal: traitlets.Bunch) -> list[list[int]] | None:
        return cells_within(proposal.value, len(self._names))

    def state(self, counts: np.ndarray, title: str) -> dict[str, Any]:
        """Trait -> its value for other rows, or read otherwise; changes nothing itself.

        Args:
            counts: Rows by true and predicted class, (classes, classes).
            title: What they are.
        """
        return {"table": self._wire(title), "numbers": cell_bytes(counts)}

    def __repr__(self) -> str:
        """Rows and classes; no markup."""
        right, rows = int(np.trace(self.counts)), int(self.counts.sum())
        return f"Confusion({len(self._names)} classes, {grouped(right)} of {grouped(rows)} right)"

    def _wire(self, title: str) -> dict[str, Any]:
        wire: ConfusionWire = {"title": title, "class_names": self._names, "most_cells": MOST_CELLS}
        return cast(dict[str, Any], wire)

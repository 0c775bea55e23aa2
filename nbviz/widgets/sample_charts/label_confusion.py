"""`LabelConfusion`: labels that do not exclude each other, each judged by itself in a table of two by two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt
import traitlets

from nbviz.style.numbers import grouped
from nbviz.style.text import clean, html_text
from nbviz.widgets.owner import Owner
from nbviz.widgets.sample_charts.confusion import Confusion, count_cells


class LabelConfusion(Owner, ipywidgets.VBox):
    """For each label: how many rows have it, and how many it was given.

    Attributes:
        label: Index of the label whose table is shown.
        counts: Rows by label, whether they have it, and whether it was predicted: (labels, 2, 2).
        right: Rows of which every label is right.
        choice: The menu of labels.
        table: The table shown; its `cells` as of any `Confusion`: [0, 1] are rows without the label that were given it.
    """

    label = traitlets.Int(0)

    def __init__(self, truth: npt.ArrayLike, predicted: npt.ArrayLike, label_names: Sequence[str]) -> None:
        """Count and draw.

        Args:
            truth: Whether a row has a label, (samples, labels), 0 and 1.
            predicted: The same as predicted.
            label_names: One for each label.

        Raises:
            ValueError: Shapes that do not fit, or no labels.
        """
        self._names = [clean(str(name)) for name in label_names]
        self._read(truth, predicted)
        self._head = ipywidgets.HTML()
        self.choice = ipywidgets.Dropdown(
            options=[(name, index) for index, name in enumerate(self._names)],
            value=0,
            description="label",
            layout=ipywidgets.Layout(width="100%", max_width="264px"),
        )
        self.table = Confusion(self._truth[:, 0], self._predicted[:, 0], ["no", "yes"], title=self._names[0])
        super().__init__([self._head, self.choice, self.table])
        self.add_class("nbviz-parts")
        self.add_class("nbviz-label-confusion")
        traitlets.link((self.choice, "value"), (self, "label"))
        self.observe(lambda _: self._show(), "label")
        self._show()
        self.own_parts()

    def update(self, truth: npt.ArrayLike, predicted: npt.ArrayLike) -> None:
        """Count anew, after the model has changed; arguments and errors as for the class."""
        self._read(truth, predicted)
        self._show(keep=True)

    def states(self) -> list[dict[str, Any]]:
        """For each label what `table` shows, trait -> its value; changes nothing itself."""
        tables = zip(self.counts, self._names, strict=True)
        return [self.table.state(counts, name) | {"cells": None} for counts, name in tables]

    def __repr__(self) -> str:
        """Labels and rows; no markup."""
        rows = grouped(len(self._truth))
        return f"LabelConfusion({len(self._names)} labels, every one right in {grouped(self.right)} of {rows} rows)"

    @traitlets.validate("label")
    def _known(self, proposal: traitlets.Bunch) -> int:
        if isinstance(proposal.value, bool) or not 0 <= proposal.value < len(self._names):
            raise traitlets.TraitError(f"Expected label from 0 to {len(self._names) - 1}. Received {proposal.value}.")
        return int(proposal.value)

    def _read(self, truth: npt.ArrayLike, predicted: npt.ArrayLike) -> None:
        true, given = np.asarray(truth).astype(int), np.asarray(predicted).astype(int)
        if not self._names or true.ndim != 2 or true.shape != given.shape or true.shape[1] != len(self._names):
            raise ValueError(
                f"Expected truth and predicted of shape (samples, labels) with {len(self._names)} labels. "
                f"Received {true.shape} and {given.shape}."
            )
        self._truth, self._predicted = true, given
        self.counts = np.stack([count_cells(a, b, 2) for a, b in zip(true.T, given.T, strict=True)])
        self.right = int((true == given).all(axis=1).sum())

    def _show(self, keep: bool = False) -> None:
        self._head.value = (
            '<div class="nbviz-part-title">Labels</div>'
            f'<div class="nbviz-part-caption">every label right in {grouped(self.right)} of '
            f"{html_text(grouped(len(self._truth)))} rows; each is given from p &gt; 0.5</div>"
        )
        if not keep:
            self.table.set_trait("cells", None)
        column = self._truth[:, self.label], self._predicted[:, self.label]
        self.table.update(*column, title=self._names[self.label])

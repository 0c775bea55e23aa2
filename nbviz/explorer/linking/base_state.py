"""The one state that Esc in any view of an explorer gives back: nothing is selected, asked for or compared."""

from __future__ import annotations

from typing import get_args

import traitlets

from nbviz.explorer.panels import Panels
from nbviz.picture.network_wire import EdgeMeaning

SELECTED = ("selected_unit", "selected_class", "mean_of")
ALONE = ("selected_part", "selected_region", "selected_unit", "cells")  # of single parts, which the browser links


class BaseState:
    """Gives it back in Python; the browser does so by itself, and is heard."""

    def __init__(self, selection: traitlets.HasTraits, panels: Panels) -> None:
        """Watch what the edges show where nothing is asked.

        Args:
            selection: What is selected: has the traits of `SELECTED`, `edge_meaning`, `compared_samples` and
                `output_region`.
            panels: The panels.
        """
        self._selection, self._panels = selection, panels
        self._meaning: EdgeMeaning = "weight"
        selection.observe(self._remember, "edge_meaning")

    def restore(self) -> None:
        """Go back. The row that is looked at stays; after a mean it is the one before it."""
        selection, samples = self._selection, self._panels.samples
        selection.set_trait("edge_meaning", self._meaning)
        for name in SELECTED:
            selection.set_trait(name, None)
        selection.set_trait("compared_samples", ())
        selection.set_trait("output_region", None)
        parts = (
            self._panels.diagram,
            self._panels.images,
            samples.evidence,
            samples.sample_picker,
            samples.confusion,
            samples.cell_rows,
            samples.waterfall,
            samples.comparison,
            None if samples.labels is None else samples.labels.table,
        )
        for part in parts:
            for name in ALONE:
                if part is not None and part.has_trait(name):
                    part.set_trait(name, None)

    def _remember(self, change: traitlets.Bunch) -> None:
        if change.new in get_args(EdgeMeaning)[:2]:
            self._meaning = change.new

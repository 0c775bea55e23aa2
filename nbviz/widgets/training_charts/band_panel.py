"""`BandPanel`: percentiles of one layer over the epochs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import bqplot
import ipywidgets
import numpy as np

from nbviz.network.distributions import Distribution
from nbviz.style.theme import INK_1, INK_3
from nbviz.widgets.axis_ticks import set_ticks, tick_labels, ticks
from nbviz.widgets.training_charts.cursor_marks import cursor, pointer, unit_scales, veil
from nbviz.widgets.training_charts.layer_panels import head, panel_figure
from nbviz.widgets.training_charts.time_cursor import TimePlot

HEIGHT, LEFT = 220, 52  # px
PERCENTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class BandPanel(ipywidgets.VBox):
    """The name of a layer, and how its median, middle 50 % and middle 90 % move over the epochs."""

    def __init__(self, layer: str) -> None:
        """An empty panel for a layer of this name."""
        self._layer = layer
        self._words = ipywidgets.HTML()
        self._x = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        self._y = bqplot.LinearScale(min=-1, max=1, allow_padding=False)
        unit = unit_scales()
        scales = {"x": self._x, "y": self._y}

        def band(opacity: float) -> bqplot.Lines:
            return bqplot.Lines(
                x=np.zeros(2),
                y=np.zeros((2, 2)),
                scales=scales,
                colors=["transparent"],
                fill="between",
                fill_colors=[INK_3, "transparent"],
                fill_opacities=[opacity, 0.0],
                labels=["", ""],
            )

        self._outer, self._inner = band(0.16), band(0.26)
        self._median = bqplot.Lines(
            x=np.zeros(2), y=np.zeros(2), scales=scales, colors=[INK_1], stroke_width=1.5, labels=[""]
        )
        self._across = bqplot.Axis(scale=self._x, grid_lines="none")
        self._up = bqplot.Axis(scale=self._y, side="left", grid_lines="solid")

        at, mouse, future = cursor(unit), pointer(unit), veil(unit)
        figure = panel_figure(
            [self._outer, self._inner, self._median, future, mouse, at],
            [self._across, self._up],
            HEIGHT,
            LEFT,
            10,
        )
        identity = f"nbviz-time-{uuid.uuid4().hex[:12]}"
        figure.add_class(identity)
        super().__init__([self._words, figure])
        self.add_class("nbviz-panel")
        self.place: TimePlot = {
            "place": identity,
            "cursor": at,
            "veil": future,
            "pointer": mouse,
            "curves": [],
            "ends": [],
            "form": "number",
            "top": 1.0,
        }

    def __repr__(self) -> str:
        """The layer; no markup."""
        return f"BandPanel({self._layer})"

    def update(self, caption: str, distributions: Sequence[Distribution], epochs: np.ndarray, end: float) -> None:
        """Draw.

        Args:
            caption: Beneath the name.
            distributions: One a moment, the oldest first.
            epochs: Of the moments, rising.
            end: Greatest epoch on the axis.
        """
        self._words.value = head(self._layer, caption)
        table = np.array([percentiles(one) for one in distributions]).reshape(-1, len(PERCENTILES)).T
        known = np.isfinite(table).all(axis=0) if table.size else np.zeros(0, dtype=bool)
        x, table = np.asarray(epochs, dtype=float)[known], table[:, known]
        if x.size == 1:
            x, table = np.repeat(x, 2), np.repeat(table, 2, axis=1)
        if not x.size:
            x, table = np.zeros(2), np.zeros((len(PERCENTILES), 2))
        low, high = float(table.min()), float(table.max())
        air = 0.06 * (high - low) or 1.0
        with self._x.hold_sync():
            self._x.min, self._x.max = 0.0, end
        with self._y.hold_sync():
            self._y.min, self._y.max = low - air, high + air
        for axis, marks in ((self._across, ticks(0.0, end, 5)), (self._up, ticks(low - air, high + air, 6))):
            set_ticks(axis, marks, tick_labels(marks))
        for mark, y in (
            (self._outer, table[[4, 0]]),
            (self._inner, table[[3, 1]]),
            (self._median, table[2]),
        ):
            with mark.hold_sync(), mark.hold_trait_notifications():
                mark.x, mark.y = x, np.ascontiguousarray(y)


def percentiles(one: Distribution) -> np.ndarray:
    """The 5th, 25th, 50th, 75th and 95th percentile, shape (5,)."""
    q = np.asarray(one.quantiles, dtype=float)
    return np.interp(PERCENTILES, np.linspace(0, 1, q.size), q) if q.size else np.full(len(PERCENTILES), np.nan)

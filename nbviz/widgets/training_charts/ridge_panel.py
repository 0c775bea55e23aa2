"""`RidgePanel`: the ridges of one layer over the moments of training."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import bqplot
import ipywidgets
import numpy as np

from nbviz.network.distributions import Distribution
from nbviz.style.theme import ACCENT, FADED, INK_3, OUTLINE
from nbviz.style.type_scale import SMALL
from nbviz.widgets.axis_ticks import set_ticks, tick_labels
from nbviz.widgets.training_charts.layer_panels import head, panel_figure
from nbviz.widgets.training_charts.ridges import TALLEST, Densities, ridges
from nbviz.widgets.training_charts.time_cursor import RidgePlot

HEIGHT, LEFT = 288, 40  # px
LABELS = 6  # rows with a number, about
FEWEST_ROWS = 4  # room is kept for
NOWHERE = np.zeros((1, 2))


class RidgePanel(ipywidgets.VBox):
    """The name of a layer, and a ridge for each of some moments, the newest at the bottom."""

    def __init__(self, layer: str, ramp: str) -> None:
        """An empty panel.

        Args:
            layer: Its name.
            ramp: The `identity` given to `ridge_fills`.
        """
        self._layer, self._ramp = layer, ramp
        self._words = ipywidgets.HTML()
        self._known: Densities = weakref.WeakKeyDictionary()
        self._x = bqplot.LinearScale(min=-1, max=1, allow_padding=False)
        self._y = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        left = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        scales = {"x": self._x, "y": self._y}
        self._ridges = bqplot.Lines(
            x=NOWHERE, y=NOWHERE, scales=scales, colors=[OUTLINE], stroke_width=1, fill="inside", labels=[""]
        )
        self._shown = bqplot.Lines(
            x=NOWHERE, y=NOWHERE, scales=scales, colors=[ACCENT], stroke_width=2, visible=False, labels=[""]
        )
        self._labels, self._shown_label = (
            bqplot.Label(
                x=np.zeros(0),
                y=np.zeros(0),
                text=np.array([], dtype=str),
                scales={"x": left, "y": self._y},
                align="end",
                x_offset=-10,
                default_size=SMALL,
                font_weight=weight,
                colors=[colour],
                apply_clip=False,
            )
            for weight, colour in (("normal", INK_3), ("bold", ACCENT))
        )
        self._axis = bqplot.Axis(scale=self._x, grid_lines="none")
        figure = panel_figure(
            [self._ridges, self._shown, self._labels, self._shown_label], [self._axis], HEIGHT, LEFT, 6
        )
        super().__init__([self._words, figure])
        self.add_class("nbviz-panel")
        self.place = self._place("both")

    def __repr__(self) -> str:
        """The layer; no markup."""
        return f"RidgePanel({self._layer})"

    def update(self, caption: str, distributions: Sequence[Distribution], words: Sequence[str]) -> list[str]:
        """Draw.

        Args:
            caption: Beneath the name.
            distributions: One a ridge, the oldest first.
            words: Name of each moment.

        Returns:
            The words of the rows that have a number.
        """
        self._words.value = head(self._layer, caption)
        lines = ridges(distributions, self._known)
        rows = len(distributions)
        kind = "both" if lines.low < 0 else "above"
        self.place = self._place(kind)
        with self._x.hold_sync():
            self._x.min, self._x.max = lines.low, lines.high
        with self._y.hold_sync():
            top = max(rows, FEWEST_ROWS) - 1 + TALLEST + 0.15
            self._y.min, self._y.max = min(0.0, rows - FEWEST_ROWS) - 0.12, top + min(0.0, rows - FEWEST_ROWS)
        marks = [lines.low, 0.0, lines.high] if lines.low < 0 else [0.0, lines.high]
        labels = {**tick_labels(marks), "0": "0"}
        if lines.low < 0:
            labels = {key: f"+{label}" if float(key) > 0 else label for key, label in labels.items()}
        set_ticks(self._axis, marks, labels)
        numbered = thinned_words(words)
        stroke, fill = self.place["past"]
        with self._ridges.hold_sync(), self._ridges.hold_trait_notifications():
            self._ridges.x, self._ridges.y = (lines.x, lines.y) if rows else (NOWHERE, NOWHERE)
            self._ridges.colors, self._ridges.fill_colors = [stroke] * max(1, rows), [fill] * max(1, rows)
        with self._labels.hold_sync(), self._labels.hold_trait_notifications():
            self._labels.x, self._labels.y = np.zeros(rows), np.arange(rows - 1, -1, -1.0)
            self._labels.text = np.array(numbered, dtype=str)
        return numbered

    def _place(self, kind: str) -> RidgePlot:
        def fill(state: str) -> str:
            return f"var(--{self._ramp}-{state}-{kind})"

        return {
            "ridges": self._ridges,
            "shown": self._shown,
            "labels": self._labels,
            "shown_label": self._shown_label,
            "past": [INK_3, fill("past")],
            "present": [ACCENT, fill("present")],
            "future": [FADED, fill("future")],
        }


def thinned_words(words: Sequence[str]) -> list[str]:
    """About `LABELS` of the words, at even distances, the first and the last among them; others are empty."""
    rows = len(words)
    every = max(1, round((rows - 1) / (LABELS - 1))) if rows > 1 else 1
    kept = {row for row in range(0, rows, every) if rows - 1 - row >= every or row == rows - 1} | {rows - 1}
    return [word if row in kept else "" for row, word in enumerate(words)]

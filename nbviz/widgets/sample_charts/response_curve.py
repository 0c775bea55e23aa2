"""`ResponseCurve`: what a model answers while one feature goes through its range and the others stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bqplot
import ipywidgets
import numpy as np

from nbviz.style.text import clean, elide, text_width
from nbviz.style.theme import CLASS_COLOURS, INK_3, LINE_STRONG
from nbviz.style.type_scale import SMALL
from nbviz.widgets.axis_ticks import set_ticks, tick_labels, ticks
from nbviz.widgets.label_heights import moved_apart
from nbviz.widgets.owner import Owner

POINTS = 41
COLOURED = 8
HEIGHT = 248  # px
LABEL_GAP = 0.068  # of the height: one line of type
WRITTEN_OUT = (1e-6, 1000)  # ticks of these sizes are not shortened


def grid(low: float, high: float, *, whole: bool) -> np.ndarray:
    """Values of the feature at which the model is asked, `POINTS` of them: one shape for every feature.

    Args:
        low: Least value.
        high: Greatest value.
        whole: Only whole numbers; where there are fewer, the last is repeated.
    """
    values = np.linspace(low, high, POINTS)
    if not whole:
        return values
    steps = np.unique(np.round(values))
    return np.concatenate([steps, np.full(POINTS - len(steps), steps[-1])])


class ResponseCurve(Owner, ipywidgets.VBox):
    """One line a class over the range of a feature, a mark where the sample is.

    With more than eight classes the most probable ones have a colour and a name, the others are grey.
    """

    def __init__(self, class_names: Sequence[str] | None, *, output: str = "probability") -> None:
        """An empty chart; `show` fills it.

        Args:
            class_names: One for each output; None for a model with one number as its answer.
            output: What the height is: `"probability"` (0 to 1), or any other word for numbers without limits.
        """
        self._names = [clean(str(name)) for name in class_names or [output]]
        self._bounded = output == "probability"
        self._coloured = min(len(self._names), COLOURED)
        labelled = class_names is not None and len(self._names) > 1
        margin = min(112.0, 14 + max(text_width(name, SMALL) for name in self._names)) if labelled else 14.0
        self._texts = [elide(name, margin - 12, SMALL) if labelled else "" for name in self._names]
        self._x = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        self._y = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        scales = {"x": self._x, "y": self._y}
        flat = np.zeros((self._coloured, POINTS))
        others = len(self._names) - self._coloured
        self._others = self._lines(np.zeros((others, POINTS)), [LINE_STRONG], 1.0) if others else None
        self._curves = self._lines(flat, CLASS_COLOURS[: self._coloured], 2.0)
        self._here = bqplot.Lines(
            x=np.zeros(2), y=np.zeros(2), scales=scales, colors=[INK_3], stroke_width=1, line_style="dashed"
        )
        self._dots = bqplot.Scatter(
            x=np.zeros(self._coloured),
            y=np.zeros(self._coloured),
            scales=scales,
            colors=CLASS_COLOURS[: self._coloured],
            default_size=44,
            apply_clip=False,
        )
        self._ends = bqplot.Label(
            x=np.zeros(self._coloured),
            y=np.zeros(self._coloured),
            text=np.full(self._coloured, ""),
            scales=scales,
            align="start",
            x_offset=6,
            default_size=SMALL,
            font_weight="normal",
            colors=CLASS_COLOURS[: self._coloured],
            apply_clip=False,
        )
        self._across = bqplot.Axis(scale=self._x, grid_lines="none")
        self._up = bqplot.Axis(scale=self._y, side="left", grid_lines="solid")
        if self._bounded:
            _mark_ticks(self._up, [0, 0.25, 0.5, 0.75, 1])
        figure = bqplot.Figure(
            marks=[*([self._others] if self._others else []), self._here, self._curves, self._dots, self._ends],
            axes=[self._across, self._up],
            padding_x=0,
            padding_y=0,
            fig_margin={"top": 10, "bottom": 24, "left": 40 if self._bounded else 56, "right": int(margin)},
            display_toolbar=False,
            layout=ipywidgets.Layout(
                width="100%", height=f"{HEIGHT}px", min_width="0", min_height=f"{HEIGHT}px", max_width="100%"
            ),
        )
        super().__init__([figure])
        self.add_class("nbviz-response")
        self.own_parts()

    def show(self, values: np.ndarray, answers: np.ndarray, here: float, answer_here: np.ndarray) -> None:
        """Draw.

        Args:
            values: Of the feature, shape (`POINTS`,), rising.
            answers: Of the model there, shape (`POINTS`, classes).
            here: The sample's value; NaN where it has none.
            answer_here: The model's answer for the sample, shape (classes,).

        Raises:
            ValueError: An answer is NaN or infinite; the last picture stays.
        """
        if not (np.isfinite(answers).all() and np.isfinite(answer_here).all()):
            raise ValueError("Expected finite answers of the model. Received NaN or infinity; is a feature missing?")
        known = bool(np.isfinite(here))
        rank = np.argsort(-answer_here, kind="stable")
        kept = np.sort(rank[: self._coloured])
        others = np.setdiff1d(np.arange(len(self._names)), kept)
        low, high = (0.0, 1.0) if self._bounded else _limits(answers, answer_here)
        ends = answers[-1, kept]
        height = moved_apart((ends - low) / (high - low), LABEL_GAP) * (high - low) + low
        changes: dict[ipywidgets.Widget, dict[str, Any]] = {
            self._x: {"min": float(values[0]), "max": float(max(values[-1], values[0] + 1e-9))},
            self._y: {"min": low, "max": high},
            self._curves: {"x": np.tile(values, (len(kept), 1)), "y": np.ascontiguousarray(answers[:, kept].T)},
            self._here: {
                "x": np.full(2, here if known else values[0]),
                "y": np.array([low, high]),
                "visible": known,
            },
            self._dots: {
                "x": np.full(len(kept), here if known else values[0]),
                "y": answer_here[kept],
                "visible": known,
            },
            self._ends: {
                "x": np.full(len(kept), values[-1]),
                "y": height,
                "text": np.array([self._texts[index] for index in kept]),
            },
        }
        if self._others:
            changes[self._others] = {
                "x": np.tile(values, (len(others), 1)),
                "y": np.ascontiguousarray(answers[:, others].T),
            }
        _mark_ticks(self._across, ticks(float(values[0]), float(values[-1])))
        if not self._bounded:
            _mark_ticks(self._up, ticks(low, high))
        for widget, traits in changes.items():
            with widget.hold_sync(), widget.hold_trait_notifications():
                for name, value in traits.items():
                    setattr(widget, name, value)

    def __repr__(self) -> str:
        """How many curves; no markup."""
        return f"ResponseCurve({len(self._names)} outputs)"

    def _lines(self, y: np.ndarray, colours: list[str], width: float) -> bqplot.Lines:
        return bqplot.Lines(
            x=np.tile(np.linspace(0, 1, POINTS), (len(y), 1)),
            y=y,
            scales={"x": self._x, "y": self._y},
            colors=colours,
            stroke_width=width,
            labels=[""] * len(y),
        )


def _mark_ticks(axis: bqplot.Axis, values: Sequence[float]) -> None:
    set_ticks(axis, values, tick_labels(values, written_out=WRITTEN_OUT))


def _limits(answers: np.ndarray, answer_here: np.ndarray) -> tuple[float, float]:
    """Lowest and highest answer with a little air."""
    low = float(min(answers.min(), answer_here.min()))
    high = float(max(answers.max(), answer_here.max()))
    air = 0.05 * (high - low) or max(1.0, abs(high)) * 0.05
    return low - air, high + air

"""`MetricPlot`: one figure of a training chart, the curves of one metric over the epochs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import bqplot
import ipywidgets
import numpy as np

from nbviz.style.text import clean, elide
from nbviz.style.theme import BACKGROUND, CLASS_COLOURS, INK_1, INK_2, INK_3, OUTLINE, WARNING
from nbviz.style.type_scale import BODY, SMALL
from nbviz.widgets.axis_ticks import set_ticks, tick_labels, ticks
from nbviz.widgets.label_heights import moved_apart
from nbviz.widgets.training_charts.cursor_marks import cursor, pointer, tag_marks, unit_scales, upright, veil
from nbviz.widgets.training_charts.metrics.curves import Curve, Kind, is_share, title, value_words
from nbviz.widgets.training_charts.metrics.limits import limits, log_limits
from nbviz.widgets.training_charts.time_cursor import TimePlot

# px of margin. Left and right the plot ends where the diagram's timeline does: see network_diagram/timeline.css.
LEFT, RIGHT, TOP, FOOT = 46, 92, 30, 36
MOST_LABELS = 6  # runs with a name at the end of their line
FAINT: dict[Kind, float] = {"batches": 0.4, "earlier": 0.6}
KINDS: tuple[Kind, ...] = ("earlier", "batches", "train", "validation")
NOWHERE = np.zeros((1, 2))


class MetricPlot:
    """The figure, its marks, and how the cursor finds them.

    Attributes:
        figure: What is shown.
        place: For `TimeCursor`.
        heights: Places of the labels at the end of the lines, from 0 to 1: linear, logarithmic; for each of them
            those of train and of validation.
        log_possible: Whether there is anything above zero.
        beyond: Greatest value, where it is cut off; else None.
    """

    def __init__(self, metric: str, runs: Sequence[str], *, height: int, first: bool) -> None:
        """An empty figure.

        Args:
            metric: `"loss"`, ...
            runs: Names of the runs; of a single one the name is not told.
            height: Px of the plot itself.
            first: Whether it stands on top and carries the cursor's tag.
        """
        self.metric, self._runs, self._height = metric, list(runs), height
        self.heights: list[list[list[float]]] = [[[], []], [[], []]]
        self.log_possible = False
        self.beyond: float | None = None
        self._share = False
        self._x = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        self._y = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        self._log = bqplot.LogScale(min=0.1, max=1)
        self._unit = unit_scales()
        several = len(self._runs) > 1
        self._colours: dict[Kind, list[str]] = {
            "earlier": [INK_3],
            "batches": CLASS_COLOURS if several else [INK_3],
            "train": CLASS_COLOURS if several else [INK_3],
            "validation": CLASS_COLOURS if several else [INK_1],
        }
        self._lines: dict[Kind, bqplot.Lines] = {
            "earlier": self._curves("earlier", 1.5, "dashed"),
            "batches": self._curves("batches", 1),
            "train": self._curves("train", 1.5),
            "validation": self._curves("validation", 2),
        }
        self._ends = {
            kind: self._label("start", 8, weight=weight, colours=colours)
            for kind, weight, colours in (("train", "normal", [INK_2]), ("validation", "bold", [INK_1]))
        }
        self.axis = bqplot.Axis(scale=self._x, grid_lines="none")
        self._up = bqplot.Axis(scale=self._y, side="left", grid_lines="solid")
        self._up_log = bqplot.Axis(scale=self._log, side="left", grid_lines="solid", visible=False)
        self._title = self._label("start", -LEFT + 2, colours=[INK_1], weight="bold", size=BODY, y_offset=-16)
        self._title.x, self._title.y, self._title.text = np.zeros(1), np.ones(1), np.array([title(metric, False)])
        self.epoch_word = self._label("start", 14, colours=[INK_3], y_offset=14)
        self.figure = self._draw(first)
        self.place = self._place(first)

    def update(
        self,
        curves: Sequence[Curve],
        end: float,
        events: Sequence[tuple[float, str]],
        named: Sequence[tuple[float, str]] = (),
    ) -> None:
        """Draw.

        Args:
            curves: Of any metric; those of others are left out.
            end: Greatest epoch on the axis.
            events: Epoch and kind of what is marked by an upright line.
            named: Epoch and words of those of a loss that are told beside their line, as where it explodes.
        """
        own = [curve for curve in curves if curve.metric == self.metric]
        self._share = is_share(self.metric, own)
        factor = 100.0 if self._share else 1.0
        by_kind = {kind: self._of_kind(own, kind) for kind in KINDS}
        values = np.concatenate([curve.y * factor for curve in own] or [np.zeros(0)])
        firsts = [curve.y[0] * factor for curve in own if len(curve.y) and np.isfinite(curve.y[0])]
        # Only a loss is meant to fall: one that explodes must not hide the others.
        first = float(np.median(firsts)) if firsts and self.metric == "loss" else float("nan")
        low, high, marks = limits(values, first, share=self._share)
        known = values[np.isfinite(values)]
        self.beyond = float(known.max()) if known.size and known.max() > high * (1 + 1e-9) else None
        logarithmic = log_limits(values)
        self.log_possible = logarithmic is not None
        with self._x.hold_sync():
            self._x.min, self._x.max = 0.0, end
        with self._y.hold_sync():
            self._y.min, self._y.max = low, high
        set_ticks(self._up, marks, tick_labels(marks))
        if logarithmic is not None:
            with self._log.hold_sync():
                self._log.min, self._log.max = logarithmic[0], logarithmic[1]
            set_ticks(self._up_log, logarithmic[2], tick_labels(logarithmic[2], alike=False))
        epochs = [tick for tick in ticks(0.0, end, 7) if end < 2 or tick == int(tick)]
        set_ticks(self.axis, epochs, tick_labels(epochs))
        for kind, found in by_kind.items():
            x, y = _table(found, factor)
            several = [CLASS_COLOURS[self._runs.index(curve.run) % len(CLASS_COLOURS)] for curve in found]
            lone = "validation" if by_kind["validation"] else "train"
            opacity = FAINT.get(kind, 1.0 if kind == lone or len(self._runs) == 1 else 0.45)
            colours = several if len(self._runs) > 1 else self._colours[kind]
            _set(self._lines[kind], x=x, y=y, colors=colours or [INK_3], opacities=[opacity] * len(found))
        self._place_ends(by_kind, factor, (low, high), logarithmic)
        at = np.array([epoch for epoch, _ in events]) / end
        _set(
            self._events,
            x=np.repeat(at[:, None], 2, axis=1) if len(at) else NOWHERE,
            y=np.tile([0.0, 1.0], (len(at), 1)) if len(at) else NOWHERE,
            colors=[WARNING if kind == "health" else OUTLINE for _, kind in events] or [OUTLINE],
            visible=bool(len(at)),
        )
        self._name_events(named if self.metric == "loss" else [], end)
        _set(self._title, text=np.array([title(self.metric, self._share)]))
        self.place["form"] = "percent" if self._share else "number"

    def choose_axis(self, log: bool) -> None:
        """Draw on the linear or on the logarithmic axis of the loss.

        The browser does so too when it is asked there. What is not said here at first, though, a figure that is still
        being drawn can miss: curves on one axis beside the numbers of the other.

        Args:
            log: Whether on the logarithmic one.
        """
        self._up.visible, self._up_log.visible = not log, log
        for mark in (*self._lines.values(), self._dots):
            mark.scales = {**mark.scales, "y": self._log if log else self._y}

    def _name_events(self, named: Sequence[tuple[float, str]], end: float) -> None:
        """Words at the top of their lines, one below the other, on the side where there is room."""
        places = np.array([epoch for epoch, _ in named]) / end
        fits = not len(places) or bool(places.max() < 0.7)
        line = 15 / self._height
        _set(
            self._event_words,
            x=places,
            y=1 - line * np.arange(len(places)),
            text=np.array([words for _, words in named], dtype=str),
            align="start" if fits else "end",
            x_offset=5 if fits else -5,
        )

    def _of_kind(self, curves: Sequence[Curve], kind: Kind) -> list[Curve]:
        if kind in ("batches", "earlier") and len(self._runs) > 1:
            return []
        return sorted((c for c in curves if c.kind == kind), key=lambda curve: self._runs.index(curve.run))

    def _place_ends(
        self,
        by_kind: dict[Kind, list[Curve]],
        factor: float,
        linear: tuple[float, float],
        logarithmic: tuple[float, float, list[float]] | None,
    ) -> None:
        """Labels at the ends of the lines, moved apart; of several runs only what is compared has one."""
        several = len(self._runs) > 1
        if several:
            kept = by_kind["validation"] or by_kind["train"]
            labelled: dict[Kind, list[Curve]] = {"train": [], "validation": kept[:MOST_LABELS]}
        else:
            labelled = {"train": by_kind["train"], "validation": by_kind["validation"]}
        ends = np.array([curve.y[-1] * factor for found in labelled.values() for curve in found])
        line = 15 / self._height
        self.heights = []
        for low, high, curved in ((*linear, False), (*(logarithmic or (0.1, 1.0))[:2], True)):
            with np.errstate(divide="ignore", invalid="ignore"):
                share = (np.log(ends / low) / np.log(high / low)) if curved else (ends - low) / (high - low)
            share = np.where(np.isfinite(share), np.clip(share, 0, 1), 1.0)
            # A pair of lines may stand above the plot, beside the title, but hardly below it.
            lowest, room = 0.9 * line, 1 - 0.5 * line
            apart = moved_apart((share - lowest) / room, 2.2 * line / room) * room + lowest
            heights, begin = [], 0
            for found in labelled.values():
                own = apart[begin : begin + len(found)]
                begin += len(found)
                heights.append([*(own + line / 2).tolist(), *(own - line / 2).tolist()])
            self.heights.append(heights)
        for index, (kind, found) in enumerate(labelled.items()):
            names = [elide(clean(curve.run), RIGHT - 12, SMALL, True) if several else curve.kind for curve in found]
            values = [value_words(curve.y[-1] * factor, self._share) for curve in found]
            colours = [CLASS_COLOURS[self._runs.index(curve.run) % len(CLASS_COLOURS)] for curve in found]
            _set(
                self._ends[kind],
                x=np.ones(2 * len(found)),
                y=np.array(self.heights[0][index]),
                text=np.array([*names, *values]),
                colors=[*colours, *colours] if several and found else [INK_1 if kind == "validation" else INK_2],
            )
        dots = [colour for found in labelled.values() for colour in self._dot_colours(found, several)]
        _set(self._dots, colors=dots or [INK_1])
        # The curves whose values the labels tell, in the order of the labels.
        if several and not by_kind["validation"]:
            self.place["curves"] = [self._lines["batches"], self._lines["train"]]
        else:
            self.place["curves"] = [self._lines["train"], self._lines["validation"]]

    def _dot_colours(self, curves: Sequence[Curve], several: bool) -> list[str]:
        if several:
            return [CLASS_COLOURS[self._runs.index(curve.run) % len(CLASS_COLOURS)] for curve in curves]
        return [INK_1 if curve.kind == "validation" else INK_3 for curve in curves]

    def _curves(self, kind: Kind, width: float, style: str = "solid") -> bqplot.Lines:
        return bqplot.Lines(
            line_style=style,
            x=NOWHERE,
            y=NOWHERE,
            scales={"x": self._x, "y": self._y},
            colors=self._colours[kind],
            stroke_width=width,
            labels=[""],
        )

    def _label(
        self,
        align: str,
        offset: int,
        *,
        colours: list[str],
        weight: str = "normal",
        size: int = SMALL,
        y_offset: int = 0,
    ) -> bqplot.Label:
        return bqplot.Label(
            x=np.zeros(0),
            y=np.zeros(0),
            text=np.array([], dtype=str),
            scales=self._unit,
            align=align,
            x_offset=offset,
            y_offset=y_offset,
            default_size=size,
            font_weight=weight,
            colors=colours,
            apply_clip=False,
        )

    def _draw(self, first: bool) -> bqplot.Figure:
        self._events = upright(self._unit, OUTLINE, 1, line_style="dotted")
        self._event_words = self._label("start", 5, colours=[WARNING], y_offset=8)
        self._veil = veil(self._unit)
        self._cursor = cursor(self._unit)
        self._pointer = pointer(self._unit)
        self._dots = bqplot.Scatter(
            x=np.zeros(0),
            y=np.zeros(0),
            scales={"x": self._x, "y": self._y},
            colors=[INK_1],
            default_size=36,
            stroke=BACKGROUND,
            apply_clip=False,
        )
        marks = [self._events, *self._lines.values(), self._veil, self._pointer, self._cursor, self._dots]
        marks += [self._event_words, *self._ends.values(), self._title, self.epoch_word]
        if first:
            self._box, self._tag, self._pointer_tag = tag_marks(self._unit)
            marks += [self._pointer_tag, self._box, self._tag]
        figure = bqplot.Figure(
            marks=marks,
            axes=[self.axis, self._up, self._up_log],
            padding_x=0,
            padding_y=0,
            display_toolbar=False,
            layout=ipywidgets.Layout(width="100%", min_width="0", max_width="100%"),
        )
        self._identity = f"nbviz-time-{uuid.uuid4().hex[:12]}"
        figure.add_class(self._identity)
        self._figure = figure
        self.set_last(True)
        return figure

    def set_last(self, last: bool) -> None:
        """Whether it stands at the bottom and carries the numbers of the epochs."""
        foot = FOOT if last else 6
        height = f"{self._height + TOP + foot}px"
        with self._figure.layout.hold_sync():
            self._figure.layout.height = self._figure.layout.min_height = height
        self._figure.fig_margin = {"top": TOP, "bottom": foot, "left": LEFT, "right": RIGHT}
        self.axis.visible = last
        shown = np.ones(1) if last else np.zeros(0)
        _set(self.epoch_word, x=shown, y=0 * shown, text=np.array(["epoch"] * len(shown), dtype=str))

    def _place(self, first: bool) -> TimePlot:
        place: TimePlot = {
            "place": self._identity,
            "cursor": self._cursor,
            "veil": self._veil,
            "pointer": self._pointer,
            "curves": [self._lines["train"], self._lines["validation"]],
            "dots": self._dots,
            "ends": [self._ends["train"], self._ends["validation"]],
            "form": "number",
            "top": 1 + 14 / self._height,
        }
        if self.metric == "loss":
            place["lines"] = list(self._lines.values())
            place["linear"], place["log"], place["axes"] = self._y, self._log, [self._up, self._up_log]
        if first:
            place["tag"], place["box"], place["pointer_tag"] = self._tag, self._box, self._pointer_tag
        return place


def _table(curves: Sequence[Curve], factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Lines as one table: shorter ones repeat their last point, since bqplot wants them equally long."""
    found = [curve for curve in curves if len(curve.x)]
    if not found:
        return np.zeros((0, 0)), np.zeros((0, 0))
    most = max(2, *(len(curve.x) for curve in found))
    x = np.stack([np.pad(curve.x, (0, most - len(curve.x)), mode="edge") for curve in found])
    y = np.stack([np.pad(curve.y * factor, (0, most - len(curve.y)), mode="edge") for curve in found])
    if not np.isfinite(y[:, -1]).all():
        # bqplot cannot place the end of a line that ends in NaN; a lone point after it is not drawn. It stands on
        # logarithmic axes too.
        x = np.concatenate([x, x[:, -1:]], axis=1)
        y = np.concatenate([y, np.where(np.isfinite(y[:, -1:]), y[:, -1:], 1.0)], axis=1)
    return x, y


def _set(widget: ipywidgets.Widget, **values: Any) -> None:
    with widget.hold_sync(), widget.hold_trait_notifications():
        for name, value in values.items():
            setattr(widget, name, value)

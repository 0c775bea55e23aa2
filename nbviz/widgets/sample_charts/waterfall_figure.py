"""`WaterfallFigure`: the bars of a waterfall, the labels beside them and the classes above, drawn by bqplot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import bqplot
import ipywidgets
import numpy as np

from nbviz.style.numbers import signed
from nbviz.style.text import elide, text_width
from nbviz.style.theme import (
    ACCENT,
    ACCENT_TINT,
    INK_1,
    INK_2,
    INK_3,
    LINE_STRONG,
    NEGATIVE,
    OUTLINE,
    POSITIVE,
    TOTAL,
)
from nbviz.style.type_scale import BODY, SMALL
from nbviz.widgets.sample_charts.waterfall_steps import ClassColumns, Steps, place_classes

ROW, HEAD = 21, 40  # px
COLUMN = 145  # px a class has at least; positions are told in these, the figure may be wider
LEAST = 125  # px of a column below which the figure scrolls instead

States = dict[ipywidgets.Widget, dict[str, Any]]


class Heading(NamedTuple):
    """What stands above the bars of a class."""

    name: str
    caption: str


class WaterfallFigure:
    """Bars in rows, a column for each class.

    Attributes:
        figure: What is shown.
        height: Px of it.
    """

    def __init__(self, rows: int, columns: int) -> None:
        """An empty figure.

        Args:
            rows: Start, features, their rest if any, and end.
            columns: Classes side by side.
        """
        self._rows, self._columns = rows, columns
        self._width = float(COLUMN * columns)
        self.height = HEAD + rows * ROW + 4
        self.figure = self._draw()

    def states(self, stack: Steps, headings: Sequence[Heading], row: int | None, column: int | None) -> States:
        """All that changes with the sample: widget -> trait -> value. Changes nothing itself.

        Args:
            stack: The bars.
            headings: One for each column.
            row: The one that is tinted.
            column: The one that is brought forward.
        """
        texts = np.array([[signed(change) for change in line] for line in stack.change], dtype=object)
        room = np.array([[text_width(text, SMALL) + 8 for text in line] for line in texts])
        columns = place_classes(stack.low, stack.high, room, self._width)
        return {
            **self._bars_states(stack, columns),
            **self._label_states(stack, columns, texts, row, column),
            **self._title_states(headings, columns, column),
            self._tint: self._tint_state(columns, row, column),
        }

    def _draw(self) -> bqplot.Figure:
        x = bqplot.LinearScale(min=0, max=self._width, allow_padding=False)
        y = bqplot.LinearScale(min=0, max=float(self.height), reverse=True, allow_padding=False)
        scales = {"x": x, "y": y}

        def lines(curves: int, width: float, colour: str) -> bqplot.Lines:
            nowhere = np.zeros((curves, 2))
            return bqplot.Lines(
                x=nowhere, y=nowhere, scales=scales, stroke_width=width, colors=[colour], labels=[""] * curves
            )

        def labels(count: int, align: str, offset: int, weight: str = "normal", size: int = SMALL) -> bqplot.Label:
            return bqplot.Label(
                x=np.zeros(count),
                y=np.zeros(count),
                text=np.full(count, ""),
                scales=scales,
                align=align,
                x_offset=offset,
                font_weight=weight,
                default_size=size,
                colors=[INK_2],
                apply_clip=False,
            )

        cells = self._columns * self._rows
        self._tint = lines(1, ROW - 2, ACCENT_TINT)
        self._zeros = lines(self._columns, 1, LINE_STRONG)
        self._links = lines(self._columns * (self._rows - 1), 1, OUTLINE)
        self._bars = lines(cells, 12, TOTAL)
        self._right, self._left = labels(cells, "start", 4), labels(cells, "end", -4)
        self._right_bold, self._left_bold = labels(cells, "start", 4, "bold"), labels(cells, "end", -4, "bold")
        self._titles = labels(self._columns, "start", 0, "normal", BODY)
        self._title_bold = labels(self._columns, "start", 0, "bold", BODY)
        self._captions = labels(self._columns, "start", 0)
        labelled = [self._right, self._left, self._right_bold, self._left_bold]
        marks = [self._tint, self._zeros, self._links, self._bars, *labelled]
        return bqplot.Figure(
            marks=[*marks, self._titles, self._title_bold, self._captions],
            scale_x=x,
            scale_y=y,
            padding_x=0,
            padding_y=0,
            fig_margin={"top": 0, "bottom": 0, "left": 8, "right": 12},  # for type that is wider than estimated
            display_toolbar=False,
            layout=ipywidgets.Layout(
                width="auto",
                flex="1 1 auto",
                height=f"{self.height}px",
                min_width=f"{LEAST * self._columns}px",
                min_height=f"{self.height}px",
            ),
        )

    def _middle(self) -> np.ndarray:
        """Px from the top of each row's middle."""
        return HEAD + (np.arange(self._rows) + 0.5) * ROW

    def _bars_states(self, stack: Steps, columns: ClassColumns) -> States:
        zero, per_unit = np.array(columns.zero), columns.per_unit
        low, high = zero + stack.low * per_unit, zero + stack.high * per_unit
        short_of_a_line = np.abs(high - low) < 1.5
        middle = (low + high) / 2
        ends = np.stack(
            [np.where(short_of_a_line, middle - 0.75, low), np.where(short_of_a_line, middle + 0.75, high)], axis=-1
        )
        y = np.broadcast_to(self._middle()[:, None, None], ends.shape)
        colours = np.where(stack.high >= stack.low, POSITIVE, NEGATIVE).astype(object)
        colours[stack.high == stack.low] = TOTAL
        colours[[0, -1]] = TOTAL
        # From the end of one bar to the beginning of the next: the end of the last feature meets the sum.
        joints = np.repeat(high[:-1, :, None], 2, axis=-1)
        tops = np.broadcast_to(self._middle()[:-1, None], joints.shape[:2])
        tall = np.array([HEAD - 2.0, HEAD + self._rows * ROW])
        return {
            self._bars: {
                "x": ends.reshape(-1, 2),
                "y": np.ascontiguousarray(y.reshape(-1, 2)),
                "colors": list(colours.ravel()),
            },
            self._links: {"x": joints.reshape(-1, 2), "y": np.stack([tops, tops + ROW], axis=-1).reshape(-1, 2)},
            self._zeros: {"x": np.repeat(zero[:, None], 2, axis=1), "y": np.tile(tall, (len(zero), 1))},
        }

    def _label_states(
        self, stack: Steps, columns: ClassColumns, texts: np.ndarray, row: int | None, column: int | None
    ) -> States:
        x = np.array(columns.zero) + stack.high * columns.per_unit
        y = np.broadcast_to(self._middle()[:, None], x.shape)
        rightwards = stack.high >= stack.low
        bold = np.zeros(x.shape, dtype=bool)
        bold[-1] = True
        if row is not None:
            bold[row, slice(None) if column is None else column] = True
        states: States = {}
        for mark, cells, ink in (
            (self._right, rightwards & ~bold, INK_2),
            (self._left, ~rightwards & ~bold, INK_2),
            (self._right_bold, rightwards & bold, INK_1),
            (self._left_bold, ~rightwards & bold, INK_1),
        ):
            text = np.where(cells, texts, "").astype(str)
            states[mark] = {"x": x.ravel(), "y": y.ravel().copy(), "text": text.ravel(), "colors": [ink]}
        return states

    def _title_states(self, headings: Sequence[Heading], columns: ClassColumns, column: int | None) -> States:
        x = np.array(columns.left)
        rooms = [right - left for left, right in zip(columns.left, columns.right, strict=True)]
        names = [elide(heading.name, room, BODY, True) for heading, room in zip(headings, rooms, strict=True)]
        chosen = [index == column for index in range(len(names))]

        def at(y: float, text: Sequence[str], colour: str) -> dict[str, Any]:
            return {"x": x, "y": np.full(len(x), y), "text": np.array(text), "colors": [colour]}

        return {
            self._titles: at(9, ["" if is_it else name for name, is_it in zip(names, chosen, strict=True)], INK_1),
            self._title_bold: at(9, [name if is_it else "" for name, is_it in zip(names, chosen, strict=True)], ACCENT),
            self._captions: at(25, [heading.caption for heading in headings], INK_3),
        }

    def _tint_state(self, columns: ClassColumns, row: int | None, column: int | None) -> dict[str, Any]:
        if row is None:
            return {"x": np.zeros((1, 2)), "y": np.zeros((1, 2)), "visible": False}
        ends = [0.0, self._width] if column is None else [columns.left[column], columns.right[column]]
        return {"x": np.array([ends]), "y": np.full((1, 2), self._middle()[row]), "visible": True}


def apply(states: Mapping[ipywidgets.Widget, Mapping[str, Any]]) -> None:
    """Set traits as `states` gives them, in one message a widget."""
    for widget, traits in states.items():
        with widget.hold_sync():
            for name, value in traits.items():
                setattr(widget, name, value)

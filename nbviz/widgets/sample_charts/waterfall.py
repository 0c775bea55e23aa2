"""`Waterfall`: how a local explanation leads from the average to one sample's output, a staircase for each class."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import bqplot
import ipywidgets
import numpy as np
import numpy.typing as npt
import traitlets

from nbviz.style.numbers import short, signed
from nbviz.style.probability import probability_words
from nbviz.style.text import clean, elide, text_width
from nbviz.widgets.sample_charts.waterfall_steps import (
    MOST_CLASSES,
    MOST_FEATURES,
    ClassColumns,
    Steps,
    place_classes,
    shown_classes,
    steps,
)

ROW, HEAD = 21, 40  # px
COLUMN = 145  # px a class has at least; positions are told in these, the figure may be wider
LEAST = 125  # px of a column below which the figure scrolls instead
LABEL = 11  # px of type

RAISES, LOWERS = "var(--nbviz-positive, #0877bd)", "var(--nbviz-negative, #f59322)"
TOTAL = "var(--nbviz-total, #6b747e)"
INK_1, INK_2, INK_3 = "var(--nbviz-ink-1, #1f2328)", "var(--nbviz-ink-2, #57606a)", "var(--nbviz-ink-3, #6b747e)"
LINE, LINE_STRONG = "var(--nbviz-line, #e4e7ea)", "var(--nbviz-line-strong, #d0d5da)"
OUTLINE = "var(--nbviz-outline, #9aa3ac)"
ACCENT, ACCENT_TINT = "var(--nbviz-accent, #6b46c1)", "var(--nbviz-accent-tint, #f3effc)"

States = dict[ipywidgets.Widget, dict[str, Any]]


class Waterfall(ipywidgets.VBox):
    """From the average to one sample's output: a bar for each of the largest contributions, classes side by side.

    Every class has its own zero line; a logit is as wide in one column as in the next.

    Attributes:
        selected_class: Index of the class whose column is brought forward, None for none.
        selected_feature: Index of the feature whose row is tinted, None for none.
    """

    selected_class = traitlets.Int(None, allow_none=True)
    selected_feature = traitlets.Int(None, allow_none=True)

    def __init__(
        self,
        feature_names: Sequence[str],
        class_names: Sequence[str],
        *,
        start_name: str = "average",
        end_name: str = "logit",
    ) -> None:
        """An empty chart; `show` fills it.

        Args:
            feature_names: One for each feature.
            class_names: One for each class.
            start_name: What the stack begins with: `"average of 60 others"`.
            end_name: What the numbers are: `"logit"`, `"centred logit"`, `"value"`.

        Raises:
            ValueError: No features or no classes.
        """
        if not len(feature_names) or not len(class_names):
            raise ValueError(
                f"Expected at least one feature and one class. Received {len(feature_names)} and {len(class_names)}."
            )
        self._features, self._classes = [str(name) for name in feature_names], [str(name) for name in class_names]
        self._start_name, self._end_name = start_name, end_name
        features = len(self._features)
        self._own = features if features <= MOST_FEATURES + 1 else MOST_FEATURES
        self._columns = min(len(self._classes), MOST_CLASSES)
        self._rows = 1 + self._own + (features > self._own) + 1
        self._width = float(COLUMN * self._columns)
        self._given: dict[str, Any] | None = None
        self._head, self._names = ipywidgets.HTML(), ipywidgets.HTML()
        self._names.add_class("nbviz-fall-names")
        self._figure = self._draw()
        body = ipywidgets.HBox([self._names, self._figure])
        body.add_class("nbviz-fall-body")
        super().__init__([self._head, body])
        self.add_class("nbviz-parts")
        self.add_class("nbviz-fall")
        self.observe(self._select, ["selected_class", "selected_feature"])

    @property
    def height(self) -> int:
        """Px of the staircases."""
        return HEAD + self._rows * ROW + 4

    def states(
        self,
        values: npt.ArrayLike,
        start: npt.ArrayLike,
        end: npt.ArrayLike,
        *,
        sample_name: str,
        feature_values: Sequence[float | str] | npt.NDArray[Any] | None = None,
        probability: npt.ArrayLike | None = None,
        selected_class: int | None = None,
        selected_feature: int | None = None,
    ) -> States:
        """All that changes with the sample: widget -> trait -> value. Changes nothing itself.

        Args:
            values: Contributions, shape (features, classes).
            start: Output of the average, shape (classes,).
            end: Output for this sample, shape (classes,).
            sample_name: `"sample 32"`.
            feature_values: The sample's own values, one a feature: numbers, or words as they are shown.
            probability: Of each class, shape (classes,); None where the outputs are no classes.
            selected_class: Its column is brought forward.
            selected_feature: Its row is tinted.

        Raises:
            ValueError: Shapes do not fit the names.
        """
        shape = (len(self._features), len(self._classes))
        contributions = _shaped("values", values, shape)
        before, after = _shaped("start", start, shape[1:]), _shaped("end", end, shape[1:])
        p = None if probability is None else _shaped("probability", probability, shape[1:])
        if feature_values is not None and len(feature_values) != shape[0]:
            raise ValueError(f"Expected {shape[0]} feature_values. Received {len(feature_values)}.")
        classes = shown_classes(after, selected_class, self._columns)
        stack = steps(contributions[:, classes], before[classes], after[classes])
        texts = np.array([[signed(change) for change in row] for row in stack.change], dtype=object)
        room = np.array([[text_width(text, LABEL) + 8 for text in row] for row in texts])
        columns = place_classes(stack.low, stack.high, room, self._width)
        gap = float(np.abs(before + contributions.sum(axis=0) - after).max())
        at = stack.features.index(selected_feature) + 1 if selected_feature in stack.features else None
        column = classes.index(selected_class) if selected_class in classes else None
        return {
            self._head: {"value": self._head_html(gap, float(np.abs(after).max()))},
            self._names: {"value": self._names_html(stack, feature_values, sample_name, at)},
            **self._bars_states(stack, columns),
            **self._label_states(stack, columns, texts, at, column),
            **self._title_states(classes, columns, p, column),
            self._tint: self._tint_state(columns, at, column),
        }

    def show(self, values: npt.ArrayLike, start: npt.ArrayLike, end: npt.ArrayLike, **words: Any) -> None:
        """Show one sample; arguments and errors as for `states`.

        `selected_class` and `selected_feature` stay as they are unless they are given.
        """
        given = {"values": values, "start": start, "end": end, **words}
        selection: dict[str, Any] = {
            name: given.pop(name, getattr(self, name)) for name in ("selected_class", "selected_feature")
        }
        apply(self.states(**given, **selection))
        self._given = given
        with self.hold_trait_notifications():
            self.selected_class, self.selected_feature = selection["selected_class"], selection["selected_feature"]

    def _select(self, _: object) -> None:
        if self._given is not None:
            apply(
                self.states(**self._given, selected_class=self.selected_class, selected_feature=self.selected_feature)
            )

    def _draw(self) -> bqplot.Figure:
        x = bqplot.LinearScale(min=0, max=self._width, allow_padding=False)
        y = bqplot.LinearScale(min=0, max=float(self.height), reverse=True, allow_padding=False)
        scales = {"x": x, "y": y}

        def lines(curves: int, width: float, colour: str) -> bqplot.Lines:
            nowhere = np.zeros((curves, 2))
            return bqplot.Lines(
                x=nowhere, y=nowhere, scales=scales, stroke_width=width, colors=[colour], labels=[""] * curves
            )

        def labels(count: int, align: str, offset: int, weight: str = "normal", size: int = LABEL) -> bqplot.Label:
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
        self._titles = labels(self._columns, "start", 0, "normal", 12)
        self._title_bold = labels(self._columns, "start", 0, "bold", 12)
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
        colours = np.where(stack.high >= stack.low, RAISES, LOWERS).astype(object)
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

    def _title_states(
        self, classes: Sequence[int], columns: ClassColumns, p: np.ndarray | None, column: int | None
    ) -> States:
        x = np.array(columns.left)
        rooms = [right - left for left, right in zip(columns.left, columns.right, strict=True)]
        names = [elide(self._classes[index], room, 12, True) for index, room in zip(classes, rooms, strict=True)]
        chosen = [index == column for index in range(len(names))]
        captions = ["" if p is None else probability_words(float(p[index])) for index in classes]

        def at(y: float, text: Sequence[str], colour: str) -> dict[str, Any]:
            return {"x": x, "y": np.full(len(x), y), "text": np.array(text), "colors": [colour]}

        return {
            self._titles: at(9, ["" if is_it else name for name, is_it in zip(names, chosen, strict=True)], INK_1),
            self._title_bold: at(9, [name if is_it else "" for name, is_it in zip(names, chosen, strict=True)], ACCENT),
            self._captions: at(25, captions, INK_3),
        }

    def _tint_state(self, columns: ClassColumns, row: int | None, column: int | None) -> dict[str, Any]:
        if row is None:
            return {"x": np.zeros((1, 2)), "y": np.zeros((1, 2)), "visible": False}
        ends = [0.0, self._width] if column is None else [columns.left[column], columns.right[column]]
        return {"x": np.array([ends]), "y": np.full((1, 2), self._middle()[row]), "visible": True}

    def _head_html(self, gap: float, size: float) -> str:
        kind = "logit" if "logit" in self._end_name else self._end_name
        if not np.isfinite(gap):
            words = "does not add up: NaN among the contributions"
        else:
            # Below the rounding of float32 there is nothing to report.
            words = f"adds up to within {short(gap)}" if gap > 1e-6 * max(1.0, size) else "adds up exactly"
        return (
            '<div class="nbviz-part-head">'
            f'<span class="nbviz-part-title">Why: from the average to this sample&rsquo;s {_text(kind)}</span>'
            f'<span class="nbviz-part-caption">{words}</span></div>'
        )

    def _names_html(self, stack: Steps, values: Any, sample_name: str, row: int | None) -> str:
        start = f'<div class="nbviz-fall-quiet"><span>{_text(self._start_name)}</span></div>'
        printed = _value_words(values, len(self._features))
        rows = [start]
        for index, feature in enumerate(stack.features, start=1):
            kind = ' class="nbviz-fall-selected"' if index == row else ""
            name, value = _text(self._features[feature]), _text(printed[feature])
            value = f"<i>{value}</i>" if value else ""
            rows.append(f'<div{kind}><span title="{name}">{name}</span>{value}</div>')
        if stack.rest:
            rows.append(f'<div class="nbviz-fall-quiet"><span>{len(stack.rest)} smaller, summed</span></div>')
        end = _text(f"{self._end_name}, {sample_name}")
        rows.append(f'<div class="nbviz-fall-total"><span title="{end}">{end}</span></div>')
        return f'<div class="nbviz-fall-rows" style="padding-top:{HEAD}px">{"".join(rows)}</div>'


def apply(states: Mapping[ipywidgets.Widget, Mapping[str, Any]]) -> None:
    """Set traits as `Waterfall.states` gives them, in one message a widget."""
    for widget, traits in states.items():
        with widget.hold_sync():
            for name, value in traits.items():
                setattr(widget, name, value)


def _value_words(values: Any, count: int) -> list[str]:
    if values is None:
        return [""] * count
    numbers = [None if isinstance(value, str) else float(value) for value in values]
    # Standardised values read as deviations; raw ones, never negative, need no plus.
    deviations = any(number is not None and number < 0 for number in numbers)
    return [
        str(value) if number is None else signed(number) if deviations else short(number)
        for value, number in zip(values, numbers, strict=True)
    ]


def _shaped(argument: str, values: npt.ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.shape != shape:
        raise ValueError(f"Expected {argument} of shape {shape}. Received {array.shape}.")
    return array


def _text(words: str) -> str:
    return html.escape(clean(words))

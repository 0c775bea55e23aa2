"""`Confusion`: how many rows of each true class were given each class; its cells choose rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bqplot
import ipywidgets
import numpy as np
import numpy.typing as npt
from bqplot.traits import array_serialization
from traittypes import Array  # type: ignore[import-untyped]

from nbviz.style.numbers import grouped
from nbviz.style.text import clean, elide, html_text, text_width
from nbviz.style.theme import ACCENT, INK_1, INK_3, RIGHT, WRONG
from nbviz.style.type_scale import BODY
from nbviz.widgets.owner import Owner

LABELLED = 12  # with more classes than this there is no room for names and counts: the tooltip has them
LEVELS = len(RIGHT)  # shades
CELL, WIDE_CELL, SIDE, LEFT = 60, 76, 264, 120  # px: a cell of few classes, all cells of many, room for names


def _cells_to_json(cells: Any, _: object = None) -> list[list[int]] | None:
    return None if cells is None else np.asarray(cells).astype(int).reshape(-1, 2).tolist()


def _cells_from_json(cells: Any, _: object = None) -> np.ndarray | None:
    return None if cells is None else np.asarray(cells, "int32").reshape(-1, 2)


class Cells(bqplot.GridHeatMap):
    """A heat map whose selection is the list of lists that its own front end writes (bqplot issue 1632).

    `bqplot.GridHeatMap` serialises `selected` as one binary array; a click answers with a plain list of pairs, which
    it then cannot read. Plain lists both ways also let `jslink` hand the selection to other widgets. Its `color` drops
    axes of length one, so that a single class would have no cell.
    """

    color = Array(None, allow_none=True).tag(
        sync=True, scaled=True, rtype="Color", atype="bqplot.ColorAxis", **array_serialization
    )
    selected = Array(None, allow_none=True).tag(sync=True, to_json=_cells_to_json, from_json=_cells_from_json)


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


def shades(counts: np.ndarray, faintest: int = 1) -> np.ndarray:
    """Depth of each cell, 0 (none) to `LEVELS` - 1, as a share of its true class's rows.

    Args:
        counts: Rows by true and predicted class.
        faintest: Depth of a cell with any rows at all; small cells need more to be seen.
    """
    total = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, total, out=np.zeros(counts.shape), where=total > 0)
    return np.where(counts > 0, np.clip(np.ceil(share * (LEVELS - 1)), faintest, LEVELS - 1), 0).astype(int)


class Confusion(Owner, ipywidgets.VBox):
    """A confusion matrix: true classes down, predicted classes across, what is right grey, what is wrong orange.

    Attributes:
        cells: The heat map; its `selected` holds the chosen cells as pairs [true, predicted], or None. It can be
            linked in the browser with `SamplePicker.cells`: `jslink((confusion.cells, "selected"), (picker, "cells"))`.
    """

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
        self._title = title
        self._labelled = len(self._names) <= LABELLED
        counts = count_cells(truth, predicted, len(self._names))
        keys = distinct(self._names)
        self._head = ipywidgets.HTML()
        self.cells = self._heat_map(keys)
        self._some, self._none = self._labels("bold", INK_1, keys), self._labels("normal", INK_3, keys)
        super().__init__([self._head, self._draw(keys)])
        self.add_class("nbviz-parts")
        self.add_class("nbviz-confusion")
        self._fill(counts)
        self.own_parts()

    def update(self, truth: npt.ArrayLike, predicted: npt.ArrayLike, title: str | None = None) -> None:
        """Count anew, after the model has changed; arguments and errors as for the class."""
        self._title = self._title if title is None else title
        self._fill(count_cells(truth, predicted, len(self._names)))

    def __repr__(self) -> str:
        """Rows and classes; no markup."""
        right, rows = int(np.trace(self.counts)), int(self.counts.sum())
        return f"Confusion({len(self._names)} classes, {grouped(right)} of {grouped(rows)} right)"

    def _fill(self, counts: np.ndarray) -> None:
        right, rows = int(np.trace(counts)), int(counts.sum())
        keys = cell_words(counts)
        domain, colours = palette(keys, shades(counts, 1 if self._labelled else 3))
        self.counts = counts
        self._head.value = (
            f'<div class="nbviz-part-title">{html_text(self._title)}</div>'
            f'<div class="nbviz-part-caption">{grouped(right)} of {grouped(rows)} right; '
            f"click a cell for its samples{'' if self._labelled else '; true classes down, predicted across'}</div>"
        )
        scale = self.cells.scales["color"]
        with scale.hold_sync():
            scale.domain, scale.colors = domain, colours
        self.cells.color = keys
        for mark, kept in ((self._some, counts > 0), (self._none, counts == 0)):
            texts = [grouped(int(n)) if keep else "" for n, keep in zip(counts.flat, kept.flat, strict=True)]
            mark.text = np.array(texts if self._labelled else [])

    def _heat_map(self, keys: list[str]) -> Cells:
        scales = {
            "row": bqplot.OrdinalScale(reverse=True, domain=keys),
            "column": bqplot.OrdinalScale(domain=keys),
            "color": bqplot.OrdinalColorScale(colors=[RIGHT[0]]),
        }
        tooltip = bqplot.Tooltip(
            fields=["row", "column", "color"], labels=["true", "predicted", "samples"], formats=["", "", ""]
        )
        tooltip.add_class("nbviz-tip")
        return Cells(
            color=np.full((len(keys), len(keys)), ""),
            row=np.array(keys),
            column=np.array(keys),
            scales=scales,
            stroke="transparent",
            interactions={"click": "select", "hover": "tooltip"},
            selected_style={"stroke": ACCENT, "stroke-width": "2px"},
            tooltip_style={"opacity": 1},
            tooltip=tooltip,
        )

    def _labels(self, weight: str, colour: str, keys: list[str]) -> bqplot.Label:
        rows, columns = np.repeat(keys, len(keys)), np.tile(keys, len(keys))
        return bqplot.Label(
            x=columns if self._labelled else np.array([]),
            y=rows if self._labelled else np.array([]),
            text=np.full(len(rows), "") if self._labelled else np.array([]),
            scales={"x": self.cells.scales["column"], "y": self.cells.scales["row"]},
            align="middle",
            default_size=BODY,
            font_weight=weight,
            colors=[colour],
        )

    def _draw(self, keys: list[str]) -> bqplot.Figure:
        widest = max(text_width(name, BODY) for name in self._names)
        slanted = self._labelled and len(keys) > 4
        if not self._labelled:
            side = SIDE / len(keys)
        else:
            side = max(28, SIDE // len(keys)) if slanted else min(WIDE_CELL, max(CELL, widest + 6))
        left = min(LEFT, 12 + widest) if self._labelled else 2
        top = 18 + (58 if slanted else 22) if self._labelled else 2
        row_labels = {key: elide(key, left - 10, BODY) for key in keys}
        column_labels = {key: elide(key, 84 if slanted else side, BODY) for key in keys}

        def axis(name: str, labels: dict[str, str], where: str, label: str, offset: str, **more: Any) -> bqplot.Axis:
            return bqplot.Axis(
                scale=self.cells.scales[name],
                side=where,
                grid_lines="none",
                label=label,
                label_offset=offset,
                tick_labels=labels,
                **more,
            )

        axes = [
            axis("column", column_labels, "top", "predicted", f"{top - 12}px", tick_rotate=-40 if slanted else 0),
            axis("row", row_labels, "left", "", "12px"),
        ]
        if slanted:
            axes[0].tick_style = {"text-anchor": "start"}
        return bqplot.Figure(
            marks=[self.cells, self._some, self._none],
            axes=axes if self._labelled else [],
            padding_x=0,
            padding_y=0,
            fig_margin={"top": top, "bottom": 2, "left": left, "right": 2 + (40 if slanted else 0)},
            display_toolbar=False,
            layout=ipywidgets.Layout(
                width=f"{left + side * len(keys) + (42 if slanted else 2):.0f}px",
                max_width="100%",
                height=f"{top + side * len(keys) + 2:.0f}px",
                min_width="0",
                min_height="0",
            ),
        )


def distinct(names: Sequence[str]) -> list[str]:
    """Names as an ordinal scale holds them: two classes of one name would fall on one row, so the second is marked."""
    seen: dict[str, int] = {}
    keys = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        keys.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return keys


def cell_words(counts: np.ndarray) -> np.ndarray:
    """What the tooltip says of each cell, and what the colour scale knows it by: `"17 of 18"`, `"1 of 18, misread"`."""
    total = counts.sum(axis=1).tolist()
    return np.array(
        [
            [
                f"{grouped(count)} of {grouped(total[row])}" + (", misread" if row != column and count else "")
                for column, count in enumerate(line)
            ]
            for row, line in enumerate(counts.tolist())
        ]
    )


def palette(words: np.ndarray, depth: np.ndarray) -> tuple[list[str], list[str]]:
    """Domain and colours of the scale: hue says right or wrong, shade how many of the class's rows."""
    colour_of = {
        str(word): (WRONG if word.endswith("misread") else RIGHT)[level]
        for word, level in zip(words.flat, depth.flat, strict=True)
    }
    return list(colour_of), list(colour_of.values())

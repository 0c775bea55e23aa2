"""`NamedArray`: numbers whose axes have names, and the picture a notebook shows of them."""

from __future__ import annotations

import base64
import html
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbviz.style.colour import GROUND, NEGATIVE, POSITIVE, ZERO
from nbviz.style.png import png

MOST_CELLS = 96  # rows or columns of a map; more are drawn as means over blocks
MOST_TILES = 48
MOST_IN_LINE = 16
WIDTH, HEIGHT = 520, 640  # px of the picture, about
SCALE_QUANTILE = 0.995
HATCH = (0xC0, 0x39, 0xA8)  # off the ramp: what is no number


@dataclass(frozen=True, slots=True, eq=False)
class NamedArray:
    """An array whose axes have names. In a notebook it is a picture.

    Attributes:
        name: What it is called in its layer.
        values: The numbers.
        axes: One name for each axis of `values`.
    """

    name: str
    values: np.ndarray
    axes: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the values."""
        return self.values.shape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The values, for NumPy's functions."""
        return self.values if copy is False else np.array(self.values, dtype=dtype)

    def __repr__(self) -> str:
        """Name, axes and sizes; no numbers."""
        return f"NamedArray({self.name}: {self._sizes()})"

    def _sizes(self) -> str:
        return " × ".join(f"{axis} {size}" for axis, size in zip(self.axes, self.shape, strict=True)) or "one number"

    def _repr_html_(self) -> str:
        return picture_html(self.name, self.values, self.axes, self._sizes())


def picture_html(name: str, values: np.ndarray, axes: tuple[str, ...], sizes: str) -> str:
    """A picture of numbers: a strip for one axis, a map for two, one map for each place along the others.

    A convolution's maps are over its rows and columns, an attention layer has one for each head; otherwise the last
    two axes make a map.

    Args:
        name: The title.
        values: The numbers, of any number of axes.
        axes: Their names.
        sizes: The caption.
    """
    title = f"<b>{html.escape(name)}</b> <small>{html.escape(sizes)}</small>"
    if values.ndim == 0 or values.size == 0 or values.dtype.kind not in "biuf":
        return f"<div>{title}<br>{html.escape(str(values))}</div>"
    maps, in_line, words = _as_maps(np.asarray(values, dtype=np.float64), axes)
    left_out = len(maps) - MOST_TILES
    picture, width, height, scale = _drawn(maps[:MOST_TILES], in_line)
    data = base64.b64encode(picture).decode()
    notes = [words, f"colour ±{scale:.3g}: orange below zero, blue above"]
    if max(maps.shape[1:]) > MOST_CELLS:
        notes.append(f"{maps.shape[1]} × {maps.shape[2]} numbers as means over blocks")
    if left_out > 0:
        notes.append(f"{left_out} more not drawn")
    count = int(np.size(values) - np.isfinite(np.asarray(values, dtype=np.float64)).sum())
    if count:
        notes.append(f"{count} not finite, in magenta")
    return (
        f'<div>{title}<br><img alt="{html.escape(name)}" width="{width}" height="{height}" '
        f'style="image-rendering:pixelated;margin:4px 0" src="data:image/png;base64,{data}"><br>'
        f"<small>{html.escape(' · '.join(notes))}</small></div>"
    )


def _as_maps(values: np.ndarray, axes: tuple[str, ...]) -> tuple[np.ndarray, int | None, str]:
    """(maps, rows, columns); how many belong in a line, None where that is free; what they are in words."""
    if values.ndim == 1:
        return values[None, None], None, f"from {axes[0]} 0 at the left"
    if "row" in axes and "column" in axes:
        rows, columns = axes.index("row"), axes.index("column")
    elif values.ndim > 2 and "head" in axes:
        rows, columns = [axis for axis in range(values.ndim) if axes[axis] != "head"][-2:]
    else:
        rows, columns = values.ndim - 2, values.ndim - 1
    others = [axis for axis in range(values.ndim) if axis not in (rows, columns)]
    moved = values.transpose(*others, rows, columns)
    words = f"{axes[rows]} down, {axes[columns]} across"
    if others:
        words += f"; one map for each {' and '.join(axes[axis] for axis in others)}"
    in_line = values.shape[others[-1]] if len(others) > 1 and values.shape[others[-1]] <= MOST_IN_LINE else None
    return moved.reshape(-1, *moved.shape[-2:]), in_line, words


def _drawn(maps: np.ndarray, in_line: int | None) -> tuple[bytes, int, int, float]:
    """PNG, its width and height in px on the page, and the number that has the whole colour."""
    finite = np.abs(maps[np.isfinite(maps)])
    scale = float(np.quantile(finite, SCALE_QUANTILE)) if finite.size else 0.0
    scale = scale or (float(finite.max()) if finite.size else 0.0) or 1.0
    small = np.stack([_reduced(each) for each in maps])
    pixels = _coloured(small / scale)
    count, rows, columns = small.shape
    gap = 0 if count == 1 else 1
    # Lines that belong together stand side by side where they are many: else they would make one long column.
    length = in_line if in_line is not None and in_line > 1 else 1
    lines = -(-count // length)
    across = max(1, min(lines, round(math.sqrt(lines * 2.2 * rows / (length * columns)))))
    down = -(-lines // across)
    extra = gap if length > 1 else 0  # between blocks of lines
    block = length * (columns + gap) + extra
    sheet = np.empty((down * (rows + gap) - gap, across * block - gap - extra, 3), dtype=np.uint8)
    sheet[:] = GROUND
    for index, tile in enumerate(pixels):
        line, place = divmod(index, length)
        row, side = divmod(line, across) if length == 1 else divmod(line, down)[::-1]
        top, left = row * (rows + gap), side * block + place * (columns + gap)
        sheet[top : top + rows, left : left + columns] = tile
    size = max(1, min(22, WIDTH // sheet.shape[1], HEIGHT // sheet.shape[0]))
    # Enlarged here: what shows a saved notebook may leave the style out, and smooths what it enlarges.
    enlarged = sheet.repeat(size, axis=0).repeat(size, axis=1)
    return png(enlarged), enlarged.shape[1], enlarged.shape[0], scale


def _reduced(values: np.ndarray) -> np.ndarray:
    """At most `MOST_CELLS` rows and columns: means over blocks of about one size."""
    for axis in (0, 1):
        if values.shape[axis] > MOST_CELLS:
            starts = np.linspace(0, values.shape[axis], MOST_CELLS, endpoint=False).astype(int)
            sizes = np.diff([*starts, values.shape[axis]])
            values = np.add.reduceat(values, starts, axis=axis) / np.expand_dims(sizes, 1 - axis)
    return values


def _coloured(ratios: np.ndarray) -> np.ndarray:
    """(..., 3) of signed ratios on the ramp."""
    known = np.isfinite(ratios)
    size = np.minimum(1, np.abs(np.where(known, ratios, 0)))[..., None]
    end = np.where((ratios < 0)[..., None], NEGATIVE, POSITIVE)
    mixed = np.array(ZERO) + (end - np.array(ZERO)) * size
    return np.where(known[..., None], np.round(mixed), HATCH).astype(np.uint8)

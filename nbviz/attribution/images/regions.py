"""Regions of a picture, with names in words: those of a grid, or of pixels that somebody has put together."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbviz.attribution.images.image_form import ImageForm, find_image_form
from nbviz.network.samples import InputSpec

GRID = 3  # rows and columns of regions, where the picture has as many pixels
SIDES = {1: ("",), 2: ("left", "right"), 3: ("left", "middle", "right")}
HEIGHTS = ("top", "middle", "bottom")


@dataclass(frozen=True, eq=False, slots=True)
class Regions:
    """A picture in parts.

    Attributes:
        names: In words, one for each region.
        labels: (rows, columns), the number of the region that a pixel is in.
        words: What they are: `"3 x 3 grid"`.
    """

    names: tuple[str, ...]
    labels: np.ndarray
    words: str


def image_regions(
    image_shape: Sequence[int],
    *,
    grid: tuple[int, int] | None = None,
    labels: Any = None,
) -> dict[str, list[int]]:
    """Regions of a picture as groups of features, for `importance(..., groups=...)` and `attributions`.

    The share of a region is then |sum of its pixels' contributions|, mean over rows, over that of all regions. Channels
    of a pixel stay together.

    Args:
        image_shape: Of a picture: (rows, columns), or (rows, columns, channels). A flat row counts the same pixels in
            the same order.
        grid: How many rows and columns of regions; by default 3 x 3, or fewer where there are fewer pixels.
        labels: The region of each pixel instead, whole numbers of shape (rows, columns), such as
            `skimage.segmentation.slic` returns.

    Returns:
        Name of the region, such as `"rows 0-2, right"`, -> numbers of its features.

    Raises:
        ValueError: A shape, grid or labels that do not fit.
    """
    form = find_image_form([InputSpec("image", (None,), "float32")], [np.empty((0, _size(image_shape)))], image_shape)
    assert form is not None
    found = grid_regions(form, grid) if labels is None else labelled_regions(form, labels)
    return {name: members.tolist() for name, members in zip(found.names, form.members(found.labels), strict=True)}


def grid_regions(form: ImageForm, grid: tuple[int, int] | None = None) -> Regions:
    """Regions of a grid whose rows and columns are about as wide, the outer ones alike.

    Args:
        form: The picture.
        grid: How many rows and columns; None for three of each, or fewer where there are fewer pixels.

    Raises:
        ValueError: More regions than pixels in a row or column, or less than one.
    """
    wanted = (min(GRID, form.rows), min(GRID, form.columns)) if grid is None else grid
    try:
        down, across = (int(count) for count in wanted)
    except (TypeError, ValueError):
        down = across = 0
    if not (1 <= down <= form.rows and 1 <= across <= form.columns):
        raise ValueError(
            f"Expected regions as a grid of up to {form.rows} x {form.columns}, such as (3, 3). Received {grid!r}."
        )
    tops, lefts = _ends(form.rows, down), _ends(form.columns, across)
    names = []
    for top, bottom in itertools.pairwise(tops):
        height = f"rows {top}-{bottom - 1}" if bottom > top + 1 else f"row {top}"
        for place, (left, right) in enumerate(itertools.pairwise(lefts)):
            side = f"columns {left}-{right - 1}" if right > left + 1 else f"column {left}"
            if across in SIDES:
                side = SIDES[across][place]
            names.append(f"{height}, {side}" if side else height)
    row = np.searchsorted(tops, np.arange(form.rows), side="right") - 1
    column = np.searchsorted(lefts, np.arange(form.columns), side="right") - 1
    return Regions(tuple(names), row[:, np.newaxis] * across + column, f"{down} x {across} grid")


def labelled_regions(form: ImageForm, labels: Any, words: str = "given regions") -> Regions:
    """Regions that somebody has put together, named by where their middle is.

    Raises:
        ValueError: Not a whole number for each pixel.
    """
    given = np.asarray(labels)
    if given.shape != (form.rows, form.columns) or given.dtype.kind not in "iu":
        raise ValueError(
            f"Expected labels of regions as whole numbers of shape ({form.rows}, {form.columns}). "
            f"Received {given.dtype} of shape {given.shape}."
        )
    found, numbered = np.unique(given, return_inverse=True)
    numbered = numbered.reshape(given.shape)
    places = []
    for number in range(len(found)):
        at = np.argwhere(numbered == number).mean(axis=0) + 0.5
        height = HEIGHTS[min(2, int(3 * at[0] / form.rows))]
        side = SIDES[3][min(2, int(3 * at[1] / form.columns))]
        places.append("middle" if height == side else f"{height} {side}")
    total, seen = Counter(places), Counter[str]()
    names = []
    for place in places:
        seen[place] += 1
        names.append(place if total[place] == 1 else f"{place} {seen[place]}")
    return Regions(tuple(names), numbered, words)


def _ends(size: int, parts: int) -> list[int]:
    """Where parts of about one size begin and end, the same from either side."""
    return [int(np.floor(size * part / parts + 0.5)) for part in range(parts + 1)]


def _size(image_shape: Any) -> int:
    """How many numbers a picture has; 0 where that is no shape, which is said later."""
    try:
        return int(np.prod([int(size) for size in image_shape]))
    except (TypeError, ValueError):
        return 0

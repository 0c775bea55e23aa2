"""What an `ImageImportance` sends to the browser: `ImageMapsWire` (JSON) and numbers (bytes), whose places it tells.

Array keys, with h x w = squares of a map, c = classes, r = regions, b = bands of a picture (1, 3 for red, green, blue):

    labels           i4 (h, w)     region of each square
    mean             i4 (h, w, b)  mean picture, 0 to 255
    share            f4 (c, h, w)  |strength| of each square as a share of its map
    hue              i4 (c, h, w)  position in `HUES` (nbviz/attribution/table/cells.py)
    region_share     f4 (c, r)     the same of each region
    region_error     f4 (c, r)     standard error of the share
    region_strength  f4 (c, r)     in units of the output
    region_hue       i4 (c, r)
    region_way       i4 (c, r)     position in `WAYS`

Of a sequence the squares are steps of features, h = lanes; its mean is nothing but ground.
Unknown numbers are NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import Regions
from nbviz.attribution.table import table_words
from nbviz.attribution.table.cells import FAINTEST, HUES, Z_95, TableCells
from nbviz.network.pictures import as_levels, block_means
from nbviz.picture.packed_arrays import ArrayWire, packed
from nbviz.style.text import clean
from nbviz.widgets.planes import PlaneNames, PlaneWire, lanes_of

if TYPE_CHECKING:
    from nbviz.attribution.images.region_tables import ImageTables


DEEP_QUANTILE = 0.98  # one square that stands out would pale all others


class ImageMapsWire(TypedDict):
    """One map for each class, and regions."""

    captions: list[str]  # how the numbers came about, what they are
    rows: int  # of squares
    columns: int
    all_rows: int  # of pixels
    all_columns: int
    bands: int  # of the mean picture
    classes: list[str]
    class_ids: list[int]  # of each map
    all_classes: int  # with a map or without
    column_kind: str  # "class" or "output"
    regions: list[str]
    regions_words: str  # "3 x 3 grid"
    unit: str  # of the strengths: " logits", or ""
    faintest: float  # depth of a region with a share of 0
    deepest: float  # share of a square with the full depth: of the largest some have it too
    furthest: float  # share at the right end of the scale of regions
    z: float  # standard errors on either side of an interval
    decimals: int  # of a region's share
    has_triangles: bool
    has_intervals: bool
    interval_words: str
    hues: list[str]  # those in the maps
    direction_words: str | None
    plane: PlaneWire | None  # of sequences; None of pictures
    arrays: list[ArrayWire]


class ShownPictureWire(TypedDict):
    """A sample's picture beside the maps."""

    name: str  # "sample 46"
    words: str  # "true 5, read as 9"
    is_misread: bool
    rows: int
    columns: int
    bands: int
    predicted: int | None  # the class whose map is shown where none is selected


@dataclass(frozen=True, eq=False, slots=True)
class MappedPictures:
    """The pictures that maps are drawn over.

    Attributes:
        form: Their sizes.
        regions: Parts of them.
        mean: The mean picture, (rows, columns, channels).
        low: The smallest number in any, which is drawn as the ground.
        high: The largest.
        names: Of sequences the features.
    """

    form: ImageForm
    regions: Regions
    mean: np.ndarray
    low: float
    high: float
    names: PlaneNames | None = None

    @property
    def parts(self) -> int:
        """How many regions and squares there are, of which one can be selected."""
        return len(self.regions.names) + math.prod(self.form.squares)


def image_maps_wire(tables: ImageTables, pictures: MappedPictures) -> tuple[ImageMapsWire, bytes]:
    """Maps and regions as they travel.

    Args:
        tables: The numbers.
        pictures: What they are of.
    """
    form, regions = pictures.form, pictures.regions
    squares, parts = TableCells(tables.squares), TableCells(tables.regions)
    down, across = form.squares
    share, hue = (array.T.reshape(-1, down, across) for array in (squares.share, squares.hue.astype(np.int32)))
    labels = form.at_squares(regions.labels)
    plane: PlaneWire | None = None
    if pictures.names is None:
        mean = as_levels(block_means(pictures.mean[np.newaxis], form.block), pictures.low, pictures.high)[0]
    else:
        lanes = lanes_of(np.nansum(share, axis=(0, 2)))
        share, hue, labels = lanes.summed(share), lanes.kept(hue, HUES.index("mixed")), lanes.labels(labels)
        mean = np.zeros((*labels.shape, 1), np.uint8)
        plane = lanes.wire(form, pictures.names)
    arrays, numbers = packed(
        {
            "labels": labels,
            "mean": mean.astype(np.int32),
            "share": share,
            "hue": hue,
            "region_share": parts.share.T,
            "region_error": parts.share_error.T,
            "region_strength": parts.strength.T,
            "region_hue": parts.hue.T.astype(np.int32),
            "region_way": parts.way.T.astype(np.int32),
        }
    )
    direction = table_words.direction_notes(tables.regions)
    attrs, count = tables.regions.attrs, len(tables.regions.classes)
    caption = table_words.caption_lines(tables.regions.attrs)[0]
    wire: ImageMapsWire = {
        "captions": [
            clean(caption),
            _share_words(form, regions),
        ],
        "rows": labels.shape[0],
        "columns": across,
        "all_rows": form.rows,
        "all_columns": form.columns,
        "bands": mean.shape[-1],
        "classes": [clean(table_words.label_text(name)) for name in _last(tables.regions.classes)],
        "class_ids": list(attrs.get("class_ids", range(count))),
        "all_classes": attrs.get("all_classes", count),
        "column_kind": table_words.kind(tables.regions),
        "regions": list(regions.names),
        "regions_words": regions.words,
        "unit": table_words.unit(tables.regions.attrs),
        "faintest": FAINTEST,
        "deepest": _deepest(share),
        "furthest": parts.furthest,
        "z": Z_95,
        "decimals": parts.decimals,
        "has_triangles": parts.has_triangles,
        "has_intervals": parts.has_whiskers,
        "interval_words": table_words.INTERVAL_WORDS,
        "hues": [hue for hue in HUES[1:] if hue in squares.hues and tables.squares.direction is not None],
        "direction_words": direction[0] if direction else None,
        "plane": plane,
        "arrays": arrays,
    }
    return wire, numbers


def _share_words(form: ImageForm, regions: Regions) -> str:
    if form.is_sequence:
        square = "cells" if form.block[1] == 1 else f"cells of {form.block[1]} steps"
        told = "regions" if regions.words == "given regions" else regions.words
        return f"shares: a map's {square} sum to 1, and so do its {told} (|sum of their cells|, mean over rows)"
    side = form.block[0]
    square = "pixels" if side == 1 else f"squares of {side} x {side} pixels"
    return f"shares: a map's {square} sum to 1, and so do its regions (|sum of their pixels|, mean over rows)"


def _deepest(share: np.ndarray) -> float:
    known = share[np.isfinite(share)]
    if not known.size or known.max() <= 0:
        return 1.0
    return float(np.quantile(known, DEEP_QUANTILE)) or float(known.max())


def _last(classes: object) -> list[object]:
    """Names of classes; of several outputs without the output's."""
    return [name[-1] if isinstance(name, tuple) else name for name in list(classes)]  # type: ignore[call-overload]

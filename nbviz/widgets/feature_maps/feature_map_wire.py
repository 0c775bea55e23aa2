"""What a `FeatureMaps` sends to the browser: `FeatureMapsWire` (JSON) and the numbers (bytes) it tells the places of.

Array keys, with c = channels of the layer, h x w = positions as sent (1 x steps for a sequence), k = classes sent,
H x W = positions of the picture as sent, b = its bands (1, 3 for red, green, blue; of a sequence H features, W steps):

    after       f4 (c, h, w)  the maps
    before      f4 (c, h, w)  before the activation; only of layers with one
    mean        f4 (c,)       mean of each map over all its positions
    input       f4 (H, W, b)  the model's input beside the maps; only where it is a picture or a sequence
    importance  f4 (k, c)     importance of each map for each class; only where it could be worked out
    grad_cam    f4 (k, h, w)  Grad-CAM for each class; likewise
    attribution f4 (k, H, W)  attribution of each class over the input, bands summed; only once asked for

and those of `nbviz.widgets.feature_maps.sliding_wire` where `sliding` is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

import numpy as np

from nbviz.picture.packed_arrays import ArrayWire, packed
from nbviz.widgets.feature_maps.sliding_wire import Slid, SlidingWire
from nbviz.widgets.tiles import robust_scale

if TYPE_CHECKING:
    from nbviz.attribution.methods.map_evidence import LayerEvidence
    from nbviz.keras_model.activations.feature_maps import MapLayer, MeanMaps

MOST_NUMBERS = 400_000  # of maps at once: 1.6 MB; larger ones are sent as means over blocks
PICTURE_SIDE = 160

InputKind = Literal["grey", "rgb", "sequence"]


class InputWire(TypedDict):
    """The picture beside the maps."""

    name: str
    kind: InputKind
    bands: int  # of the input itself; more than 3 or just 2 are sent as their mean
    rows: int  # as sent
    columns: int
    all_rows: int
    all_columns: int
    low: float  # what is drawn as the ground, over the rows of x looked at
    high: float


class FeatureMapsWire(TypedDict):
    """The maps of one layer for one sample, or their mean over samples."""

    layer: str
    type: str  # class name of the Keras layer: "Conv2D"
    activation: str | None  # the nonlinear step inside the layer; None: nothing to look at before it
    channels: int
    rows: int  # as sent
    columns: int
    all_rows: int
    all_columns: int
    flat: bool  # a sequence: one axis of positions
    first_unit: int  # id of map 0
    sample: int | None  # row of x; None: the mean
    samples: int  # rows of x
    averaged: int  # rows that the mean is taken over
    scale: float  # |number| that gets the whole colour
    before_scale: float
    input: InputWire | None
    classes: list[int]  # numbers of the classes sent
    class_names: list[str]
    predicted: int | None  # the class with the largest logit, if any
    importance: str  # what the importance of a map is, in words
    attribution: str  # what the attribution is, in words
    grad_cam_error: str | None  # why there is no Grad-CAM and no importance
    attribution_error: str | None
    sliding: SlidingWire | None  # how the layer's kernels slide over its input; None: not to be shown
    sliding_error: str | None  # why not, of a layer that slides kernels
    arrays: list[ArrayWire]


@dataclass(frozen=True, slots=True)
class InputPicture:
    """The model's input beside the maps.

    Attributes:
        name: Name of the input.
        values: (rows, columns, bands) of an image, channels last; (steps, features) of a sequence.
        low: Smallest value over the rows of x looked at.
        high: Largest value there.
    """

    name: str
    values: np.ndarray
    low: float
    high: float

    @property
    def kind(self) -> InputKind:
        """How it is drawn."""
        if self.values.ndim == 2:
            return "sequence"
        return "rgb" if self.values.shape[-1] == 3 else "grey"

    def sent(self) -> np.ndarray:
        """(H, W, b) as it travels."""
        values = self.values.T[..., None] if self.kind == "sequence" else self.values
        if self.kind == "grey":
            values = values.mean(axis=-1, keepdims=True)
        return np.moveaxis(block_means(np.moveaxis(values, -1, 0), PICTURE_SIDE, PICTURE_SIDE), 0, -1)


@dataclass(frozen=True, slots=True)
class RowsOfMaps:
    """Which rows of x the maps are of.

    Attributes:
        sample: The row, None for a mean over rows.
        samples: How many rows x has.
        averaged: How many the mean is taken over.
    """

    sample: int | None
    samples: int
    averaged: int


@dataclass(frozen=True, slots=True)
class ClassEvidence:
    """What maps and pixels do for classes, what these numbers are, and why they are missing where they are.

    Attributes:
        maps: Of the maps.
        attribution: (*input positions, classes), None where it has not been asked for.
        importance_words: What the importance of a map is.
        attribution_words: What an attribution is.
        grad_cam_error: Why there is nothing of the maps, None where there is.
        attribution_error: Why there is no attribution, None where there is, or where none was asked for.
    """

    maps: LayerEvidence
    attribution: np.ndarray | None
    importance_words: str
    attribution_words: str
    grad_cam_error: str | None
    attribution_error: str | None


@dataclass(frozen=True, slots=True)
class LayerMaps:
    """The maps of one layer, and all that is shown beside them.

    Attributes:
        layer: The layer.
        maps: Its maps, and what they were made of.
        rows: Which rows of x they are of.
        evidence: What they do for classes.
        picture: The input beside them, None where it is neither a picture nor a sequence.
        sliding: From `sliding_wire`: how the kernels slide, or why it is not shown; None for layers without.
    """

    layer: MapLayer
    maps: MeanMaps
    rows: RowsOfMaps
    evidence: ClassEvidence
    picture: InputPicture | None
    sliding: Slid | str | None


def block_means(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """(n, h, w) with at most so many rows and columns: means over blocks of about one size."""
    for axis, most in ((1, rows), (2, columns)):
        size = values.shape[axis]
        if size > most:
            starts = np.linspace(0, size, most, endpoint=False).astype(int)
            counts = np.diff([*starts, size]).reshape([-1 if at == axis else 1 for at in range(3)])
            values = np.add.reduceat(values, starts, axis=axis) / counts
    return values


def sent_size(channels: int, rows: int, columns: int) -> tuple[int, int]:
    """Rows and columns of maps as they travel."""
    by = 1
    while channels * -(-rows // by) * -(-columns // by) > MOST_NUMBERS and by < max(rows, columns):
        by += 1
    return -(-rows // by), -(-columns // by)


def feature_maps_wire(shown: LayerMaps, first_unit: int) -> tuple[FeatureMapsWire, bytes]:
    """Maps as they travel.

    Args:
        shown: The maps of one layer.
        first_unit: Id of map 0.
    """
    layer, after, before = shown.layer, shown.maps.after, shown.maps.before
    evidence, of_maps = shown.evidence, shown.evidence.maps
    channels = after.shape[-1]
    all_rows, all_columns = (1, *after.shape[:-1])[-2:]
    size = sent_size(channels, all_rows, all_columns)

    def sent(array: np.ndarray | None) -> np.ndarray | None:
        if array is None:
            return None
        return block_means(np.moveaxis(array, -1, 0).reshape(array.shape[-1], all_rows, all_columns), *size)

    maps = {"after": sent(after), "before": sent(before)}
    pixels = None if shown.picture is None else shown.picture.sent()
    with np.errstate(over="ignore", invalid="ignore"):
        mean = after.mean(axis=tuple(range(after.ndim - 1)), dtype=np.float64)
    sliding, sliding_arrays = shown.sliding if isinstance(shown.sliding, tuple) else (None, {})
    arrays, payload = packed(
        {
            **maps,
            "mean": mean,
            "input": pixels,
            "importance": None if of_maps.importance is None else of_maps.importance.T,
            "grad_cam": sent(of_maps.grad_cam),
            "attribution": _sent_attribution(evidence.attribution),
            **sliding_arrays,
        }
    )
    wire: FeatureMapsWire = {
        "layer": layer.name,
        "type": layer.type,
        "activation": layer.activation,
        "channels": channels,
        "rows": size[0],
        "columns": size[1],
        "all_rows": all_rows,
        "all_columns": all_columns,
        "flat": after.ndim == 2,
        "first_unit": first_unit,
        "sample": shown.rows.sample,
        "samples": shown.rows.samples,
        "averaged": shown.rows.averaged,
        "scale": robust_scale(after),
        "before_scale": robust_scale(after if before is None else before),
        "input": None if shown.picture is None or pixels is None else _input_wire(shown.picture, pixels),
        "classes": of_maps.classes,
        "class_names": of_maps.names,
        "predicted": of_maps.predicted,
        "importance": evidence.importance_words,
        "attribution": evidence.attribution_words,
        "grad_cam_error": evidence.grad_cam_error,
        "attribution_error": evidence.attribution_error,
        "sliding": sliding,
        "sliding_error": shown.sliding if isinstance(shown.sliding, str) else None,
        "arrays": arrays,
    }
    return wire, payload


def _sent_attribution(attribution: np.ndarray | None) -> np.ndarray | None:
    """(k, H, W) of (*input positions, classes)."""
    if attribution is None:
        return None
    flat = attribution.ndim == 2  # (steps, classes): the same for every feature's row
    each = np.moveaxis(attribution, -1, 0)
    return block_means(each[:, None] if flat else each, PICTURE_SIDE, PICTURE_SIDE)


def _input_wire(picture: InputPicture, pixels: np.ndarray) -> InputWire:
    sequence = picture.kind == "sequence"
    whole = picture.values.shape[::-1] if sequence else picture.values.shape
    return {
        "name": picture.name,
        "kind": picture.kind,
        "bands": 1 if sequence else picture.values.shape[-1],
        "rows": pixels.shape[0],
        "columns": pixels.shape[1],
        "all_rows": whole[0],
        "all_columns": whole[1],
        "low": picture.low,
        "high": picture.high,
    }

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
from typing import Literal, TypedDict

import numpy as np

from nbviz.picture.packed_arrays import ArrayWire, packed
from nbviz.widgets.feature_maps.sliding_wire import SlidingWire
from nbviz.widgets.tiles import robust_scale

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
class Picture:
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
class ClassNumbers:
    """What is known of classes.

    Attributes:
        classes: Numbers of the classes.
        names: Their names.
        predicted: The class with the largest logit.
        importance: (channels, classes).
        grad_cam: (*positions, classes).
        attribution: (*input positions, classes), None where it has not been asked for.
    """

    classes: list[int]
    names: list[str]
    predicted: int | None
    importance: np.ndarray | None
    grad_cam: np.ndarray | None
    attribution: np.ndarray | None


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


def feature_maps_wire(
    layer: str,
    kind: str,
    activation: str | None,
    after: np.ndarray,
    before: np.ndarray | None,
    picture: Picture | None,
    classes: ClassNumbers,
    *,
    first_unit: int,
    sample: int | None,
    samples: int,
    averaged: int,
    importance: str,
    attribution: str,
    grad_cam_error: str | None,
    attribution_error: str | None,
    sliding: tuple[SlidingWire, dict[str, np.ndarray | None]] | str | None = None,
) -> tuple[FeatureMapsWire, bytes]:
    """Maps as they travel.

    Args:
        layer: Name of the layer.
        kind: Class name of the layer.
        activation: The nonlinear step inside it.
        after: (rows, columns, channels) or (steps, channels).
        before: The same before the activation, None without one.
        picture: The input beside them.
        classes: What is known of classes.
        first_unit: Id of map 0.
        sample: Row of x, None for a mean.
        samples: Rows of x.
        averaged: Rows that a mean is taken over.
        importance: What the importance is, in words.
        attribution: What the attribution is, in words.
        grad_cam_error: Why there is none.
        attribution_error: Why there is none.
        sliding: From `sliding_wire`: how the kernels slide, or why it is not shown; None for layers without.
    """
    channels = after.shape[-1]
    all_rows, all_columns = (1, *after.shape[:-1])[-2:]
    size = sent_size(channels, all_rows, all_columns)

    def sent(array: np.ndarray | None) -> np.ndarray | None:
        if array is None:
            return None
        return block_means(np.moveaxis(array, -1, 0).reshape(array.shape[-1], all_rows, all_columns), *size)

    shown = {"after": sent(after), "before": sent(before)}
    pixels = None if picture is None else picture.sent()
    with np.errstate(over="ignore", invalid="ignore"):
        mean = after.mean(axis=tuple(range(after.ndim - 1)), dtype=np.float64)
    attributed = None
    if classes.attribution is not None:
        flat = classes.attribution.ndim == 2  # (steps, classes): the same for every feature's row
        each = np.moveaxis(classes.attribution, -1, 0)
        attributed = block_means(each[:, None] if flat else each, PICTURE_SIDE, PICTURE_SIDE)
    arrays, payload = packed(
        {
            **shown,
            "mean": mean,
            "input": pixels,
            "importance": None if classes.importance is None else classes.importance.T,
            "grad_cam": sent(classes.grad_cam),
            "attribution": attributed,
            **(sliding[1] if isinstance(sliding, tuple) else {}),
        }
    )
    input_: InputWire | None = None
    if picture is not None and pixels is not None:
        whole = picture.values.shape[::-1] if picture.kind == "sequence" else picture.values.shape
        input_ = {
            "name": picture.name,
            "kind": picture.kind,
            "bands": 1 if picture.kind == "sequence" else picture.values.shape[-1],
            "rows": pixels.shape[0],
            "columns": pixels.shape[1],
            "all_rows": whole[0],
            "all_columns": whole[1],
            "low": picture.low,
            "high": picture.high,
        }
    wire: FeatureMapsWire = {
        "layer": layer,
        "type": kind,
        "activation": activation,
        "channels": channels,
        "rows": size[0],
        "columns": size[1],
        "all_rows": all_rows,
        "all_columns": all_columns,
        "flat": after.ndim == 2,
        "first_unit": first_unit,
        "sample": sample,
        "samples": samples,
        "averaged": averaged,
        "scale": robust_scale(after),
        "before_scale": robust_scale(after if before is None else before),
        "input": input_,
        "classes": classes.classes,
        "class_names": classes.names,
        "predicted": classes.predicted,
        "importance": importance,
        "attribution": attribution,
        "grad_cam_error": grad_cam_error,
        "attribution_error": attribution_error,
        "sliding": sliding[0] if isinstance(sliding, tuple) else None,
        "sliding_error": sliding if isinstance(sliding, str) else None,
        "arrays": arrays,
    }
    return wire, payload

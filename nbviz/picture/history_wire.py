"""The history of a run as it goes to the browser: many frames over one set of candidate units, half precision.

`NetworkDiagram.history` is

    uint32 header length | header: a `HistoryWire` as UTF-8 JSON, padded with blanks | payloads

with the payloads 8-byte aligned, one after the other, `stride` bytes each, in the order of `moments`. A payload holds
the arrays of a frame (`nbviz.picture.network_wire`) in less room: `HistoryWire["arrays"]` tells what lies where.
While training, a new moment comes as a message, `MomentMessage`, with its payload as the one buffer. Moments have much
in common: up to some megabytes a history travels, and is saved, as gzip.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypedDict, cast

import numpy as np

from nbviz.network.architecture import Architecture
from nbviz.picture.frame import Frame
from nbviz.picture.frame_wire import FrameWire, frame_arrays, frame_header
from nbviz.picture.network_wire import NetworkWire
from nbviz.picture.packed_arrays import ALIGNMENT, ArrayWire

LARGEST_HALF = 65504.0  # of float16
MOST_PACKED = 4_000_000  # bytes: to pack more would hold up a model that trains
EventKind = Literal["best", "rate", "health"]
# Most of a frame. The others stay as they are: inputs in raw units, and sums of them, may lie beyond float16's range.
HALVED = ("kernel", "term_w", "cells", "share")
DTYPES = {name: np.dtype(f"<{name}") for name in ("f2", "f4", "i2", "i4", "u1")}


class EventWire(TypedDict):
    """A flag on the timeline."""

    step: int
    kind: EventKind
    text: str  # "best validation", "rate 0.006 → 0.001", "5 of 16 units dead"


class MomentWire(TypedDict):
    """One moment without its arrays."""

    step: int  # updates since the run began
    epoch: int  # counted from 1, 0 before training
    batch: int  # batches done in it
    label: str  # "epoch 44", within an epoch "epoch 44, batch 3"
    frame: FrameWire
    metrics: dict[str, float | None]  # null: not finite


class HistoryWire(TypedDict):
    """The header of a history."""

    version: int  # of the network whose frames these are
    steps_per_epoch: int | None
    live_step: int | None  # of the live network while moments lie after it; null: it is at the end
    arrays: list[ArrayWire]  # of each payload
    stride: int  # bytes of a payload
    moments: list[MomentWire]  # in order of step
    events: list[EventWire]  # at most eight, in order of step


class MomentMessage(TypedDict):
    """A new moment; its payload is the message's buffer."""

    type: Literal["moment"]
    moment: MomentWire
    count: int  # moments that there are with this one


@dataclass(frozen=True)
class CompactLayout:
    """Where the arrays of a frame lie when it is packed for a history.

    Attributes:
        arrays: Key, dtype, shape and place of each.
        stride: Bytes of all.
        key: The same for two networks if their frames have the same arrays of the same units.
    """

    arrays: tuple[ArrayWire, ...]
    stride: int
    key: str


def compact_layout(network: NetworkWire) -> CompactLayout:
    """The layout of the frames of a network."""
    small = all(layer["units"] < 32_768 for layer in network["layers"])
    arrays: list[ArrayWire] = []
    offset = 0
    for array in network["arrays"]:
        dtype = array["dtype"]
        if dtype == "i4" and small:
            dtype = "i2"
        elif dtype == "f4" and array["key"].rpartition("/")[2] in HALVED:
            dtype = "f2"
        arrays.append({"key": array["key"], "dtype": dtype, "shape": array["shape"], "offset": offset})
        size = DTYPES[dtype].itemsize * math.prod(array["shape"])
        offset += size + -size % ALIGNMENT
    units = [[layer["candidates"], layer["cell_units"]] for layer in network["layers"]]
    shapes = [[array["dtype"], array["shape"]] for array in arrays]
    # Frames have a number for each connection, also for one without arrays.
    ways = [[connection["source"], connection["target"]] for connection in network["connections"]]
    key = hashlib.sha256(json.dumps([units, shapes, ways]).encode()).hexdigest()[:16]
    return CompactLayout(tuple(arrays), offset, key)


def compact(frame: Frame, architecture: Architecture, layout: CompactLayout) -> bytes:
    """A frame as a recording keeps it: header length, header (`FrameWire` and the layout's key), payload.

    Numbers beyond the range of float16 become its largest; arrays that the frame lacks are NaN, faces 128 (zero).
    """
    header = {"key": layout.key, "frame": frame_header(frame, architecture, 0)}
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % ALIGNMENT)
    given = dict(frame_arrays(architecture, frame))
    payload = bytearray(layout.stride)
    for array in layout.arrays:
        dtype, shape = DTYPES[array["dtype"]], tuple(array["shape"])
        place = np.ndarray(shape, dtype, payload, array["offset"])
        known = given.get(array["key"])
        if known is None or known.shape != shape:
            place[...] = 128 if dtype.kind == "u" else -1 if dtype.kind == "i" else np.nan
        elif dtype == np.dtype("<f2"):
            place[...] = np.clip(known, -LARGEST_HALF, LARGEST_HALF)  # NaN stays
        else:
            place[...] = known
    return struct.pack("<I", len(text)) + text + payload


def unpacked(frame: bytes) -> tuple[str, FrameWire, bytes]:
    """(key of the layout, header, payload) of what `compact` returned."""
    (length,) = struct.unpack_from("<I", frame)
    header = json.loads(frame[4 : 4 + length])
    return header["key"], cast(FrameWire, header["frame"]), frame[4 + length :]


class MomentPlace(NamedTuple):
    """Where a moment lies: updates done, the epoch (counted from 1, 0 before training), batches done in it."""

    step: int
    epoch: int
    batch: int
    steps_per_epoch: int | None

    @property
    def label(self) -> str:
        """The same in words."""
        if not self.epoch:
            return "before training"
        whole = self.batch == self.steps_per_epoch
        return f"epoch {self.epoch}" if whole else f"epoch {self.epoch}, batch {self.batch}"


def moment_wire(frame: FrameWire, version: int, place: MomentPlace, metrics: Mapping[str, float]) -> MomentWire:
    """One moment without its arrays, of the network of a version."""
    return {
        "step": place.step,
        "epoch": place.epoch,
        "batch": place.batch,
        "label": place.label,
        "frame": cast(FrameWire, {**frame, "version": version}),
        "metrics": {name: float(value) if math.isfinite(value) else None for name, value in metrics.items()},
    }


def history_bytes(
    version: int,
    layout: CompactLayout,
    steps_per_epoch: int | None,
    moments: Sequence[MomentWire],
    payloads: Sequence[bytes],
    events: Sequence[EventWire],
    live_step: int | None = None,
) -> bytes:
    """A history as it travels (see the module's docstring); empty without moments."""
    if not moments:
        return b""
    header: HistoryWire = {
        "version": version,
        "steps_per_epoch": steps_per_epoch,
        "live_step": live_step,
        "arrays": list(layout.arrays),
        "stride": layout.stride,
        "moments": list(moments),
        "events": list(events),
    }
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % ALIGNMENT)
    return b"".join([struct.pack("<I", len(text)), text, *payloads])


def packed_history(history: bytes) -> bytes:
    """A history as the browser gets it; what it is told by is that gzip begins with 1f 8b, a header's length never."""
    return gzip.compress(history, 6, mtime=0) if 0 < len(history) <= MOST_PACKED else history

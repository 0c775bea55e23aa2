"""One moment of a network as it travels to the browser."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Literal, TypedDict

import numpy as np

from nbviz.network.architecture import Architecture
from nbviz.picture.frame import ConnectionFrame, Frame
from nbviz.picture.packed_arrays import ALIGNMENT, ArrayWire, padded


class LayerFrameWire(TypedDict):
    """Numbers of a layer that are not arrays."""

    a_scale: float | None  # |activation| that gets the full colour
    a_sum: float | None  # over all units


class ConnectionFrameWire(TypedDict):
    """Numbers of a connection that are not arrays; `_a`: for edge meaning weight x activation."""

    scale: float  # |w sd| that gets the full width
    scale_a: float | None
    sum: float  # over all edges
    sum_a: float | None
    abs_sum: float
    abs_sum_a: float | None


class BadgeWire(TypedDict):
    """One finding about the model's health, in words."""

    kind: Literal["nan", "dead", "saturated", "vanishing", "exploding"]
    layer: int
    units: list[int]  # the units concerned; empty: the whole layer
    text: str  # "dense_1: 25 % dead ReLU"
    meaning: str  # a sentence for the tooltip


class AskedWire(TypedDict):
    """Units of a layer that are asked for and are no candidates: their numbers come behind those of the candidates."""

    layer: int
    units: list[int]
    ranks: list[int]


class LikelyWire(TypedDict):
    """The likeliest units of an output that is drawn in part, best first; the true one is among them."""

    layer: int
    units: list[int]


class FrameWire(TypedDict):
    """The header of a frame."""

    version: int
    sample: int | None  # row of x
    sample_name: str | None  # "sample 32", "mean of 45 rows"; None: nothing to colour by
    training: bool
    epoch: int | None
    batch: int | None
    updates_per_second: float | None
    layers: list[LayerFrameWire]
    connections: list[ConnectionFrameWire]
    badges: list[BadgeWire]
    asked: list[AskedWire]
    likely: list[LikelyWire]
    arrays: list[ArrayWire] | None  # where its arrays lie; null where the network tells it


def frame_bytes(frame: Frame, architecture: Architecture, version: int) -> bytes:
    """A frame as it travels: header length, header, payload (see the module's docstring)."""
    header = frame_header(frame, architecture, version)
    if any(frame.asked.values()):
        header["arrays"] = array_places(architecture, frame)
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % ALIGNMENT)
    payload = b"".join(padded(array) for _, array in frame_arrays(architecture, frame))
    return struct.pack("<I", len(text)) + text + payload


def frame_header(frame: Frame, architecture: Architecture, version: int) -> FrameWire:
    """What a frame says besides its arrays."""
    index = {layer.name: position for position, layer in enumerate(architecture.layers)}
    return {
        "version": version,
        "sample": frame.sample,
        "sample_name": frame.sample_name,
        "training": frame.progress.training,
        "epoch": frame.progress.epoch,
        "batch": frame.progress.batch,
        "updates_per_second": frame.progress.updates_per_second,
        "layers": [{"a_scale": layer.a_scale, "a_sum": layer.a_sum} for layer in frame.layers],
        "connections": [_connection_numbers(connection) for connection in frame.connections],
        "badges": [
            {
                "kind": badge.kind,
                "layer": index[badge.layer],
                "units": list(badge.units),
                "text": badge.text,
                "meaning": badge.meaning,
            }
            for badge in frame.badges
        ],
        "asked": [
            {"layer": index[name], "units": list(units), "ranks": list(frame.ranks[name])}
            for name, units in frame.asked.items()
            if units
        ],
        "likely": [{"layer": index[name], "units": list(units)} for name, units in frame.likely.items()],
        "arrays": None,
    }


def _connection_numbers(connection: ConnectionFrame) -> ConnectionFrameWire:
    return {
        "scale": connection.scale,
        "scale_a": connection.scale_a,
        "sum": connection.sum,
        "sum_a": connection.sum_a,
        "abs_sum": connection.abs_sum,
        "abs_sum_a": connection.abs_sum_a,
    }


def frame_arrays(architecture: Architecture, frame: Frame) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of a frame by their keys, in the order and dtype in which they travel."""
    for layer, numbers in zip(architecture.layers, frame.layers, strict=True):
        for name, array in numbers.arrays.items():
            yield f"layer/{layer.name}/{name}", _as_sent(array)
    for index, connection in enumerate(frame.connections):
        for kind, array in connection.arrays.items():
            yield f"connection/{index}/{kind}", _as_sent(array)


def array_places(architecture: Architecture, frame: Frame) -> list[ArrayWire]:
    """Where the arrays of a frame lie in its payload."""
    places: list[ArrayWire] = []
    offset = 0
    names: dict[str, Literal["f4", "i4", "u1"]] = {"float32": "f4", "int32": "i4", "uint8": "u1"}
    for key, array in frame_arrays(architecture, frame):
        places.append({"key": key, "dtype": names[array.dtype.name], "shape": list(array.shape), "offset": offset})
        offset += len(padded(array))
    return places


def _as_sent(array: np.ndarray) -> np.ndarray:
    if array.dtype in (np.int32, np.uint8):
        return np.ascontiguousarray(array)
    with np.errstate(over="ignore"):  # a sum of float32 extremes may only fit as infinity
        return np.ascontiguousarray(array, dtype="<f4")

"""Frames read by a decoder of their own, written from the description of the format alone."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from nbviz import NetworkDiagram

KINDS = {"f4": "<f4", "i4": "<i4", "u1": "u1"}


def _refuse(word: str) -> None:
    raise ValueError(f"Expected JSON that every browser reads. Received {word}.")


def read_frame(network: Mapping[str, Any], frame: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """(header, key -> array) of a frame of a network."""
    (length,) = struct.unpack_from("<I", frame)
    header = json.loads(frame[4 : 4 + length].decode(), parse_constant=_refuse)
    arrays = {}
    for place in header["arrays"] or network["arrays"]:
        count = int(np.prod(place["shape"]))
        array = np.frombuffer(frame, KINDS[place["dtype"]], count, 4 + length + place["offset"])
        arrays[place["key"]] = array.reshape(place["shape"])
    return header, arrays


def present_frame(diagram: NetworkDiagram) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The same of what a diagram shows now."""
    return read_frame(diagram.network, diagram.frame)

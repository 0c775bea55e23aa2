"""Histories for the front end, packed here anew from what `nbviz.picture.history_wire` says of them."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

COMPACT = {"f4": "f2", "i4": "i2", "u1": "u1"}


def frame_parts(frame: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and payload of a frame."""
    (length,) = struct.unpack_from("<I", frame)
    return json.loads(frame[4 : 4 + length]), frame[4 + length :]


def compact(arrays: Sequence[Mapping[str, Any]], payload: bytes) -> tuple[list[dict[str, Any]], bytes]:
    """Where the arrays lie in a moment's payload, and the payload of a frame in that form."""
    places, packed = [], b""
    for wire in arrays:
        dtype = COMPACT[wire["dtype"]]
        count = int(np.prod(wire["shape"]))
        places.append({"key": wire["key"], "dtype": dtype, "shape": wire["shape"], "offset": len(packed)})
        numbers = np.frombuffer(payload, "<" + wire["dtype"], count, wire["offset"]).astype("<" + dtype).tobytes()
        packed += numbers + b"\0" * (-len(numbers) % 8)
    return places, packed


def moment_wire(step: int, frame: Mapping[str, Any], steps_per_epoch: int, **metrics: float | None) -> dict[str, Any]:
    """What is said of one moment."""
    epoch, batch = divmod(step, steps_per_epoch)
    label = f"epoch {epoch + (batch > 0)}" + (f", batch {batch}" if batch else "")
    if step == 0:
        label = "before training"
    return {"step": step, "epoch": epoch, "batch": batch, "label": label, "frame": dict(frame), "metrics": metrics}


def history_bytes(
    network: Mapping[str, Any],
    frames: Sequence[bytes],
    steps: Sequence[int],
    *,
    steps_per_epoch: int = 10,
    events: Sequence[Mapping[str, Any]] = (),
    metrics: Sequence[Mapping[str, float | None]] | None = None,
) -> bytes:
    """A history of these frames, one for each step."""
    moments, payloads, places = [], [], []
    for at, (frame, step) in enumerate(zip(frames, steps, strict=True)):
        header, payload = frame_parts(frame)
        places, packed = compact(network["arrays"], payload)
        payloads.append(packed)
        moments.append(moment_wire(step, header, steps_per_epoch, **(metrics[at] if metrics else {})))
    wire = {
        "version": network["version"],
        "steps_per_epoch": steps_per_epoch,
        "arrays": places,
        "stride": len(payloads[0]),
        "moments": moments,
        "events": list(events),
    }
    text = json.dumps(wire).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return struct.pack("<I", len(text)) + text + b"".join(payloads)

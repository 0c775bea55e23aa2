"""Named arrays as one block of bytes, and the list that tells where each lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

import numpy as np

ALIGNMENT = 8  # bytes


class ArrayWire(TypedDict):
    """Where an array lies in the payload of a frame."""

    key: str
    dtype: Literal["f4", "f2", "i4", "i2", "u1"]
    shape: list[int]
    offset: int  # bytes from the start of the payload


def padded(array: np.ndarray) -> bytes:
    """An array's bytes, and zeros up to where the next may begin."""
    return array.tobytes() + b"\0" * (-array.nbytes % ALIGNMENT)


def packed(arrays: Mapping[str, np.ndarray | None]) -> tuple[list[ArrayWire], bytes]:
    """Arrays as they travel: floats as float32, whole numbers as int32, little endian; None is left out.

    Args:
        arrays: Key -> numbers of any shape.

    Returns:
        Where each lies, and the bytes.
    """
    placed: list[ArrayWire] = []
    payload = []
    offset = 0
    for key, array in arrays.items():
        if array is None:
            continue
        dtype: Literal["f4", "i4"] = "i4" if array.dtype.kind in "iu" else "f4"
        with np.errstate(over="ignore"):
            sent = np.ascontiguousarray(array, dtype=f"<{dtype}")
        placed.append({"key": key, "dtype": dtype, "shape": list(sent.shape), "offset": offset})
        payload.append(padded(sent))
        offset += len(payload[-1])
    return placed, b"".join(payload)

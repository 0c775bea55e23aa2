"""Pictures in the static picture: bytes as PNG in a data URI."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

from nbviz.style.colour import GROUND, ramp
from nbviz.style.markup import element


def diverging(face: np.ndarray) -> np.ndarray:
    """Colours (h, w, 3) of a response: 128 is 0."""
    table = np.array([ramp((level - 128) / 127, GROUND) for level in range(256)])
    return np.asarray(table[face].round().astype(np.uint8))


def image(pixels: np.ndarray, x: float, y: float, width: float, height: float, smooth: bool = True) -> str:
    """An RGB image (h, w, 3) of bytes, its centre at x and y; numbers stay squares unless it is smooth."""
    data = base64.b64encode(_png(pixels)).decode()
    style = None if smooth else "image-rendering:pixelated;clip-path:inset(0 round 4px)"
    return element(
        "image", x=x - width / 2, y=y - height / 2, width=width, height=height, preserveAspectRatio="none",
        style=style, href=f"data:image/png;base64,{data}",
    )  # fmt: skip


def _png(pixels: np.ndarray) -> bytes:
    """An RGB image (h, w, 3) of bytes as PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels.astype(np.uint8))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")

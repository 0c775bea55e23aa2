"""Pictures in the static picture: bytes as PNG in a data URI."""

from __future__ import annotations

import base64

import numpy as np

from nbviz.style.colour import GROUND, ramp
from nbviz.style.markup import element
from nbviz.style.png import png


def diverging(face: np.ndarray) -> np.ndarray:
    """Colours (h, w, 3) of a response: 128 is 0."""
    table = np.array([ramp((level - 128) / 127, GROUND) for level in range(256)])
    return np.asarray(table[face].round().astype(np.uint8))


def image(pixels: np.ndarray, x: float, y: float, width: float, height: float, smooth: bool = True) -> str:
    """An RGB image (h, w, 3) of bytes, its centre at x and y; numbers stay squares unless it is smooth."""
    data = base64.b64encode(png(pixels)).decode()
    style = None if smooth else "image-rendering:pixelated;clip-path:inset(0 round 4px)"
    return element(
        "image", x=x - width / 2, y=y - height / 2, width=width, height=height, preserveAspectRatio="none",
        style=style, href=f"data:image/png;base64,{data}",
    )  # fmt: skip

"""Heights of labels beside the ends of lines, moved apart so that they can be read."""

from __future__ import annotations

import numpy as np


def moved_apart(heights: np.ndarray, gap: float) -> np.ndarray:
    """Heights at least `gap` from each other, moved as little as is needed, within 0 to 1 where they fit.

    Args:
        heights: Shares of the height, any order.
        gap: The least distance.
    """
    order = np.argsort(heights, kind="stable")
    gap = min(gap, 1 / max(1, len(heights) - 1))
    placed = np.array(heights, dtype=float)
    last = -np.inf
    for index in order:
        placed[index] = last = max(placed[index], last + gap, 0.0)
    ceiling = 1.0
    for index in order[::-1]:
        placed[index] = ceiling = min(placed[index], ceiling)
        ceiling -= gap
    return placed

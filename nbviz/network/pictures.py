"""Pictures as they are shown: no larger than a screen has room for, brightness in 256 levels."""

from __future__ import annotations

import numpy as np

LEVELS = 255


def block_means(pictures: np.ndarray, block: int | tuple[int, int]) -> np.ndarray:
    """Means over blocks of pixels, those at the end smaller: (n, rows / block, columns / block, channels).

    Args:
        pictures: (n, rows, columns, channels).
        block: Rows and columns of one; a number for both.
    """
    down, across = (block, block) if isinstance(block, int) else block
    for axis, step in ((1, down), (2, across)):
        if step == 1:
            continue
        size = pictures.shape[axis]
        starts = np.arange(0, size, step)
        sums = np.add.reduceat(pictures, starts, axis=axis, dtype=np.float64)
        pictures = sums / np.diff([*starts, size]).reshape([-1 if at == axis else 1 for at in range(4)])
    return pictures


def within(pictures: np.ndarray, most: int) -> np.ndarray:
    """The same with at most so many rows and columns, means over blocks where there are more."""
    return block_means(pictures, -(-max(pictures.shape[1:3]) // most))


def as_levels(pictures: np.ndarray, low: float, high: float) -> np.ndarray:
    """(n, rows, columns, 1 or 3) of bytes: 0 for `low`, 255 for `high`; other numbers of channels as their mean."""
    if pictures.shape[-1] not in (1, 3):
        pictures = pictures.mean(axis=-1, keepdims=True, dtype=np.float64)
    share = (np.nan_to_num(pictures.astype(np.float64), nan=low) - low) / ((high - low) or 1.0)
    return np.asarray(np.round(LEVELS * np.clip(share, 0, 1)).astype(np.uint8))

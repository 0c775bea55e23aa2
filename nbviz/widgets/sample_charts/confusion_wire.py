"""What a confusion matrix sends to the browser: names, and the cells that have any rows.

The cells travel as bytes beside it, int32, little endian: triples of true class, read class and rows.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np

MOST_CELLS = 20  # classes of a grid; more are a heat map


class ConfusionWire(TypedDict):
    """Whose rows were counted."""

    title: str
    class_names: list[str]
    most_cells: int


def cell_bytes(counts: np.ndarray) -> bytes:
    """The cells as they travel.

    Args:
        counts: Rows by true and predicted class, shape (classes, classes).
    """
    truth, predicted = np.nonzero(counts)
    return np.stack([truth, predicted, counts[truth, predicted]], axis=1).astype("<i4").tobytes()

"""Rows of several inputs as one flat table, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def side_by_side(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """(rows, features) of arrays (rows, ...), one after the other."""
    return np.concatenate([array.reshape(len(array), -1) for array in arrays], axis=1)


def taken_apart(table: np.ndarray, rows: Sequence[np.ndarray], inputs: Sequence[int]) -> list[np.ndarray]:
    """Arrays as a model takes them, one for each input, of a table (rows, features).

    Args:
        table: Some of the inputs side by side.
        rows: Arrays of the shapes and types that are wanted; inputs that are not in the table stay as in their first.
        inputs: Numbers of those in the table, in their order.
    """
    taken = [np.repeat(array[:1], len(table), axis=0) for array in rows]
    start = 0
    for number in inputs:
        like = rows[number]
        width = like[0].size
        values = table[:, start : start + width]
        if like.dtype.kind in "iu":  # what lies between whole numbers the model cannot be given
            values = np.clip(np.rint(values), np.iinfo(like.dtype).min, np.iinfo(like.dtype).max)
        taken[number] = values.astype(like.dtype).reshape(len(table), *like.shape[1:])
        start += width
    return taken

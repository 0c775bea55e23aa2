"""What a block does over time, as a picture: states after each step, or scores of attention."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_HEADS = 64
SIDE = 96  # rows and columns of a picture, at most: about the pixels that a block has room for
GAP = 1  # blank columns and rows between two heads
FEW = 8  # queries or keys that all have a place of their own where there is room, though the others have not
ASPECT = 2.0  # width : height that the heads come near to
FAR = 0.7  # from it, as a logarithm: just over half or twice
EQUAL_SCORES = 4  # so many times the score of each of equal keys gets the full colour, at least


@dataclass(frozen=True, slots=True, eq=False)
class BlockPicture:
    """What a layer does, as a picture.

    Attributes:
        values: (h, w), float32, h and w at most 96. Steps run from left to right; of attention scores rows are
            queries, columns keys.
        words: What it shows: `"24 units × 30 steps"`, `"4 heads: 10 queries × 10 keys"`.
        least_scale: The value that gets the full colour where no larger one is shown.
    """

    values: np.ndarray
    words: str
    least_scale: float = 0.0


def picture_of_steps(*arrays: np.ndarray) -> BlockPicture:
    """Units as rows, steps as columns.

    Args:
        arrays: (steps, units); a second one, of a layer that reads backward, is shown below the first.

    Returns:
        The picture. Beyond 96 steps, or 96 units in all, evenly spread ones are shown.
    """
    steps, units = len(arrays[0]), [array.shape[1] for array in arrays]
    at = _spread(steps, SIDE)
    parts = [array[at][:, _spread(array.shape[1], SIDE // len(arrays))].T for array in arrays]
    values = np.ascontiguousarray(np.concatenate(parts), np.float32)
    words = "".join(f"{count:,} + " for count in units[:-1]) + f"{_count(units[-1], 'unit')} × {_count(steps, 'step')}"
    if values.shape != (sum(units), steps):
        words += f", {values.shape[0]} × {values.shape[1]} of them"
    return BlockPicture(values, words)


def picture_of_scores(scores: np.ndarray, *, heads_named: bool = True) -> BlockPicture:
    """Heads side by side, in rows where that comes nearer to a picture twice as wide as high.

    Args:
        scores: (heads, queries, keys), none of them 0.
        heads_named: Whether the words tell of heads: not of a layer that has none.

    Returns:
        The picture, with a blank line between two heads. Beyond 64 heads evenly spread ones are shown; where there
        is no room for every query and key, means over neighbours.
    """
    heads, queries, keys = scores.shape
    scores = scores[_spread(heads, MOST_HEADS)]
    across = _heads_in_a_row(len(scores), keys / queries)
    down = math.ceil(len(scores) / across)
    room_down, room_across = ((SIDE + GAP) // count - GAP for count in (down, across))
    shrunk = max(1.0, queries / room_down, keys / room_across)
    high = min(queries, room_down, max(FEW, int(queries / shrunk)))
    wide = min(keys, room_across, max(FEW, int(keys / shrunk)))
    scores = _means(_means(scores, 1, high), 2, wide)
    values = np.zeros((down * (high + GAP) - GAP, across * (wide + GAP) - GAP), np.float32)
    for index, head in enumerate(scores):
        top, left = index // across * (high + GAP), index % across * (wide + GAP)
        values[top : top + high, left : left + wide] = head
    words = f"{queries:,} {'query' if queries == 1 else 'queries'} × {_count(keys, 'key')}"
    if heads_named:
        words = f"{_count(heads, 'head')}{f', {len(scores)} of them' if len(scores) < heads else ''}: {words}"
    words += f", as {high} × {wide} means" if (high, wide) != (queries, keys) else ""
    # Of equal scores none stands out: they are pale.
    return BlockPicture(values, words, EQUAL_SCORES / keys)


def picturable(arrays: Sequence[np.ndarray]) -> bool:
    """Whether there is anything to be shown."""
    return bool(arrays) and all(array.size for array in arrays)


def _heads_in_a_row(heads: int, aspect: float) -> int:
    """How many heads of this width : height stand in a row: rows are full where that is not too far from `ASPECT`."""

    def off(across: int) -> float:
        return round(abs(math.log(across / math.ceil(heads / across) * aspect / ASPECT)), 6)

    most = SIDE // (1 + GAP)
    fitting = [across for across in range(min(heads, most), 0, -1) if math.ceil(heads / across) <= most]
    full = min((across for across in fitting if heads % across == 0), key=off, default=fitting[0])
    return full if off(full) < FAR else min(fitting, key=off)


def _spread(size: int, most: int) -> np.ndarray:
    """Places of at most so many of a number of things, evenly spread."""
    return np.linspace(0, size - 1, min(size, most)).round().astype(int)


def _means(values: np.ndarray, axis: int, count: int) -> np.ndarray:
    """Values with so many places on an axis, each the mean over neighbours."""
    size = values.shape[axis]
    if count == size:
        return values
    starts = np.arange(count) * size // count
    sizes = np.diff(starts, append=size)
    sums: np.ndarray = np.add.reduceat(values, starts, axis)
    means: np.ndarray = sums / np.expand_dims(sizes, tuple(range(1, values.ndim - axis)))
    return means


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"

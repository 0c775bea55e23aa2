"""How a table of differences travels: that of a `MatrixTableWire`, its shares those of one table minus another's.

Behind the numbers of the table stand the shares that it is the difference of, f4 (2, n, c).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from nbviz.attribution.table import table_words
from nbviz.attribution.table.cells import FAINTEST, HUES, Z_95, TableCells
from nbviz.attribution.table.importance import Importance
from nbviz.style.text import clean
from nbviz.widgets.importance_matrix.matrix_wire import ALIGNMENT, MatrixTableWire, table_wire

ROUNDING = 1e-6  # of shares: two ways to add up the same numbers differ by that much


def share_change(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """What was added to each share; 0 where it is no more than rounding, which no scale should enlarge."""
    change = after - before
    return np.where(np.abs(change) < ROUNDING, 0.0, change)


def difference_wire(
    before: Importance, after: Importance, names: tuple[str, str], ids: Sequence[int | None]
) -> tuple[MatrixTableWire, bytes]:
    """The difference of two tables as it travels, at offset 0.

    Args:
        before: One table.
        after: Another one, of the same rows and columns.
        names: What the two are called.
        ids: For each row the id over all units of the unit it stands for, None for none.

    Returns:
        Names, words and scales; the numbers, padded to a multiple of 8 bytes.
    """
    old, new = TableCells(before), TableCells(after)
    share = share_change(old.share, new.share)
    error = np.hypot(old.share_error, new.share_error)
    size = np.abs(share)
    mean = size.mean(axis=1)
    hue = np.where(share < 0, HUES.index("down"), HUES.index("up")).astype(np.uint8)
    floats = (share, error, new.strength - old.strength, np.full_like(share, np.nan), mean)
    numbers = b"".join(array.astype("<f4").tobytes() for array in floats)
    numbers += hue.tobytes() + np.zeros_like(hue).tobytes()
    numbers += b"\0" * (-len(numbers) % ALIGNMENT)
    both = b"".join(array.astype("<f4").tobytes() for array in (old.share, new.share))
    wire, _ = table_wire(after, ids)
    one, other = (clean(name) for name in names)
    captions = table_words.caption_lines(after.attrs, above_floor=False)[:1]
    deepest = _largest(size)
    told: dict[str, Any] = {
        "title": f"Change of importance by {table_words.kind(after)}",
        "captions": [
            f"{other} minus {one}, in shares: each column of either sums to 1",
            *(clean(line) for line in captions),
        ],
        "totals": [1.0] * share.shape[1],
        "unit": table_words.unit(after.attrs),
        "faintest": FAINTEST,
        "deepest": deepest,
        "z": Z_95,
        "furthest": deepest,
        "longest": _largest(mean),
        "decimals": 2 if deepest >= 0.05 else 3,
        "has_triangles": False,
        "has_intervals": False,
        "hues": ["up", "down"],
        "floor_words": None,
        "direction_words": None,
        "overlaps": [],
        "notes": [],
        "above": None,
        "change": {"before": one, "after": other, "offset": len(numbers)},
    }
    return cast(MatrixTableWire, {**wire, **told}), numbers + both + b"\0" * (-len(both) % ALIGNMENT)


def _largest(values: np.ndarray) -> float:
    """The largest finite value; 1 where nothing is above 0."""
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0

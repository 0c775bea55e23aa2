"""Which moments of a run are let go when they no longer fit their budget."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

KEPT_SHARE = 2 / 3  # of the budget: thinned often, a little at a time, all listeners would start anew each time


def thinned(steps: Sequence[int], sizes: Sequence[int], budget: int) -> list[int]:
    """Which moments stay: one after the other, the one that leaves the smallest gap goes.

    So the moments that stay are spread evenly over the run, however densely its parts were recorded.

    Args:
        steps: Step of each moment, ascending.
        sizes: Bytes of each.
        budget: Bytes that all may have together.

    Returns:
        Indices, ascending: all where they fit, otherwise as many as fit two thirds of the budget. The first and the
        last always stay, even where these two are larger than the budget.
    """
    kept = np.arange(len(steps))
    at, size = np.asarray(steps, np.int64), np.asarray(sizes, np.int64)
    if size.sum() <= budget:
        return [int(index) for index in kept]
    while len(kept) > 2 and size[kept].sum() > KEPT_SHARE * budget:
        gaps = at[kept[2:]] - at[kept[:-2]]
        kept = np.delete(kept, 1 + int(gaps.argmin()))
    return [int(index) for index in kept]


def spread(steps: Sequence[int], most: int) -> list[int]:
    """Indices of at most so many moments, spread evenly over the run, the first and the last among them."""
    return thinned(steps, [1] * len(steps), most)

"""Which moments of a run are let go when they no longer fit their budget."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

KEPT_SHARE = 2 / 3  # of the budget: thinned often, a little at a time, all listeners would start anew each time


def thinned(steps: Sequence[int], sizes: Sequence[int], budget: int, ranks: Sequence[int] = ()) -> list[int]:
    """Which moments stay: one after the other, the one that leaves the smallest gap goes.

    So the moments that stay are spread evenly over the run, however densely its parts were recorded.

    Args:
        steps: Step of each moment, ascending.
        sizes: Bytes of each.
        budget: Bytes that all may have together.
        ranks: Of each: those of a higher rank go only once all of the lower ones are gone. None: all are alike.

    Returns:
        Indices, ascending: all where they fit, otherwise as many as fit two thirds of the budget. The first and the
        last always stay, even where these two are larger than the budget.
    """
    count, total = len(steps), sum(sizes)
    if total <= budget:
        return list(range(count))
    ranks = ranks or [0] * count
    before, after = list(range(-1, count - 1)), list(range(1, count + 1))

    def candidate(index: int) -> tuple[int, int, int]:
        return ranks[index], steps[after[index]] - steps[before[index]], index

    heap = [candidate(index) for index in range(1, count - 1)]
    heapq.heapify(heap)
    gone = set()
    while heap and total > KEPT_SHARE * budget:
        found = heapq.heappop(heap)
        index = found[-1]
        if index in gone or found != candidate(index):  # a neighbour is gone, and it has come in anew
            continue
        gone.add(index)
        total -= sizes[index]
        left, right = before[index], after[index]
        after[left], before[right] = right, left
        for neighbour in (left, right):
            if 0 < neighbour < count - 1:
                heapq.heappush(heap, candidate(neighbour))
    return [index for index in range(count) if index not in gone]


def spread(steps: Sequence[int], most: int, ranks: Sequence[int] = ()) -> list[int]:
    """Indices of at most so many moments, spread evenly over the run, the first and the last among them.

    Args:
        steps: Step of each, ascending.
        most: How many.
        ranks: As of `thinned`.
    """
    return thinned(steps, [1] * len(steps), most, ranks)

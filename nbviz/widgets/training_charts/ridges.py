"""Ridges: densities of one quantity over the moments of training, stood one before the other."""

from __future__ import annotations

import math
from collections.abc import MutableMapping, Sequence
from typing import NamedTuple

import numpy as np

from nbviz.network.distributions import Distribution, density

MOST_RIDGES = 16
POINTS = 96  # of a ridge
TALLEST = 2.3  # rows that the highest ridge reaches up


class Ridges(NamedTuple):
    """Lines for a picture whose rows are moments, the oldest on top.

    Attributes:
        x: Shape (ridges, points): from one end of the axis to the other.
        y: Shape (ridges, points): baseline of its row plus height; the newest row is 0.
        low: Left end of the axis.
        high: Right end.
    """

    x: np.ndarray
    y: np.ndarray
    low: float
    high: float


def chosen(count: int, most: int = MOST_RIDGES) -> list[int]:
    """Which moments have a ridge: the first, every second, fourth, ..., and the last; those chosen stay as it grows.

    Args:
        count: Moments there are.
        most: Ridges at most.
    """
    if count <= 0:
        return []
    stride = 1
    while math.ceil((count - 1) / stride) + 1 > most:
        stride *= 2
    picked = list(range(0, count, stride))
    if picked[-1] != count - 1:
        # Two rows for nearly the same moment would say that more happened there.
        if count - 1 - picked[-1] < stride / 2 and len(picked) > 1:
            picked.pop()
        picked.append(count - 1)
    return picked


def axis_of(distributions: Sequence[Distribution]) -> tuple[float, float]:
    """Ends of an axis on which all are seen: the middle 99 % of each, symmetric unless nothing is negative.

    Args:
        distributions: Of one quantity; those without finite values do not count.
    """
    sizes, negative = [0.0], False
    for one in distributions:
        q = np.asarray(one.quantiles, dtype=float)
        if not q.size or not np.isfinite(q).all():
            continue
        low, high = np.interp([0.005, 0.995], np.linspace(0, 1, q.size), q) if one.points is None else (q[0], q[-1])
        sizes.append(float(max(abs(low), abs(high))))
        negative |= bool(q[0] < 0)
    reach = round_up(max(sizes) * 1.2) if max(sizes) > 0 else 1.0
    return (-reach if negative or max(sizes) == 0 else 0.0), reach


def round_up(value: float) -> float:
    """The next number with two figures of which the second is even: 1.2, 0.34, 16."""
    power = 10.0 ** (math.floor(math.log10(value)) - 1)
    return round(math.ceil(value / power / 2 - 1e-9) * 2 * power, 12)


Densities = MutableMapping[Distribution, tuple[float, float, np.ndarray]]


def ridges(distributions: Sequence[Distribution], known: Densities | None = None) -> Ridges:
    """Lines of the ridges of one quantity.

    All have one scale, so that areas compare; one that would tower over the others, such as biases that all are 0 at
    first, is drawn lower.

    Args:
        distributions: One a moment, the oldest first.
        known: Densities worked out before, and the ends of their axis; new ones are added.
    """
    low, high = axis_of(distributions)
    grid = np.linspace(low, high, POINTS)
    known = {} if known is None else known
    for one in distributions:
        if one not in known or known[one][:2] != (low, high):
            known[one] = low, high, density(one, grid)
    heights = np.array([known[one][2] for one in distributions]).reshape(len(distributions), POINTS)
    peaks = heights.max(axis=1, initial=0.0)
    usual = float(np.median(peaks[peaks > 0])) if (peaks > 0).any() else 1.0
    # At 1.35 times the usual height it is as high as any may be.
    scale = np.minimum(TALLEST / (1.35 * usual), TALLEST / np.maximum(peaks, 1e-300))
    base = np.arange(len(distributions) - 1, -1, -1.0)
    y = base[:, None] + heights * scale[:, None]
    # Both ends on the baseline, so that the fill closes along it.
    foot = base[:, None]
    return Ridges(
        np.tile(np.concatenate([[low], grid, [high]]), (len(distributions), 1)),
        np.concatenate([foot, y, foot], axis=1),
        low,
        high,
    )

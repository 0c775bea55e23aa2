"""Ticks of a bqplot axis, labelled as people read numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import bqplot
import numpy as np

from nbviz.style.numbers import short


def set_ticks(axis: bqplot.Axis, values: Sequence[float], labels: Mapping[str, str]) -> None:
    """Put ticks on an axis.

    Args:
        axis: Any axis.
        values: Where.
        labels: What they say, by the values as JavaScript spells them; see `tick_words`.
    """
    # One after the other: in one message bqplot may draw the new ticks with the old labels, and keep those.
    axis.tick_labels = dict(labels)
    known = axis.tick_values
    if known is None or list(known) != list(values):
        axis.tick_values = np.array(values, dtype=float)


def tick_words(ticks: Sequence[float], *, logarithmic: bool = False) -> dict[str, str]:
    """Labels of ticks, by the numbers as JavaScript spells them: `"0.5"`, `"1.0"`, `"1e−5"`."""
    decimals = max((len(f"{tick:.6f}".rstrip("0").partition(".")[2]) for tick in ticks), default=0)
    labels = {}
    for tick in ticks:
        plain = f"{tick:.6f}".rstrip("0").rstrip(".") if logarithmic else f"{tick + 0:.{decimals}f}"
        odd = abs(tick) >= 10_000 or (0 < abs(tick) < 1e-3)
        labels[_javascript(tick)] = short(tick) if odd else plain.replace("-", "−")
    return labels


def _javascript(value: float) -> str:
    """A number as JavaScript's String() spells it."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    figures, _, power = f"{value!r}".partition("e")
    if not power:
        return figures
    exponent = int(power)
    if -7 < exponent < 0:
        digits = figures.replace(".", "").removeprefix("-")
        return ("-" if value < 0 else "") + "0." + "0" * (-exponent - 1) + digits.rstrip("0")
    return f"{figures.removesuffix('.0')}e{exponent:+d}".replace("e-", "e-")


def spread(heights: np.ndarray, gap: float) -> np.ndarray:
    """Heights moved apart to at least `gap`, as little as is needed, within 0 to 1 where they fit.

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


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from low to high, at most `most`, at equal distances of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if (high - low) / (power * factor) <= most - 1)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [round(index * step, decimals) for index in range(first, last + 1)]


def tick_labels(values: Sequence[float]) -> dict[str, str]:
    """Labels with a real minus and thin spaces, by the values as JavaScript spells them."""
    decimals = max(len(repr(float(value)).partition(".")[2].rstrip("0")) for value in values) if values else 0
    return {
        repr(int(value) if value == int(value) else float(value)): short(value)
        if abs(value) >= 1000
        else f"{value + 0:.{min(decimals, 6)}f}".replace("-", "−")
        for value in values
    }

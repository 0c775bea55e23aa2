"""Ticks of a bqplot axis: round numbers, labelled as people read them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import bqplot
import numpy as np

from nbviz.style.numbers import short


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from low to high, at most `most`, at equal distances of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if (high - low) / (power * factor) <= most - 1)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [round(index * step, decimals) for index in range(first, last + 1)]


def tick_labels(
    values: Sequence[float], *, written_out: tuple[float, float] = (1e-3, 10_000), alike: bool = True
) -> dict[str, str]:
    """Labels of ticks, by the numbers as JavaScript spells them: `"0.5"`, `"1.0"`, `"1e−5"`.

    Args:
        values: Where the ticks are.
        written_out: Sizes from the first up to the second are written out, smaller and larger ones shortened.
        alike: Whether all that are written out have as many decimals; ticks of a logarithmic axis have their own.
    """
    smallest, largest = written_out
    decimals = max((len(f"{value:.6f}".rstrip("0").partition(".")[2]) for value in values), default=0)
    labels = {}
    for value in values:
        plain = f"{value + 0:.{decimals}f}" if alike else f"{value:.6f}".rstrip("0").rstrip(".")
        shortened = abs(value) >= largest or 0 < abs(value) < smallest
        labels[_javascript(value)] = short(value) if shortened else plain.replace("-", "−")
    return labels


def set_ticks(axis: bqplot.Axis, values: Sequence[float], labels: Mapping[str, str]) -> None:
    """Put ticks on an axis.

    Args:
        axis: Any axis.
        values: Where.
        labels: From `tick_labels`.
    """
    # One after the other: in one message bqplot may draw the new ticks with the old labels, and keep those.
    axis.tick_labels = dict(labels)
    known = axis.tick_values
    if known is None or list(known) != list(values):
        axis.tick_values = np.array(values, dtype=float)


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
    return f"{figures.removesuffix('.0')}e{exponent:+d}"

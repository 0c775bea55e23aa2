"""Ticks of a bqplot axis, labelled as people read numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import bqplot
import numpy as np

from nbviz.typeset import short


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

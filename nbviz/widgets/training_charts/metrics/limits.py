"""Where the axis of a metric begins and ends, and its ticks."""

from __future__ import annotations

import math

import numpy as np

from nbviz.training.recording.findings import explodes


def limits(values: np.ndarray, first: float, *, share: bool) -> tuple[float, float, list[float]]:
    """Least and greatest height of a linear axis, and its ticks; of a loss that explodes the way up is cut off.

    Args:
        values: All heights; only finite ones count.
        first: The value that lines begin with; NaN to cut nothing off.
        share: Whether they are per cent.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0, [0.0, 0.5, 1.0]
    low, high = float(known.min()), float(known.max())
    if math.isfinite(first) and explodes(high, first):
        high = 2 * max(first, 1.0)
    if low > 0 and low < 0.4 * high and not share:
        low = 0.0
    if high - low < 1e-9 * max(1.0, abs(high)):
        air = abs(high) * 0.1 or 1.0
        low, high = low - air, high + air
    step = _nice((high - low) / 4)
    bottom, top = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    if share:
        bottom, top = max(bottom, 0), min(top, math.ceil(100 / step))
    ticks = [index * step for index in range(bottom, top + 1)]
    return ticks[0], min(ticks[-1], 100.0) if share else ticks[-1], ticks


def log_limits(values: np.ndarray) -> tuple[float, float, list[float]] | None:
    """The same for a logarithmic axis; None without a positive value."""
    known = values[np.isfinite(values) & (values > 0)]
    if not known.size:
        return None
    low, high = math.log10(float(known.min())), math.log10(float(known.max()))
    if high - low < 0.05:
        low, high = low - 0.15, high + 0.15
    whole = range(math.floor(low), math.ceil(high) + 1)
    if high - low <= 2.2:
        ticks = [figure * 10.0**power for power in whole for figure in (1, 2, 5)]
        ticks = [tick for tick in ticks if low - 0.02 <= math.log10(tick) <= high + 0.02]
    else:
        ticks = [10.0**power for power in whole[:: max(1, math.ceil(len(whole) / 6))]]
    air = 0.04 * (high - low)
    return 10 ** (low - air), 10 ** (high + air), ticks


def _nice(rough: float) -> float:
    """The next step of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))

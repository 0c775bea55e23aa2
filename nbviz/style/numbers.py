"""Numbers in words: grouped, shortened, signed, in per cent."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal


def grouped(value: float) -> str:
    """A whole number with thin spaces in thousands: `10 048`."""
    return f"{int(_rounded(value, 0)):,}".replace(",", "\u2009").replace("-", "−")


def short(value: float) -> str:
    """As many decimals as a glance takes in: `0.46`, `13.2`, `1 065`, `3e−5`; the browser's `short`, digit by digit."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "−∞" if value < 0 else "∞"
    size = abs(value)
    if size >= 99_999.5 or 0 < size < 0.001:
        return scientific(value)
    if size >= 999.5:
        return grouped(value)
    decimals = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.00995 or size == 0 else 3
    return f"{_rounded(value, decimals) + 0:.{decimals}f}".replace("-", "−")


def scientific(value: float) -> str:
    """One figure and a power of ten: `7e4`, `−1e−5`."""
    exact = Decimal(value)
    power = exact.adjusted()
    figure = exact.scaleb(-power).quantize(Decimal(1), ROUND_HALF_UP)
    if abs(figure) == 10:
        figure, power = figure / 10, power + 1
    return f"{int(figure)}e{power}".replace("-", "−")


def signed(value: float) -> str:
    """`short` with its sign: `+0.27`, `−1.15`."""
    return f"+{short(value)}" if value > 0 else short(value)


def percent(share: float) -> str:
    """`71 %`; `< 1 %` rather than 0 for what is not nothing."""
    if math.isnan(share):
        return "–"
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else f"{math.floor(share * 100 + 0.5)} %"


def _rounded(value: float, decimals: int) -> Decimal:
    """Halves away from zero, as JavaScript's toFixed does; Python's own formatting takes the even digit."""
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)

"""How a probability is said."""

from __future__ import annotations

import math


def probability_words(p: float) -> str:
    """`p 0.83`; never 0.00 or 1.00 for what is not. The sample picker's `probabilityWords`, word for word."""
    if math.isnan(p):
        return "p unknown"
    if 0 < p < 0.005:
        return "p < 0.01"
    return "p > 0.99" if 0.995 <= p < 1 else f"p {p:.2f}"

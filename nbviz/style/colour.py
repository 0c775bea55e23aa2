"""Colours: one diverging ramp, orange below zero and blue above, inks with contrast, and a colour for each class."""

from __future__ import annotations

import math

Colour = tuple[float, float, float]

NEGATIVE: Colour = (0xF5, 0x93, 0x22)
ZERO: Colour = (0xE8, 0xEA, 0xEB)
POSITIVE: Colour = (0x08, 0x77, 0xBD)
GROUND: Colour = (255, 255, 255)
INK_1, INK_2, INK_3 = "#1f2328", "#57606a", "#6b747e"
LINE, OUTLINE = "#e4e7ea", "#9aa3ac"
ACCENT, WARNING, WARNING_TINT = "#6b46c1", "#9a5b00", "#fff6e6"
# By the view's own custom properties where there are any, which know a dark theme, too.
CLASS_COLOURS = [
    f"var(--nbviz-class-{index}, {colour})"
    for index, colour in enumerate(
        ("#12917e", "#b83f86", "#5b6675", "#7a8b00", "#8a3b3b", "#3fb34f", "#d977c8", "#3d3a36")
    )
]


def css(colour: Colour) -> str:
    """`#rrggbb` of a colour with channels from 0 to 255."""
    return "#" + "".join(f"{round(channel):02x}" for channel in colour)


def ramp(ratio: float, zero: Colour) -> Colour:
    """A signed ratio on the ramp; -1 and 1 are its ends, NaN is zero.

    Args:
        ratio: Any number; beyond the ends it is clipped.
        zero: The colour of 0: `ZERO` for edges, `GROUND` for activations.
    """
    if math.isnan(ratio):
        return zero
    end, share = (NEGATIVE if ratio < 0 else POSITIVE), min(1.0, abs(ratio))
    return (
        zero[0] + (end[0] - zero[0]) * share,
        zero[1] + (end[1] - zero[1]) * share,
        zero[2] + (end[2] - zero[2]) * share,
    )


def ink_on(fill: Colour) -> str:
    """The ink that is read best on a fill: dark above a relative luminance (WCAG 2) of 0.2."""
    linear = [(c / 255 / 12.92) if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in fill]
    return INK_1 if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.2 else "#ffffff"

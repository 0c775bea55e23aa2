"""Colours: one diverging ramp, orange below zero and blue above, inks with contrast, and a colour for each class."""

from __future__ import annotations

import math

from nbviz.style.tokens import LIGHT

Colour = tuple[float, float, float]


def from_hex(colour: str) -> tuple[int, int, int]:
    """Channels from 0 to 255 of `#rrggbb`."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


NEGATIVE, ZERO, POSITIVE = from_hex(LIGHT["negative"]), from_hex(LIGHT["zero"]), from_hex(LIGHT["positive"])
GROUND = from_hex(LIGHT["background"])
INK_1, INK_2, INK_3 = LIGHT["ink1"], LIGHT["ink2"], LIGHT["ink3"]
LINE, LINE_STRONG, OUTLINE = LIGHT["line"], LIGHT["lineStrong"], LIGHT["outline"]
ACCENT, WARNING, WARNING_TINT = LIGHT["accent"], LIGHT["warning"], LIGHT["warningTint"]


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
    return INK_1 if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.2 else css(GROUND)

"""Colours of charts in a page: variables of its theme, each with what it is on a light ground."""

from __future__ import annotations

from nbviz.style import colour


def themed(token: str, light: str) -> str:
    """A colour of the page's theme, `light` where the page has none."""
    return f"var(--nbviz-{token}, {light})"


BACKGROUND = themed("background", "#fff")
INK_1, INK_2, INK_3 = themed("ink-1", colour.INK_1), themed("ink-2", colour.INK_2), themed("ink-3", colour.INK_3)
LINE_STRONG = themed("line-strong", "#d0d5da")
OUTLINE, FADED = themed("outline", colour.OUTLINE), themed("faded", "#c5cad0")
ACCENT, ACCENT_TINT = themed("accent", colour.ACCENT), themed("accent-tint", "#f3effc")
WARNING = themed("warning", colour.WARNING)
NEGATIVE, POSITIVE = themed("negative", colour.css(colour.NEGATIVE)), themed("positive", colour.css(colour.POSITIVE))
TOTAL = themed("total", colour.INK_3)

_OF_CLASSES = ["#12917e", "#b83f86", "#5b6675", "#7a8b00", "#8a3b3b", "#3fb34f", "#d977c8", "#3d3a36"]

CLASS_COLOURS = [themed(f"class-{index}", light) for index, light in enumerate(_OF_CLASSES)]

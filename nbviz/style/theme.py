"""Colours of charts in a page: variables of its theme, each with what it is on a light ground."""

from __future__ import annotations

from nbviz.style.tokens import CHARTS, LIGHT, variable


def themed(token: str) -> str:
    """A colour of the page's theme, the light one where the page has none."""
    return f"var({variable(token)}, {LIGHT[token]})"


BACKGROUND = themed("background")
INK_1, INK_2, INK_3 = themed("ink1"), themed("ink2"), themed("ink3")
LINE_STRONG, OUTLINE = themed("lineStrong"), themed("outline")
ACCENT, ACCENT_TINT, WARNING = themed("accent"), themed("accentTint"), themed("warning")
NEGATIVE, POSITIVE, TOTAL = themed("negative"), themed("positive"), themed("total")
FADED = "var(--nbviz-faded, #c5cad0)"  # mixed by the sheet of the charts it belongs to

# Off the ramp of signs, apart in lightness too.
CLASS_COLOURS = [themed(token) for token in CHARTS if token.startswith("class")]
# Shades of a confusion matrix, on which ink 1 is read: the share of the true class's rows.
RIGHT, WRONG = ([themed(token) for token in CHARTS if token.startswith(kind)] for kind in ("right", "wrong"))

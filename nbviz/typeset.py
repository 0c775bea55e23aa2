"""Text for a picture made without a browser: estimated widths, ends cut off, nothing that could be markup."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from xml.sax.saxutils import escape, quoteattr

NARROW, WIDE = set("iljftIr.,:;|!'()[] /\u2009\u202f\u00a0"), set("mwMW@%ΣQO×–—<>=+±−")
BOLD = 1.13  # how much wider bold letters are
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 may not hold
ISOLATE, POP = "\u2068", "\u2069"


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Px of a text at a font size in px; generous, since the font is not known."""
    em = 0.0
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me", "Cf"):
            continue  # accents and marks of direction take no room
        if character in NARROW:
            em += 0.4
        elif character in WIDE:
            em += 0.95
        elif character.isupper():
            em += 0.76
        else:
            em += 0.64 if ord(character) < 0x2000 else 1.0
    return em * size * (BOLD if bold else 1.0)


def elide(text: str, room: float, size: float, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits into `room` px, with an ellipsis."""
    text = " ".join(clean(text).split())
    if text_width(text, size, bold) <= room:
        return text
    while len(text) > 1 and text_width(text + "…", size, bold) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def clean(text: str) -> str:
    """The text without characters that XML may not hold."""
    return FORBIDDEN.sub("\ufffd", text)


def element(tag: str, content: str = "", /, **attributes: object) -> str:
    """An SVG element.

    Args:
        tag: Its name.
        content: Markup inside it; text goes through `words` first.
        **attributes: Its attributes, `_` for `-`; None leaves one out.
    """
    given = "".join(
        f" {name.strip('_').replace('_', '-')}={quoteattr(number(value) if isinstance(value, float) else str(value))}"
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{given}>{content}</{tag}>" if content else f"<{tag}{given}/>"


def words(text: str) -> str:
    """Text as markup shows it, isolated so that right-to-left names leave their neighbours in place."""
    text = clean(text)
    return escape(f"{ISOLATE}{text}{POP}" if not text.isascii() and any(c > "\u0590" for c in text) else text)


def number(value: float) -> str:
    """At most two decimals, no trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if math.isfinite(value) else "0"


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

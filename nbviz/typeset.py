"""Text for a picture made without a browser: estimated widths, ends cut off, nothing that could be markup."""

from __future__ import annotations

import math
import re
from xml.sax.saxutils import escape, quoteattr

NARROW, WIDE = set("iljftIr.,:;|!'()[] "), set("mwMW@%ΣQO×–—")
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 may not hold
ISOLATE, POP = "\u2068", "\u2069"


def text_width(text: str, size: float) -> float:
    """Px of a text at a font size in px; generous, since the font is not known."""
    em = 0.0
    for character in text:
        if character in NARROW:
            em += 0.34
        elif character in WIDE or character.isupper():
            em += 0.78
        else:
            em += 0.6 if ord(character) < 0x2000 else 1.0
    return em * size


def elide(text: str, room: float, size: float) -> str:
    """The text, or as much of its beginning as fits into `room` px, with an ellipsis."""
    text = " ".join(clean(text).split())
    if text_width(text, size) <= room:
        return text
    while len(text) > 1 and text_width(text + "…", size) > room:
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


def signed(value: float, digits: int = 2) -> str:
    """`+0.27` with a real minus sign; `n/a` for what is not finite."""
    return f"{value:+.{digits}f}".replace("-", "−") if math.isfinite(value) else "n/a"


def compact(value: float) -> str:
    """Three significant digits, a thin space between thousands."""
    if not math.isfinite(value):
        return "n/a"
    size = abs(value)
    digits = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace(",", "\u2009").replace("-", "−")


def percent(share: float) -> str:
    """`71 %`; `< 1 %` rather than 0."""
    if not math.isfinite(share):
        return "n/a"
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"

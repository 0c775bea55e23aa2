"""Text for a picture made without a browser: how wide it is, about, and where it is cut off."""

from __future__ import annotations

import html
import re
import unicodedata

NARROW, WIDE = set("iljftIr.,:;|!'()[] /\u2009\u202f\u00a0"), set("mwMW@%ΣQO×–—<>=+±−")
BOLD = 1.13  # how much wider bold letters are
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 may not hold


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Px of a text at a font size in px; generous, since the font is not known."""
    em = 0.0
    for character in text:
        em += _em(character)
    return em * size * (BOLD if bold else 1.0)


def _em(character: str) -> float:
    """Width of a character, in font sizes."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0  # accents and marks of direction take no room
    if character in NARROW:
        return 0.4
    if character in WIDE:
        return 0.95
    if character.isupper():
        return 0.76
    return 0.64 if ord(character) < 0x2000 else 1.0


def elide(text: str, room: float, size: float, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits into `room` px, with an ellipsis.

    No character behind what fits is measured: a name may be a whole document.
    """
    text = " ".join(clean(text).split())
    em, shown = 0.0, 1
    for place, character in enumerate(text, start=1):
        em += _em(character)
        if em * size * (BOLD if bold else 1.0) > room:
            return text[:shown].rstrip() + "…"
        if (em + _em("…")) * size * (BOLD if bold else 1.0) <= room:
            shown = place
    return text


def clean(text: str) -> str:
    """The text without characters that XML may not hold."""
    return FORBIDDEN.sub("\ufffd", text)


def html_text(text: str) -> str:
    """The text as HTML shows it, in an element or in an attribute: never markup."""
    return html.escape(clean(text))

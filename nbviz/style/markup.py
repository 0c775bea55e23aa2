"""Elements of SVG, in which the text of users stays text."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape, quoteattr

from nbviz.style.text import clean

ISOLATE, POP = "\u2068", "\u2069"  # around text that may be written from right to left


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

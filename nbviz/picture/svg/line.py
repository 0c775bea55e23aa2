"""A line of words, before it has a place."""

from __future__ import annotations

from dataclasses import dataclass

from nbviz.style.colour import INK_2
from nbviz.style.text import text_width
from nbviz.style.type_scale import SMALL


@dataclass(frozen=True, slots=True)
class Line:
    """Words and how they look; `size` is that of the font in px."""

    text: str
    ink: str = INK_2
    strong: bool = False
    size: float = SMALL

    @property
    def width(self) -> float:
        """Px of the text."""
        return text_width(self.text, self.size, self.strong)

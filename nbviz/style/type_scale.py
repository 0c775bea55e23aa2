"""The type scale: sizes in px, and weights."""

from __future__ import annotations

from nbviz.style.tokens import SIZES, WEIGHTS

TITLE: int = SIZES["title"]
BODY: int = SIZES["body"]
SMALL: int = SIZES["small"]
REST: int = SIZES["rest"]  # within a rest node: how many units it stands for
UNIT: float = SIZES["unit"]  # within a node: its number

REGULAR: int = WEIGHTS["regular"]
MEDIUM: int = WEIGHTS["medium"]
STRONG: int = WEIGHTS["strong"]

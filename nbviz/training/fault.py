"""How a fault of ours is told while somebody trains: in words, and without raising."""

from __future__ import annotations

import sys
import warnings

LONGEST = 300  # characters of an error that are told


def tell(message: str) -> None:
    """Warn. Where warnings are made errors it is printed: what we have to say must not end a run or a thread."""
    try:
        warnings.warn(message, RuntimeWarning, stacklevel=3)
    except Warning:
        print(message, file=sys.stderr)


def words_of(error: BaseException) -> str:
    """An error in one line: `"ValueError('...')"`."""
    try:
        words = " ".join(repr(error).split())
    except Exception:
        return type(error).__name__
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"

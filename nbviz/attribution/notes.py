"""Notes to whoever asked for numbers, as warnings; not where nobody asked in a cell."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_told = ContextVar("told", default=True)


@contextmanager
def untold() -> Iterator[None]:
    """Have no note told by what is worked out in this thread meanwhile.

    `warnings.catch_warnings` would be of the whole process: two threads that leave it in another order than they
    entered it leave the user's own warnings ignored for good.
    """
    token = _told.set(False)
    try:
        yield
    finally:
        _told.reset(token)


def note(message: str) -> None:
    """Tell the user, where the function that calls the one that notes it was called."""
    if _told.get():
        warnings.warn(message, UserWarning, stacklevel=4)

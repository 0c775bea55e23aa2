"""Who is told how far a computation has come: a progress bar, or whoever listens instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[float, float | None], None]
_LISTENER: ContextVar[Listener | None] = ContextVar("nbviz_progress", default=None)


@contextmanager
def reported_to(listener: Listener) -> Iterator[None]:
    """Have this thread's computations tell (rows done, rows in all or None) here, without a progress bar.

    The listener may raise, which ends the computation.
    """
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def current_listener() -> Listener | None:
    """Who listens in this thread."""
    return _LISTENER.get()

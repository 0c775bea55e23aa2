"""Whoever wants to know that a cell of the notebook has run."""

from __future__ import annotations

import weakref
from collections.abc import Callable


def after_each_cell(call: Callable[[], object]) -> Callable[[], None]:
    """Call a method once each cell has run, as long as its object lives; outside a notebook nothing happens.

    Args:
        call: A bound method. What it raises is nobody's, so it raises nothing.

    Returns:
        Ends it.
    """
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return _nothing
    shell = get_ipython()
    if shell is None:
        return _nothing
    held = weakref.WeakMethod(call)
    events = shell.events

    def cell_has_run(*_result: object) -> None:
        alive = held()
        if alive is None:
            end()
        else:
            alive()

    def end() -> None:
        if cell_has_run in events.callbacks["post_run_cell"]:
            events.unregister("post_run_cell", cell_has_run)

    events.register("post_run_cell", cell_has_run)
    return end


def _nothing() -> None:
    """There is nothing to end."""

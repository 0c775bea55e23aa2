"""Which drivers are alive: one for each model, and none of an earlier run of the same cell."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

    from nbviz.training.loop.driver import Driver

Cell = tuple[str, str]  # its id, and that of the request to run it

# Held while a trainer takes the place of others.
TAKING_OVER = threading.Lock()
_ALIVE: weakref.WeakKeyDictionary[Driver, Cell | None] = weakref.WeakKeyDictionary()


def enlist(driver: Driver) -> None:
    """Have a driver known to those that come later."""
    _ALIVE[driver] = running_cell()


def take_over(model: keras.Model) -> None:
    """End the drivers whose place a new one takes; their threads are gone when this returns."""
    cell = running_cell()
    for other, made_in in list(_ALIVE.items()):
        if other.closed:
            continue
        if other.run.model is model:
            other.retire("a newer trainer of this model has taken its place")
        elif cell is not None and made_in is not None and cell[0] == made_in[0] and cell != made_in:
            other.retire("its cell was run again")


@contextlib.contextmanager
def kept_still(model: keras.Model) -> Iterator[None]:
    """Have nobody train a model meanwhile; what was under way goes on afterwards."""
    with contextlib.ExitStack() as stack:
        for other in list(_ALIVE):
            if not other.closed and other.run.model is model:
                stack.enter_context(other.kept_still())
        yield


def running_cell() -> Cell | None:
    """The notebook's cell that runs, and which of its runs this is; None where that is not known."""
    try:
        from IPython.core.getipython import get_ipython

        request = get_ipython().get_parent()  # type: ignore[union-attr]
        return str(request["metadata"]["cellId"]), str(request["header"]["msg_id"])
    except (ImportError, AttributeError, KeyError, TypeError):
        return None

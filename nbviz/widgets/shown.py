"""What is displayed lives until its cell is run again, whether or not anybody holds it.

A front end never tells that an output is gone. But it tells which cell it runs, and that begins with clearing what
the cell showed: what was displayed there is then let go. What a variable holds stays; IPython's own list of outputs
(`Out[3]`, `_3`, `_`) does not count as one. Where no cell is told (callbacks, an `ipywidgets.Output`, a front end that
names none), what is displayed stays until it is closed.
"""

from __future__ import annotations

import gc
from typing import Any

import comm
from ipywidgets import Output, Widget

from nbviz.training.loop.active_drivers import Cell, running_cell
from nbviz.widgets.weak_registry import registry

_shown: dict[Widget, set[Cell | None]] = {}
_listening: set[int] = set()  # ids of the shells that tell when a cell begins
_released = False  # whether the cell that runs has let something go


def keep_shown(widget: Widget) -> None:
    """Keep a widget that is being displayed."""
    if isinstance(widget.comm, comm.DummyComm):
        return  # no front end
    _shown.setdefault(widget, set()).add(_place())
    shell = _shell()
    if shell is not None and id(shell) not in _listening:
        _listening.add(id(shell))
        shell.events.register("pre_run_cell", _cell_begins)
        shell.events.register("post_run_cell", _cell_ended)


def forget_shown(widget: Widget) -> None:
    """Let a widget go that is closed."""
    _shown.pop(widget, None)


def _place() -> Cell | None:
    cell = running_cell()
    shell = _shell()
    if cell is None or shell is None:
        return None
    # In an Output the view stays when the cell that put it there is run again.
    captures = (widget for widget in list(registry().values()) if isinstance(widget, Output))
    return None if any(widget.msg_id == cell[1] for widget in captures) else cell


def _cell_begins(_info: Any) -> None:
    global _released
    cell, shell = running_cell(), _shell()
    if cell is None:
        return
    for widget, places in list(_shown.items()):
        earlier = {place for place in places if place is not None and place[0] == cell[0] and place != cell}
        if not earlier:
            continue
        places -= earlier
        if not places:
            del _shown[widget]
            _forget_output(shell, widget)
            _released = True


def _cell_ended(_result: Any) -> None:
    """What was let go hangs together in circles: without a collection it would stay for long."""
    global _released
    if _released:
        _released = False
        gc.collect()


def _forget_output(shell: Any, widget: Widget) -> None:
    """Take a widget out of IPython's list of outputs, as IPython does once that is full."""
    outputs = shell.user_ns.get("_oh", {})
    numbers = [number for number, value in list(outputs.items()) if value is widget]
    for number in numbers:
        del outputs[number]
    # What IPython names by itself, it names twice.
    for names in (shell.user_ns, shell.user_ns_hidden):
        for number in numbers:
            if names.get(f"_{number}") is widget:
                del names[f"_{number}"]
        for name in ("_", "__", "___"):
            if names.get(name) is widget:
                names[name] = ""
    for name in ("_", "__", "___"):
        if getattr(shell.displayhook, name, None) is widget:
            setattr(shell.displayhook, name, "")


def _shell() -> Any:
    from IPython.core.getipython import get_ipython

    return get_ipython()

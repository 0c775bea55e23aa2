"""A page in Python: what its links join is equal, as in a browser that shows an explorer."""

from __future__ import annotations

import contextlib
from typing import Any

import ipywidgets
from ipywidgets.widgets.widget_link import Link


class PageOfLinks:
    """Carries what changes at one end of a link to its other end; the same as the browser's `jslink`."""

    def __init__(self) -> None:
        """Join what is linked now; links that come later are joined at their first `settle`."""
        self._known: dict[str, Any] = {}
        self.settle()

    def set(self, widget: ipywidgets.Widget, **values: Any) -> None:
        """Somebody clicks: the page sends the new values, then what its links make of them."""
        widget.set_state(values)
        self.settle()

    def settle(self) -> None:
        """Go on until nothing changes."""
        for _ in range(20):
            if not self._moved():
                return
        raise AssertionError("The links go round in circles.")

    def _moved(self) -> bool:
        moved = False
        alive = ipywidgets.widgets.widget._instances
        links = {}
        for key, widget in list(alive.items()):
            with contextlib.suppress(ReferenceError):  # of one that nobody holds any more
                if isinstance(widget, Link):
                    links[key] = widget
        self._known = {key: value for key, value in self._known.items() if key in links}
        for key, link in links.items():
            (one, name), (other, its_name) = link.source, link.target
            if one.comm is None or other.comm is None:
                continue
            here, there = _plain(getattr(one, name)), _plain(getattr(other, its_name))
            if here != there:
                # A new link takes the value of its source.
                if key in self._known and here == self._known[key]:
                    one.set_state({name: there})
                else:
                    other.set_state({its_name: here})
                moved = True
            self._known[key] = _plain(getattr(one, name))
        return moved


def _plain(value: Any) -> Any:
    """Arrays as lists, as they travel."""
    return value.tolist() if hasattr(value, "tolist") else value

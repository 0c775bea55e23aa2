"""ipywidgets keeps every widget alive until it is closed; of ours it keeps a stand-in that lets them go.

Its registry of widgets and the handler of each comm hold a widget for good, and with it the model that it shows.
Here both hold it weakly: a widget lives as long as somebody holds it or sees it (`nbviz.widgets.shown`).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

from ipywidgets import Widget, jslink
from ipywidgets.widgets import widget as ipywidgets_widget


class StandIn:
    """Is to whoever walks through the registry what its widget is, but does not keep it alive."""

    def __init__(self, widget: Widget) -> None:
        """Stand in for a widget."""
        object.__setattr__(self, "_held", weakref.ref(widget))

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        # Whoever walks through the registry with isinstance is to pass by one that nobody holds any more.
        widget = object.__getattribute__(self, "_held")()
        return StandIn if widget is None else type(widget)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._widget, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._widget, name, value)

    def close(self) -> None:
        """Close the widget; `Widget.close_all` may come by when another one has taken it along."""
        widget = object.__getattribute__(self, "_held")()
        if widget is not None:
            widget.close()

    def __eq__(self, other: object) -> bool:
        return other is self or other is self._widget

    def __hash__(self) -> int:
        return hash(self._widget)

    def __repr__(self) -> str:
        """That of the widget."""
        return repr(self._widget)

    @property
    def _widget(self) -> Widget:
        widget = object.__getattribute__(self, "_held")()
        if widget is None:
            raise ReferenceError("Expected a widget that somebody holds. Nobody does any more.")
        return widget


def registry() -> MutableMapping[str, Any]:
    """The open widgets of this process by their ids, as ipywidgets keeps them."""
    return ipywidgets_widget._instances  # type: ignore[no-any-return]


def hold_weakly(widgets: Iterable[Widget]) -> None:
    """Have nothing of ipywidgets keep these widgets alive; closed ones stay as they are."""
    known = registry()
    for widget in widgets:
        if widget.comm is not None and not is_held_weakly(widget):
            known[widget.model_id] = StandIn(widget)
            widget.comm.on_msg(_handler(widget))


def is_held_weakly(widget: Widget) -> bool:
    """Whether an open widget is one that `hold_weakly` was given: made here, not by a user."""
    return widget.comm is not None and type(registry().get(widget.model_id)) is StandIn


def linked(one: tuple[Widget, str], other: tuple[Widget, str]) -> Widget:
    """`ipywidgets.jslink` that does not keep its two ends alive: whoever holds it keeps it up."""
    link = jslink(one, other)
    hold_weakly([link])
    return link


def _handler(widget: Widget) -> Callable[[Any], None]:
    held = weakref.ref(widget)

    def handle(message: Any) -> None:
        alive = held()
        if alive is not None:
            alive._handle_msg(message)

    return handle

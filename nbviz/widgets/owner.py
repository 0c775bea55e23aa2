"""`Owner`: a widget that lives as long as somebody holds or sees it, and with which all goes that it is made of."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

import ipywidgets
from ipywidgets import Widget
from ipywidgets.widgets.widget_link import Link

from nbviz.page.content import widgets_in
from nbviz.widgets.code_file import CodeFile
from nbviz.widgets.shown import forget_shown, keep_shown
from nbviz.widgets.weak_registry import hold_weakly, is_held_weakly, registry

_HOLDS_WIDGETS = ipywidgets.widget_serialization["to_json"]


class ClosedError(ValueError, AttributeError):
    """Something was asked of a widget that is closed."""


class Owner:
    """What widgets have in common that show a model; goes before the class of the widget.

    Closing one ends what it does in the background, closes all that it is made of, and lets go of the model: nothing
    but a closed widget is left, whoever still holds it.
    """

    def own_parts(self) -> None:
        """Have what this widget is made of live as long as itself; said anew after parts are added."""
        assert isinstance(self, Widget)
        hold_weakly([self, *parts_of(self)])

    def close(self) -> None:
        """Close the widget and all that it is made of, and let go of what it shows; again does nothing."""
        if self.comm is None:  # type: ignore[attr-defined]
            return
        assert isinstance(self, Widget)
        # What a user put in stays the user's.
        whole = [self, *(part for part in parts_of(self) if is_held_weakly(part))]
        for part in whole:
            if isinstance(part, Owner):
                part._end()
        _close_links(whole)
        _leave_boxes(whole)
        for part in whole:
            if isinstance(part, Owner):
                part._shut()
                part._let_go()
            else:
                part.close()

    def __del__(self) -> None:
        """Nobody holds or sees it: its parts, where nobody holds them either, come by here themselves."""
        if self.comm is not None:  # type: ignore[attr-defined]
            self._end()
            self._shut()

    def _end(self) -> None:
        """End threads and following; when this returns, nothing in the background touches the widget any more."""

    def _shut(self) -> None:
        forget_shown(self)
        super().close()  # type: ignore[misc]

    def _let_go(self) -> None:
        """Be nothing but a closed widget, which holds neither model nor data."""
        assert isinstance(self, Widget)
        self.unobserve_all()
        values = self._trait_values
        for name, value in list(values.items()):
            if isinstance(value, (bytes, dict, list, tuple)):
                values[name] = type(value)()
            elif not isinstance(value, (Widget, str, int, float, type(None))):
                values[name] = None
        own = self.__dict__
        for name in list(own):
            if not name.startswith("_trait_") and name not in ("_cross_validation_lock", "_model_id"):
                del own[name]
        kind = type(self)
        self.__class__ = type(kind.__name__, (_Closed, kind), {"__module__": kind.__module__, **_unusable(kind)})

    def __repr__(self) -> str:
        """Its name; no markup, as the widgets beneath would print of all that they hold."""
        return f"{type(self).__name__}()"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        keep_shown(self)
        return super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]


def _unusable(kind: type) -> dict[str, Any]:
    """The public methods and properties of a widget of ours, each of which says that it is closed."""
    ours = [each for each in kind.__mro__ if each.__module__.partition(".")[0] == __name__.partition(".")[0]]
    found = {name: member for each in reversed(ours) for name, member in vars(each).items()}
    return {
        name: _refusing(name, is_method=isinstance(member, FunctionType))
        for name, member in found.items()
        if isinstance(member, (FunctionType, property)) and not name.startswith("_") and name != "close"
    }


def _refusing(name: str, *, is_method: bool) -> Any:
    def refuse(widget: Any, *_: Any, **__: Any) -> None:
        raise _closed(type(widget).__name__, name)

    return refuse if is_method else property(refuse)


def _closed(kind: str, name: str) -> ClosedError:
    return ClosedError(f"Expected an open {kind}. Received one that is closed, without {name}; make it anew.")


class _Closed:
    """What a closed widget is still good for: to say so."""

    _repr_mimebundle_ = None  # its words are shown instead

    def __getattr__(self, name: str) -> Any:
        kind = type(self).__name__
        if name.startswith("__") or name.startswith("_repr_") or name.startswith("_ipython_"):
            raise AttributeError(f"{kind!r} object has no attribute {name!r}")
        raise _closed(kind, name)

    def __repr__(self) -> str:
        """That it is closed."""
        return f"{type(self).__name__}(closed)"


def is_open(widget: Widget | None) -> bool:
    """Whether there is a widget, and nobody has closed it."""
    return widget is not None and widget.comm is not None


def drop_when_closed(holder: object, *names: str) -> None:
    """Have attributes be None as soon as the widgets that they hold are closed.

    Args:
        holder: Whose attributes; it is not kept alive.
        names: Of the attributes.
    """
    held = weakref.ref(holder)
    for name in names:
        part = getattr(holder, name)
        if part is not None:
            part.observe(_dropping(held, name), "comm")


def _dropping(held: weakref.ref[object], name: str) -> Callable[[Any], None]:
    def drop(change: Any) -> None:
        holder = held()
        # Another may have taken its place.
        if change.new is None and holder is not None and getattr(holder, name) is change.owner:
            setattr(holder, name, None)

    return drop


def parts_of(widget: Widget) -> list[Widget]:
    """All widgets that a widget shows or stands on: children, layouts, styles, marks, scales, and theirs."""
    found: dict[int, Widget] = {id(widget): widget}
    waiting = [widget]
    while waiting:
        at = waiting.pop()
        values = at._trait_values
        for name, trait in at.traits(sync=True).items():
            if trait.metadata.get("to_json") is _HOLDS_WIDGETS and name in values:
                for part in widgets_in(values[name]):
                    # The code of the views is everybody's.
                    if id(part) not in found and not isinstance(part, CodeFile):
                        found[id(part)] = part
                        waiting.append(part)
    return list(found.values())[1:]


def _close_links(closing: Iterable[Widget]) -> None:
    """A link to a closed widget does nothing, keeps it alive, and would break every page saved later."""
    ids = {id(widget) for widget in closing}
    for widget in list(registry().values()):
        if isinstance(widget, Link) and any(end and id(end[0]) in ids for end in (widget.source, widget.target)):
            widget.close()


def _leave_boxes(closing: Iterable[Widget]) -> None:
    """A box with a closed widget in it could be neither shown again nor saved."""
    gone = set(closing)
    for box in list(registry().values()):
        if not isinstance(box, ipywidgets.Box) or not is_open(box) or box in gone or gone.isdisjoint(box.children):
            continue
        kept = [at for at, child in enumerate(box.children) if child not in gone and is_open(child)]
        titles, shown = getattr(box, "titles", None), getattr(box, "selected_index", None)
        with box.hold_sync():
            if shown is not None:
                box.selected_index = None  # the places of all others change
            box.children = [box.children[at] for at in kept]
            if titles is not None:
                box.titles = [titles[at] for at in kept]
            if shown is not None and kept:
                box.selected_index = kept.index(shown) if shown in kept else 0

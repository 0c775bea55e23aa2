"""The saved state of a widget and of all that it refers to, and of nothing else in the kernel."""

from __future__ import annotations

import base64
import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ipywidgets import DOMWidget, Widget
from ipywidgets.embed import dependency_state, embed_data

from nbviz.page.content import PageContent, widgets_in
from nbviz.page.moments import joined_moments
from nbviz.page.wire_value import finite, wire_value

# How a saved value refers to a model, and the models that only join two others.
REFERENCE = "IPY_MODEL_"
LINKS = frozenset({"LinkModel", "DirectionalLinkModel"})


@dataclass(frozen=True)
class PageState:
    """What the page knows of the widgets.

    Attributes:
        manager_state: Jupyter's saved state: JSON.
        view_specs: The views to show: JSON.
        moments: See `nbviz.page.moments`.
    """

    manager_state: dict[str, Any]
    view_specs: list[dict[str, Any]]
    moments: bytes | None

    @property
    def models(self) -> list[dict[str, Any]]:
        """The models, each with model_name, model_module and state."""
        return list(self.manager_state["state"].values())


def page_state(widget: DOMWidget) -> PageState:
    """Read the state that a page of this widget needs; the widget stays as it is.

    Raises:
        TypeError: The widget's `page_content` gives a value that does not fit its trait.
        ValueError: It names widgets or traits that the page has not.
    """
    contents = list(_contents(widget, set()))
    roots = [widget, *(found for content in contents for found in content.widgets())]
    # drop_defaults would also drop the code of an anywidget that is its trait's default.
    with _no_collection():
        state = dependency_state(roots, drop_defaults=False)
    for content in contents:
        for target, traits in content.overrides.items():
            if target.model_id not in state:
                raise ValueError(
                    f"Expected overrides of widgets that are in the page. Received {type(target).__name__}, "
                    "which the saved widget does not hold."
                )
            for trait, value in traits.items():
                _override(state[target.model_id], target, trait, value)
    moments = joined_moments(contents, state)
    for content in contents:
        roots += content.followers()
    kept = _reachable(state, [root.model_id for root in roots])
    data = embed_data([widget], drop_defaults=False, state={identity: state[identity] for identity in kept})
    return PageState(finite(data["manager_state"]), data["view_specs"], moments)


@contextmanager
def _no_collection() -> Iterator[None]:
    """A collection would take away widgets that nobody holds, while ipywidgets walks through all that are open."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _contents(widget: Widget, seen: set[str]) -> Iterator[PageContent]:
    """What the outermost widgets that have a say want; they speak for those inside them."""
    if widget.model_id in seen:
        return
    seen.add(widget.model_id)
    own = getattr(widget, "page_content", None)
    if own is not None:
        yield own()
        return
    for trait in widget.keys:
        for inner in widgets_in(getattr(widget, trait)):
            yield from _contents(inner, seen)


def _reachable(state: dict[str, Any], roots: Iterable[str]) -> list[str]:
    """Ids of the models that these refer to, and of the links among them; overrides may have left others behind."""
    found: dict[str, None] = {}
    waiting = list(roots)
    while waiting:
        identity = waiting.pop()
        if identity not in found and identity in state:
            found[identity] = None
            waiting += _references(state[identity]["state"])
    for identity, model in state.items():
        if identity not in found and model["model_name"] in LINKS:
            ends = _references([model["state"]["source"], model["state"]["target"]])
            if all(end in found for end in ends):
                found[identity] = None
    return [identity for identity in state if identity in found]


def _references(value: Any) -> Iterator[str]:
    """Ids of the models that a saved value refers to."""
    if isinstance(value, str):
        if value.startswith(REFERENCE):
            yield value.removeprefix(REFERENCE)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _references(item)


def _override(model: dict[str, Any], widget: Widget, trait: str, value: Any) -> None:
    wire = wire_value(widget, trait, value)
    buffers = [buffer for buffer in model.get("buffers", []) if buffer["path"][0] != trait]
    for path, part in wire.buffers:
        data = base64.b64encode(part).decode()
        buffers.append({"encoding": "base64", "path": [trait, *path], "data": data})
    model["state"].pop(trait, None)
    if not any(not path for path, _ in wire.buffers):
        model["state"][trait] = wire.json
    model.pop("buffers", None)
    if buffers:
        model["buffers"] = buffers

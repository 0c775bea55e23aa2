"""Views of a layer's channels, linked to the diagram that draws some of these layers channel by channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import traitlets

from nbviz.widgets.weak_registry import linked

if TYPE_CHECKING:
    from nbviz.widgets.network_diagram.network_diagram import NetworkDiagram


class ChannelView(Protocol):
    """A `KernelGrid` or `FeatureMaps`."""

    layer: str
    layers: list[str]
    selected_unit: int | None

    def observe(self, handler: Any, names: Any) -> None:
        """Call `handler` when a trait changes."""

    def update(self) -> None:
        """Look at the model, and at the ids of its units, again."""


class ChannelIds(Mapping[str, int]):
    """Id over all units of channel 0, by the name of each layer that a diagram draws channel by channel.

    Always those of the present picture: a block that opens gives other ids to the units behind it.
    """

    def __init__(self, diagram: NetworkDiagram) -> None:
        """Of a diagram."""
        self._diagram = diagram

    def layer_of(self, unit: int | None) -> str | None:
        """The layer of channels that a unit is one of, None for any other unit."""
        for name, layer in self._layers().items():
            if unit is not None and 0 <= unit - layer["first_unit"] < layer["units"]:
                return name
        return None

    def __getitem__(self, name: str) -> int:
        return int(self._layers()[name]["first_unit"])

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers())

    def __len__(self) -> int:
        return len(self._layers())

    def _layers(self) -> dict[str, Any]:
        layers = self._diagram.network.get("layers", ())
        return {layer["name"]: layer for layer in layers if layer["kind"] in ("conv", "maps")}


class ChannelLink:
    """Joins `selected_unit` of a view to that of a diagram, in the browser, while the diagram draws the view's layer.

    A layer inside a block has no ids of its own: what is selected of it stays in the view.
    """

    def __init__(self, diagram: NetworkDiagram, view: ChannelView, ids: ChannelIds) -> None:
        """Join them.

        Args:
            diagram: The diagram.
            view: Its `first_unit` is `ids`.
            ids: Of the diagram.
        """
        self._diagram, self._view, self._ids = diagram, view, ids
        self._known = dict(ids)
        self._link: Any = None
        view.observe(self._turned, "layer")
        diagram.observe(self._redrawn, "network")
        diagram.observe(self._selected, "selected_unit")
        self._settle()

    @property
    def is_on(self) -> bool:
        """Whether the two select together."""
        return self._link is not None

    def tell(self, unit: int | None) -> None:
        """Select a unit that Python selected in the diagram, also where there is no browser."""
        if self.is_on or self._ids.layer_of(unit) in self._view.layers:
            self._view.selected_unit = unit

    def _turned(self, _change: traitlets.Bunch) -> None:
        """The view shows another layer now."""
        if not self.is_on and self._view.layer in self._ids:
            elsewhere = self._ids.layer_of(self._diagram.selected_unit)
            if elsewhere not in (None, self._view.layer) and elsewhere in self._view.layers:
                # Otherwise the link would turn the view back at once.
                self._diagram.selected_unit = None
        self._settle()

    def _redrawn(self, _change: traitlets.Bunch) -> None:
        ids = dict(self._ids)
        if ids == self._known:
            return
        changed = ids.get(self._view.layer) != self._known.get(self._view.layer)
        self._known = ids
        if changed:
            self._view.update()
        self._settle()

    def _selected(self, change: traitlets.Bunch) -> None:
        # While the link is on, the browser moves the view: an echo from here would overtake the user's next click.
        if not self.is_on and self._ids.layer_of(change.new) in self._view.layers:
            self._view.selected_unit = change.new

    def _settle(self) -> None:
        drawn = self._view.layer in self._ids
        if drawn and not self.is_on:
            self._view.selected_unit = self._diagram.selected_unit
            self._link = linked((self._diagram, "selected_unit"), (self._view, "selected_unit"))
        elif not drawn and self.is_on:
            self._link.unlink()
            self._link.close()
            self._link = None
            self._view.selected_unit = None

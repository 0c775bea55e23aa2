"""A trait's value as the front end receives it, without setting the trait."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import traitlets
from ipywidgets import Widget
from ipywidgets.widgets.widget import _remove_buffers

JsonPath = list[str | int]  # keys and indices


@dataclass(frozen=True, eq=False)
class WireValue:
    """JSON, and binary parts with their places in it.

    Attributes:
        json: The value without its binary parts.
        buffers: Path from the value to the part (empty: the value itself), and the part.
    """

    json: Any
    buffers: list[tuple[JsonPath, bytes]]


def wire_value(widget: Widget, trait: str, value: Any) -> WireValue:
    """Serialise a value as if the widget's trait had it.

    Raises:
        TypeError: The value does not fit the trait.
        ValueError: The widget sends no such trait to the browser.
    """
    if trait not in widget.keys:
        raise ValueError(
            f"Expected a trait that {type(widget).__name__} sends to the browser. Received {trait!r}; "
            f"it sends {sorted(widget.keys)}."
        )
    definition = widget.traits()[trait]
    if value is not None or not definition.allow_none:
        try:
            # Without cross validation: that is about the widget's present state.
            value = definition.validate(widget, value) if hasattr(definition, "validate") else value
        except traitlets.TraitError as error:
            raise TypeError(
                f"Expected a value for {type(widget).__name__}.{trait} as the trait takes it. {error}"
            ) from error
    to_json = widget.trait_metadata(trait, "to_json", widget._trait_to_json)
    state, paths, buffers = _remove_buffers({trait: to_json(value, widget)})
    parts = [(path[1:], bytes(buffer)) for path, buffer in zip(paths, buffers, strict=True)]
    return WireValue(finite(state.get(trait)), parts)


def finite(value: Any) -> Any:
    """The value with null for numbers that JSON has not: NaN and the infinities."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value

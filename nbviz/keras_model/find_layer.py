"""Layers of a model by name, index, path or object, those inside models and wrappers included."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

from nbviz.keras_model.graph import check_model


@dataclass(frozen=True, slots=True)
class FoundLayer:
    """A layer and where it is.

    Attributes:
        layer: The layer.
        path: Its name; inside another layer `"outer/inner"`.
        home: The innermost model around it.
        member: The layer of `home` that it is, or that it is part of.
    """

    layer: Any
    path: str
    home: keras.Model
    member: Any


def layers_inside(layer: Any) -> list[Any]:
    """The layers that a model, a wrapper or a layer made of layers holds, not those inside these."""
    if isinstance(layer, keras.Model):
        return list(layer.layers)
    if isinstance(layer, keras.layers.Bidirectional):
        return [layer.forward_layer, layer.backward_layer]
    if isinstance(layer, keras.layers.Wrapper):
        return [layer.layer]
    # Nothing public tells which layers a layer of one's own is made of.
    flatten = getattr(layer, "_flatten_layers", None)
    return [] if flatten is None else list(flatten(include_self=False, recursive=False))


def every_layer(model: keras.Model) -> Iterator[FoundLayer]:
    """All layers of a model, each before those inside it; one that is shared comes once."""
    seen: set[int] = set()
    stack = [FoundLayer(layer, layer.name, model, layer) for layer in reversed(layers_inside(model))]
    while stack:
        found = stack.pop()
        if id(found.layer) in seen:
            continue
        seen.add(id(found.layer))
        yield found
        stack += [_inside(found, inner) for inner in reversed(layers_inside(found.layer))]


def _inside(outer: FoundLayer, inner: Any) -> FoundLayer:
    is_model = isinstance(outer.layer, keras.Model)
    home, member = (outer.layer, inner) if is_model else (outer.home, outer.member)
    return FoundLayer(inner, f"{outer.path}/{inner.name}", home, member)


def find_layer(model: Any, layer: Any) -> FoundLayer:
    """The layer that is meant.

    Args:
        model: A built `keras.Model`.
        layer: Its name, `"outer/inner"` for one inside another layer; its index in `model.layers`; or itself.

    Raises:
        TypeError: Not a model, or `layer` is nothing that can name one.
        ValueError: There is no such layer.
        IndexError: The index is too large.
    """
    check_model(model)
    if isinstance(layer, str):
        return _by_path(model, layer)
    if isinstance(layer, keras.layers.Layer):
        for found in every_layer(model):
            if found.layer is layer:
                return found
        raise ValueError(f"Expected a layer of model {model.name!r}. Received {layer.name!r}, which is not part of it.")
    try:
        if isinstance(layer, bool):
            raise TypeError
        index = operator.index(layer)
    except TypeError:
        raise TypeError(
            f"Expected layer as a name, an index or a Keras layer. Received {type(layer).__name__}."
        ) from None
    members = layers_inside(model)
    if not -len(members) <= index < len(members):
        raise IndexError(f"Expected layer from 0 to {len(members) - 1}, as in model.layers. Received {index}.")
    return FoundLayer(members[index], members[index].name, model, members[index])


def _by_path(model: keras.Model, path: str) -> FoundLayer:
    found: FoundLayer | None = None
    for name in path.split("/"):
        candidates = layers_inside(model if found is None else found.layer)
        inner = next((candidate for candidate in candidates if candidate.name == name), None)
        if inner is None:
            break
        found = FoundLayer(inner, inner.name, model, inner) if found is None else _inside(found, inner)
    else:
        if found is not None:
            return found
    raise ValueError(
        f"Expected a layer among {_shortened([each.path for each in every_layer(model)])}. Received {path!r}."
    )


def _shortened(names: list[str], most: int = 40) -> str:
    shown = ", ".join(map(repr, names[:most]))
    return f"{shown}, and {len(names) - most} more" if len(names) > most else shown

"""Whether two models have the same layers, so that their weights can be told one from the other."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from nbviz.keras_model import ModelReader

if TYPE_CHECKING:
    from nbviz.network.architecture import Architecture, Layer


def check_alike(before: ModelReader, after: ModelReader) -> None:
    """Refuse two models of different layers.

    Args:
        before: One model.
        after: The other one.

    Raises:
        ValueError: They differ; the message says in what, the first that does.
    """
    one, other = before.architecture, after.architecture
    for place, (old, new) in enumerate(itertools.zip_longest(one.layers, other.layers)):
        if old is None or new is None or _make(old) != _make(new):
            raise ValueError(
                f"Expected two models of the same layers. Received {_words(old)} and {_words(new)} as layer "
                f"{place + 1}."
            )
    meanings = [[(layer.output, layer.logits) for layer in each.outputs] for each in (one, other)]
    if meanings[0] != meanings[1]:
        said = [", ".join(f"{kind}{' of logits' * logits}" for kind, logits in each) for each in meanings]
        raise ValueError(
            f"Expected two models whose outputs mean the same. Received {said[0]} and {said[1]}; pass output_kind= or "
            "compile both with the loss."
        )
    if _edges(one) != _edges(other):
        raise ValueError(
            "Expected two models of the same connections. Received the same layers, connected in other ways."
        )
    if [(spec.shape, spec.dtype) for spec in before.specs] != [(spec.shape, spec.dtype) for spec in after.specs]:
        raise ValueError("Expected two models that take the same inputs. Received inputs of other shapes or types.")
    stored = [each.stored_weights() for each in (before, after)]
    old_shapes, new_shapes = ([kernel.shape for kernel, _ in each.values()] for each in stored)
    if old_shapes != new_shapes:
        raise ValueError(f"Expected two models with kernels of the same shapes. Received {old_shapes}, {new_shapes}.")
    double = next((name for name in stored[1] if name.endswith("/pointwise_kernel")), None)
    if double is not None:
        raise ValueError(
            "Expected layers with one kernel each, which can be told one from the other. Received "
            f"{double.partition('/')[0]!r}, a separable convolution, whose two kernels are one after the other."
        )


def _make(layer: Layer) -> tuple[object, ...]:
    """What makes a layer what it is, but for its name."""
    return layer.kind, layer.type, layer.output_shape, layer.units, layer.activation, layer.bias


def _edges(architecture: Architecture) -> list[tuple[object, ...]]:
    at = {layer.name: place for place, layer in enumerate(architecture.layers)}
    return [
        (at[each.source], at[each.target], each.kind, each.weights, each.offset) for each in architecture.connections
    ]


def _words(layer: Layer | None) -> str:
    if layer is None:
        return "no layer"
    shape = " x ".join("any" if size is None else str(size) for size in layer.output_shape)
    activation = f", {layer.activation}" if layer.activation else ""
    bias = ", no bias" if layer.kind == "dense" and not layer.bias else ""
    return f"{layer.name!r} ({layer.type}, {shape}{activation}{bias})"

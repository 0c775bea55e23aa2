"""How a layer hangs together with what it takes in, unit by unit, channel by channel, or as a whole."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras

from nbviz.keras_model.channel_layers import (
    ADAPTIVE_POOLING,
    GLOBAL_POOLING,
    POOLING,
    RESIZING,
    hands_channels_on,
    is_convolution,
)
from nbviz.keras_model.graph import Call
from nbviz.keras_model.layer_builder import LayerBuilder
from nbviz.keras_model.layers import has_plain_kernel
from nbviz.network.architecture import LayerKind


@dataclass(frozen=True, slots=True)
class Flattened:
    """Maps in one row: `channels` of them, each in one piece or (channels last) position by position."""

    channels: int
    channels_first: bool


def kind_of(node: Call, sources: Sequence[LayerBuilder]) -> tuple[LayerKind, bool]:
    """(`Layer.kind`, whether its channels come before the positions) of a layer that is not passed through.

    Args:
        node: Its call.
        sources: Where each of its inputs comes from.
    """
    operation = node.operation
    if isinstance(operation, keras.layers.InputLayer):
        return "input", False
    if isinstance(operation, keras.layers.Dense) and has_plain_kernel(operation):
        return "dense", False
    first = _channels_first(operation, sources)
    shape = node.outputs[0].shape[1:]
    if not shape or shape[0 if first else -1] is None:
        return "block", False
    if is_convolution(operation):
        return "conv", first
    if hands_channels_on(operation) and _keeps_channels(node, sources, first):
        return "maps", first
    return "block", False


def _channels_first(operation: Any, sources: Sequence[LayerBuilder]) -> bool:
    if getattr(operation, "data_format", None) is not None:
        return bool(operation.data_format == "channels_first")
    return any(source.channels_first for source in sources)


def _keeps_channels(node: Call, sources: Sequence[LayerBuilder], first: bool) -> bool:
    """Whether channels that enter are channels that leave."""
    operation = node.operation
    if not any(source.has_units for source in sources):
        # On a picture, or behind a block: the channels begin here.
        pools = isinstance(operation, (*GLOBAL_POOLING, *POOLING, *ADAPTIVE_POOLING, *RESIZING))
        return pools and len(node.inputs[0].shape) > 2
    for source, tensor in zip(sources, node.inputs, strict=True):
        reached = source.has_maps and source.channels_first == first and source.units_reach(tensor)
        if source.has_units and not reached:
            return False
    axis = 1 if first else -1
    if isinstance(operation, keras.layers.Concatenate):
        shape = node.outputs[0].shape
        return bool(operation.axis % len(shape) == axis % len(shape))
    return all(tensor.shape[axis] == node.outputs[0].shape[axis] for tensor in node.inputs)


def joint(source: LayerBuilder, node: Call, kind: str, made: Mapping[int, Call]) -> Literal["units"] | Flattened | None:
    """What the rows of a kernel are, as seen from a source with units.

    Args:
        source: Where the layer's first input comes from.
        node: The layer's call.
        kind: `"dense"` or `"conv"`.
        made: Tensor, by id -> the call that makes it.

    Returns:
        `"units"`: one row (of a convolution: one slice of the kernel) for each unit of the source; `Flattened`: one
        for each cell of its maps; None: something else.
    """
    entering = node.inputs[0]
    if kind == "conv":
        same = source.channels_first == (node.operation.data_format == "channels_first")
        return "units" if source.has_maps and same and source.units_reach(entering) else None
    if source.units_reach(entering) and not (source.has_maps and source.channels_first):
        return "units"
    cells = source.leaving.shape[1:]
    if not source.has_maps or None in cells or tuple(entering.shape[1:]) != (math.prod(cells),):
        return None
    flattening = last_change_of_shape(made, entering)
    if tuple(flattening.inputs[0].shape) != tuple(source.leaving.shape):
        return None
    # Keras' Flatten brings the channels to the end where it is told that they come first.
    moved = getattr(flattening.operation, "data_format", None) == "channels_first" and len(cells) > 1
    if moved and not source.channels_first:
        return None
    return Flattened(source.units, source.channels_first and not moved)


def last_change_of_shape(made: Mapping[int, Call], tensor: Any) -> Call:
    """The last layer before a tensor that gave its numbers another shape."""
    node = made[id(tensor)]
    while tuple(node.inputs[0].shape) == tuple(node.outputs[0].shape):
        node = made[id(node.inputs[0])]
    return node

"""What a model consists of, as plain data: layers with units, and the connections between them.

A *layer* here is something that gets its own column in a picture: an input, a `Dense` layer, a layer of channels
(a convolution, and what keeps its channels apart, such as pooling), or a block (any other layer). Layers that only
reshape, scale or switch (dropout, activations, normalization, flatten) are passed through: they are named on the
layer they follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Shape = tuple[int | None, ...]
LayerKind = Literal["input", "dense", "conv", "maps", "block", "output"]
ConnectionKind = Literal["kernel", "norm", "link"]
OutputKind = Literal["softmax", "sigmoid", "linear"]
SaidKind = Literal["softmax", "sigmoid", "logits", "regression"]  # as a user says it
SaidKinds = SaidKind | Mapping[str, SaidKind] | None


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the picture.

    Attributes:
        name: Unique in the architecture. A layer that the model calls twice is `name` and `name:1`.
        kind: `"dense"` has a kernel; `"input"` and `"output"` have units but no kernel (`"output"` stands
            for the numbers that a block returns as the model's answer); the units of `"conv"`, a convolution, and of
            `"maps"`, a layer without kernels that hands channels on one by one, are channels; `"block"` is anything
            else.
        type: Class name of the Keras layer, such as `"Conv2D"`; of a folded block what it has most of, `"3 × Conv2D"`.
        output_shape: Without the batch axis; None where a size is open.
        units: Number of units, or of channels; 1 for a block, and for an input with more than one axis or an open one.
        steps: What follows the kernel, in order: `("batch norm", "relu")`.
        activation: The nonlinear step among `steps`, None for a linear layer.
        parameters: Number of weights, those of the layers passed through included.
        notes: Layers passed through that are not part of `steps`: `("dropout 0.2",)`.
        bias: Whether a Dense layer has a bias.
        output: What the numbers of an output layer mean, None elsewhere.
        logits: Whether an output layer returns logits of the probabilities that `output` names.
        answer: Number, among the model's outputs, of the one that an output layer makes, None elsewhere.
        members: Names of the layers that have no place of their own in the picture but are part of this one: those
            passed through, those folded into a block, and those inside a model, as `outer/inner`.
        group: Whether it stands for several layers: a folded block, or a model inside the model.
        inside: Name of the opened block, or model inside the model, that it is drawn in the place of; None elsewhere.
        window: Rows and columns (or steps) of a convolution's kernel or of what is pooled; empty elsewhere.
        strides: Its steps, where they are not those of its kind (1 for a convolution, the window for pooling).
        channels_first: Whether the channels come before the positions in `output_shape`.
        sequence: Whether an input of two axes is one of steps, in their order, and what there is at each.
        parts: What a recurrent layer's gates, or the heads of an attention layer, are called.
    """

    name: str
    kind: LayerKind
    type: str
    output_shape: Shape
    units: int
    steps: tuple[str, ...] = ()
    activation: str | None = None
    parameters: int = 0
    notes: tuple[str, ...] = ()
    bias: bool = False
    output: OutputKind | None = None
    logits: bool = False
    answer: int | None = None
    members: tuple[str, ...] = ()
    group: bool = False
    inside: str | None = None
    window: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    channels_first: bool = False
    sequence: bool = False
    parts: tuple[str, ...] = ()

    @property
    def is_picture(self) -> bool:
        """Whether this is an input drawn as one picture rather than as units."""
        return self.kind == "input" and (len(self.output_shape) > 1 or None in self.output_shape)

    @property
    def has_units(self) -> bool:
        """Whether the layer is drawn unit by unit, or channel by channel."""
        return self.kind != "block" and not self.is_picture

    @property
    def has_maps(self) -> bool:
        """Whether its units are channels with positions: each has a feature map."""
        return self.kind in ("conv", "maps") and len(self.output_shape) > 1


@dataclass(frozen=True, slots=True)
class Connection:
    """All that flows from one layer into another.

    Attributes:
        source: Name of a layer.
        target: Name of a layer.
        kind: `"kernel"`: one weight from each source unit to each target unit; `"norm"`: the target has a
            kernel, but its rows are not the source's units: an edge stands for many weights, those between one
            channel of the source (all of a source without units) and one unit of the target; `"link"`: no kernel.
        weights: Number of weights, 0 for a link.
        notes: Layers passed through on this way only.
        offset: Between layers of channels without a kernel: channel c of the source goes on as channel c + offset.
        sparse: Whether not every channel of the source leads to every one of the target (depthwise, grouped).
    """

    source: str
    target: str
    kind: ConnectionKind
    weights: int = 0
    notes: tuple[str, ...] = ()
    offset: int = 0
    sparse: bool = False


class OpenedBlock(NamedTuple):
    """A block, or model inside the model, whose layers are drawn in its place; `inside` is the one around it."""

    name: str
    inside: str | None


@dataclass(frozen=True, slots=True)
class Architecture:
    """Layers in topological order, and the connections between them.

    Attributes:
        name: Of the model.
        layers: In topological order; those drawn in the place of one block follow each other.
        connections: Between them.
        opened: Blocks, and models inside the model, whose layers are drawn in their place; what is around one comes
            before it.
    """

    name: str
    layers: tuple[Layer, ...]
    connections: tuple[Connection, ...]
    opened: tuple[OpenedBlock, ...] = ()

    def __repr__(self) -> str:
        """Name and sizes: `layers` and `connections` have the rest."""
        return f"Architecture({self.name}: {len(self.layers)} layers, {len(self.connections)} connections)"

    def __getitem__(self, name: str) -> Layer:
        """The layer of that name.

        Raises:
            KeyError: There is none; the message lists the names.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(f"Expected one of {[layer.name for layer in self.layers]}. Received {name!r}.")

    @property
    def inputs(self) -> tuple[Layer, ...]:
        """The input layers, in the order of the model's inputs."""
        return tuple(layer for layer in self.layers if layer.kind == "input")

    @property
    def outputs(self) -> tuple[Layer, ...]:
        """The layers whose numbers the model returns, in the order of its outputs: one may lead to another."""
        found = [layer for layer in self.layers if layer.output is not None]
        return tuple(sorted(found, key=lambda layer: layer.answer or 0))

    def into(self, name: str) -> tuple[Connection, ...]:
        """The connections that end at a layer."""
        return tuple(connection for connection in self.connections if connection.target == name)

    def out_of(self, name: str) -> tuple[Connection, ...]:
        """The connections that start at a layer."""
        return tuple(connection for connection in self.connections if connection.source == name)

"""All that goes from Python to the browser: what it is called, its shape, its unit.

Two things travel. A `NetworkWire` (JSON) says what is drawn: layers, connections, which units are
candidates for a place in the picture, where the places are. A *frame* (bytes) says what it looks like at
one moment: weights among candidates, activations, sums. A frame is

    uint32 header length | header: a `FrameWire` as UTF-8 JSON, padded with blanks | payload

with the payload 8-byte aligned. `NetworkWire["arrays"]` tells what lies where in the payload, so that a
frame carries no keys. A frame belongs to the network of the same `version`. One that is of more units than the
candidates, those that are asked for, has them behind the candidates and tells itself what lies where.

Array keys, with n = candidates of the layer, s / t = candidates of a connection's source / target
(a picture or a block counts as one):

    layer/NAME/a         f4 (n,)      activation: the sample's, or the mean over x; inputs: z-score in x
    layer/NAME/value     f4 (n,)      inputs: the value as given; outputs: what the model returns
    layer/NAME/z         f4 (n,)      dense: pre-activation (before batch normalization, if any)
    layer/NAME/bias      f4 (n,)      dense with a bias
    layer/NAME/share     f4 (n,)      the unit's share of its layer's contribution, 0 to 1
    layer/NAME/cells     f4 (c,)      activation of every unit of a folded layer, or mean over a cell's units
    layer/NAME/term_unit i4 (n, 5)    dense: source units of the five largest terms; -1 where there are fewer
    layer/NAME/term_w    f4 (n, 5)    their weights
    layer/NAME/term_a    f4 (n, 5)    what enters the kernel there
    layer/NAME/kernels   f4 (n, c, h, w) small convolutions: kernels, c the channels that enter
    layer/NAME/passing   f4 (n, c)    small convolutions: k * a of each kernel, the mean over positions
    layer/NAME/face      u1 (n, h, w) response, map: 128 is 0, 1 / 255 are -/+ a_scale; of a block n is 1, and so too;
                                      picture: 0 to 255, or (1, h, w, 3)
    layer/NAME/lowest, highest f4 (n,) map: its least and its largest number, before it is made small
    connection/I/kernel  f4 (s, t)    weights; kind "norm": norm of all weights that the edge stands for, with the sign
                                      of their sum
    connection/I/flow    f4 (s, t)    kind "norm" between units: what passes, w a summed (conv: its mean over positions)
    connection/I/input   f4 (s,)      what enters the kernel: the sample's, or the mean over x
    connection/I/sd      f4 (s,)      standard deviation over x of what enters; 1 where it is not used
    connection/I/in_sum  f4 (t,)      sum over all sources of w sd
    connection/I/in_sum_a f4 (t,)     sum over all sources of w a (that is z - bias)
    connection/I/out_sum f4 (s,)      sum over all targets of w

Of a difference of two models (`NetworkWire["change"]`) all of these are what has changed, and there are besides

    layer/NAME/before, after  f4 (n,) mean activation in the one and in the other; outputs: mean of what they return
    connection/I/before, after f4 (s, t) the weights, or norms, themselves

Unknown numbers (no x given) are NaN in arrays and null in the header.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypedDict

from nbviz.network.architecture import ConnectionKind, Layer, LayerKind, OutputKind
from nbviz.network.channels import brief
from nbviz.network.unit_ids import unit_ids
from nbviz.picture.fold import Fold
from nbviz.picture.frame import Frame, scaled_by_sd
from nbviz.picture.frame_wire import array_places
from nbviz.picture.packed_arrays import ArrayWire
from nbviz.picture.snapshot import Snapshot

EdgeMeaning = Literal["weight", "weight_activation", "contribution", "path"]
Face = Literal["circle", "response", "map", "picture", "block"]


class LayerWire(TypedDict):
    """One column, or one group of a column."""

    name: str
    kind: LayerKind  # output: the numbers a block returns as the model's answer; units without a kernel
    face: Face
    type: str  # class name of the Keras layer: "Dense"
    activation: str | None  # "relu"; the whole chain after the kernel: "batch normalization, relu"
    output_shape: list[int | None]
    parameters: int
    notes: list[str]  # layers passed through: "dropout 0.2", "standardised"
    members: list[str]  # names of the layers that are part of this one and have no place of their own
    group: bool  # whether it stands for several layers
    opens: bool  # whether its layers can be drawn in its place
    inside: str | None  # the opened block that it is drawn in the place of
    window: list[int]  # rows and columns of a convolution's kernel, or of what is pooled
    strides: list[int]  # where they are not those of its kind
    parts: list[str]  # gates of a recurrent layer, heads of an attention layer
    brief: str  # a word for what a layer of channels without a kernel does: "max", "mean", "add"; else ""
    picture: str | None  # what the face of a block shows, in words; None where it has none
    first_unit: int  # id of unit 0; ids run over all units of all layers
    units: int  # 1 for a block or a picture
    unit_names: list[str] | None  # features, classes; None: "unit 68"
    value_names: dict[str, str] | None  # of an input whose values are ids: the text of each that is known
    output: OutputKind | None  # what the numbers of an output layer are
    candidates: list[int]  # units whose numbers are in the frame
    ranks: list[int]  # their ranks by the score, from 0
    shown: list[int]  # units in the picture, top to bottom; a subset of candidates
    cells: int  # cells of the strip; 0 where every unit is shown
    cell_units: list[int]  # the unit that stands for each cell (the cell's best ranked)
    column: int
    x: float  # 0 (first column) to 1 (last)
    y: list[float]  # px of each place; one more than shown when there is a rest node
    size: float  # px: radius of a circle, side of a face, height of a block
    caption_y: float  # px of the first caption line's top
    compact_caption: bool  # layers share this column: two caption lines


class ConnectionWire(TypedDict):
    """All edges from one layer into another."""

    source: int  # index into layers
    target: int
    kind: ConnectionKind
    weights: int  # number of weights; 0 for a link
    notes: list[str]  # layers passed through on this way only
    offset: int  # of a link between channels: channel c of the source goes on as c + offset
    sparse: bool  # edges of exactly 0 do not exist
    scaled_by_sd: bool  # edges show w sd, not w


class OpenedWire(TypedDict):
    """A block, or a model inside the model, whose layers are drawn in its place."""

    name: str
    inside: str | None  # the opened one that it is itself inside of, which comes before it


class ChangeWire(TypedDict):
    """Names of two models, or moments, whose difference is drawn: what is after minus what is before."""

    before: str
    after: str


class NetworkWire(TypedDict):
    """What is drawn."""

    version: int
    name: str
    layers: list[LayerWire]
    connections: list[ConnectionWire]
    opened: list[OpenedWire]
    class_layer: str | None  # the output layer whose units are the classes that edges lead to; None: the first
    columns: int
    height: float  # px of the drawing, captions included
    score: str  # the words for how units are ranked: "|w| in x |w| out"
    samples: int  # rows of x; 0 without x
    change: ChangeWire | None  # where a difference is drawn
    arrays: list[ArrayWire]


def network_wire(
    snapshot: Snapshot, *, version: int, score: str, samples: int, opening: Collection[str] = ()
) -> NetworkWire:
    """What is drawn.

    Args:
        snapshot: Any moment of this network; the arrays of its frame have the shapes of all to come.
        version: Which the frames of this network repeat.
        score: How units are ranked, in words.
        samples: Rows of x, 0 without x.
        opening: Names of the layers whose own layers can be drawn in their place.
    """
    architecture, folds, frame = snapshot.architecture, snapshot.folds, snapshot.frame
    layers: list[LayerWire] = []
    ids = unit_ids(architecture)
    for layer, numbers in zip(architecture.layers, frame.layers, strict=True):
        fold = folds.get(layer.name) or Fold(1, (0,), (0,), (0,))
        place = snapshot.layout.places[layer.name]
        names, texts = snapshot.names.get(layer.name), snapshot.value_names.get(layer.name)
        layers.append(
            {
                "name": layer.name,
                "kind": layer.kind,
                "face": _face(layer, snapshot.faces),
                "type": layer.type,
                "activation": ", ".join(layer.steps) or None,
                "output_shape": list(layer.output_shape),
                "parameters": layer.parameters,
                "notes": list(layer.notes),
                "members": list(layer.members),
                "group": layer.group,
                "opens": layer.name in opening,
                "inside": layer.inside,
                "window": list(layer.window),
                "strides": list(layer.strides),
                "parts": list(layer.parts),
                "brief": brief(layer),
                "picture": numbers.words,
                "first_unit": ids[layer.name].start,
                "units": fold.units,
                "unit_names": None if names is None else list(names),
                "value_names": None if texts is None else {str(number): text for number, text in texts.items()},
                "output": layer.output,
                "candidates": list(fold.candidates),
                "ranks": list(fold.ranks),
                "shown": list(fold.shown),
                "cells": len(fold.cell_units),
                "cell_units": list(fold.cell_units),
                "column": place.column,
                "x": place.x,
                "y": list(place.y),
                "size": place.size,
                "caption_y": place.caption_y,
                "compact_caption": place.compact_caption,
            }
        )
    index = {layer.name: position for position, layer in enumerate(architecture.layers)}
    return {
        "version": version,
        "name": architecture.name,
        "layers": layers,
        "connections": [
            {
                "source": index[connection.source],
                "target": index[connection.target],
                "kind": connection.kind,
                "weights": connection.weights,
                "notes": list(connection.notes),
                "offset": connection.offset,
                "sparse": connection.sparse,
                "scaled_by_sd": snapshot.scaled and scaled_by_sd(connection, architecture),
            }
            for connection in architecture.connections
        ],
        "opened": [{"name": name, "inside": around} for name, around in architecture.opened],
        "class_layer": None,
        "columns": snapshot.layout.columns,
        "height": snapshot.layout.height,
        "score": score,
        "samples": samples,
        "change": None,
        "arrays": array_places(architecture, frame),
    }


def has_arrays_of(network: NetworkWire, frame: Frame) -> bool:
    """Whether a frame has the very arrays that a network tells of; with more units asked for, their keys."""
    held = [layer.arrays for layer in frame.layers] + [connection.arrays for connection in frame.connections]
    more = any(frame.asked.values())
    arrays = [(key, None if more else array.shape) for arrays in held for key, array in arrays.items()]
    return arrays == [
        (place["key"].rsplit("/", 1)[1], None if more else tuple(place["shape"])) for place in network["arrays"]
    ]


def _face(layer: Layer, faces: bool) -> Face:
    if layer.is_picture:
        return "picture"
    if layer.kind == "block":
        return "block"
    if layer.has_maps:
        return "map"
    return "response" if faces else "circle"

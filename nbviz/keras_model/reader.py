"""Reads one model again and again: its structure as plain data, its weights, what flows through it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.activations.block_pictures import BlockPicture, BlockPictures
from nbviz.keras_model.activations.patch_means import patch_means
from nbviz.keras_model.channel_layers import placed_weights, small_kernels, stored_kernels
from nbviz.keras_model.compiled.function import compiled_if_possible
from nbviz.keras_model.forward import (
    Finish,
    as_plane,
    forward_pass,
    kept,
    look_at,
    mean_over_positions,
)
from nbviz.keras_model.gradient_registry import replaced_gradients
from nbviz.keras_model.graph import all_the_same, check_model, has_graph, input_specs, numbers_per_row, parts_of
from nbviz.keras_model.outputs.output_meanings import output_meanings
from nbviz.keras_model.structure import Structure
from nbviz.network.architecture import Architecture, SaidKinds
from nbviz.network.blocks import fold_blocks
from nbviz.network.channels import ChannelWeights, MeanMaps, PlacedWeights, by_channel
from nbviz.network.inner_models import open_model
from nbviz.network.layer_arrays import ArrayKey, KernelsAndBiases

ROOM = 2**24  # numbers that all layers together may hold at once: TensorFlow may keep the memory of its peak


class ModelReader:
    """Reads one model again and again: its weights, and what flows through it.

    Attributes:
        whole: The structure when the reader was made, every layer by itself.
        architecture: The same as it is drawn: of a deep network, blocks of layers (`nbviz.network.blocks`). All that
            the methods tell is of the layers in it.
        pictured: Block with a face -> the layer that it shows, of those in `BlockPictures`.
        specs: What the model's inputs take.
        opening: Names of the layers drawn that stand for several, which `opened` may have.
        output_kind: What the user says of the outputs.
    """

    def __init__(self, model: keras.Model, opened: Collection[str] = (), output_kind: SaidKinds = None) -> None:
        """Read the structure.

        Args:
            model: The model.
            opened: Names of blocks, and of models inside the model, whose layers are wanted one by one; a model
                inside one that is opened as `outer/inner`. Names of others do nothing: see `architecture.opened`.
            output_kind: What the numbers of the outputs are, where the model does not say; see `output_meanings`.

        Raises:
            TypeError: Not a `keras.Model`.
            ValueError: The model is not built.
        """
        self.model = check_model(model)
        self.specs = input_specs(model)
        self._read = parts_of(model)
        self.output_kind = output_kind
        self._meanings = output_meanings(model, output_kind)
        structure = Structure(model, self.specs, self._meanings)
        self.whole = structure.architecture
        self._models = structure.models
        self.architecture, self.opening = self._drawn(frozenset(opened))
        self._block_pictures = BlockPictures(model)
        self.pictured = self._block_pictures.of_blocks(self.architecture)
        self.architecture = self._with_parts(self.architecture)
        # A block may have the name of a layer inside it.
        drawn = {layer.name for layer in self.architecture.layers if layer.kind != "block"}
        self._dense = {name: layer for name, layer in structure.dense.items() if name in drawn}
        self._convs = {name: layer for name, layer in structure.convs.items() if name in drawn}
        self._maps = {name: builder for name, builder in structure.maps.items() if name in drawn}
        self._flattened = structure.flattened
        self._tensors = {key: tensor for key, tensor in structure.tensors.items() if key[1] in drawn}

    def _with_parts(self, architecture: Architecture) -> Architecture:
        parts = {block: self._block_pictures.parts(name) for block, name in self.pictured.items()}
        layers = [dataclasses.replace(layer, parts=parts.get(layer.name, ())) for layer in architecture.layers]
        return dataclasses.replace(architecture, layers=tuple(layers))

    @property
    def stale(self) -> bool:
        """Whether the model is no longer what was read.

        Layers have been added, removed, or changed in place, or the meaning of the output has changed.
        """
        parts = parts_of(self.model)
        same = all_the_same(parts, self._read)
        return not same or output_meanings(self.model, self.output_kind) != self._meanings

    def head_of(self, name: str) -> int | None:
        """Number, among the model's outputs, of the one that a layer of the picture makes; None for another layer."""
        if not has_graph(self.model):
            returned = self._tensors.get(("a", name))
            return None if returned is None else int(returned.place)
        tensor = self._tensors.get(("a", name))
        return next((index for index, output in enumerate(self.model.outputs) if output is tensor), None)

    def weights(self) -> KernelsAndBiases:
        """Kernel (inputs, units) and bias (units,) of each dense layer: the live values, read only.

        They may share memory with the model: use them at once, copy what is to last.
        """
        return {
            name: (look_at(layer.kernel), None if layer.bias is None else look_at(layer.bias))
            for name, layer in self._dense.items()
        }

    def stored_weights(self) -> KernelsAndBiases:
        """Kernel as Keras keeps it, and bias, of each layer that is drawn with one: as `channel_weights` takes them.

        The second kernel of a separable convolution is that of `"layer/pointwise_kernel"`. Read only, see `weights`.
        """
        found = dict(self.weights())
        for name, layer in self._convs.items():
            kernels = self._stored(name, None)
            found[name] = kernels[0], None if layer.bias is None else look_at(layer.bias)
            if len(kernels) > 1:
                found[f"{name}/pointwise_kernel"] = kernels[1], None
        return found

    def channel_weights(self, kernels: KernelsAndBiases | None = None) -> ChannelWeights:
        """What the edges stand for that are not one weight each: those of kind `"norm"`.

        Args:
            kernels: Layer -> kernel, as Keras keeps it, and bias, of a recorded state; the live weights by default.
        """
        placed: dict[str, PlacedWeights] = {}
        for connection in self.architecture.connections:
            name = connection.target
            if connection.kind != "norm":
                continue
            if name in self._convs:
                placed[name] = placed_weights(self._convs[name], self._stored(name, kernels))
            elif name in self._flattened and self.architecture[connection.source].has_units:
                placed[name] = PlacedWeights(self.cells_by_channel(name, self._kernel(name, kernels)))
            else:
                placed[name] = PlacedWeights(self._kernel(name, kernels)[:, None])
        convs = self._convs.items()
        small = {name: small_kernels(layer, self._stored(name, kernels)) for name, layer in convs}
        return ChannelWeights(
            {name: weights.slices() for name, weights in placed.items()},
            placed,
            {name: self._bias(name, kernels) for name, layer in convs if layer.bias is not None},
            {name: kernel for name, kernel in small.items() if kernel is not None},
            frozenset(self._convs),
            self.cells_by_channel,
        )

    def cells_by_channel(self, name: str, cells: np.ndarray) -> np.ndarray:
        """What belongs to the rows of the kernel of a dense layer behind maps, channel by channel.

        Args:
            name: Of the layer.
            cells: (inputs, ...).

        Returns:
            (positions, channels, ...).
        """
        flattened = self._flattened[name]
        return by_channel(cells, flattened.channels, flattened.channels_first)

    def _bias(self, name: str, kernels: KernelsAndBiases | None) -> np.ndarray:
        if kernels is None:
            return look_at(self._convs[name].bias)
        bias = kernels[_stem(name, kernels)][1]
        assert bias is not None
        return bias

    def _stored(self, name: str, kernels: KernelsAndBiases | None) -> list[np.ndarray]:
        live = stored_kernels(self._convs[name])
        if kernels is None:
            return [look_at(kernel) for kernel in live]
        stem = _stem(name, kernels)
        # A recorded state tells the second kernel of a separable convolution by itself.
        return [kernels[part][0] for part in (stem, f"{stem}/pointwise_kernel")[: len(live)]]

    def _kernel(self, name: str, kernels: KernelsAndBiases | None) -> np.ndarray:
        return look_at(self._dense[name].kernel) if kernels is None else kernels[_stem(name, kernels)][0]

    def pictures(self, inputs: Sequence[np.ndarray]) -> dict[str, BlockPicture]:
        """What the faces of blocks show, for checked rows of data: states over time, attention."""
        found = self._block_pictures.read(self.model, inputs, set(self.pictured.values()))
        return {block: found[name] for block, name in self.pictured.items() if name in found}

    @functools.cached_property
    def numbers_per_row(self) -> int:
        """Numbers that all layers work out for one row of data; open sizes count as 64."""
        return numbers_per_row(self.model)

    def forward(self, inputs: Sequence[np.ndarray]) -> dict[ArrayKey, np.ndarray]:
        """What flows through the layers for checked rows of data, in inference mode.

        Args:
            inputs: One array (rows, *input shape) per input, as `read_samples` returns them.

        Returns:
            `("a", layer)`: what leaves a layer with units, (rows, units); `("kernel input", layer)`: what
            enters the kernel of a dense layer or a convolution, (rows, inputs); `("activated", layer)`: the value
            right after the layer's activation. Means over positions, where there are any.
        """
        distinct = {id(tensor): tensor for tensor in self._tensors.values()}
        first = {id(builder.leaving) for builder in self._maps.values() if builder.channels_first}
        for (role, name), tensor in self._tensors.items():
            if role != "a" and name in self._convs and self._convs[name].data_format == "channels_first":
                first.add(id(tensor))
        finish = Finish(
            ("mean over positions", *sorted(first)),
            lambda tensor, value: mean_over_positions(value, id(tensor) in first),
        )
        values = forward_pass(self.model, list(distinct.values()), inputs, finish, self._rows_at_once)
        found = dict(zip(distinct, values, strict=True))
        return {key: found[id(tensor)] for key, tensor in self._tensors.items()}

    def mean_maps(self, inputs: Sequence[np.ndarray]) -> MeanMaps:
        """Feature maps of the layers whose units are channels with positions, and what enters the convolutions.

        Args:
            inputs: Checked rows of data, as for `forward`.

        Returns:
            Means over rows, in inference mode.
        """
        entering = {name: self._tensors["kernel input", name] for name in self._convs}
        leaving = {name: builder.leaving for name, builder in self._maps.items()}
        distinct = {id(tensor): tensor for tensor in (*leaving.values(), *entering.values())}
        finish = Finish(
            ("sum over rows",),
            lambda _, value: keras.ops.sum(keras.ops.cast(value, "float32"), 0, True),
            keeps_rows=False,
        )
        sums = forward_pass(self.model, list(distinct.values()), inputs, finish, self._rows_at_once)
        means = {key: sum_.sum(axis=0) / len(inputs[0]) for key, sum_ in zip(distinct, sums, strict=True)}
        return MeanMaps(
            {name: as_plane(means[id(tensor)], self._maps[name].channels_first) for name, tensor in leaving.items()},
            {name: patch_means(self._convs[name], means[id(tensor)]) for name, tensor in entering.items()},
        )

    @property
    def _rows_at_once(self) -> int:
        return max(1, ROOM // self.numbers_per_row)

    def gradient_sizes(self, inputs: Sequence[np.ndarray]) -> dict[str, float]:
        """How strongly the answer depends on each dense layer: what training has to work with.

        Args:
            inputs: Checked rows of data, as for `forward`.

        Returns:
            Dense layer, in order -> root mean square over rows and units of d logit / d activation, the logit
            being each row's largest at the first dense output (before softmax or sigmoid). Without the layers
            that do not lead there; empty where there is no such output, or the backend is not TensorFlow.
        """
        heads = [layer.name for layer in self.architecture.outputs if layer.name in self._dense]
        leaving = {name: self._tensors["a", name] for name in self._dense if name not in heads[:1]}
        if not heads or not leaving or keras.backend.backend() != "tensorflow" or replaced_gradients():
            return {}
        import tensorflow as tf

        head = self._dense[heads[0]]
        entering = self._tensors["kernel input", heads[0]]
        key = ("gradients", id(entering), *map(id, leaving.values()))

        def compiled() -> Any:
            part = keras.Model(self.model.inputs, [entering, *leaving.values()], name="nbviz_view")

            def run(*rows: Any) -> dict[str, Any]:
                with keras.StatelessScope(), tf.GradientTape() as tape:
                    watched = [row for row in rows if row.dtype.is_floating]
                    tape.watch(watched)
                    at_head, *values = part(list(rows), training=False)
                    logits = tf.matmul(tf.cast(at_head, head.kernel.dtype), head.kernel)
                    if head.bias is not None:  # decides which logit is the largest
                        logits = tf.add(logits, tf.cast(head.bias, logits.dtype))
                    top = tf.reduce_max(logits, axis=-1)
                slopes = zip(leaving, tape.gradient(top, values), strict=True)
                return {
                    name: tf.sqrt(tf.reduce_mean(tf.square(tf.cast(slope, tf.float32))))
                    for name, slope in slopes
                    if slope is not None
                }

            return compiled_if_possible(run, self.specs)

        sizes = kept(self.model, key, compiled)(*inputs)
        return {name: float(sizes[name]) for name in leaving if name in sizes}

    def _drawn(self, opened: frozenset[str]) -> tuple[Architecture, frozenset[str]]:
        """What is drawn, with the layers of what is opened in its place, and what more can be opened."""
        architecture = fold_blocks(self.whole, opened)
        single = {layer.name for layer in self.whole.layers}
        opening = set()
        for layer in architecture.layers:
            name = layer.name
            if name not in single or name in layer.members:
                opening.add(name)  # a block, which may have the name of a layer inside it
            elif name in self._models and name not in dict(architecture.opened):
                deeper = frozenset(other.removeprefix(f"{name}/") for other in opened if other.startswith(f"{name}/"))
                inside = ModelReader(self._models[name], deeper)
                if all(inner.kind in ("input", "output") for inner in inside.architecture.layers):
                    continue
                if name in opened:
                    architecture = open_model(architecture, name, inside.architecture)
                    opening |= {f"{name}/{inner}" for inner in inside.opening}
                else:
                    opening.add(name)
        return architecture, frozenset(opening)


def _stem(name: str, known: Mapping[str, Any]) -> str:
    """The name of a layer's weights: a layer that the model calls twice is drawn twice."""
    return name if name in known else name.rpartition(":")[0]

"""The structure of a model, read from its graph once: layers, connections, and the tensors that tell what flows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.channel_layers import is_sparse, stored_kernels, takes_steps, window_of
from nbviz.keras_model.connection_kinds import Flattened, joint, kind_of, last_change_of_shape
from nbviz.keras_model.forward import Returned
from nbviz.keras_model.graph import Call, calls_of, has_graph
from nbviz.keras_model.layer_builder import LayerBuilder
from nbviz.keras_model.layers import (
    RESCALERS,
    contents_of,
    count_parameters,
    last_step,
    names_inside,
    passed_through,
    units_leaving,
)
from nbviz.keras_model.outputs.output_meanings import Meaning
from nbviz.keras_model.outputs.output_names import traced_answers
from nbviz.keras_model.replay import is_transparent
from nbviz.network.architecture import Architecture, Connection, Layer, OutputKind
from nbviz.network.layer_arrays import ArrayKey
from nbviz.network.samples import InputSpec


class Structure:
    """Layers and connections of a model, every layer by itself, and where in the model's graph they are.

    Attributes:
        architecture: The layers and connections.
        dense: Dense layer -> the layer in the model.
        convs: Convolution -> the layer in the model.
        maps: Layer whose units have feature maps -> what makes them.
        flattened: Dense layer whose kernel has a row for each cell of some maps -> how these lie.
        tensors: What flows, by role and layer -> its tensor in the model's graph.
        models: Models inside the model.
    """

    def __init__(self, model: keras.Model, specs: Sequence[InputSpec], meanings: Sequence[Meaning]) -> None:
        """Read a built model.

        Args:
            model: The model.
            specs: What its inputs take.
            meanings: What the numbers of its outputs mean.
        """
        self._model, self._specs, self._meanings = model, specs, meanings
        self.dense: dict[str, keras.layers.Dense] = {}
        self.convs: dict[str, Any] = {}
        self.maps: dict[str, LayerBuilder] = {}
        self.flattened: dict[str, Flattened] = {}
        self.tensors: dict[ArrayKey, Any] = {}
        self.models: dict[str, keras.Model] = {}
        self.architecture = self._read_graph() if has_graph(model) else self._read_subclassed()

    def _read_graph(self) -> Architecture:
        model = self._model
        nodes = calls_of(model)
        made = {id(tensor): node for node in nodes for tensor in node.outputs}
        outputs = {id(tensor) for tensor in model.outputs}
        uses: dict[int, int] = {}
        for node in nodes:
            for tensor in node.inputs:
                uses[id(tensor)] = uses.get(id(tensor), 0) + 1
        builders: dict[str, LayerBuilder] = {}
        origin: dict[int, tuple[str, tuple[str, ...]]] = {}  # tensor -> layer it comes from, notes on the way
        connections: dict[tuple[str, str], Connection] = {}
        counted: set[int] = set()
        for node in nodes:
            operation = node.operation
            parameters = count_parameters(operation, counted)
            passed = passed_through(operation) if len(node.inputs) == 1 else None
            if passed is not None and not isinstance(operation, keras.layers.InputLayer):
                entering, leaving = node.inputs[0], node.outputs[0]
                source, notes = origin[id(entering)]
                builder = builders[source]
                alone = uses[id(entering)] == 1 and id(entering) not in outputs
                same_shape = tuple(entering.shape) == tuple(leaving.shape)
                units_kept = same_shape or (builder.kind in ("input", "block") and builder.units == 1)
                if builder.leaving is entering and alone and units_kept:
                    step, note = passed
                    if step and builder.kind != "input":
                        builder.steps.append(step)
                        builder.rescaled = False
                        if step != "batch norm":
                            builder.activated = leaving
                    elif note != "flatten" or tuple(entering.shape) != tuple(leaving.shape):
                        builder.notes += [word for word in (step, note) if word]
                        builder.rescaled |= isinstance(operation, RESCALERS)
                    builder.parameters += parameters
                    builder.members.append(node.name)
                    builder.leaving = leaving
                    origin[id(leaving)] = (source, ())
                    continue
                if id(leaving) not in outputs:
                    builder.parameters += parameters
                    builder.members.append(node.name)
                    origin[id(leaving)] = (source, notes + tuple(word for word in passed if word))
                    continue
            sources = [builders[origin[id(entering)][0]] for entering in node.inputs]
            kind, channels_first = kind_of(node, sources)
            has_kernel = kind in ("dense", "conv")
            if has_kernel and sources[0].has_units and joint(sources[0], node, kind, made) is None:
                # The kernel's rows are no longer the source's units: what regrouped them is a layer of its own.
                source, notes = origin[id(node.inputs[0])]
                regrouping = last_change_of_shape(made, node.inputs[0])
                _, notes_before = origin[id(regrouping.inputs[0])]
                block = builders.setdefault(regrouping.name, LayerBuilder(regrouping, "block"))
                block.leaving = regrouping.outputs[0]
                builders[source].members = [name for name in builders[source].members if name != regrouping.name]
                connections[source, regrouping.name] = Connection(source, regrouping.name, "link", notes=notes_before)
                origin[id(node.inputs[0])] = regrouping.name, notes[len(notes_before) + 1 :]
            builder = builders[node.name] = LayerBuilder(
                node, kind, parameters=parameters, channels_first=channels_first
            )
            builder.members += [f"{node.name}/{inner}" for inner in names_inside(operation)]
            builder.leaving = node.outputs[0]
            name_of_activation = last_step(operation)
            if name_of_activation:
                builder.steps.append(name_of_activation)
                builder.activated = node.outputs[0]
            offset = 0
            for entering in node.inputs:
                source, notes = origin[id(entering)]
                builders[source].sequence |= takes_steps(operation)
                if (source, node.name) in connections:  # two ways from one layer into another
                    notes = tuple(dict.fromkeys(connections[source, node.name].notes + notes))
                connections[source, node.name] = self._connect(builders[source], builder, entering, notes, made, offset)
                if isinstance(operation, keras.layers.Concatenate):
                    offset += entering.shape[operation.axis] or 0
            for tensor in node.outputs:
                origin[id(tensor)] = (node.name, ())
        layers = [self._finish(name, builder, outputs) for name, builder in builders.items()]
        for index, tensor in enumerate(model.outputs):
            source, notes = origin[id(tensor)]
            builder = builders[source]
            answers = builder.kind == "dense" and builder.leaving is tensor
            units = _units_of(builder, tensor)
            if answers or units is None:
                continue
            name = f"{source} output" + (f" {index}" if ("a", f"{source} output") in self.tensors else "")
            output, logits = self._meanings[index]
            self.tensors["a", name] = tensor
            layers.append(Layer(name, "output", "output", (units,), units, output=output, logits=logits, answer=index))
            connections[source, name] = Connection(source, name, "link", notes=notes)
        return Architecture(model.name, tuple(layers), tuple(connections.values()))

    def _connect(
        self,
        source: LayerBuilder,
        target: LayerBuilder,
        entering: Any,
        notes: tuple[str, ...],
        made: dict[int, Call],
        offset: int,
    ) -> Connection:
        names = source.node.name, target.node.name
        operation = target.node.operation
        if target.kind == "maps" and source.has_units:
            return Connection(*names, "link", notes=notes, offset=offset)
        if target.kind not in ("dense", "conv"):
            return Connection(*names, "link", notes=notes)
        self.tensors["kernel input", names[1]] = entering
        if target.kind == "conv":
            weights = sum(int(np.prod(kernel.shape)) for kernel in stored_kernels(operation))
            return Connection(*names, "norm", weights, notes, sparse=is_sparse(operation) and source.has_units)
        weights = int(np.prod(operation.kernel.shape))
        joined = joint(source, target.node, "dense", made) if source.has_units else None
        if joined is not None and joined != "units":
            self.flattened[names[1]] = joined
        return Connection(*names, "kernel" if joined == "units" else "norm", weights, notes)

    def _finish(self, name: str, builder: LayerBuilder, outputs: set[int]) -> Layer:
        operation = builder.node.operation
        shape = tuple(builder.node.outputs[0].shape[1:])
        output: OutputKind | None = None
        logits, answer = False, None
        if is_transparent(operation):
            self.models[name] = operation
        if builder.kind == "conv":
            self.convs[name] = operation
        if builder.has_maps:
            self.maps[name] = builder
        if builder.kind in ("dense", "conv", "maps"):
            self.tensors["a", name] = builder.leaving
        if builder.kind == "dense":
            self.dense[name] = operation
            if id(builder.leaving) in outputs:
                answer = next(at for at, tensor in enumerate(self._model.outputs) if tensor is builder.leaving)
                output, logits = self._meanings[answer]
        if builder.kind in ("dense", "conv") and builder.activated is not None:
            self.tensors["activated", name] = builder.activated
        nonlinear = [step for step in builder.steps if step != "batch norm"]
        window, strides = window_of(operation) if builder.kind in ("conv", "maps") else ((), ())
        return Layer(
            name,
            builder.kind,
            type(operation).__name__,
            shape,
            builder.units,
            steps=tuple(builder.steps),
            activation=nonlinear[-1] if nonlinear else None,
            parameters=builder.parameters,
            notes=tuple(builder.notes) + contents_of(operation),
            bias=builder.kind in ("dense", "conv") and operation.bias is not None,
            output=output,
            logits=logits,
            answer=answer,
            members=tuple(builder.members),
            group=isinstance(operation, keras.Model),
            window=window,
            strides=strides,
            channels_first=builder.channels_first and builder.has_maps,
            sequence=builder.kind == "input" and len(shape) == 2 and builder.sequence,
        )

    def _read_subclassed(self) -> Architecture:
        model = self._model
        inputs = [_input_layer(spec) for spec in self._specs]
        answers = {name: tuple(tensor.shape[1:]) for name, tensor in traced_answers(model).items()}
        shape = next(iter(answers.values()))
        block = Layer(
            model.name, "block", type(model).__name__, shape, 1,
            parameters=count_parameters(model, set()), notes=contents_of(model), members=tuple(names_inside(model)),
            group=True,
        )  # fmt: skip
        layers = [*inputs, block]
        connections = [Connection(layer.name, block.name, "link") for layer in inputs]
        for place, (name, shape) in enumerate(answers.items()):
            units = _numbers_in(shape)
            if units is None:
                continue
            output, logits = self._meanings[place]
            layers.append(Layer(name, "output", "output", (units,), units, output=output, logits=logits, answer=place))
            connections.append(Connection(block.name, name, "link"))
            self.tensors["a", name] = Returned(place)
        return Architecture(model.name, tuple(layers), tuple(connections))


def _units_of(builder: LayerBuilder, tensor: Any) -> int | None:
    """How many numbers an output has, at each position where it has any; None where that is told by a layer's units."""
    operation = builder.node.operation
    if isinstance(operation, keras.layers.Dense) and builder.leaving is tensor and len(tensor.shape) == 2:
        return units_leaving(operation)
    numbers = _numbers_in(tuple(tensor.shape[1:]))
    if numbers is None and (builder.kind == "block" or builder.leaving is not tensor) and tensor.shape[-1] is not None:
        return int(tensor.shape[-1])
    return numbers


def _numbers_in(shape: tuple[int | None, ...]) -> int | None:
    """How many numbers a row of this shape is, however many axes of one a single number has; None where it is no row.

    Args:
        shape: Without the batch axis.
    """
    if all(size == 1 for size in shape):
        return 1
    return shape[0] if len(shape) == 1 else None


def _input_layer(spec: InputSpec) -> Layer:
    units = (spec.shape[0] or 1) if len(spec.shape) == 1 else 1
    return Layer(spec.name, "input", "InputLayer", spec.shape, units)

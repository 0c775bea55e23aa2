"""Reads one model again and again: its structure as plain data, its weights, what flows through it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import keras
import numpy as np

from nbviz.architecture import Architecture, Connection, Layer, OutputKind
from nbviz.blocks import fold_blocks
from nbviz.keras_model.draft import Draft
from nbviz.keras_model.forward import (
    answer_shapes,
    compiled_if_possible,
    forward_pass,
    kept,
    look_at,
    mean_over_positions,
)
from nbviz.keras_model.graph import Call, calls_of, check_model, has_graph, input_specs, parts_of
from nbviz.keras_model.heads import kind_by_loss, loss_of
from nbviz.keras_model.layers import (
    RESCALERS,
    contents_of,
    count_parameters,
    has_plain_kernel,
    last_step,
    names_inside,
    passed_through,
)
from nbviz.keras_model.replay import is_transparent
from nbviz.opened import open_model
from nbviz.samples import InputSpec


class ModelReader:
    """Reads one model again and again: its weights, and what flows through it.

    Attributes:
        whole: The structure when the reader was made, every layer by itself.
        architecture: The same as it is drawn: of a deep network, blocks of layers (`nbviz.blocks`). All that the
            methods tell is of the layers in it.
        specs: What the model's inputs take.
    """

    def __init__(self, model: keras.Model, opened: Collection[str] = ()) -> None:
        """Read the structure.

        Args:
            model: The model.
            opened: Names of blocks, and of models inside the model, whose layers are wanted one by one; a model
                inside one that is opened as `outer/inner`. Names of others do nothing.

        Raises:
            TypeError: Not a `keras.Model`.
            ValueError: The model is not built.
        """
        self.model = check_model(model)
        self.specs = input_specs(model)
        self._read = parts_of(model)
        self._dense: dict[str, keras.layers.Dense] = {}
        self._tensors: dict[tuple[str, str], Any] = {}  # (role, layer) -> tensor in the model's graph
        self._models: dict[str, keras.Model] = {}  # models inside the model
        self.whole = self._read_graph() if has_graph(model) else self._read_subclassed()
        self.architecture = fold_blocks(self._with_models_opened(frozenset(opened)), opened)
        # A block may have the name of a layer inside it.
        drawn = {layer.name for layer in self.architecture.layers if layer.kind != "block"}
        self._dense = {name: layer for name, layer in self._dense.items() if name in drawn}
        self._tensors = {key: tensor for key, tensor in self._tensors.items() if key[1] in drawn}

    @property
    def stale(self) -> bool:
        """Whether layers have been added or removed since, or the meaning of the output has changed."""
        parts = parts_of(self.model)
        # The parts are kept, not their ids: an id may be given again to what comes after.
        # Symbolic tensors cannot be compared: != of two of them is a tensor again.
        return (
            len(parts) != len(self._read)
            or parts[0] != self._read[0]
            or any(new is not old for new, old in zip(parts[1:], self._read[1:], strict=True))
        )

    def head_of(self, name: str) -> int | None:
        """Number, among the model's outputs, of the one that a layer of the picture makes; None for another layer."""
        if not has_graph(self.model):
            return 0 if ("a", name) in self._tensors else None
        tensor = self._tensors.get(("a", name))
        return next((index for index, output in enumerate(self.model.outputs) if output is tensor), None)

    def weights(self) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
        """Kernel (inputs, units) and bias (units,) of each dense layer: the live values, read only.

        They may share memory with the model: use them at once, copy what is to last.
        """
        return {
            name: (look_at(layer.kernel), None if layer.bias is None else look_at(layer.bias))
            for name, layer in self._dense.items()
        }

    def forward(self, inputs: Sequence[np.ndarray]) -> dict[tuple[str, str], np.ndarray]:
        """What flows through the layers for checked rows of data, in inference mode.

        Args:
            inputs: One array (rows, *input shape) per input, as `read_samples` returns them.

        Returns:
            `("a", layer)`: what leaves a layer with units, (rows, units); `("kernel input", layer)`: what
            enters the kernel of a dense layer, (rows, inputs); `("activated", layer)`: the value right after
            a dense layer's activation. Axes between are averaged over (a Dense layer on a sequence).
        """
        distinct = {id(tensor): tensor for tensor in self._tensors.values()}
        values = dict(zip(distinct, forward_pass(self.model, list(distinct.values()), inputs), strict=True))
        return {key: mean_over_positions(values[id(tensor)]) for key, tensor in self._tensors.items()}

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
        if not heads or not leaving or keras.backend.backend() != "tensorflow":
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

    def _with_models_opened(self, opened: frozenset[str]) -> Architecture:
        """The whole, with the layers of models inside in their place where they are asked for."""
        architecture = self.whole
        for name in sorted(opened & self._models.keys()):
            deeper = frozenset(other.removeprefix(f"{name}/") for other in opened if other.startswith(f"{name}/"))
            inside = ModelReader(self._models[name])._with_models_opened(deeper)
            if any(layer.kind not in ("input", "output") for layer in inside.layers):
                architecture = open_model(architecture, name, inside)
        return architecture

    def _read_graph(self) -> Architecture:
        model = self.model
        nodes = calls_of(model)
        made = {id(tensor): node for node in nodes for tensor in node.outputs}
        outputs = {id(tensor) for tensor in model.outputs}
        uses: dict[int, int] = {}
        for node in nodes:
            for tensor in node.inputs:
                uses[id(tensor)] = uses.get(id(tensor), 0) + 1
        drafts: dict[str, Draft] = {}
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
                draft = drafts[source]
                alone = uses[id(entering)] == 1 and id(entering) not in outputs
                same_shape = tuple(entering.shape) == tuple(leaving.shape)
                units_kept = same_shape or (draft.kind != "dense" and draft.units == 1)
                if draft.leaving is entering and alone and units_kept:
                    step, note = passed
                    if step and draft.kind != "input":
                        draft.steps.append(step)
                        draft.rescaled = False
                        if step != "batch norm":
                            draft.activated = leaving
                    elif note != "flatten" or tuple(entering.shape) != tuple(leaving.shape):
                        draft.notes += [word for word in (step, note) if word]
                        draft.rescaled |= isinstance(operation, RESCALERS)
                    draft.parameters += parameters
                    draft.members.append(node.name)
                    draft.leaving = leaving
                    origin[id(leaving)] = (source, ())
                    continue
                if id(leaving) not in outputs:
                    draft.parameters += parameters
                    draft.members.append(node.name)
                    origin[id(leaving)] = (source, notes + tuple(word for word in passed if word))
                    continue
            kind = "input" if isinstance(operation, keras.layers.InputLayer) else "block"
            if isinstance(operation, keras.layers.Dense) and has_plain_kernel(operation):
                kind = "dense"
                source, notes = origin[id(node.inputs[0])]
                if drafts[source].has_units and not drafts[source].units_reach(node.inputs[0]):
                    # The kernel's rows are no longer the source's units: what regrouped them is a layer of its own.
                    regrouping = _last_change_of_shape(made, node.inputs[0])
                    _, notes_before = origin[id(regrouping.inputs[0])]
                    block = drafts.setdefault(regrouping.name, Draft(regrouping, "block"))
                    block.leaving = regrouping.outputs[0]
                    drafts[source].members = [name for name in drafts[source].members if name != regrouping.name]
                    connections[source, regrouping.name] = Connection(
                        source, regrouping.name, "link", notes=notes_before
                    )
                    origin[id(node.inputs[0])] = regrouping.name, notes[len(notes_before) + 1 :]
            draft = drafts[node.name] = Draft(node, kind, parameters=parameters)
            draft.members += [f"{node.name}/{inner}" for inner in names_inside(operation)]
            draft.leaving = node.outputs[0]
            name_of_activation = last_step(operation)
            if name_of_activation:
                draft.steps.append(name_of_activation)
                draft.activated = node.outputs[0]
            for entering in node.inputs:
                source, notes = origin[id(entering)]
                if (source, node.name) in connections:  # two ways from one layer into another
                    notes = tuple(dict.fromkeys(connections[source, node.name].notes + notes))
                connections[source, node.name] = self._connect(drafts[source], draft, entering, notes)
            for tensor in node.outputs:
                origin[id(tensor)] = (node.name, ())
        layers = [self._finish(name, draft, outputs) for name, draft in drafts.items()]
        for index, tensor in enumerate(model.outputs):
            source, notes = origin[id(tensor)]
            draft = drafts[source]
            answers = draft.kind == "dense" and draft.leaving is tensor
            if answers or len(tensor.shape) != 2 or tensor.shape[1] is None:
                continue
            name = f"{source} output" + (f" {index}" if ("a", f"{source} output") in self._tensors else "")
            output, logits = self._output_kind(draft.meaning, tensor)
            self._tensors["a", name] = tensor
            layers.append(
                Layer(name, "output", "output", tuple(tensor.shape[1:]), tensor.shape[1], output=output, logits=logits)
            )
            connections[source, name] = Connection(source, name, "link", notes=notes)
        return Architecture(model.name, tuple(layers), tuple(connections.values()))

    def _connect(self, source: Draft, target: Draft, entering: Any, notes: tuple[str, ...]) -> Connection:
        names = source.node.name, target.node.name
        if target.kind != "dense":
            return Connection(*names, "link", notes=notes)
        self._tensors["kernel input", target.node.name] = entering
        weights = int(np.prod(target.node.operation.kernel.shape))
        by_units = source.has_units and source.units_reach(entering)
        return Connection(*names, "kernel" if by_units else "norm", weights, notes)

    def _finish(self, name: str, draft: Draft, outputs: set[int]) -> Layer:
        operation = draft.node.operation
        shape = tuple(draft.node.outputs[0].shape[1:])
        output: OutputKind | None = None
        logits = False
        if is_transparent(operation):
            self._models[name] = operation
        if draft.kind == "dense":
            self._dense[name] = operation
            self._tensors["a", name] = draft.leaving
            if draft.activated is not None:
                self._tensors["activated", name] = draft.activated
            if id(draft.leaving) in outputs:
                output, logits = self._output_kind(draft.meaning, draft.leaving)
        nonlinear = [step for step in draft.steps if step != "batch norm"]
        return Layer(
            name,
            draft.kind,  # type: ignore[arg-type]
            type(operation).__name__,
            shape,
            draft.units,
            steps=tuple(draft.steps),
            activation=nonlinear[-1] if nonlinear else None,
            parameters=draft.parameters,
            notes=tuple(draft.notes) + contents_of(operation),
            bias=draft.kind == "dense" and operation.bias is not None,
            output=output,
            logits=logits,
            members=tuple(draft.members),
            group=isinstance(operation, keras.Model),
        )

    def _output_kind(self, activation: str | None, tensor: Any) -> tuple[OutputKind, bool]:
        """What an output's numbers are, and whether they are logits of probabilities."""
        if activation == "softmax":
            return "softmax", False
        if activation == "sigmoid":
            return "sigmoid", False
        kind = kind_by_loss(loss_of(self.model, tensor))
        return kind, kind != "linear"

    def _read_subclassed(self) -> Architecture:
        model = self.model
        inputs = [_input_layer(spec) for spec in self.specs]
        answers = answer_shapes(model, self.specs)
        if not answers:
            raise ValueError(f"Expected a model that returns tensors. {type(model).__name__} returns none.")
        shape = answers[0]
        block = Layer(
            model.name, "block", type(model).__name__, shape, 1,
            parameters=count_parameters(model, set()), notes=contents_of(model), members=tuple(names_inside(model)),
            group=True,
        )  # fmt: skip
        layers = [*inputs, block]
        connections = [Connection(layer.name, block.name, "link") for layer in inputs]
        if len(answers) == 1 and len(shape) == 1 and shape[0] is not None:
            output, logits = self._output_kind(None, None)
            name = f"{model.name} output"
            layers.append(Layer(name, "output", "output", shape, shape[0], output=output, logits=logits))
            connections.append(Connection(block.name, name, "link"))
            self._tensors["a", name] = None
        return Architecture(model.name, tuple(layers), tuple(connections))


def _last_change_of_shape(made: dict[int, Call], tensor: Any) -> Call:
    """The last layer before a tensor that gave its numbers another shape."""
    node = made[id(tensor)]
    while tuple(node.inputs[0].shape) == tuple(node.outputs[0].shape):
        node = made[id(node.inputs[0])]
    return node


def _input_layer(spec: InputSpec) -> Layer:
    units = (spec.shape[0] or 1) if len(spec.shape) == 1 else 1
    return Layer(spec.name, "input", "InputLayer", spec.shape, units)

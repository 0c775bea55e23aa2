"""The one reader of Keras internals: structure, weights and activations of a live model.

Looking changes nothing. Every forward pass runs in inference mode inside a `keras.StatelessScope`: whatever
a layer assigns there (moving averages, seeds, losses) is thrown away with the scope.
"""

from __future__ import annotations

import contextlib
import itertools
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from nbviz.architecture import Architecture, Connection, Layer, OutputKind
from nbviz.samples import InputSpec, Samples, read_samples

BATCH_SIZE = 1024
Model = keras.Model  # for type hints of modules that must not know Keras

# Layers that keep what flows through them apart unit by unit, or only reshape it.
ACTIVATION_LAYERS = {
    keras.layers.ReLU: "relu",
    keras.layers.LeakyReLU: "leaky relu",
    keras.layers.PReLU: "prelu",
    keras.layers.ELU: "elu",
    keras.layers.Softmax: "softmax",
}
REGULARIZERS = {
    keras.layers.Dropout: "dropout",
    keras.layers.SpatialDropout1D: "dropout",
    keras.layers.SpatialDropout2D: "dropout",
    keras.layers.SpatialDropout3D: "dropout",
    keras.layers.AlphaDropout: "dropout",
    keras.layers.GaussianDropout: "gaussian dropout",
}
NOTES = {
    keras.layers.Normalization: "standardised",
    keras.layers.Rescaling: "rescaled",
    keras.layers.Flatten: "flatten",
    keras.layers.GaussianNoise: "gaussian noise",
}
BINARY_LOSSES = (keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy)
SILENT = (keras.layers.Identity, keras.layers.ActivityRegularization)


@dataclass(slots=True)
class _Node:
    """One call of a layer (or of a bare operation) in a model's graph."""

    name: str
    operation: Any
    inputs: list[Any]
    outputs: list[Any]


@dataclass(slots=True)
class _Draft:
    """A layer while the graph is being read."""

    node: _Node
    kind: str
    steps: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    parameters: int = 0
    leaving: Any = None  # tensor at the end of all that belongs to the layer
    activated: Any = None  # tensor right after the last nonlinear step


def check_model(model: object) -> keras.Model:
    """The model, if it is one that can be looked at.

    Raises:
        TypeError: Not a `keras.Model`.
        ValueError: A model without weights or shapes yet.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"Expected a keras.Model. Received {type(model).__module__}.{type(model).__qualname__}; "
            "models of other libraries, and of tf_keras (Keras 2), cannot be read."
        )
    if not model.built or (_has_graph(model) and not model.outputs):
        raise ValueError(
            f"Expected a built model. Received {type(model).__name__} {model.name!r}, which has not seen an input "
            "shape; call model.build((None, number_of_features)), add a keras.Input, or fit it first."
        )
    return model


def describe(model: keras.Model) -> Architecture:
    """Layers, units and connections of a live model.

    Args:
        model: Any built `keras.Model`. A subclassed model is one block, since its graph is code.

    Returns:
        The architecture: plain data, detached from the model.

    Raises:
        TypeError: Not a `keras.Model`.
        ValueError: The model is not built.
    """
    return ModelReader(model).architecture


def activations(model: keras.Model, x: Samples, layers: str | Sequence[str] | None = None) -> dict[str, np.ndarray]:
    """What layers return for rows of data, in inference mode.

    One compiled forward pass for all the layers asked for, kept for the next call.

    Args:
        model: A built model. Of a subclassed model only the output is known, under the model's name.
        x: Array of shape (rows, *input shape), DataFrame, or a list / dict of these for several inputs.
        layers: Names as in `model.summary()`; None for every layer but the inputs. A layer called twice is
            `name` and `name:1`, the second output of a layer is `name/1`.

    Returns:
        Layer name -> array of shape (rows, *layer output shape).

    Raises:
        TypeError: Not a `keras.Model`, or data that are not numbers.
        ValueError: The model is not built, x does not fit, or a layer is unknown.
    """
    check_model(model)
    arrays = read_samples(x, input_specs(model))
    wanted = [layers] if isinstance(layers, str) else layers
    if not _has_graph(model):
        tensors: dict[str, Any] = {model.name: None}
    else:
        tensors = {
            node.name + (f"/{index}" if index else ""): tensor
            for node in _graph(model)
            if not isinstance(node.operation, keras.layers.InputLayer)
            for index, tensor in enumerate(node.outputs)
        }
    unknown = [name for name in wanted or () if name not in tensors]
    if unknown:
        raise ValueError(f"Expected layers among {list(tensors)}. Received {unknown}.")
    chosen = {name: tensors[name] for name in (tensors if wanted is None else wanted)}
    return dict(zip(chosen, _forward(model, list(chosen.values()), arrays), strict=True))


def input_specs(model: keras.Model) -> list[InputSpec]:
    """Name, shape and dtype of each input, in the model's order."""
    if _has_graph(model):
        struct = model.input if isinstance(model, keras.Sequential) is False else None
        keys = list(struct) if isinstance(struct, dict) else None
        names = keys or [tensor._keras_history.operation.name for tensor in model.inputs]
        # Keras flattens a dict of inputs in the order of its sorted keys.
        names = sorted(names) if keys else names
        return [
            InputSpec(name, tuple(tensor.shape[1:]), keras.backend.standardize_dtype(tensor.dtype))
            for name, tensor in zip(names, model.inputs, strict=True)
        ]
    shapes = _built_shapes(model)
    if shapes is None:
        raise ValueError(
            f"Expected a model that knows its input shape. Received {type(model).__name__} {model.name!r}, "
            "which was built without one; call it once on a row of data."
        )
    if isinstance(shapes, dict):
        return [InputSpec(name, tuple(shape[1:]), model.input_dtype) for name, shape in sorted(shapes.items())]
    if _is_shape(shapes):
        return [InputSpec("input", tuple(shapes[1:]), model.input_dtype)]
    return [InputSpec(f"input_{index}", tuple(shape[1:]), model.input_dtype) for index, shape in enumerate(shapes)]


class ModelReader:
    """Reads one model again and again: its weights, and what flows through it.

    Attributes:
        architecture: The structure when the reader was made.
        specs: What the model's inputs take.
    """

    def __init__(self, model: keras.Model) -> None:
        """Read the structure.

        Raises:
            TypeError: Not a `keras.Model`.
            ValueError: The model is not built.
        """
        self.model = check_model(model)
        self.specs = input_specs(model)
        self._read = _parts(model)
        self._dense: dict[str, keras.layers.Dense] = {}
        self._tensors: dict[tuple[str, str], Any] = {}  # (role, layer) -> tensor in the model's graph
        self.architecture = self._read_graph() if _has_graph(model) else self._read_subclassed()

    @property
    def stale(self) -> bool:
        """Whether layers have been added or removed since, or the meaning of the output has changed."""
        parts = _parts(self.model)
        # The parts are kept, not their ids: an id may be given again to what comes after.
        return len(parts) != len(self._read) or any(
            new is not old and new != old for new, old in zip(parts, self._read, strict=True)
        )

    def weights(self) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
        """Kernel (inputs, units) and bias (units,) of each dense layer: the live values, read only.

        They may share memory with the model: use them at once, copy what is to last.
        """
        return {
            name: (_look_at(layer.kernel), None if layer.bias is None else _look_at(layer.bias))
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
        values = dict(zip(distinct, _forward(self.model, list(distinct.values()), inputs), strict=True))
        return {key: _mean_over_positions(values[id(tensor)]) for key, tensor in self._tensors.items()}

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
        functions = _compiled.setdefault(self.model, {})
        if key not in functions:
            part = keras.Model(self.model.inputs, [entering, *leaving.values()], name="nbviz_view")

            def run(*rows: Any) -> dict[str, Any]:
                with keras.StatelessScope(), tf.GradientTape() as tape:
                    watched = [row for row in rows if row.dtype.is_floating]
                    tape.watch(watched)
                    at_head, *values = part(list(rows), training=False)
                    logits = tf.matmul(tf.cast(at_head, head.kernel.dtype), head.kernel)
                    top = tf.reduce_max(logits, axis=-1)
                slopes = zip(leaving, tape.gradient(top, values), strict=True)
                return {
                    name: tf.sqrt(tf.reduce_mean(tf.square(tf.cast(slope, tf.float32))))
                    for name, slope in slopes
                    if slope is not None
                }

            functions[key] = _ready(run, self.specs)
        sizes = functions[key](*inputs)
        return {name: float(sizes[name]) for name in leaving if name in sizes}

    def _read_graph(self) -> Architecture:
        model = self.model
        nodes = _graph(model)
        made = {id(tensor): node for node in nodes for tensor in node.outputs}
        outputs = {id(tensor) for tensor in model.outputs}
        uses: dict[int, int] = {}
        for node in nodes:
            for tensor in node.inputs:
                uses[id(tensor)] = uses.get(id(tensor), 0) + 1
        drafts: dict[str, _Draft] = {}
        origin: dict[int, tuple[str, tuple[str, ...]]] = {}  # tensor -> layer it comes from, notes on the way
        connections: dict[tuple[str, str], Connection] = {}
        counted: set[int] = set()
        for node in nodes:
            operation = node.operation
            parameters = 0 if id(operation) in counted else _count_parameters(operation)
            counted.add(id(operation))
            passed = _passed_through(operation) if len(node.inputs) == 1 else None
            if passed is not None and not isinstance(operation, keras.layers.InputLayer):
                entering, leaving = node.inputs[0], node.outputs[0]
                source, notes = origin[id(entering)]
                draft = drafts[source]
                alone = uses[id(entering)] == 1 and id(entering) not in outputs
                same_shape = tuple(entering.shape) == tuple(leaving.shape)
                units_kept = same_shape or (draft.kind != "dense" and _kind_units(draft) == 1)
                if draft.leaving is entering and alone and units_kept:
                    step, note = passed
                    if step and draft.kind != "input":
                        draft.steps.append(step)
                        if step != "batch norm":
                            draft.activated = leaving
                    elif note != "flatten" or tuple(entering.shape) != tuple(leaving.shape):
                        draft.notes += [word for word in (step, note) if word]
                    draft.parameters += parameters
                    draft.leaving = leaving
                    origin[id(leaving)] = (source, ())
                    continue
                if id(leaving) not in outputs:
                    draft.parameters += parameters
                    origin[id(leaving)] = (source, notes + tuple(word for word in passed if word))
                    continue
            kind = "input" if isinstance(operation, keras.layers.InputLayer) else "block"
            if isinstance(operation, keras.layers.Dense) and _has_plain_kernel(operation):
                kind = "dense"
                source, notes = origin[id(node.inputs[0])]
                if _by_units(drafts[source]) and not _same_units(drafts[source], node.inputs[0]):
                    # The kernel's rows are no longer the source's units: what regrouped them is a layer of its own.
                    regrouping = _last_change_of_shape(made, node.inputs[0])
                    _, notes_before = origin[id(regrouping.inputs[0])]
                    block = drafts.setdefault(regrouping.name, _Draft(regrouping, "block"))
                    block.leaving = regrouping.outputs[0]
                    connections[source, regrouping.name] = Connection(
                        source, regrouping.name, "link", notes=notes_before
                    )
                    origin[id(node.inputs[0])] = regrouping.name, notes[len(notes_before) + 1 :]
            draft = drafts[node.name] = _Draft(node, kind, parameters=parameters)
            draft.leaving = node.outputs[0]
            name_of_activation = _last_step(operation)
            if name_of_activation:
                draft.steps.append(name_of_activation)
                draft.activated = node.outputs[0]
            for entering in node.inputs:
                source, notes = origin[id(entering)]
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
            output, logits = self._output_kind(draft.steps[-1] if draft.steps else None, tensor)
            self._tensors["a", name] = tensor
            layers.append(
                Layer(name, "output", "output", tuple(tensor.shape[1:]), tensor.shape[1], output=output, logits=logits)
            )
            connections[source, name] = Connection(source, name, "link", notes=notes)
        return Architecture(model.name, tuple(layers), tuple(connections.values()))

    def _connect(self, source: _Draft, target: _Draft, entering: Any, notes: tuple[str, ...]) -> Connection:
        names = source.node.name, target.node.name
        if target.kind != "dense":
            return Connection(*names, "link", notes=notes)
        self._tensors["kernel input", target.node.name] = entering
        weights = int(np.prod(target.node.operation.kernel.shape))
        by_units = _by_units(source) and _same_units(source, entering)
        return Connection(*names, "kernel" if by_units else "norm", weights, notes)

    def _finish(self, name: str, draft: _Draft, outputs: set[int]) -> Layer:
        operation = draft.node.operation
        shape = tuple(draft.node.outputs[0].shape[1:])
        output: OutputKind | None = None
        logits = False
        if draft.kind == "dense":
            self._dense[name] = operation
            self._tensors["a", name] = draft.leaving
            if draft.activated is not None:
                self._tensors["activated", name] = draft.activated
            if id(draft.leaving) in outputs:
                output, logits = self._output_kind(draft.steps[-1] if draft.steps else None, draft.leaving)
        nonlinear = [step for step in draft.steps if step != "batch norm"]
        return Layer(
            name,
            draft.kind,  # type: ignore[arg-type]
            type(operation).__name__,
            shape,
            _kind_units(draft),
            steps=tuple(draft.steps),
            activation=nonlinear[-1] if nonlinear else None,
            parameters=draft.parameters,
            notes=tuple(draft.notes) + _contents(operation),
            bias=draft.kind == "dense" and operation.bias is not None,
            output=output,
            logits=logits,
        )

    def _output_kind(self, activation: str | None, tensor: Any) -> tuple[OutputKind, bool]:
        """What an output's numbers are, and whether they are logits of probabilities."""
        if activation == "softmax":
            return "softmax", False
        if activation == "sigmoid":
            return "sigmoid", False
        loss = _loss_of(self.model, tensor)
        if getattr(loss, "from_logits", False):
            return ("sigmoid" if isinstance(loss, BINARY_LOSSES) else "softmax"), True
        return "linear", False

    def _read_subclassed(self) -> Architecture:
        model = self.model
        inputs = [_input_layer(spec) for spec in self.specs]
        answers = _answers(model, self.specs)
        if not answers:
            raise ValueError(f"Expected a model that returns tensors. {type(model).__name__} returns none.")
        shape = answers[0]
        block = Layer(
            model.name, "block", type(model).__name__, shape, 1,
            parameters=_count_parameters(model), notes=_contents(model),
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


def _has_graph(model: keras.Model) -> bool:
    # A Sequential whose first layer takes several inputs is built without a graph.
    return hasattr(model, "outputs") if isinstance(model, keras.Sequential) else hasattr(model, "_inputs_struct")


def _built_shapes(model: keras.Model) -> Any:
    """The input shapes a model without a graph was built with: one shape, or a list / dict of them."""
    return (model.get_build_config() or {}).get("input_shape")


def _is_shape(shapes: Any) -> bool:
    return isinstance(shapes, (list, tuple)) and not (shapes and isinstance(shapes[0], (list, tuple)))


def _arranged(model: keras.Model, values: Sequence[Any]) -> Any:
    """Inputs in the order of `input_specs` as the call of a model without a graph takes them."""
    shapes = _built_shapes(model)
    if isinstance(shapes, dict):
        return dict(zip(sorted(shapes), values, strict=True))
    return values[0] if _is_shape(shapes) else list(values)


def _answers(model: keras.Model, specs: Sequence[InputSpec]) -> list[tuple[int | None, ...]]:
    """Shapes, without the batch axis, of what a model without a graph returns."""
    try:
        function = _function(model, [None])
        if isinstance(function, _Traced):
            tensors = function.answers
        else:
            one_row = [np.zeros((1, *(size or 1 for size in spec.shape)), spec.dtype) for spec in specs]
            tensors = function(*one_row)
    except Exception as error:
        raise ValueError(
            f"Expected a model whose call() takes its inputs alone. {type(model).__name__} raised: {error}"
        ) from error
    return [tuple(tensor.shape[1:]) for tensor in tensors if hasattr(tensor, "shape")]


def _graph(model: keras.Model) -> list[_Node]:
    """The calls that lead from the model's inputs to its outputs, in topological order.

    The one place that reads Keras' private `_keras_history` and `_inbound_nodes`: nothing public tells which
    tensor goes where.
    """
    nodes: dict[tuple[int, int], _Node] = {}
    calls: dict[int, int] = {}
    # An own stack: a chain of layers may be longer than Python's recursion limit.
    stack = [(tensor, False) for tensor in itertools.chain(reversed(model.outputs), reversed(model.inputs))]
    while stack:
        tensor, ready = stack.pop()
        operation, index, _ = tensor._keras_history
        if (id(operation), index) in nodes:
            continue
        call = operation._inbound_nodes[index]
        # Masks travel with what they mask: they are no inputs of their own.
        masks = {id(getattr(entering, "_keras_mask", None)) for entering in call.input_tensors}
        inputs = [entering for entering in call.input_tensors if id(entering) not in masks]
        if not ready:
            stack += [(tensor, True), *((entering, False) for entering in reversed(inputs))]
            continue
        count = calls.get(id(operation), 0)
        calls[id(operation)] = count + 1
        name = f"{operation.name}:{count}" if count else operation.name
        nodes[id(operation), index] = _Node(name, operation, inputs, list(call.output_tensors))
    return list(nodes.values())


def _parts(model: keras.Model) -> list[Any]:
    """What a reader's knowledge hangs on: the layers and outputs of a model, and what its loss makes of them."""
    losses = keras.tree.flatten(getattr(model, "loss", None))
    logits = [(index, type(loss)) for index, loss in enumerate(losses) if getattr(loss, "from_logits", False)]
    return [logits, *model.layers, *(model.outputs if _has_graph(model) else [])]


_compiled: weakref.WeakKeyDictionary[keras.Model, dict[tuple[Any, ...], Callable[..., Any]]] = (
    weakref.WeakKeyDictionary()
)


def _forward(model: keras.Model, tensors: list[Any], inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Values of symbolic tensors of the model (None: the output of a subclassed one), batch by batch."""
    if not tensors:
        return []
    function = _function(model, tensors)
    batches: list[list[np.ndarray]] = [
        [
            _to_numpy(value)
            for value in function(*(array[start : start + BATCH_SIZE] for array in inputs))[: len(tensors)]
        ]
        for start in range(0, len(inputs[0]), BATCH_SIZE)
    ]
    return batches[0] if len(batches) == 1 else [np.concatenate(parts) for parts in zip(*batches, strict=True)]


def _function(model: keras.Model, tensors: list[Any]) -> Callable[..., Any]:
    functions = _compiled.setdefault(model, {})
    key: tuple[Any, ...] = tuple(map(id, tensors))
    if key not in functions:
        functions[key] = _compile(model, tensors)
    return functions[key]


class _Apart(keras.layers.Layer):
    """Runs a function inside a layer of its own.

    A model that is called from outside forgets the losses of its last call; one called by a layer does not.
    """

    def __init__(self, run: Callable[..., Any]) -> None:
        super().__init__(name="nbviz_view", dtype="float32", autocast=False)
        self._run = run

    def call(self, inputs: list[Any]) -> Any:
        """What the function returns for the inputs."""
        return self._run(*inputs)


class _Traced:
    """A function of batches of the inputs, traced by TensorFlow once and for all batch sizes.

    Calling a `tf.function` instead would warn of retracing as soon as a user looks at a few models.

    Attributes:
        answers: Symbolic tensors of what the function returns.
    """

    def __init__(self, run: Callable[..., Any], specs: Sequence[InputSpec]) -> None:
        import tensorflow as tf

        signature = [tf.TensorSpec((None, *spec.shape), spec.dtype) for spec in specs]
        self._run = run  # keeps alive what was traced: `_compiled` finds it by the ids of its tensors
        self._traced = tf.function(run, input_signature=signature, autograph=False).get_concrete_function()
        self.answers = keras.tree.flatten(self._traced.structured_outputs)

    def __call__(self, *inputs: Any) -> Any:
        return self._traced(*inputs)


def _compile(model: keras.Model, tensors: list[Any]) -> Callable[..., list[Any]]:
    if _has_graph(model):
        # An explicit name, since an automatic one would shift the names of the user's next models.
        part = keras.Model(model.inputs, tensors, name="nbviz_view")

        def run(*inputs: Any) -> list[Any]:
            with keras.StatelessScope():
                return list(keras.tree.flatten(part(list(inputs), training=False)))
    else:
        live = weakref.ref(model)  # the cache must not keep the model alive

        def run(*inputs: Any) -> list[Any]:
            looked_at = live()
            assert looked_at is not None
            with keras.StatelessScope():
                return list(keras.tree.flatten(looked_at(_arranged(looked_at, inputs), training=False)))

    return _ready(run, input_specs(model))


def _ready(run: Callable[..., Any], specs: Sequence[InputSpec]) -> Callable[..., Any]:
    """The function, compiled where that is possible."""
    apart = _Apart(run)

    def call(*inputs: Any) -> Any:
        return apart(list(inputs))

    if keras.backend.backend() == "tensorflow":
        # Code of a subclassed model may run eagerly only, and so do layers with a space or an emoji in their name.
        with contextlib.suppress(Exception):
            return _Traced(call, specs)
    return call


def _to_numpy(tensor: Any) -> np.ndarray:
    array = np.asarray(keras.ops.convert_to_numpy(tensor))
    # numpy itself does not know bfloat16.
    return array.astype(np.float32) if array.dtype.kind == "V" else array


def _look_at(variable: Any) -> np.ndarray:
    """A variable's values, without a copy where the backend lends its memory: copies made updates 3x slower."""
    value = getattr(variable, "value", variable)  # a kernel with LoRA is a sum, no variable
    try:
        array = np.asarray(memoryview(value.read_value() if hasattr(value, "read_value") else value))
    except (BufferError, TypeError, ValueError):
        array = _to_numpy(variable)
    if array.dtype.itemsize < 4:  # sums of half floats are too coarse
        array = array.astype(np.float32)
    array.flags.writeable = False
    return array


def _mean_over_positions(value: np.ndarray) -> np.ndarray:
    if value.ndim <= 2:
        return value.reshape(len(value), -1)
    return np.asarray(value.mean(axis=tuple(range(1, value.ndim - 1))))


def _kind_units(draft: _Draft) -> int:
    shape = draft.node.outputs[0].shape[1:]
    if draft.kind == "dense":
        return int(draft.node.operation.units)
    return int(shape[0] or 1) if draft.kind == "input" and len(shape) == 1 else 1


def _has_plain_kernel(layer: keras.layers.Dense) -> bool:
    """Whether the layer does what `Dense` does: no subclass with a call of its own, and not quantized."""
    return type(layer).call is keras.layers.Dense.call and layer.quantization_mode is None


def _by_units(draft: _Draft) -> bool:
    """Whether the layer is drawn unit by unit."""
    shape = draft.node.outputs[0].shape[1:]
    return draft.kind == "dense" or (draft.kind == "input" and len(shape) <= 1 and None not in shape)


def _same_units(source: _Draft, entering: Any) -> bool:
    """Whether what enters a kernel are still the units of its source."""
    return bool(_kind_units(source) == entering.shape[-1] and tuple(source.leaving.shape) == tuple(entering.shape))


def _last_change_of_shape(made: dict[int, _Node], tensor: Any) -> _Node:
    """The last layer before a tensor that gave its numbers another shape."""
    node = made[id(tensor)]
    while tuple(node.inputs[0].shape) == tuple(node.outputs[0].shape):
        node = made[id(node.inputs[0])]
    return node


def _last_step(operation: Any) -> str | None:
    """The nonlinear step at the end of a layer, or of a model inside the model."""
    while isinstance(operation, keras.Model) and _has_graph(operation) and len(operation.outputs) == 1:
        operation = operation.outputs[0]._keras_history.operation
    return (_passed_through(operation) or (None,))[0] or _activation_name(getattr(operation, "activation", None))


def _input_layer(spec: InputSpec) -> Layer:
    units = (spec.shape[0] or 1) if len(spec.shape) == 1 else 1
    return Layer(spec.name, "input", "InputLayer", spec.shape, units)


def _activation_name(activation: Any) -> str | None:
    if activation is None or activation is keras.activations.linear:
        return None
    if type(activation) in ACTIVATION_LAYERS:
        return _layer_activation(activation)
    name = getattr(activation, "__name__", None) or getattr(activation, "name", None) or type(activation).__name__
    return str(name).replace("_", " ").strip("<>")


def _layer_activation(layer: Any) -> str:
    return "leaky relu" if getattr(layer, "negative_slope", 0) else ACTIVATION_LAYERS[type(layer)]


def _passed_through(operation: Any) -> tuple[str | None, str | None] | None:
    """(activation or normalization step, note) of a layer that is passed through, None for any other."""
    kind = type(operation)
    if kind is keras.layers.Activation:
        return _activation_name(operation.activation), None
    if kind in ACTIVATION_LAYERS:
        return _layer_activation(operation), None
    if kind is keras.layers.BatchNormalization:
        return "batch norm", None
    if kind in REGULARIZERS:
        return None, f"{REGULARIZERS[kind]} {operation.rate:g}"
    if kind is keras.layers.Reshape:
        return None, "reshape " + " × ".join(str(size) for size in operation.target_shape)
    if kind in NOTES:
        return None, NOTES[kind]
    return (None, None) if kind in SILENT else None


def _contents(operation: Any) -> tuple[str, ...]:
    """For a model inside the model: how many layers it holds."""
    if not isinstance(operation, keras.Model):
        return ()
    count = sum(not isinstance(layer, keras.layers.InputLayer) for layer in operation.layers)
    return (f"{count} layers inside",)


def _count_parameters(operation: Any) -> int:
    weights: Iterable[Any] = getattr(operation, "weights", ())
    return sum(int(np.prod(weight.shape)) for weight in weights)


def _loss_of(model: keras.Model, tensor: Any) -> Any:
    """The compiled loss of an output: the one given, or that of its name or place among several."""
    loss = getattr(model, "loss", None)
    if not isinstance(loss, (dict, list, tuple)):
        return loss
    places = [index for index, output in enumerate(model.outputs) if output is tensor] if _has_graph(model) else [0]
    if not places:
        return None
    if isinstance(loss, dict):
        structure = getattr(model, "output", None) if _has_graph(model) else None
        keys = sorted(structure) if isinstance(structure, dict) else getattr(model, "output_names", [])
        return next((loss[keys[place]] for place in places if place < len(keys) and keys[place] in loss), None)
    return loss[places[0]] if places[0] < len(loss) else None

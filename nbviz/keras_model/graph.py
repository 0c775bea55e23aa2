"""The graph of a model: which call of which layer feeds which, and what the inputs take."""

from __future__ import annotations

import inspect
import itertools
import math
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from nbviz.network.samples import InputSpec

_PLAIN = (bool, int, float, str, tuple)
_MADE_WITH: weakref.WeakKeyDictionary[type, tuple[str, ...]] = weakref.WeakKeyDictionary()
OPEN_SIZE = 64  # what an open size is taken for where work is estimated


@dataclass(slots=True)
class Call:
    """One call of a layer (or of a bare operation) in a model's graph."""

    name: str
    operation: Any
    inputs: list[Any]
    outputs: list[Any]
    arguments: Any  # what the layer was called with, its tensors symbolic


def check_model(model: object) -> keras.Model:
    """The model, if it is one that can be looked at.

    Raises:
        TypeError: Not a `keras.Model`.
        ValueError: A model without weights or shapes yet.
    """
    if not isinstance(model, keras.Model):
        # A wrapper for scikit-learn holds the model that was given, and once it is fitted the one that it trained.
        held = [name for name in ("model_", "model") if isinstance(getattr(model, name, None), keras.Model)]
        way_out = "models of other libraries, and of tf_keras (Keras 2), cannot be read"
        if held:
            way_out = f"pass its .{held[0]}" + (", or .model_ once it is fitted" if held[0] == "model" else "")
        raise TypeError(
            f"Expected a keras.Model. Received {type(model).__module__}.{type(model).__qualname__}; {way_out}."
        )
    if not model.built or (has_graph(model) and not model.outputs):
        raise ValueError(
            f"Expected a built model. Received {type(model).__name__} {model.name!r}, which has not seen an input "
            "shape; call model.build((None, number_of_features)), add a keras.Input, or fit it first."
        )
    return model


def input_specs(model: keras.Model) -> list[InputSpec]:
    """Name, shape and dtype of each input, in the model's order."""
    if has_graph(model):
        names = [tensor._keras_history.operation.name for tensor in model.inputs]
        struct = None if isinstance(model, keras.Sequential) else model.input
        if isinstance(struct, dict):
            # Keras flattens a dict of inputs in the order of its sorted keys; lists and dicts inside it come along.
            names = ["/".join(map(str, path)) for path, _ in keras.tree.flatten_with_path(struct)]
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


def batch_size_of(model: keras.Model) -> int | None:
    """How many rows the model takes at once, where it was built for a certain number."""
    return model.inputs[0].shape[0] if has_graph(model) and model.inputs else None


def has_graph(model: keras.Model) -> bool:
    """Whether the calls of layers are known: not of a subclassed model."""
    # A Sequential whose first layer takes several inputs is built without a graph.
    return hasattr(model, "outputs") if isinstance(model, keras.Sequential) else hasattr(model, "_inputs_struct")


def _built_shapes(model: keras.Model) -> Any:
    """The input shapes a model without a graph was built with: one shape, or a list / dict of them."""
    return (model.get_build_config() or {}).get("input_shape")


def _is_shape(shapes: Any) -> bool:
    return isinstance(shapes, (list, tuple)) and not (shapes and isinstance(shapes[0], (list, tuple)))


def arranged(model: keras.Model, values: Sequence[Any]) -> Any:
    """Inputs in the order of `input_specs` as a call of the model takes them."""
    if has_graph(model):
        # What a Sequential model was built with is a list of one.
        struct = None if isinstance(model, keras.Sequential) else model.input
        return values[0] if struct is None else keras.tree.pack_sequence_as(struct, list(values))
    shapes = _built_shapes(model)
    if isinstance(shapes, dict):
        return dict(zip(sorted(shapes), values, strict=True))
    return values[0] if _is_shape(shapes) else list(values)


def calls_of(model: keras.Model) -> list[Call]:
    """The calls that lead from the model's inputs to its outputs, in topological order.

    The one place that reads Keras' private `_keras_history` and `_inbound_nodes`: nothing public tells which
    tensor goes where.
    """
    nodes: dict[tuple[int, int], Call] = {}
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
        nodes[id(operation), index] = Call(name, operation, inputs, list(call.output_tensors), call.arguments)
    return list(nodes.values())


def numbers_per_row(model: keras.Model) -> int:
    """Numbers that all layers together work out for one row of data; open sizes count as 64, code of its own as one."""
    if not has_graph(model):
        return 1
    shapes = [tensor.shape[1:] for node in calls_of(model) for tensor in node.outputs]
    return max(1, sum(math.prod(size or OPEN_SIZE for size in shape) for shape in shapes))


def states_per_row(model: keras.Model) -> int:
    """Numbers that recurrent layers keep of one row for the way back of a gradient, about: gates at every step."""
    if not has_graph(model):
        return 0
    kinds = (keras.layers.RNN, keras.layers.Bidirectional)
    loops = [node for node in calls_of(model) if isinstance(node.operation, kinds)]
    return sum(8 * (node.inputs[0].shape[1] or OPEN_SIZE) * (node.outputs[0].shape[-1] or 1) for node in loops)


def parts_of(model: keras.Model) -> list[Any]:
    """What a reader's knowledge hangs on: layers and outputs, and `inner_state`."""
    return [*model.layers, *(model.outputs if has_graph(model) else []), *inner_state(model)]


def inner_state(model: keras.Model) -> list[Any]:
    """What makes every layer do what it does, beside the values of its weights; for `all_the_same`.

    Any of it is another object once a layer was changed in place: by `quantize` or `enable_lora`, by another
    `activation`, by a `call` of the user's own put onto the layer or its class, by another value of what it was made
    with (`negative_slope`, `scale`). Weak references: whoever keeps this keeps no model alive.
    """
    found: list[Any] = []
    for layer in model._flatten_layers(include_self=True):
        own, kind = vars(layer), type(layer)
        found += (layer, own.get("call"), kind.call, own.get("activation"), own.get("_dtype_policy"))
        # Nothing public tells the variables of a layer without those of the layers inside it.
        found += own.get("_trainable_variables", ())
        found += own.get("_non_trainable_variables", ())
        # Not every attribute: a layer may count its calls in one, and would never be the same.
        found += [own[name] for name in _made_with(kind) if isinstance(own.get(name), _PLAIN)]
    return [_weakly(part) for part in found]


def _made_with(kind: type) -> tuple[str, ...]:
    """Names of what a layer of this class is made with."""
    if kind not in _MADE_WITH:
        _MADE_WITH[kind] = tuple(inspect.signature(kind).parameters)
    return _MADE_WITH[kind]


def _weakly(part: Any) -> Any:
    """A reference to an object, the same one as long as it lives; what cannot be referred to is itself."""
    try:
        return weakref.ref(part)
    except TypeError:
        return part


def all_the_same(new: Sequence[Any], old: Sequence[Any]) -> bool:
    """Whether two lists hold the same objects. Tensors cannot be compared with ==, and ids are given again."""
    return len(new) == len(old) and all(a is b for a, b in zip(new, old, strict=True))

"""Runs a model's graph call by call, so that values on the way can be read, replaced, or passed by another rule.

Nothing is built on the user's layers: a `keras.Model` between two of their tensors would add nodes to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.graph import Call, calls_of, has_graph
from nbviz.keras_model.layers import REGULARIZERS, SILENT

Path = tuple[str, ...]  # names of the models around, name of the call
Visit = Callable[[Path, Any, tuple[Any, ...], dict[str, Any]], Any]


_HANDS_ON = {*REGULARIZERS, *SILENT, keras.layers.Flatten, keras.layers.Reshape}


def run_layer(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a layer returns in inference mode; a stateful one from the state in which it stands."""
    if is_stateful(operation) and len(args) < 2 and kwargs.get("initial_state") is None:
        sequence = args[0] if args else kwargs["sequences"]
        kwargs = kwargs | {"initial_state": states_of_rows(operation, sequence)}
    if getattr(operation, "_call_has_training_arg", False):
        kwargs = kwargs | {"training": False}
    return operation(*args, **kwargs)


def is_stateful(layer: Any) -> bool:
    """Whether it is a recurrent layer that goes on from the state of the last batch."""
    return isinstance(layer, (keras.layers.RNN, keras.layers.Bidirectional)) and bool(layer.stateful)


def states_of_rows(layer: Any, sequence: Any) -> list[Any]:
    """The states of a stateful layer for rows of any number: row i has that of row i of its batches.

    Args:
        layer: An RNN, or a Bidirectional of one.
        sequence: (rows, steps, ...).
    """
    if isinstance(layer, keras.layers.Bidirectional):
        return [*states_of_rows(layer.forward_layer, sequence), *states_of_rows(layer.backward_layer, sequence)]
    count = keras.ops.shape(sequence)[0]

    def of_rows(state: Any) -> Any:
        return keras.ops.take(state, keras.ops.arange(count) % state.shape[0], axis=0)

    states: list[Any] = keras.tree.map_structure(of_rows, layer.states)
    return states


def as_tensors(rows: Sequence[Any]) -> list[Any]:
    """Arrays as tensors; what is one already, traced or not, stays."""
    traced = [hasattr(row, "shape") and not isinstance(row, np.ndarray) for row in rows]
    return [row if is_one else keras.ops.convert_to_tensor(row) for row, is_one in zip(rows, traced, strict=True)]


class Replay:
    """The graph of a model, models inside it included, ready to be run.

    Attributes:
        paths: (names of the models around, name of the call) -> layer, in the order of running.
        heads: Path of a layer that makes an output -> number of that output.
        last_inside: Path of a model inside the model -> path of the layer that computes what it returns.
    """

    def __init__(self, model: keras.Model) -> None:
        """Read the graph: of the user's model only its layers are kept, so that it can be dropped."""
        self.paths: dict[Path, Any] = {}
        self.last_inside: dict[Path, Path] = {}
        self._graph = self._read(model, ())
        self.heads = {
            path: index for index, tensor in enumerate(model.outputs) for path in self._makers((), tensor, self._graph)
        }

    def __call__(self, inputs: Sequence[Any], visit: Visit) -> list[Any]:
        """The model's outputs.

        Args:
            inputs: One tensor per input, in the model's order.
            visit: Called for every layer with (path, layer, args, kwargs): returns what the layer returns.
                A model inside the model is visited layer by layer. One answer stands for all that a layer has.
        """
        return _run(self._graph, (), list(inputs), visit)

    def _read(self, model: keras.Model, around: Path) -> _Graph:
        calls = [call for call in calls_of(model) if not isinstance(call.operation, keras.layers.InputLayer)]
        inside = {}
        for call in calls:
            path = (*around, call.name)
            self.paths[path] = call.operation
            if is_transparent(call.operation):
                inside[call.name] = self._read(call.operation, path)
                makers = self._makers(path, call.operation.outputs[0], inside[call.name])
                self.last_inside[path] = makers[0] if makers else path
        takes_dict = not isinstance(model, keras.Sequential) and isinstance(model.input, dict)
        return _Graph(list(model.inputs), list(model.outputs), calls, inside, takes_dict)

    def _makers(self, around: Path, tensor: Any, graph: _Graph) -> list[Path]:
        """Paths of the layer that makes a tensor, and of those before it if it hands on what it gets."""
        for call in graph.calls:
            if any(tensor is output for output in call.outputs):
                path = (*around, call.name)
                if call.name in graph.inside:
                    inside = graph.inside[call.name]
                    return self._makers(path, inside.outputs[0], inside)
                return [path, *(self._makers(around, call.inputs[0], graph) if hands_on(call.operation) else ())]
        return []


@dataclass(frozen=True, slots=True)
class _Graph:
    inputs: list[Any]
    outputs: list[Any]
    calls: list[Call]
    inside: dict[str, _Graph]
    takes_dict: bool


def every_call(model: keras.Model, around: Path = ()) -> Iterator[tuple[Path, Call]]:
    """(path, call) of every layer in the order of running, models inside the model opened.

    Args:
        model: A model with a graph.
        around: Path of the model itself, where it is inside another one.
    """
    for call in calls_of(model):
        path = (*around, call.name)
        if is_transparent(call.operation):
            yield from every_call(call.operation, path)
        elif not isinstance(call.operation, keras.layers.InputLayer):
            yield path, call


def is_transparent(operation: Any) -> bool:
    """Whether this is a model whose graph tells all it does: no class of the user's own."""
    own_class = not type(operation).__module__.startswith("keras.")
    return isinstance(operation, keras.Model) and has_graph(operation) and not own_class


def runs_its_graph(model: keras.Model) -> bool:
    """Whether the model has a graph and a call does what it says: no `call` of the user's own around it."""
    own = (kind for kind in type(model).__mro__ if not kind.__module__.startswith("keras."))
    return has_graph(model) and not any("call" in vars(kind) or "__call__" in vars(kind) for kind in own)


def _entering(graph: _Graph, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """What a model inside the model takes in: in the order, dtype and rank of its inputs, as Keras makes it."""
    given = args[0] if args else kwargs["inputs"]
    if isinstance(given, dict) and not graph.takes_dict:
        given = [given[tensor.name] for tensor in graph.inputs]
    values = [value for value in keras.tree.flatten(given) if value is not None]
    return [_as_taken(value, tensor) for value, tensor in zip(values, graph.inputs, strict=True)]


def _as_taken(value: Any, tensor: Any) -> Any:
    if not hasattr(value, "dtype"):  # stands for a tensor
        return value
    mask, rank = getattr(value, "_keras_mask", None), len(tensor.shape)
    if keras.backend.standardize_dtype(value.dtype) != keras.backend.standardize_dtype(tensor.dtype):
        value = keras.ops.cast(value, tensor.dtype)
    if len(value.shape) == rank + 1:
        value = keras.ops.squeeze(value, -1)
    elif len(value.shape) == rank - 1:
        value = keras.ops.expand_dims(value, -1)
    if mask is not None:
        value._keras_mask = mask
    return value


def hands_on(operation: Any) -> bool:
    """Whether a layer returns the numbers it gets, at most in another shape."""
    kind = type(operation)
    # What `keras.ops.squeeze` and the like leave in a graph: classes without a public name.
    reshapes = kind.__module__ == "keras.src.ops.numpy" and kind.__name__ in {"Reshape", "Squeeze", "ExpandDims"}
    return reshapes or kind in _HANDS_ON


def _run(graph: _Graph, around: Path, inputs: list[Any], visit: Visit) -> list[Any]:
    values = dict(zip(map(id, graph.inputs), inputs, strict=True))
    for call in graph.calls:
        args, kwargs = call.arguments.fill_in(values)
        path = (*around, call.name)
        if call.name in graph.inside:
            inside = graph.inside[call.name]
            answers = _run(inside, path, _entering(inside, args, kwargs), visit)
        else:
            answers = keras.tree.flatten(visit(path, call.operation, args, kwargs))
        if len(answers) == 1:
            answers *= len(call.outputs)
        values.update(zip(map(id, call.outputs), answers, strict=True))
    return [values[id(tensor)] for tensor in graph.outputs]

"""What the last operations of a model say of its outputs: probabilities, their logarithms, or unbounded numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from nbviz.keras_model.compiled.function import compiled_if_possible, entering_of
from nbviz.keras_model.forward import kept
from nbviz.keras_model.graph import Call, calls_of, has_graph
from nbviz.keras_model.outputs.output_names import traced_answers
from nbviz.keras_model.outputs.traced_logits import logits_before, made_of
from nbviz.keras_model.outputs.walk_step import Found
from nbviz.keras_model.replay import hands_on, is_transparent, run_layer, runs_its_graph
from nbviz.network.samples import InputSpec

Outside = Callable[[Any, int | None], Found | None]


def graph_evidence(model: keras.Model) -> list[tuple[int | None, Found | None]]:
    """(size of the last axis, what the last operations say) of each output of a built model.

    Only the calls at the end are traced, one by one, as far back as it takes; a model that is code is traced whole.
    """
    tensors = model.outputs if has_graph(model) else []
    key = ("output evidence", *map(id, tensors), *map(id, model.layers))
    found: list[tuple[int | None, Found | None]] = kept(model, key, lambda: _read(model))
    return found


def _read(model: keras.Model) -> list[tuple[int | None, Found | None]]:
    if runs_its_graph(model):
        walk = _Walk(model, lambda tensor, axis: None)
        return [(_last(tensor), walk.of_output(tensor)) for tensor in model.outputs]
    on_tensorflow = keras.backend.backend() == "tensorflow"
    answers = traced_answers(model).values()
    return [(_last(answer), _bare(logits_before(answer)) if on_tensorflow else None) for answer in answers]


class _Walk:
    """Goes back through the calls of one model's graph, into models inside it and out of them again."""

    def __init__(self, model: keras.Model, outside: Outside) -> None:
        self._outside = outside
        self._made = {id(tensor): call for call in calls_of(model) for tensor in call.outputs}

    def of_output(self, tensor: Any) -> Found | None:
        rank = len(tensor.shape)
        found = self.of(tensor, rank - 1 if rank > 1 else None)
        return found if found is None or abs(found.weight - 1) < 1e-6 else None

    def of(self, tensor: Any, axis: int | None) -> Found | None:
        call = self._made.get(id(tensor))
        if call is None or isinstance(call.operation, keras.layers.InputLayer):
            return self._outside(tensor, axis)
        place = next(at for at, output in enumerate(call.outputs) if output is tensor)
        if is_transparent(call.operation):
            inside = call.operation
            entering = dict(zip(map(id, inside.inputs), call.inputs, strict=False))
            walk = _Walk(inside, lambda inner, at: self.of(entering[id(inner)], at) if id(inner) in entering else None)
            return walk.of(inside.outputs[place], axis)
        traced = _traced(call) if keras.backend.backend() == "tensorflow" else None
        if traced is None:
            return self._by_type(call, axis)
        entering_traced, answers = traced

        def leaf(argument: Any, at: int | None) -> Found | None:
            for known, symbolic in zip(entering_traced, call.inputs, strict=True):
                if known is argument:
                    return self.of(symbolic, at)
            return None

        return _bare(made_of(answers[place], axis, leaf))

    def _by_type(self, call: Call, axis: int | None) -> Found | None:
        """Where nothing can be traced: another backend, or a layer that runs eagerly only."""
        operation = call.operation
        if hands_on(operation):
            return self.of(call.inputs[0], axis)
        activation = getattr(operation, "activation", None)
        if type(operation) is keras.layers.Softmax or activation is keras.activations.softmax:
            return Found("softmax")
        if activation is keras.activations.log_softmax:
            return Found("softmax", log=True)
        if activation is keras.activations.sigmoid:
            return Found("sigmoid")
        return Found("linear") if activation is keras.activations.linear else None


def _traced(call: Call) -> tuple[list[Any], list[Any]] | None:
    """(arguments, answers) of one call as tensors of TensorFlow's graph; None where it cannot be traced."""
    symbolic = {id(tensor): tensor for tensor in call.inputs}
    specs = [
        InputSpec(f"x{at}", tuple(tensor.shape[1:]), keras.backend.standardize_dtype(tensor.dtype))
        for at, tensor in enumerate(symbolic.values())
    ]

    def run(*rows: Any) -> list[Any]:
        args, kwargs = call.arguments.fill_in(dict(zip(symbolic, rows, strict=True)))
        with keras.StatelessScope():
            return list(keras.tree.flatten(run_layer(call.operation, args, kwargs)))

    found = entering_of(compiled_if_possible(run, specs))
    if found is None:
        return None
    arguments, answers = found
    by_id = dict(zip(symbolic, arguments, strict=True))
    return [by_id[id(tensor)] for tensor in call.inputs], answers


def _bare(found: Found | None) -> Found | None:
    """What is found, without the tensors: they belong to a trace that is over."""
    return None if found is None else Found(found.kind, found.log, weight=found.weight)


def _last(tensor: Any) -> int | None:
    size = tensor.shape[-1] if len(tensor.shape) > 1 else 1
    return None if size is None else int(size)

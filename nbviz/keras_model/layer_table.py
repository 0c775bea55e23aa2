"""The layers of a model one by one, as a table lists them: type, output shape, parameters, activation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

from nbviz.keras_model.graph import calls_of, check_model, has_graph
from nbviz.keras_model.layers import last_step
from nbviz.network.architecture import Shape

NORMALIZATION = "batch norm"  # a step, but no nonlinear one


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer, or one bare operation of a functional model.

    Attributes:
        path: Its name; inside another model `"outer/inner"`.
        type: Its class name.
        shapes: Shapes of what it returns, without the axis of rows; each shape once. Empty where nothing tells.
        parameters: How many numbers it holds, those of layers inside it too; None before it is built.
        trained: How many of these `fit` changes.
        activation: The nonlinear step at its end, None without one.
        calls: How often the model around it calls it.
        depth: How many models it is inside of.
    """

    path: str
    type: str
    shapes: tuple[Shape, ...]
    parameters: int | None
    trained: int
    activation: str | None
    calls: int
    depth: int


def layer_rows(model: keras.Model) -> list[LayerRow]:
    """All layers of a model in the order of its graph, a model inside it followed by its own layers.

    Args:
        model: A built `keras.Model`.

    Raises:
        TypeError: Not a `keras.Model`.
        ValueError: The model is not built.
    """
    check_model(model)
    return list(_rows(model, "", 0))


def _rows(model: keras.Model, prefix: str, depth: int) -> Iterator[LayerRow]:
    for operation, outputs in _members(model):
        path = prefix + operation.name
        shapes = dict.fromkeys(tuple(tensor.shape[1:]) for call in outputs for tensor in call)
        yield LayerRow(
            path,
            type(operation).__name__,
            tuple(shapes),
            _parameters(operation),
            _size(getattr(operation, "trainable_weights", ())),
            _activation(operation),
            max(1, len(outputs)),
            depth,
        )
        if isinstance(operation, keras.Model):
            yield from _rows(operation, f"{path}/", depth + 1)


def _members(model: keras.Model) -> list[tuple[Any, list[list[Any]]]]:
    """Layers and operations directly in a model, each once, with what each of its calls returns."""
    if not has_graph(model):
        return [(layer, []) for layer in model.layers]
    found: dict[int, tuple[Any, list[list[Any]]]] = {}
    for call in calls_of(model):
        found.setdefault(id(call.operation), (call.operation, []))[1].append(call.outputs)
    return list(found.values())


def _activation(operation: Any) -> str | None:
    step = last_step(operation)
    return None if step == NORMALIZATION else step


def _parameters(operation: Any) -> int | None:
    if not isinstance(operation, keras.layers.Layer):
        return 0
    return _size(operation.weights) if operation.built else None


def _size(variables: Any) -> int:
    return sum(math.prod(variable.shape) for variable in variables)

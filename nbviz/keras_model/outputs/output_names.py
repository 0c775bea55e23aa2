"""What a model answers with: how many outputs, and what they are called."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.compiled.function import compiled_if_possible, entering_of
from nbviz.keras_model.forward import kept, returned_tensors
from nbviz.keras_model.graph import arranged, has_graph, input_specs


def output_names(model: keras.Model) -> list[str]:
    """Names of the outputs of a built model, in their order: the keys of a dict, else those of the layers.

    A subclassed model that returns one tensor calls it by its own name; of several without keys the place counts.
    """
    if not has_graph(model):
        return list(traced_answers(model))
    structure = model.output if len(model.outputs) > 1 else None
    if isinstance(structure, dict):
        return sorted(structure)
    names = [tensor._keras_history.operation.name for tensor in model.outputs]
    return [f"{name}:{seen}" if (seen := names[:at].count(name)) else name for at, name in enumerate(names)]


def traced_answers(model: keras.Model) -> dict[str, Any]:
    """Name -> tensor of each output of a model that is code; symbolic where TensorFlow can trace it, else of one row.

    Raises:
        ValueError: The model cannot be called with its inputs alone, or returns no tensors.
    """
    found: dict[str, Any] = kept(model, "answers", lambda: _look_once(model))
    return found


def _look_once(model: keras.Model) -> dict[str, Any]:
    live = weakref.ref(model)  # what is kept must not keep the model alive
    specs = input_specs(model)
    structures: list[Any] = []

    def run(*rows: Any) -> list[Any]:
        looked_at = live()
        assert looked_at is not None
        with keras.StatelessScope():
            returned = looked_at(arranged(looked_at, rows), training=False)
        places = itertools.count()
        structures.append(
            keras.tree.map_structure(lambda value: next(places) if hasattr(value, "shape") else None, returned)
        )
        return returned_tensors(returned)

    try:
        function = compiled_if_possible(run, specs)
        traced = entering_of(function)
        if traced is None:
            tensors = function(*(np.zeros((1, *(size or 1 for size in spec.shape)), spec.dtype) for spec in specs))
        else:
            tensors = traced[1]
    except Exception as error:
        raise ValueError(
            f"Expected a model whose call() takes its inputs alone. {type(model).__name__} raised: {error}"
        ) from error
    if not tensors:
        raise ValueError(f"Expected a model that returns tensors. {type(model).__name__} returns none.")
    names = dict(_names(structures[-1], ""))
    plain = f"{model.name} output"
    # In an order of places: a structure may have keys in another.
    called = [names[place] or (f"{plain} {place}" if place else plain) for place in sorted(names)]
    return dict(zip(called, tensors, strict=True))


def _names(structure: Any, around: str) -> Iterator[tuple[int, str]]:
    """(place, name) of each leaf of what a call returned: the keys on the way, nothing where there are none."""
    if structure is None or isinstance(structure, int):
        if structure is not None:
            yield structure, around
        return
    if isinstance(structure, Mapping):
        entries = [(str(key), value) for key, value in structure.items()]
    elif hasattr(structure, "_fields"):
        entries = list(zip(structure._fields, structure, strict=True))
    else:
        entries = [(str(at) if around else "", value) for at, value in enumerate(structure)]
    for key, value in entries:
        yield from _names(value, f"{around}/{key}" if around and key else around or key)

"""What a model answers with: how many outputs, and what they are called."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.compiled.function import compiled_if_possible, entering_of
from nbviz.keras_model.forward import kept, returned_tensors
from nbviz.keras_model.graph import arranged, has_graph, input_specs


def output_names(model: keras.Model) -> list[str]:
    """Names of the outputs of a built model, in their order: the keys of a dict, else those of the layers.

    Of a dict inside a dict they are paths, `"one/kind"`.
    A subclassed model that returns one tensor calls it by its own name; of several without keys the place counts.
    """
    if not has_graph(model):
        return list(traced_answers(model))
    structure = model.output if len(model.outputs) > 1 else None
    if isinstance(structure, dict):
        return ["/".join(map(str, path)) for path, _ in keras.tree.flatten_with_path(structure)]
    names = [tensor._keras_history.operation.name for tensor in model.outputs]
    return [f"{name}:{seen}" if (seen := names[:at].count(name)) else name for at, name in enumerate(names)]


def traced_answers(model: keras.Model) -> dict[str, Any]:
    """Name -> tensor of each output of a model that is code; symbolic where TensorFlow can trace it, else of one row.

    Raises:
        ValueError: The model cannot be called with its inputs alone, or returns no tensors with a row for each that
            goes in.
    """
    found: dict[str, Any] = kept(model, "answers", lambda: _look_once(model))
    return found


class _NoAnswersOfRowsError(ValueError):
    """What a model returns holds no answer for each row."""


def _look_once(model: keras.Model) -> dict[str, Any]:
    live = weakref.ref(model)  # what is kept must not keep the model alive
    specs = input_specs(model)
    structures: list[Any] = []

    def run(*rows: Any) -> list[Any]:
        looked_at = live()
        assert looked_at is not None
        with keras.StatelessScope():
            returned = looked_at(arranged(looked_at, rows), training=False)
        _check_returned(looked_at, returned)
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
            _check_rows_of_trace(model, tensors)
    except _NoAnswersOfRowsError:
        raise
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


def _check_returned(model: keras.Model, returned: Any) -> None:
    """Whether there is an answer for each row in all that a model returns; of a trace, as far as that tells.

    Raises:
        _NoAnswersOfRowsError: There is not.
    """
    for path, value in keras.tree.flatten_with_path(returned):
        if not hasattr(value, "shape"):
            continue
        name = "/".join(map(str, path))
        where = f" as {name!r}" if name else ""
        if hasattr(value, "row_splits") or hasattr(value, "dense_shape"):
            kind, way_out = ("ragged", "to_tensor()") if hasattr(value, "row_splits") else ("sparse", "a dense one")
            raise _NoAnswersOfRowsError(
                f"Expected answers of one shape for every row. {type(model).__name__} returns a {kind} tensor{where}; "
                f"return {way_out if kind == 'sparse' else f'its {way_out}'}."
            )
        if getattr(value.shape, "rank", 0) is not None and len(value.shape) == 0:
            raise _NoAnswersOfRowsError(
                f"Expected an answer for each row. {type(model).__name__} returns a single number for all of "
                f"them{where}; return it without, or one for each row."
            )


def _check_rows_of_trace(model: keras.Model, tensors: Sequence[Any]) -> None:
    """Whether as many rows come out of a trace as go in, which it does not know: not where it knows how many come out.

    Raises:
        _NoAnswersOfRowsError: There are always as many.
    """
    for tensor in tensors:
        if getattr(tensor.shape, "rank", None) and tensor.shape[0] is not None:
            raise _NoAnswersOfRowsError(
                f"Expected an answer for each row. {type(model).__name__} returns a tensor of {tensor.shape[0]} rows "
                "however many go in; return it without."
            )


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

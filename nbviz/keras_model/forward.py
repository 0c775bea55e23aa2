"""Values of a live model: one compiled forward pass for what is asked, kept until the model is gone.

Looking changes nothing. Every pass runs in inference mode inside a `keras.StatelessScope`: whatever a layer
assigns there (moving averages, seeds, losses) is thrown away with the scope.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np

from nbviz.keras_model.compiled.function import compiled_if_possible, eager_of, is_compiled, to_numpy
from nbviz.keras_model.compiled.judge import ROWS, first_difference, judge, own_answers
from nbviz.keras_model.graph import (
    all_the_same,
    arranged,
    batch_size_of,
    calls_of,
    has_graph,
    inner_state,
    input_specs,
)
from nbviz.keras_model.replay import runs_its_graph
from nbviz.network.samples import InputSpec

BATCH_SIZE = 1024
_KEPT: weakref.WeakKeyDictionary[keras.Model, dict[Any, tuple[list[Any], Any]]] = weakref.WeakKeyDictionary()
_AT_REST = threading.local()  # `seen`: the model and its layers, as a thread takes them to be


@contextlib.contextmanager
def unchanged(model: keras.Model) -> Iterator[None]:
    """Within this, what this thread asks of a model is asked of the layers that it has now; weights are live as ever.

    To look at all layers takes as long as a small model's answer.
    """
    before = getattr(_AT_REST, "seen", None)
    _AT_REST.seen = (model, _baked_in(model))
    try:
        yield
    finally:
        _AT_REST.seen = before


def kept(model: keras.Model, key: Any, make: Callable[[], Any]) -> Any:
    """What was made for this model under this key, made anew when the model is no longer what it was compiled as.

    A compiled function reads the live weights, but holds what its layers were on its day, and the mean and variance of
    `Normalization`, which are no weights.
    """
    at_rest, seen = getattr(_AT_REST, "seen", None) or (None, [])
    baked_in = seen if at_rest is model else _baked_in(model)
    found = _KEPT.setdefault(model, {})
    old = found.get(key)
    if old is None or not all_the_same(baked_in, old[0]):
        found[key] = baked_in, make()
    return found[key][1]


def _baked_in(model: keras.Model) -> list[Any]:
    baked_in = inner_state(model)
    baked_in += [
        getattr(layer, name)
        for layer in model._flatten_layers(include_self=False)
        for name in ("mean", "variance")
        if hasattr(layer, name)
    ]
    return baked_in


@dataclass(frozen=True, slots=True)
class Returned:
    """One of the tensors that a model without a graph returns, in the place of a symbolic one."""

    place: int


class Finish(NamedTuple):
    """What is made of the tensors before they leave the backend, such as a mean.

    Attributes:
        key: Equal for equal ones.
        of: (symbolic tensor, its value) -> what is wanted, the batch axis first.
        keeps_rows: Whether there is as much of it as there are rows.
    """

    key: tuple[Any, ...]
    of: Callable[[Any, Any], Any]
    keeps_rows: bool = True


def forward_pass(
    model: keras.Model,
    tensors: list[Any],
    inputs: Sequence[np.ndarray],
    finish: Finish | None = None,
    at_once: int = BATCH_SIZE,
) -> list[np.ndarray]:
    """Values of symbolic tensors of the model (of one without a graph: of `Returned`), batch by batch."""
    if not tensors:
        return []
    compiled = _pass(model, tensors, finish)
    function = compiled.function
    if not compiled.settled:
        compiled.settled = _is_right(model, function, inputs)
    batches = []
    by_row = _row_by_row(model, tensors) if finish is None or finish.keeps_rows else []
    for batch in batches_for(model, inputs, min(at_once, BATCH_SIZE)):
        values = [to_numpy(value) for value in function(*batch)[: len(tensors)]]
        for place in by_row:
            check_rows(model, values[place], len(batch[-1]))
        batches.append(values)
    return batches[0] if len(batches) == 1 else [np.concatenate(parts) for parts in zip(*batches, strict=True)]


def _row_by_row(model: keras.Model, tensors: Sequence[Any]) -> list[int]:
    """Places of the model's answers among tensors: these have a row for each that goes in."""
    answers = {id(tensor) for tensor in model.outputs} if has_graph(model) else set()
    return [place for place, each in enumerate(tensors) if isinstance(each, Returned) or id(each) in answers]


def check_rows(model: keras.Model, answer: np.ndarray, rows: int) -> None:
    """Whether a model answers each row.

    Args:
        model: The model.
        answer: One of its answers.
        rows: How many rows it was given.

    Raises:
        ValueError: It returned another number of rows.
    """
    found = len(answer) if np.ndim(answer) else 0
    if found != rows:
        raise ValueError(
            f"Expected a model that answers each row by itself. {type(model).__name__} {model.name!r} returned "
            f"{found:,} rows for {rows:,}."
        )


def batches_for(model: keras.Model, inputs: Sequence[np.ndarray], size: int) -> Iterator[list[np.ndarray]]:
    """The rows, batch by batch; for a model that takes a certain number at once, filled up to it.

    Args:
        model: The model.
        inputs: One array (rows, *input shape) for each input.
        size: Rows in a batch, where the model has no say in it.

    Yields:
        One array for each input; where the model has a say, and then an array as long as there are rows of its own.
    """
    wanted = batch_size_of(model)
    size = wanted or size
    for start in range(0, len(inputs[0]), size):
        batch = [array[start : start + size] for array in inputs]
        count = len(batch[0])
        if wanted is None:
            yield batch
            continue
        filled = [np.concatenate([array, np.repeat(array[-1:], size - count, axis=0)]) for array in batch]
        yield [*filled, np.arange(count, dtype=np.int32)]


@dataclass(slots=True)
class _Pass:
    """A compiled forward pass, and whether the model's own answer has settled that it is right."""

    function: Callable[..., Any]
    settled: bool = False


def _pass(model: keras.Model, tensors: list[Any], finish: Finish | None = None) -> _Pass:
    asked = [tensor if isinstance(tensor, Returned) else id(tensor) for tensor in tensors]
    key = (*asked, *(finish.key if finish else ()))
    found: _Pass = kept(model, key, lambda: _Pass(_compile(model, tensors, finish)))
    return found


def _is_right(model: keras.Model, function: Callable[..., Any], inputs: Sequence[np.ndarray]) -> bool:
    """Compare what was compiled with the model's own answer, for two rows; False where that could not be settled.

    Raises:
        ValueError: They differ.
    """
    rows = [array[:ROWS] for array in inputs]

    def answers(of: Callable[..., Any]) -> Callable[[Sequence[np.ndarray]], list[np.ndarray]]:
        return functools.partial(_answers, model, of)

    if is_compiled(function) and not judge(
        model, rows, answers(function), answers(eager_of(function)), functools.partial(blamed_layer, model)
    ):
        return False
    if not has_graph(model) or runs_its_graph(model):
        return True
    outputs = answers(_compile(model, list(model.outputs), None))
    own = functools.partial(own_answers, model)
    return judge(model, rows, outputs, own, lambda *_: f"call() of {type(model).__name__}")


def blamed_layer(model: keras.Model, rows: Sequence[np.ndarray], close: float) -> str:
    """The first layer that answers otherwise when it is compiled.

    Args:
        model: The model.
        rows: Rows to compare with, one array for each input.
        close: Share of the largest value that is no difference.
    """
    for call in calls_of(model) if has_graph(model) else ():
        function = _compile(model, call.outputs, None)
        if first_difference(_answers(model, function, rows), _answers(model, eager_of(function), rows), close):
            return f"the layer {call.name!r}"
    return f"the model {model.name!r}"


def _answers(model: keras.Model, function: Callable[..., Any], rows: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [to_numpy(value) for value in function(*next(batches_for(model, rows, ROWS)))]


def _compile(model: keras.Model, tensors: list[Any], finish: Finish | None) -> Callable[..., list[Any]]:
    def finished(values: list[Any]) -> list[Any]:
        if finish is None:
            return values
        return [finish.of(tensor, value) for tensor, value in zip(tensors, values, strict=False)]

    if has_graph(model):
        # An explicit name, since an automatic one would shift the names of the user's next models.
        part = keras.Model(model.inputs, tensors, name="nbviz_view")

        fixed = batch_size_of(model) is not None

        def run(*inputs: Any) -> list[Any]:
            with keras.StatelessScope():
                if not fixed:
                    return finished(list(keras.tree.flatten(part(list(inputs), training=False))))
                count = keras.ops.shape(inputs[-1])[0]
                values = keras.tree.flatten(part(list(inputs[:-1]), training=False))
                return finished([value[:count] for value in values])

        if fixed:
            return compiled_if_possible(run, [*input_specs(model), InputSpec("rows of its own", (), "int32")])
    else:
        live = weakref.ref(model)  # the cache must not keep the model alive

        def run(*inputs: Any) -> list[Any]:
            looked_at = live()
            assert looked_at is not None
            with keras.StatelessScope():
                returned = returned_tensors(looked_at(arranged(looked_at, inputs), training=False))
                return finished([returned[tensor.place] for tensor in tensors])

    return compiled_if_possible(run, input_specs(model))


def returned_tensors(returned: Any) -> list[Any]:
    """What a model without a graph returns, side by side; what is no tensor is left out."""
    return [value for value in keras.tree.flatten(returned) if hasattr(value, "shape")]


def look_at(variable: Any) -> np.ndarray:
    """A variable's values, without a copy where the backend lends its memory: copies made updates 3x slower."""
    value = getattr(variable, "value", variable)  # a kernel with LoRA is a sum, no variable
    try:
        array = np.asarray(memoryview(value.read_value() if hasattr(value, "read_value") else value))
    except (BufferError, TypeError, ValueError):
        array = to_numpy(variable)
    if array.dtype.itemsize < 4:  # sums of half floats are too coarse
        array = array.astype(np.float32)
    array.flags.writeable = False
    return array


def mean_over_positions(value: Any, channels_first: bool = False) -> Any:
    """(rows, units) of values (rows, ..., units), such as those of a Dense layer on a sequence."""
    value = keras.ops.cast(value, "float32")
    rank = len(value.shape)
    if rank < 2:
        return keras.ops.reshape(value, (-1, 1))
    axes = tuple(range(2, rank) if channels_first else range(1, rank - 1))
    return keras.ops.mean(value, axis=axes) if axes else value


def as_plane(maps: np.ndarray, channels_first: bool) -> np.ndarray:
    """(rows, columns, channels) of maps with one to three axes of positions."""
    if channels_first:
        maps = np.moveaxis(maps, 0, -1)
    if maps.ndim == 2:
        return maps[None]
    return maps.mean(axis=0) if maps.ndim == 4 else maps

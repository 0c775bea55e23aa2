"""Functions of batches of a model's inputs, compiled where that is possible: once for all numbers of rows.

Sizes that a model leaves open, such as the steps of a sequence, are those of the data: traced without them some layers
answer wrongly (`TimeDistributed` takes the number of rows for that of the steps).
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state

from nbviz.network.samples import InputSpec

_MOST_SIZES = 8  # lengths for which compiled functions are kept
_UNKNOWN = re.compile(r"found OOV values [\[\s]*(?:\\?[\"'](.*?)\\?[\"']|([^\s\]]+))")
_OUTSIDE = re.compile(r"indices(?:\[[\d,]*\])? = (-?\d+) is not in \[0, (\d+)\)")


def compiled_if_possible(
    run: Callable[..., Any], specs: Sequence[InputSpec], *, at_once: bool = True
) -> Callable[..., Any]:
    """The function, compiled where that is possible.

    Args:
        run: The function.
        specs: What it takes.
        at_once: Trace it now where all sizes are known, so that what it writes down is known; else when it is called.

    Raises:
        ValueError: When called: values that the model cannot work with, such as ids of no word.
    """
    apart = _Apart(run)

    def call(*inputs: Any) -> Any:
        return apart(list(inputs))

    return _Function(call, specs, at_once) if keras.backend.backend() == "tensorflow" else call


def is_compiled(function: Callable[..., Any]) -> bool:
    """Whether a function of `compiled_if_possible` was compiled.

    One with open sizes is traced with these open for the answer: what it writes down meanwhile has them open as well.
    """
    return isinstance(function, _Function) and function.as_declared is not None


def entering_of(function: Callable[..., Any]) -> tuple[list[Any], list[Any]] | None:
    """(arguments, answers) of a compiled function as tensors of its graph; None of one that runs eagerly."""
    traced = function.as_declared if isinstance(function, _Function) else None
    return None if traced is None else (traced.arguments, traced.answers)


def eager_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function as it is, not compiled."""
    return function.eagerly if isinstance(function, _Function) else function


def run_apart(run: Callable[..., Any], inputs: Sequence[Any]) -> Any:
    """What a function returns, which may call a model: of that call nothing stays in the model."""
    with _told_plainly():
        return _Apart(run)(list(inputs))


def to_numpy(tensor: Any) -> np.ndarray:
    """The values of a tensor; bfloat16 as float32."""
    # Keras copies twice what TensorFlow hands over.
    direct = keras.backend.backend() == "tensorflow" and hasattr(tensor, "numpy")
    array = np.asarray(tensor.numpy() if direct else keras.ops.convert_to_numpy(tensor))
    # numpy itself does not know bfloat16.
    return array.astype(np.float32) if array.dtype.kind == "V" else array


class _Apart(keras.layers.Layer):
    """Runs a function inside a layer of its own.

    A model that is called from outside forgets the losses of its last call; one called by a layer does not.
    """

    def __init__(self, run: Callable[..., Any]) -> None:
        super().__init__(name="nbviz_view", dtype="float32", autocast=False)
        self._run = run

    def call(self, inputs: list[Any]) -> Any:
        """What the function returns for the inputs."""
        try:
            return self._run(*inputs)
        except Exception as error:
            # Keras would wrap the message in a list of this layer's arguments, of which the user knows nothing.
            error._keras_call_info_injected = True  # type: ignore[attr-defined]
            raise


class _Traced:
    """A function of batches of the inputs, traced by TensorFlow once and for all batch sizes.

    Calling a `tf.function` instead would warn of retracing as soon as a user looks at a few models.

    Attributes:
        arguments: Symbolic tensors of what the function takes.
        answers: Symbolic tensors of what it returns, side by side.
    """

    def __init__(self, run: Callable[..., Any], specs: Sequence[InputSpec]) -> None:
        import tensorflow as tf

        signature = [tf.TensorSpec((None, *spec.shape), spec.dtype) for spec in specs]
        self._run = run  # keeps alive what was traced: `kept` finds it by the ids of its tensors
        self._traced = tf.function(run, input_signature=signature, autograph=False).get_concrete_function()
        self.arguments = list(self._traced.inputs[: len(signature)])
        self.answers = keras.tree.flatten(self._traced.structured_outputs)

    def __call__(self, *inputs: Any) -> Any:
        return self._traced(*inputs)


class _Function:
    """A function, traced once for all numbers of rows and anew for each size of what its inputs leave open."""

    def __init__(self, call: Callable[..., Any], specs: Sequence[InputSpec], at_once: bool) -> None:
        self._call, self._specs = call, list(specs)
        self._found: dict[tuple[tuple[int, ...], ...], Callable[..., Any]] = {}
        self._is_open = any(None in spec.shape for spec in specs)
        if at_once and not self._is_open:
            _ = self.as_declared

    @functools.cached_property
    def as_declared(self) -> _Traced | None:
        """The function traced with open sizes open; None where that is impossible."""
        return _traced(self._call, self._specs)

    def __call__(self, *inputs: Any) -> Any:
        given = self._at_door(inputs)
        with _told_plainly():
            return self._of_sizes(given)(*given)

    def eagerly(self, *inputs: Any) -> Any:
        """What it returns when it is not compiled."""
        with _told_plainly():
            return self._call(*self._at_door(inputs))

    def _at_door(self, inputs: Sequence[Any]) -> list[Any]:
        return [
            array.astype(spec.dtype, copy=False) if spec.whole and isinstance(array, np.ndarray) else array
            for array, spec in zip(inputs, self._specs, strict=True)
        ]

    def _of_sizes(self, inputs: Sequence[Any]) -> Callable[..., Any]:
        if not self._is_open:
            return self.as_declared or self._call
        sizes = tuple(tuple(np.shape(array)[1:]) for array in inputs)
        if sizes not in self._found:
            specs = [replace(spec, shape=shape) for spec, shape in zip(self._specs, sizes, strict=True)]
            self._found[sizes] = _traced(self._call, specs) or self._call
            while len(self._found) > _MOST_SIZES:
                del self._found[next(iter(self._found))]
        return self._found[sizes]


def _traced(call: Callable[..., Any], specs: Sequence[InputSpec]) -> _Traced | None:
    # Code of a subclassed model may run eagerly only, and so do layers with a space or an emoji in their name.
    with contextlib.suppress(Exception), _name_scopes_kept():
        return _Traced(call, specs)
    return None


@contextlib.contextmanager
def _name_scopes_kept() -> Iterator[None]:
    """Close the scopes that Keras leaves open where TensorFlow refuses their names: later weights would bear them."""

    def scopes() -> list[Any]:
        return global_state.get_global_attribute("name_scope_stack") or []

    depth = len(scopes())
    try:
        yield
    finally:
        del scopes()[depth:]


@contextlib.contextmanager
def _told_plainly() -> Iterator[None]:
    """Say in a sentence what TensorFlow says in a page of its graph."""
    try:
        yield
    except Exception as error:
        if type(error).__name__ != "InvalidArgumentError" or not type(error).__module__.startswith("tensorflow"):
            raise
        raise ValueError(_in_words(str(error))) from None


def _in_words(text: str) -> str:
    outside = _OUTSIDE.search(text)
    if outside:
        return f"Expected ids from 0 to {int(outside[2]) - 1}, as an Embedding of the model has. Received {outside[1]}."
    unknown = _UNKNOWN.search(text)
    if unknown:
        value = unknown[1] or unknown[2]
        return (
            f"Expected values that a lookup of the model has in its vocabulary. Received {value!r}; "
            "num_oov_indices=1 in that layer makes room for others."
        )
    lines = [line.strip() for line in re.sub(r"\x1b\[\d*m|\{\{[^}]*\}\}|\[Op:[^\]]*\]", "", text).splitlines()]
    telling = [line for line in lines if line and not line.startswith(("[[", "Graph exec", "Detected", "File", "Exc"))]
    in_graph = "{{node" in text
    said = (telling[-1] if in_graph else telling[0]) if telling else "it does not say why"
    said = said.removeprefix("assertion failed: [").rstrip("]").replace('\\"', "'")
    return f"Expected values that the model can work with. Received some that it refuses: {said[:300]}"

"""Faces of layers that are drawn as blocks: what recurrent, attention and other layers with steps do for some rows."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Collection, Sequence
from typing import Any, Literal

import keras
import numpy as np

from nbviz.keras_model.activations.time_steps import (
    has_scores,
    heads_of,
    parts_of_layer,
    read_answer,
    read_scores,
    reading_of_states,
    recurrent_layers,
)
from nbviz.keras_model.compiled.function import compiled_if_possible
from nbviz.keras_model.forward import kept
from nbviz.keras_model.graph import OPEN_SIZE, Call, check_model, input_specs
from nbviz.keras_model.replay import Path, Replay, as_tensors, every_call, run_layer, runs_its_graph
from nbviz.keras_model.weight_arrays import ATTENTIONS
from nbviz.network.architecture import Architecture
from nbviz.network.block_picture import BlockPicture, picturable, picture_of_scores, picture_of_steps

__all__ = ["BlockPicture", "BlockPictures"]

WORK = 2**21  # numbers that are read for one picture of all layers, at most: a tenth of a second
FEWEST_ROWS = 8  # whatever that takes
ROOM = 2**24  # numbers that what is read of one batch may have

_Kind = Literal["states", "scores", "answer"]


class BlockPictures:
    """Reads what the layers of one model do over time, again and again.

    | layer | picture |
    |---|---|
    | LSTM, GRU, SimpleRNN, RNN | rows are units, columns are steps: the state after each step, also where the layer \
returns only the last one; of one that goes backwards too, in the order of its input |
    | Bidirectional of these | the states of the forward layer, below them those of the backward layer |
    | MultiHeadAttention, GroupQueryAttention, Attention, AdditiveAttention | scores from 0 to 1 of each head side by \
side, of many in rows |
    | any other that returns (steps, units) | what it returns, rows are units |

    Attributes:
        layers: Names of these layers in the model's order, `"outer/inner"` inside another model; `"name:1"` is the
            second call of `"name"`. Empty for a subclassed model, whose graph is code.
    """

    def __init__(self, model: keras.Model) -> None:
        """Find the layers; nothing is run.

        Args:
            model: A built model.

        Raises:
            TypeError: Not a `keras.Model`.
            ValueError: The model is not built.
        """
        check_model(model)
        self._kinds: dict[str, _Kind] = {}
        self._sizes: dict[str, int] = {}
        self._operations: dict[str, Any] = {}
        for path, call in every_call(model) if runs_its_graph(model) else ():
            kind = _kind_of(call)
            if kind is not None:
                name = "/".join(path)
                self._kinds[name], self._operations[name] = kind, call.operation
                self._sizes[name] = _numbers(call, kind)
        self.layers = tuple(self._kinds)
        self._specs = input_specs(model) if self.layers else []
        self._replay = Replay(model) if self.layers else None
        self._key = (*map(id, model.outputs), *map(id, model.layers)) if self.layers else ()

    def parts(self, name: str) -> tuple[str, ...]:
        """Gates, cells, directions or heads of a layer, as `nbviz.weights` names them; empty for one without."""
        return parts_of_layer(self._operations.get(name))

    def of_blocks(self, architecture: Architecture) -> dict[str, str]:
        """Which layer's picture each block of a drawn network shows.

        Args:
            architecture: The model as it is drawn.

        Returns:
            Block -> name among `layers`. A recurrent or attention layer shows its own picture, and so does a block in
            which it is the only one; an Embedding, a wrapper or a layer of the user's own what it returns, at the end
            of the layers passed through after it. Others are left out: a sum or a normalization says little.
        """
        shown = {}
        for layer in architecture.layers:
            if layer.kind != "block":
                continue
            known = [name for name in (layer.name, *layer.members) if name in self._kinds]
            telling = [name for name in known if self._kinds[name] != "answer"]
            if len(telling) == 1:
                shown[layer.name] = telling[0]
            elif known[:1] == [layer.name] and not layer.group and _makes_steps(self._operations[layer.name]):
                shown[layer.name] = known[-1]
        return shown

    def read(
        self, model: keras.Model, inputs: Sequence[np.ndarray], names: Collection[str] | None = None
    ) -> dict[str, BlockPicture]:
        """What layers do for rows of data, in inference mode: one compiled pass for all of them.

        The model, its layers and their states stay as they are.

        Args:
            model: The model that this reader was made for.
            inputs: Checked rows, one array for each input. Of several rows the mean is shown; of more than can be
                read in a tenth of a second it is that of evenly spread ones, and the words say so.
            names: Which of `layers` are wanted, None for all.

        Returns:
            Name -> picture, without the layers that cannot be read.
        """
        wanted = [name for name in self.layers if names is None or name in names]
        if not wanted or not len(inputs) or not len(inputs[0]):
            return {}
        numbers, count = max(1, sum(self._sizes[name] for name in wanted)), len(inputs[0])
        used = min(count, max(FEWEST_ROWS, WORK // numbers))
        rows = [array[np.linspace(0, count - 1, used).astype(int)] for array in inputs] if used < count else inputs
        try:
            means = self._means(model, wanted, rows, max(1, ROOM // numbers))
        except Exception:  # a face is not worth the rest of the diagram
            return {}
        tail = f", mean of {used} of {count:,} rows" if used < count else ""
        return {name: self._picture(name, arrays, tail) for name, arrays in means.items() if picturable(arrays)}

    def _means(
        self, model: keras.Model, wanted: list[str], inputs: Sequence[np.ndarray], at_once: int
    ) -> dict[str, list[np.ndarray]]:
        """Layer -> means over rows of what it does."""
        run = kept(model, ("block pictures", *wanted, *self._key), lambda: self._compile(wanted))
        sums: dict[str, list[np.ndarray]] = {}
        for start in range(0, len(inputs[0]), at_once):
            for name, tensors in run(*(rows[start : start + at_once] for rows in inputs)).items():
                found = [np.asarray(keras.ops.convert_to_numpy(tensor), np.float64) for tensor in tensors]
                sums[name] = [a + b for a, b in zip(sums[name], found, strict=True)] if name in sums else found
        with np.errstate(over="ignore", invalid="ignore"):
            return {name: [(sum_ / len(inputs[0])).astype(np.float32) for sum_ in sums[name]] for name in sums}

    def _picture(self, name: str, arrays: list[np.ndarray], tail: str) -> BlockPicture:
        if self._kinds[name] == "scores":
            picture = picture_of_scores(*arrays, heads_named=isinstance(self._operations[name], ATTENTIONS))
        else:
            picture = picture_of_steps(*arrays)
        return dataclasses.replace(picture, words=picture.words + tail)

    def _compile(self, wanted: list[str]) -> Any:
        replay = self._replay
        assert replay is not None
        readings = {
            tuple(name.split("/")): {"scores": read_scores, "answer": read_answer}.get(self._kinds[name])
            or reading_of_states(self._operations[name])
            for name in wanted
        }

        class AllRead(Exception):
            """The last of the layers has answered."""

        def run(*rows: Any) -> dict[str, list[Any]]:
            found: dict[str, list[Any]] = {}
            left = set(readings)

            def visit(path: Path, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
                if path not in readings:
                    return run_layer(layer, args, kwargs)
                entering = [each for each in keras.tree.flatten([args, kwargs]) if hasattr(each, "_keras_mask")]
                masks = [each._keras_mask for each in entering]
                try:
                    answer, tensors = readings[path](layer, args, kwargs)
                    found["/".join(path)] = [keras.ops.sum(keras.ops.cast(each, "float32"), axis=0) for each in tensors]
                except Exception:  # flash attention, for one, has no scores
                    for each, mask in zip(entering, masks, strict=True):
                        each._keras_mask = mask  # attention has taken it off
                    answer = run_layer(layer, args, kwargs)
                left.discard(path)
                if not left:
                    raise AllRead
                return answer

            with keras.StatelessScope(), contextlib.suppress(AllRead):
                replay(as_tensors(rows), visit)
            return found

        return compiled_if_possible(run, self._specs)


def _kind_of(call: Call) -> _Kind | None:
    layer, answer = call.operation, call.outputs[0]
    if has_scores(layer) and len(call.inputs[0].shape) > 2:  # without steps it compares the rows of a batch
        return "scores"
    if recurrent_layers(layer):
        return "states"
    floating = "float" in keras.backend.standardize_dtype(answer.dtype)
    steps_first = getattr(layer, "data_format", None) != "channels_first"
    return "answer" if len(answer.shape) == 3 and floating and steps_first else None


def _makes_steps(layer: Any) -> bool:
    own = not type(layer).__module__.startswith("keras.")
    return own or isinstance(layer, (keras.layers.Embedding, keras.layers.Wrapper))


def _numbers(call: Call, kind: _Kind) -> int:
    """About how many numbers what is read has for one row."""

    def places(tensor: Any) -> int:
        return math.prod(size or OPEN_SIZE for size in tensor.shape[1:-1])

    if kind == "scores":
        return heads_of(call.operation) * places(call.inputs[0]) * max(map(places, call.inputs))
    if kind == "answer":
        return places(call.outputs[0]) * (call.outputs[0].shape[-1] or OPEN_SIZE)
    return places(call.inputs[0]) * sum(map(_states, recurrent_layers(call.operation)))


def _states(layer: Any) -> int:
    """Numbers that a recurrent layer returns of each step."""
    returned = getattr(layer.cell, "output_size", None) or keras.tree.flatten(layer.cell.state_size)[0]
    return int(np.prod(returned))

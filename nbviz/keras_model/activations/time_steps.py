"""What layers do over time: states of recurrent layers after each step, scores of attention layers.

Every reading runs a layer as its model does and returns, besides its answer, what is to be seen of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras

from nbviz.keras_model.replay import run_layer, states_of_rows
from nbviz.keras_model.weight_arrays import ATTENTIONS, CONV_LSTMS, GRU_GATES, LSTM_GATES

DOT_PRODUCTS = (keras.layers.Attention, keras.layers.AdditiveAttention)

# (layer, args, kwargs) -> what the layer returns, and tensors (rows, ...) of what it does.
Reading = Callable[[Any, tuple[Any, ...], Mapping[str, Any]], tuple[Any, list[Any]]]


def parts_of_layer(layer: Any) -> tuple[str, ...]:
    """What a layer consists of: gates, cells on top of each other, directions, heads; empty for any other layer.

    The names are those that `nbviz.weights` gives them.
    """
    if isinstance(layer, ATTENTIONS):
        return tuple(f"head {index}" for index in range(heads_of(layer)))
    if isinstance(layer, keras.layers.Bidirectional):
        return ("forward", "backward")
    if isinstance(layer, CONV_LSTMS):
        return LSTM_GATES
    cell = layer.cell if isinstance(layer, keras.layers.RNN) else None
    if isinstance(cell, keras.layers.StackedRNNCells):
        return tuple(f"cell {index}" for index in range(len(cell.cells)))
    if isinstance(cell, keras.layers.LSTMCell):
        return LSTM_GATES
    return GRU_GATES if isinstance(cell, keras.layers.GRUCell) else ()


def heads_of(layer: Any) -> int:
    """Number of heads of an attention layer; 1 for one that knows no heads."""
    if isinstance(layer, keras.layers.GroupQueryAttention):
        return int(layer.num_query_heads)
    return int(layer.num_heads) if isinstance(layer, ATTENTIONS) else 1


def has_scores(layer: Any) -> bool:
    """Whether it is an attention layer whose scores can be read."""
    return isinstance(layer, (*ATTENTIONS, *DOT_PRODUCTS)) and _calls_as_keras(layer)


def recurrent_layers(layer: Any) -> tuple[Any, ...]:
    """The recurrent layers whose states can be read: itself, or both of a Bidirectional; empty for any other layer."""
    if isinstance(layer, keras.layers.Bidirectional) and _calls_as_keras(layer):
        both = (*recurrent_layers(layer.forward_layer), *recurrent_layers(layer.backward_layer))
        return both if len(both) == 2 else ()
    plain = isinstance(layer, keras.layers.RNN) and not isinstance(layer, CONV_LSTMS)
    return (layer,) if plain and _calls_as_keras(layer) else ()


def _calls_as_keras(layer: Any) -> bool:
    """Whether it does what Keras says: a class of the user's own may do something else in its call."""
    return "call" not in vars(layer) and str(type(layer).call.__module__).startswith("keras.")


class _AllSteps:
    """A recurrent layer's states after each step, in the order of its input, whatever the layer returns of them.

    A layer of its own around the same cell: nothing is set on the user's layer.
    """

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        # An explicit name, since an automatic one would shift the names of the user's next layers.
        self._around_cell = keras.layers.RNN(
            layer.cell,
            return_sequences=True,
            go_backwards=layer.go_backwards,
            name="nbviz_view",
            dtype=layer.dtype_policy,
        )

    def __call__(self, sequence: Any, start: Any, others: Mapping[str, Any]) -> Any:
        """(rows, steps, units), from the states `start`; None: from 0, of a stateful layer from where it stands."""
        if start is None and self._layer.stateful:
            start = states_of_rows(self._layer, sequence)
        given = {} if start is None else {"initial_state": start}
        states = run_layer(self._around_cell, (sequence,), {**others, **given})
        return keras.ops.flip(states, axis=1) if self._layer.go_backwards else states


def reading_of_states(layer: Any) -> Reading:
    """Reads the states of each of its `recurrent_layers`: (rows, steps, units)."""
    if recurrent_layers(layer) == (layer,) and layer.return_sequences and not layer.zero_output_for_mask:
        return _read_returned_states
    each = [_AllSteps(recurrent) for recurrent in recurrent_layers(layer)]

    def read(layer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, list[Any]]:
        given = dict(zip(("sequences", "initial_state", "mask"), args, strict=False)) | dict(kwargs)
        sequence, start = given.pop("sequences"), given.pop("initial_state", None)
        starts = [None] * len(each) if start is None else [start]
        if start is not None and len(each) == 2:
            starts = [start[: len(start) // 2], start[len(start) // 2 :]]
        # Before the layer itself, since a stateful one moves on.
        states = [steps(sequence, each_start, given) for steps, each_start in zip(each, starts, strict=True)]
        return run_layer(layer, args, dict(kwargs)), states

    return read


def _read_returned_states(layer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    answer, (states,) = read_answer(layer, args, kwargs)
    return answer, [keras.ops.flip(states, axis=1) if layer.go_backwards else states]


def read_scores(layer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """Reads the scores of an attention layer: (rows, heads, queries, keys), each query's add up to 1.

    Places on several axes come one after the other; over axes that are not attended to the mean is taken.
    """
    before = dict(vars(layer))
    try:
        # One call for both: the first one takes the masks off its inputs.
        answer, scores = run_layer(layer, args, {**kwargs, "return_attention_scores": True})
    finally:
        if "_return_attention_scores" in before:  # GroupQueryAttention keeps what it was last asked for
            layer._return_attention_scores = before["_return_attention_scores"]
    query = args[0] if args else kwargs.get("query", kwargs.get("inputs"))
    rank = len(keras.tree.flatten(query)[0].shape)
    with_heads = isinstance(layer, ATTENTIONS)
    attended = len(scores.shape) - rank if with_heads else 1
    for _ in range(len(scores.shape) - 1 - with_heads - 2 * attended):
        scores = keras.ops.mean(scores, axis=1)
    if not with_heads:
        scores = keras.ops.expand_dims(scores, 1)
    if attended > 1:
        sizes = keras.ops.shape(scores)
        queries, keys = math.prod(sizes[2 : 2 + attended]), math.prod(sizes[2 + attended :])  # may be tensors
        scores = keras.ops.reshape(scores, (-1, sizes[1], queries, keys))
    return ([answer, scores] if kwargs.get("return_attention_scores") else answer), [scores]


def read_answer(layer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """Reads what any layer returns: its first answer."""
    answer = run_layer(layer, args, dict(kwargs))
    return answer, [keras.tree.flatten(answer)[0]]

"""The weights of any layer as arrays whose axes have names; gates and heads apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np

from nbviz.keras_model.find_layer import find_layer, layers_inside
from nbviz.keras_model.forward import look_at
from nbviz.keras_model.kernel_arrays import CONVOLUTIONS, DEPTHWISE, SEPARABLE, SPATIAL_AXES, TRANSPOSED
from nbviz.network.named_array import NamedArray

_layers = keras.layers
LSTM_GATES = ("input", "forget", "cell", "output")
GRU_GATES = ("update", "reset", "new")
CONV_LSTMS = (_layers.ConvLSTM1D, _layers.ConvLSTM2D, _layers.ConvLSTM3D)
ATTENTIONS = (_layers.MultiHeadAttention, _layers.GroupQueryAttention)
NORMALIZATIONS = tuple(
    getattr(_layers, name)
    for name in ("BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization")
    if hasattr(_layers, name)
)
_PROJECTION = {"kernel": ("input", "head", "dimension"), "bias": ("head", "dimension")}
PROJECTIONS = {
    **dict.fromkeys(("query", "key", "value", "gate"), _PROJECTION),
    "attention_output": {"kernel": ("head", "dimension", "output"), "bias": ("output",)},
}


class _Part(NamedTuple):
    """One array of a layer."""

    name: str
    values: np.ndarray
    axes: tuple[str, ...]
    variable: Any  # that it is, or is a part of


def weights(model: keras.Model, layer: Any) -> dict[str, NamedArray]:
    """The weights of any layer, as copies with names.

    | layer | names (and axes) |
    |---|---|
    | Dense | kernel (input, unit), bias (unit) |
    | Conv1D/2D/3D | kernel (row, column, input channel, filter), bias (filter), as Keras keeps it: `kernels` \
returns one order for every kind |
    | BatchNormalization and other normalizations | gamma, beta, moving_mean, moving_variance (channel) |
    | Embedding | embeddings (token, dimension) |
    | SimpleRNN | kernel (input, unit), recurrent_kernel (state, unit), bias (unit) |
    | LSTM | for each gate input, forget, cell, output: `"forget/kernel"` (input, unit), \
`"forget/recurrent_kernel"` (state, unit), `"forget/bias"` (unit) |
    | GRU | the same for the gates update, reset, new; with `reset_after` also `"update/recurrent_bias"` |
    | ConvLSTM | as LSTM, kernel (row, column, input channel, filter) |
    | Bidirectional | `"forward/..."` and `"backward/..."` |
    | SpectralNormalization | those of the layer inside, without its name, and vector_u |
    | any of these with LoRA | kernel (or embeddings) as it was frozen, lora_kernel_a, lora_kernel_b, and \
`"kernel (merged)"`, which the layer computes with |
    | MultiHeadAttention | `"query/kernel"` (input, head, dimension), `"query/bias"` (head, dimension), the same for \
key and value; `"attention_output/kernel"` (head, dimension, output) |
    | a model, a wrapper, a layer made of layers | `"inner/..."` for each layer inside |
    | anything else | its weights under their own names, axes axis0, axis1, ... |

    Args:
        model: A built `keras.Model`.
        layer: The layer's name, `"outer/inner"` for one inside another layer; its index in `model.layers`; or itself.

    Returns:
        Name -> array with named axes, in Keras' order; empty for a layer without weights.

    Raises:
        TypeError: Not a `keras.Model`, or `layer` is nothing that can name a layer.
        ValueError: There is no such layer.
        IndexError: No layer with that index.
    """
    named: dict[str, NamedArray] = {}
    for part in _parts(find_layer(model, layer).layer):
        name, count = part.name, 1
        while name in named:
            name, count = f"{part.name}_{count}", count + 1
        named[name] = NamedArray(name, np.array(part.values, order="C"), part.axes)
    return named


def _parts(layer: Any) -> list[_Part]:
    """All weights of a layer; those that its type explains first."""
    parts = list(_explained(layer))
    known = {id(part.variable) for part in parts}
    if isinstance(layer, _layers.SpectralNormalization):
        # The kernel is the wrapper's own too: as Keras tells it, without the name of the layer inside.
        return _in_order_of(layer, [*_parts(layer.layer), _plain(layer.vector_u)])
    inside = layers_inside(layer)
    if inside and not isinstance(layer, (_layers.RNN, *CONV_LSTMS)):
        names = _names_inside(layer, inside)
        for inner, name in zip(inside, names, strict=True):
            for part in _parts(inner):
                if id(part.variable) in known and part.variable is not None:
                    continue
                parts.append(part._replace(name=f"{name}/{part.name}"))
        known = {id(part.variable) for part in parts}
    left = [variable for variable in getattr(layer, "weights", ()) if id(variable) not in known]
    return _in_order_of(layer, parts + [_plain(variable) for variable in left])


def _in_order_of(layer: Any, parts: list[_Part]) -> list[_Part]:
    """Parts in the order of the layer's weights; gates, several of one weight, stay together, the rest comes last."""
    places = {id(variable): place for place, variable in enumerate(getattr(layer, "weights", ()))}
    if len({id(part.variable) for part in parts}) < len(parts):
        return parts
    return sorted(parts, key=lambda part: places.get(id(part.variable), len(places)))


def _names_inside(layer: Any, inside: list[Any]) -> list[str]:
    if isinstance(layer, _layers.Bidirectional):
        return ["forward", "backward"]
    return [inner.name for inner in inside]


def _plain(variable: Any) -> _Part:
    values = look_at(variable)
    return _Part(variable.name, values, tuple(f"axis{axis}" for axis in range(values.ndim)), variable)


def _of(layer: Any, **axes: tuple[str, ...]) -> Iterator[_Part]:
    """The attributes of these names that are weights of the number of axes that the names are for."""
    for name, names in axes.items():
        variable = getattr(layer, name, None)
        if len(getattr(variable, "shape", ())) != len(names):  # some have a switch of the same name
            continue
        if getattr(layer, "lora_enabled", False) and isinstance(getattr(layer, f"_{name}", None), keras.Variable):
            merged, variable = variable, getattr(layer, f"_{name}")
            yield _Part(f"{name} (merged)", look_at(merged), names, None)
        yield _Part(name, look_at(variable), names, variable)


def _explained(layer: Any) -> Iterator[_Part]:
    if not getattr(layer, "built", False) or getattr(layer, "quantization_mode", None) is not None:
        return
    if isinstance(layer, _layers.Dense):
        yield from _of(layer, kernel=("input", "unit"), bias=("unit",))
    elif isinstance(layer, (*CONVOLUTIONS, *TRANSPOSED, *DEPTHWISE, *SEPARABLE)):
        yield from _of_convolution(layer)
    elif isinstance(layer, NORMALIZATIONS):
        names = ("gamma", "beta", "scale", "moving_mean", "moving_variance")
        yield from _of(layer, **dict.fromkeys(names, ("channel",)))
    elif isinstance(layer, _layers.Embedding):
        yield from _of(layer, embeddings=("token", "dimension"))
    elif isinstance(layer, ATTENTIONS):
        for inner in layers_inside(layer):
            for part in _of(inner, **PROJECTIONS.get(inner.name, {})):
                yield part._replace(name=f"{inner.name}/{part.name}")
    elif isinstance(layer, (_layers.RNN, *CONV_LSTMS)):
        yield from _of_cell(layer.cell)
    elif isinstance(layer, (_layers.LSTMCell, _layers.GRUCell, _layers.SimpleRNNCell, _layers.StackedRNNCells)):
        yield from _of_cell(layer)


def _of_convolution(layer: Any) -> Iterator[_Part]:
    space = SPATIAL_AXES[len(layer.kernel_size)]
    if isinstance(layer, SEPARABLE):
        depthwise, pointwise = (*space, "input channel", "multiplier"), (*space, "depthwise channel", "filter")
        yield from _of(layer, depthwise_kernel=depthwise, pointwise_kernel=pointwise, bias=("filter",))
    elif isinstance(layer, TRANSPOSED):
        yield from _of(layer, kernel=(*space, "filter", "input channel"), bias=("filter",))
    elif isinstance(layer, DEPTHWISE):
        yield from _of(layer, kernel=(*space, "input channel", "multiplier"), bias=("filter",))
    else:
        yield from _of(layer, kernel=(*space, "input channel", "filter"), bias=("filter",))


def _of_cell(cell: Any) -> Iterator[_Part]:
    if isinstance(cell, _layers.StackedRNNCells):
        for index, inner in enumerate(cell.cells):
            for part in _of_cell(inner):
                yield part._replace(name=f"cell {index}/{part.name}")
    elif isinstance(cell, _layers.LSTMCell):
        yield from _gates(cell, LSTM_GATES, (), "unit")
    elif isinstance(cell, _layers.GRUCell):
        yield from _gates(cell, GRU_GATES, (), "unit")
    elif isinstance(cell, _layers.SimpleRNNCell):
        yield from _of(cell, kernel=("input", "unit"), recurrent_kernel=("state", "unit"), bias=("unit",))
    elif getattr(cell, "kernel_size", None) is not None:
        yield from _gates(cell, LSTM_GATES, SPATIAL_AXES[len(cell.kernel_size)], "filter")
    else:
        yield from _parts(cell)


def _gates(cell: Any, gates: tuple[str, ...], space: tuple[str, ...], unit: str) -> Iterator[_Part]:
    """The weights of a cell, whose last axis holds one gate after the other."""
    entering = "input channel" if space else "input"
    state = "state channel" if space else "state"
    for index, gate in enumerate(gates):
        for name, axes in (
            ("kernel", (*space, entering, unit)),
            ("recurrent_kernel", (*space, state, unit)),
            ("bias", (unit,)),
        ):
            variable = getattr(cell, name, None)
            if variable is None:
                continue
            values = np.split(look_at(variable), len(gates), axis=-1)[index]
            if name == "bias" and values.ndim == 2:
                # With reset_after a GRU has one bias for what enters and one for the state.
                yield _Part(f"{gate}/bias", values[0], axes, variable)
                yield _Part(f"{gate}/recurrent_bias", values[1], axes, variable)
            else:
                yield _Part(f"{gate}/{name}", values, axes, variable)

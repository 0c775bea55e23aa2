"""What the layers of Keras are to a picture: by their type, never by their name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.graph import has_graph

# Layers that keep what flows through them apart unit by unit, or only reshape it.
ACTIVATION_LAYERS = {
    keras.layers.ReLU: "relu",
    keras.layers.LeakyReLU: "leaky relu",
    keras.layers.PReLU: "prelu",
    keras.layers.ELU: "elu",
    keras.layers.Softmax: "softmax",
}
REGULARIZERS = {
    keras.layers.Dropout: "dropout",
    keras.layers.SpatialDropout1D: "dropout",
    keras.layers.SpatialDropout2D: "dropout",
    keras.layers.SpatialDropout3D: "dropout",
    keras.layers.AlphaDropout: "dropout",
    keras.layers.GaussianDropout: "gaussian dropout",
}
NOTES = {
    keras.layers.Normalization: "standardised",
    keras.layers.Rescaling: "rescaled",
    keras.layers.Flatten: "flatten",
    keras.layers.GaussianNoise: "gaussian noise",
}
RESCALERS = (keras.layers.Normalization, keras.layers.Rescaling)
SILENT = (keras.layers.Identity, keras.layers.ActivityRegularization)


def has_plain_kernel(layer: keras.layers.Dense) -> bool:
    """Whether the layer does what `Dense` does, with a unit that leaves for each column of its kernel.

    Not a subclass, or a layer, with a call of its own; not a quantized one; none whose activation halves the units.
    """
    kept_call = type(layer).call is keras.layers.Dense.call and "call" not in vars(layer)
    return kept_call and layer.quantization_mode is None and units_leaving(layer) == layer.units


def units_leaving(layer: keras.layers.Dense) -> int | None:
    """How many numbers a row of `Dense` has behind its activation; None where that is no row any more.

    Keras believes `units`, whatever the activation: behind `glu` there are half of them.
    """
    activation = layer.activation
    name = getattr(activation, "__name__", "")
    if activation is None or (name != "glu" and getattr(keras.activations, name, None) is activation):
        return int(layer.units)
    try:
        row = keras.ops.zeros((1, layer.units), layer.compute_dtype)
        shape = tuple(activation(row).shape)
    except Exception:  # code of the user's own; what is wrong with it shows when the model runs
        return int(layer.units)
    return int(shape[1]) if len(shape) == 2 else None


def last_step(operation: Any) -> str | None:
    """The nonlinear step at the end of a layer, or of a model inside the model."""
    while isinstance(operation, keras.Model) and has_graph(operation) and len(operation.outputs) == 1:
        operation = operation.outputs[0]._keras_history.operation
    return (passed_through(operation) or (None,))[0] or _activation_name(getattr(operation, "activation", None))


def _activation_name(activation: Any) -> str | None:
    if activation is None or activation is keras.activations.linear:
        return None
    if type(activation) in ACTIVATION_LAYERS:
        return _layer_activation(activation)
    name = getattr(activation, "__name__", None) or getattr(activation, "name", None) or type(activation).__name__
    return str(name).replace("_", " ").strip("<>")


def _layer_activation(layer: Any) -> str:
    return "leaky relu" if getattr(layer, "negative_slope", 0) else ACTIVATION_LAYERS[type(layer)]


def passed_through(operation: Any) -> tuple[str | None, str | None] | None:
    """(activation or normalization step, note) of a layer that is passed through, None for any other."""
    kind = type(operation)
    if kind is keras.layers.Activation:
        return _activation_name(operation.activation), None
    if kind in ACTIVATION_LAYERS:
        return _layer_activation(operation), None
    if kind is keras.layers.BatchNormalization:
        return "batch norm", None
    if kind in REGULARIZERS:
        return None, f"{REGULARIZERS[kind]} {operation.rate:g}"
    if kind is keras.layers.Reshape:
        return None, "reshape " + " × ".join(str(size) for size in operation.target_shape)
    if kind in NOTES:
        return None, NOTES[kind]
    return (None, None) if kind in SILENT else None


def contents_of(operation: Any) -> tuple[str, ...]:
    """For a model inside the model: how many layers it holds."""
    if not isinstance(operation, keras.Model):
        return ()
    count = sum(not isinstance(layer, keras.layers.InputLayer) for layer in operation.layers)
    return (f"{count} layer{'s' * (count != 1)} inside",)


def names_inside(operation: Any) -> list[str]:
    """For a model inside the model: the names of its layers, `"inner/layer"` for those of a model inside it."""
    if not isinstance(operation, keras.Model):
        return []
    own = [layer for layer in operation.layers if not isinstance(layer, keras.layers.InputLayer)]
    return [name for layer in own for name in (layer.name, *(f"{layer.name}/{inner}" for inner in names_inside(layer)))]


def count_parameters(operation: Any, counted: set[int]) -> int:
    """Number of weights of a layer, 0 of a bare operation; those counted before (by id) are left out."""
    weights: Iterable[Any] = getattr(operation, "weights", ())
    new = {id(weight): weight for weight in weights if id(weight) not in counted}
    counted.update(new)
    return sum(int(np.prod(weight.shape)) for weight in new.values())

"""Importance from the weights alone: no data, chains of dense layers only.

Between an input and an output lie paths, one for each choice of a unit in every hidden layer. Olden multiplies the
weights along each path and adds the paths up, signs kept. Garson adds up shares instead: how much of all that enters
a unit comes from each unit before it. Both know nothing of the activations between, nor of the data.

References:
    Garson (1991), Interpreting neural-network connection weights, AI Expert 6(4).
    Goh (1995), Back-propagation neural networks for modeling complex systems, Artificial Intelligence in Engineering 9.
    Olden & Jackson (2002), Illuminating the "black box", Ecological Modelling 154.
    Olden, Joy & Death (2004), An accurate comparison of methods for quantifying variable importance, Ecol. Model. 178.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.forward import look_at
from nbviz.keras_model.graph import Call, calls_of, check_model, has_graph
from nbviz.keras_model.layers import has_plain_kernel, passed_through


def connection_weights(model: keras.Model, layer: str | None = None) -> np.ndarray:
    """Product of the weight matrices: the model as the linear map that it is with every activation left out.

    Scaling layers count: `Normalization`, `Rescaling`, and `BatchNormalization` in inference mode. A number is the
    change of the output for one more unit of the input as the model receives it, so of inputs in different units
    compare the products with their standard deviations.

    Args:
        model: A chain of dense layers.
        layer: Start from the units that this dense layer returns, instead of from the input.

    Returns:
        Signed, float64, (features or units, outputs); of a softmax head the logits, not centred over the classes.

    Raises:
        TypeError: Not a `keras.Model`.
        ValueError: Not a chain of dense layers, or no such layer.
    """
    kernels, scale = _chain(model, layer, "connection_weights")
    product = np.eye(len(kernels[0])) if kernels else np.eye(len(scale))
    for kernel in kernels:
        product = product @ kernel
    return np.asarray(product * scale)


def garson(model: keras.Model, layer: str | None = None) -> np.ndarray:
    """Product of the shares |weight| / sum of |weights| into the same unit, over all dense layers.

    Here for comparison only. It knows no signs, so paths that cancel count twice; and a product of averages over many
    hidden units is nearly the same for every feature: on wide nets it tells features apart poorly.

    Args:
        model: A chain of dense layers.
        layer: Start from the units that this dense layer returns, instead of from the input.

    Returns:
        float64 (features or units, outputs), each column summing to 1; 0 where no weight leads to the output.

    Raises:
        TypeError: Not a `keras.Model`.
        ValueError: Not a chain of dense layers, or no such layer.
    """
    kernels, scale = _chain(model, layer, "garson")
    product = np.eye(len(kernels[0])) if kernels else np.eye(len(scale))
    for kernel in kernels:
        product = product @ _shares(np.abs(kernel))
    # Units that no weight enters are constant: what they would pass on is shared among the others.
    return _shares(product)


def _shares(sizes: np.ndarray) -> np.ndarray:
    total = sizes.sum(axis=0)
    return np.asarray(np.divide(sizes, total, out=np.zeros_like(sizes), where=total != 0))


def _chain(model: keras.Model, layer: str | None, method: str) -> tuple[list[np.ndarray], np.ndarray]:
    """Kernels from the layer on, each with the scaling in front of it in its rows, and the scale of the outputs."""
    calls = _calls_in_a_row(model, method)
    dense = [call.name for call in calls if isinstance(call.operation, keras.layers.Dense)]
    if layer is not None:
        if layer not in dense:
            raise ValueError(f"Expected layer to be one of the dense layers {dense}. Received {layer!r}.")
        start = next(index for index, call in enumerate(calls) if call.name == layer)
        calls = calls[start:]
    kernels: list[np.ndarray] = []
    scale = np.ones(calls[0].outputs[0].shape[-1])
    for call in calls[1:]:
        if isinstance(call.operation, keras.layers.Dense):
            kernels.append(scale[:, None] * look_at(call.operation.kernel).astype(float))
            scale = np.ones(kernels[-1].shape[1])
        elif type(call.operation) in FACTORS:
            scale = scale * FACTORS[type(call.operation)](call.operation).ravel()
    return kernels, scale


def _calls_in_a_row(model: keras.Model, method: str) -> list[Call]:
    """The calls from the input to the output.

    Raises:
        ValueError: They are no chain of dense layers.
    """
    check_model(model)
    if not has_graph(model):
        raise _no_chain(method, f'{type(model).__name__} "{model.name}", whose layers are called by its own code')
    for word, tensors in (("inputs", model.inputs), ("outputs", model.outputs)):
        if len(tensors) != 1:
            names = ", ".join(f'"{tensor._keras_history.operation.name}"' for tensor in tensors)
            raise _no_chain(method, f"{len(tensors)} {word}: {names}")
    calls = calls_of(model)
    for call in calls:
        if not _fits(call):
            raise _no_chain(method, _title(call))
    for call in calls:
        shape = tuple(call.outputs[0].shape[1:])
        if len(shape) != 1 or shape[0] is None:
            sizes = ", ".join(["n", *("any" if size is None else str(size) for size in shape)])
            raise _no_chain(method, f"{_title(call)} of shape ({sizes})")
    if not any(isinstance(call.operation, keras.layers.Dense) for call in calls):
        raise _no_chain(method, f'a model without any: "{model.name}"')
    return calls


def _fits(call: Call) -> bool:
    operation = call.operation
    if isinstance(operation, keras.layers.InputLayer):
        return True
    if isinstance(operation, keras.layers.Dense):
        return has_plain_kernel(operation)
    return passed_through(operation) is not None and not isinstance(operation, keras.layers.Reshape)


def _title(call: Call) -> str:
    return f'{type(call.operation).__name__} "{call.name}"'


def _no_chain(method: str, received: str) -> ValueError:
    return ValueError(
        f'Expected a chain of dense layers for {method}. Received {received}; use method="expected_gradients".'
    )


def _of_normalization(layer: Any) -> np.ndarray:
    deviation = np.maximum(np.sqrt(look_at(layer.variance).astype(float)), keras.config.epsilon())
    return np.asarray(deviation if layer.invert else 1 / deviation)


def _of_batch_normalization(layer: Any) -> np.ndarray:
    factor = 1 / np.sqrt(look_at(layer.moving_variance).astype(float) + layer.epsilon)
    return np.asarray(factor * look_at(layer.gamma) if layer.scale else factor)


# What a layer multiplies each number with, (units,) or one for all; every other layer passes them on as they are.
FACTORS: dict[type, Callable[[Any], np.ndarray]] = {
    keras.layers.Normalization: _of_normalization,
    keras.layers.Rescaling: lambda layer: np.asarray(layer.scale, float),
    keras.layers.BatchNormalization: _of_batch_normalization,
}

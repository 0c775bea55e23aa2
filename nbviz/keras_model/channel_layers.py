"""Layers of channels: which they are, and what their weights come to between two channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.kernel_arrays import CONVOLUTIONS, DEPTHWISE, SEPARABLE, TRANSPOSED, WITH_KERNELS
from nbviz.network.channels import PlacedWeights, spread

_layers = keras.layers
GLOBAL_POOLING = (
    _layers.GlobalAveragePooling1D,
    _layers.GlobalAveragePooling2D,
    _layers.GlobalAveragePooling3D,
    _layers.GlobalMaxPooling1D,
    _layers.GlobalMaxPooling2D,
    _layers.GlobalMaxPooling3D,
)
_ADAPTIVE = ("AdaptiveAveragePooling", "AdaptiveMaxPooling")  # since Keras 3.13
_ADAPTIVE_NAMES = [f"{name}{rank}D" for name in _ADAPTIVE for rank in (1, 2, 3)]
ADAPTIVE_POOLING = tuple(getattr(_layers, name) for name in _ADAPTIVE_NAMES if hasattr(_layers, name))
POOLING = (
    _layers.MaxPooling1D,
    _layers.MaxPooling2D,
    _layers.MaxPooling3D,
    _layers.AveragePooling1D,
    _layers.AveragePooling2D,
    _layers.AveragePooling3D,
)
RESIZING = (
    _layers.UpSampling1D,
    _layers.UpSampling2D,
    _layers.UpSampling3D,
    _layers.ZeroPadding1D,
    _layers.ZeroPadding2D,
    _layers.ZeroPadding3D,
    _layers.Cropping1D,
    _layers.Cropping2D,
    _layers.Cropping3D,
)
_NORMALIZING = (_layers.BatchNormalization, _layers.LayerNormalization, _layers.GroupNormalization)
_SWITCHING = (_layers.Activation, _layers.ReLU, _layers.LeakyReLU, _layers.PReLU, _layers.ELU)
_MERGING = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")  # layers, and operations such as a + b
MOST_KERNELS = 8192  # numbers of a layer's kernels that travel with a frame
MOST_IN_CHANNELS = 16


def is_convolution(operation: Any) -> bool:
    """Whether a layer does what the convolutions of Keras do, in a call of its own class."""
    if not isinstance(operation, WITH_KERNELS):
        return False
    return "call" not in vars(operation) and type(operation).call.__module__.startswith("keras.")


def hands_channels_on(operation: Any) -> bool:
    """Whether each channel that leaves a layer is made of that channel, or of one of several inputs."""
    kinds = (*GLOBAL_POOLING, *POOLING, *ADAPTIVE_POOLING, *RESIZING, *_NORMALIZING, *_SWITCHING)
    if isinstance(operation, kinds):
        return True
    return is_merging(operation) or isinstance(operation, _layers.Concatenate)


def is_merging(operation: Any) -> bool:
    """Whether the layer joins tensors of one shape number by number."""
    kind = type(operation)
    return kind.__name__ in _MERGING and kind.__module__.startswith("keras.")


def window_of(operation: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(window, strides) as `Layer` has them."""
    window = getattr(operation, "kernel_size", None) or getattr(operation, "pool_size", None)
    if window is None and isinstance(operation, (_layers.UpSampling1D, _layers.UpSampling2D, _layers.UpSampling3D)):
        window = operation.size
    if window is None:
        return (), ()
    window = tuple(np.atleast_1d(window).tolist())
    strides = tuple(np.atleast_1d(getattr(operation, "strides", None) or ()).tolist())
    usual = window if isinstance(operation, POOLING) else (1,) * len(window)
    return window, strides if strides and strides != usual else ()


def takes_steps(operation: Any) -> bool:
    """Whether the layer goes through its input step by step: recurrent ones, and convolutions and pooling over time."""
    if isinstance(operation, (_layers.RNN, _layers.Bidirectional)):
        return True
    return type(operation).__name__.removesuffix("Transpose").endswith("1D")


def is_sparse(operation: Any) -> bool:
    """Whether not every channel that enters a convolution leads to every one that leaves."""
    return isinstance(operation, DEPTHWISE) or (isinstance(operation, CONVOLUTIONS) and operation.groups > 1)


def stored_kernels(operation: Any) -> tuple[Any, ...]:
    """The variables that `ordered` takes."""
    if isinstance(operation, SEPARABLE):
        return operation.depthwise_kernel, operation.pointwise_kernel
    return (operation.kernel,)


def placed_weights(operation: Any, stored: Sequence[np.ndarray]) -> PlacedWeights:
    """A convolution's kernel, place by place.

    Args:
        operation: The layer.
        stored: Values of its `stored_kernels`.
    """
    kernel = stored[0].reshape(-1, *stored[0].shape[-2:])
    if isinstance(operation, TRANSPOSED):
        return PlacedWeights(kernel.swapaxes(1, 2))
    if isinstance(operation, SEPARABLE):
        mixing = stored[1].reshape(*kernel.shape[1:], -1)
        return PlacedWeights(np.einsum("pcm,cmf->pcf", kernel, mixing))
    if isinstance(operation, DEPTHWISE):
        return PlacedWeights(kernel.reshape(len(kernel), 1, -1), groups=kernel.shape[1])
    return PlacedWeights(kernel, operation.groups)


def ordered(operation: Any, stored: Sequence[np.ndarray]) -> np.ndarray:
    """(places, channels that enter, channels that leave) of a convolution's kernel; 0 where none leads to another.

    Args:
        operation: The layer.
        stored: Values of its `stored_kernels`.
    """
    placed = placed_weights(operation, stored)
    return spread(placed.weights, placed.groups)


def small_kernels(operation: Any, stored: Sequence[np.ndarray]) -> np.ndarray | None:
    """(channels that leave, channels that enter, rows, columns) of a small 1D or 2D convolution; None for others."""
    size = tuple(operation.kernel_size)
    # Most are too large: they are not put in order first.
    if len(size) > 2 or is_sparse(operation) or any(kernel.size > MOST_KERNELS for kernel in stored):
        return None
    kernel = ordered(operation, stored)
    if kernel.shape[1] > MOST_IN_CHANNELS or kernel.size > MOST_KERNELS:
        return None
    rows, columns = (1, *size)[-2:]
    return kernel.transpose(2, 1, 0).reshape(kernel.shape[2], kernel.shape[1], rows, columns)

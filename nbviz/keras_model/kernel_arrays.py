"""Kernels of convolutional layers, filter by filter: one order for every kind of layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.batch_norm import norm_behind
from nbviz.keras_model.find_layer import FoundLayer, every_layer, find_layer
from nbviz.keras_model.forward import look_at

_layers = keras.layers
CONVOLUTIONS = (_layers.Conv1D, _layers.Conv2D, _layers.Conv3D)
TRANSPOSED = (_layers.Conv1DTranspose, _layers.Conv2DTranspose, _layers.Conv3DTranspose)
DEPTHWISE = (_layers.DepthwiseConv1D, _layers.DepthwiseConv2D)
SEPARABLE = (_layers.SeparableConv1D, _layers.SeparableConv2D)
WITH_KERNELS = (*CONVOLUTIONS, *TRANSPOSED, *DEPTHWISE, *SEPARABLE)

NO_KERNELS = "No kernels: this model has no conv layer."
SPATIAL_AXES = {1: ("step",), 2: ("row", "column"), 3: ("depth", "row", "column")}


@dataclass(frozen=True, slots=True, eq=False)
class Kernels:
    """The kernels of one layer: copies, detached from the model.

    Attributes:
        layer: Name of the layer; inside another layer `"outer/inner"`.
        type: Class name of the layer, such as `"Conv2D"`.
        kernels: float array (filters, *kernel size, in channels).
        biases: float array (filters,), None for a layer without biases.
        axes: What the axes of `kernels` are: `("filter", "row", "column", "input channel")`.
        inputs: int array (filters, in channels): which channel of the layer's input each kernel reads. Only grouped
            and depthwise layers do not read all of them.
        folded: Name of the BatchNormalization that is folded in, None without.
    """

    layer: str
    type: str
    kernels: np.ndarray
    biases: np.ndarray | None
    axes: tuple[str, ...]
    inputs: np.ndarray
    folded: str | None = None

    def __repr__(self) -> str:
        """Layer and shape, no numbers."""
        folded = "" if self.folded is None else f", {self.folded} folded in"
        biases = "no biases" if self.biases is None else f"biases {self.biases.shape}"
        return f"Kernels({self.layer}: {self.type}, {' × '.join(self.axes)} {self.kernels.shape}, {biases}{folded})"


def kernels(model: keras.Model, layer: Any, *, fold_batch_norm: bool = False) -> Kernels:
    """The kernels of a convolutional layer, in one order for every kind of layer: filter first, channels last.

    `kernels(model, layer).kernels[7]` is all of filter 7, which makes output channel 7; `[7, :, :, 0]` is the picture
    of what it looks for in input channel 0. Keras keeps them in another order in each kind of layer, and returns that
    from `get_weights()`. `data_format` makes no difference: kernels have the same order for channels first.

    | layer | Keras keeps | filter f here |
    |---|---|---|
    | Conv1D | (k, in, f) | `k[:, :, f]`: (k, in) |
    | Conv2D | (kh, kw, in, f) | `k[:, :, :, f]`: (kh, kw, in) |
    | Conv3D | (kd, kh, kw, in, f) | `k[..., f]`: (kd, kh, kw, in) |
    | any of these with `groups` | (..., in / groups, f) | as above; it reads only the channels in `inputs[f]` |
    | Conv1D/2D/3DTranspose | (..., f, in) | `k[..., f, :]`: (..., in) |
    | DepthwiseConv1D/2D | (..., in, multiplier) | `k[..., c, m]` for f = c * multiplier + m: (..., 1); \
reads channel c |
    | SeparableConv1D/2D | (..., in, multiplier) and (1, ..., in * multiplier, f) | both steps as the one kernel that \
does the same: `sum over m of depthwise[..., c, m] * pointwise[..., c * multiplier + m, f]`: (..., in) |

    Orientation: a convolution of Keras does not flip. The number at [row, column] of a kernel multiplies the pixel at
    that row and column of the patch, so the kernel is a picture of what it looks for. In a transposed convolution it is
    a picture of what is painted: each input pixel adds the kernel, times its value, to the output with [0, 0] at the
    upper left. (With padding "same" what is painted over the edge is cut off.)

    Args:
        model: A built `keras.Model`.
        layer: The layer's name, `"outer/inner"` for one inside another layer; its index in `model.layers`; or itself.
        fold_batch_norm: Return the kernels and biases of the layer that does the same as this one and the
            BatchNormalization that directly follows it, in inference mode:
            `kernel * gamma / sqrt(variance + epsilon)` and
            `(bias - mean) * gamma / sqrt(variance + epsilon) + beta`.

    Returns:
        The kernels as a copy.

    Raises:
        TypeError: Not a `keras.Model`, or `layer` is nothing that can name a layer.
        ValueError: No such layer, a layer without kernels, or no BatchNormalization directly behind it to fold in.
        IndexError: No layer with that index.
    """
    found = find_layer(model, layer)
    inner = unwrapped(found.layer)
    if not isinstance(inner, WITH_KERNELS):
        raise ValueError(_without_kernels(model, found))
    if not inner.built:
        raise ValueError(f"Expected a built layer. Received {found.path!r}; call the model once on a row of data.")
    read = kernels_of(found.path, inner)
    return _folded(read, found, inner) if fold_batch_norm else read


def layers_with_kernels(model: keras.Model) -> list[str]:
    """Paths of the layers that `kernels` can read, in the model's order."""
    return [found.path for found in every_layer(model) if isinstance(found.layer, WITH_KERNELS) and found.layer.built]


def unwrapped(layer: Any) -> Any:
    """The layer inside wrappers such as TimeDistributed."""
    while isinstance(layer, keras.layers.Wrapper):
        layer = layer.layer
    return layer


def _without_kernels(model: keras.Model, found: FoundLayer) -> str:
    having = layers_with_kernels(model)
    if not having:
        return f"{NO_KERNELS} nbviz.weights(model, {found.path!r}) reads the weights of any layer."
    return (
        f"Expected a layer with kernels: {', '.join(map(repr, having))}. Received {found.path!r}, a "
        f"{type(found.layer).__name__} layer; nbviz.weights(model, {found.path!r}) reads the weights of any layer."
    )


def kernels_of(path: str, layer: Any) -> Kernels:
    """The kernels of a layer itself, under a name."""
    rank = len(layer.kernel_size)
    if isinstance(layer, SEPARABLE):
        ordered = _composed(look_at(layer.depthwise_kernel), look_at(layer.pointwise_kernel))
    else:
        kernel = look_at(layer.kernel)
        if isinstance(layer, TRANSPOSED):
            ordered = np.moveaxis(kernel, -2, 0)
        elif isinstance(layer, DEPTHWISE):
            ordered = np.moveaxis(kernel.reshape(*kernel.shape[:rank], -1, 1), -2, 0)
        else:
            ordered = np.moveaxis(kernel, -1, 0)
    filters, channels = ordered.shape[0], ordered.shape[-1]
    first = np.zeros(filters, dtype=int)
    if isinstance(layer, DEPTHWISE):
        first = np.arange(filters) // layer.depth_multiplier
    elif isinstance(layer, CONVOLUTIONS):
        first = np.arange(filters) // (filters // layer.groups) * channels
    return Kernels(
        layer=path,
        type=type(layer).__name__,
        kernels=np.array(ordered, order="C"),
        biases=None if layer.bias is None else np.array(look_at(layer.bias)),
        axes=("filter", *SPATIAL_AXES[rank], "input channel"),
        inputs=first[:, None] + np.arange(channels),
    )


def _composed(depthwise: np.ndarray, pointwise: np.ndarray) -> np.ndarray:
    """(filters, *kernel size, in channels) of the two steps of a separable convolution."""
    channels, multiplier = depthwise.shape[-2:]
    mixing = pointwise.reshape(channels, multiplier, -1).astype(np.float64)
    composed = np.einsum("...cm,cmf->f...c", depthwise.astype(np.float64), mixing)
    return np.asarray(composed, dtype=depthwise.dtype)


def _folded(read: Kernels, found: FoundLayer, layer: Any) -> Kernels:
    norm = norm_behind(found, layer)
    scale, shift = norm.scale_and_shift()
    kernel = read.kernels * scale.reshape(-1, *[1] * (read.kernels.ndim - 1))
    biases = shift if read.biases is None else read.biases * scale + shift
    dtype = read.kernels.dtype
    return Kernels(read.layer, read.type, kernel.astype(dtype), biases.astype(dtype), read.axes, read.inputs, norm.name)

"""How a convolution slides its kernels over what enters it: where the patch of each number of a map lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import keras

from nbviz.keras_model.kernel_arrays import CONVOLUTIONS, DEPTHWISE, SEPARABLE

_SLIDING = (*CONVOLUTIONS, *DEPTHWISE, *SEPARABLE)


@dataclass(frozen=True, slots=True)
class Sliding:
    """A convolution's way over its input. Pairs are (rows, columns); of a sequence (1, steps).

    Attributes:
        size: Of the kernel.
        strides: Places of the input from one patch to the next.
        dilation: Places of the input from one number of the kernel to the next.
        padding: `"valid"`, `"same"` or `"causal"`.
        channels_first: Whether the input has its channels before its positions.
        entering: (rows, columns, channels) of the input, None where a size is open.
        kernel_numbers: How many numbers the kernels and the biases are.
        model_input: Number of the model's input that the layer reads as it is, None for the output of a layer.
    """

    size: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int]
    padding: str
    channels_first: bool
    entering: tuple[int | None, int | None, int | None]
    kernel_numbers: int
    model_input: int | None

    @property
    def numbers(self) -> int | None:
        """How many numbers the kernels, the biases and the input are; None where a size is open."""
        known = [size for size in self.entering if size is not None]
        return None if len(known) < 3 else self.kernel_numbers + math.prod(known)

    def padded_before(self, rows: int, columns: int) -> tuple[int, int]:
        """Rows and columns of zeros that are put before an input of this size."""
        axes = zip((rows, columns), self.size, self.strides, self.dilation, strict=True)
        before = [zeros_before(self.padding, length, *rest) for length, *rest in axes]
        return before[0], before[1]


def zeros_before(padding: str, length: int, size: int, stride: int, dilation: int) -> int:
    """How many zeros a convolution puts before what enters it, along one axis.

    Args:
        padding: `"valid"`, `"same"` or `"causal"`.
        length: Of what enters.
        size: Of the kernel.
        stride: Places of the input from one patch to the next.
        dilation: Places of the input from one number of the kernel to the next.
    """
    reach = (size - 1) * dilation
    if padding == "causal":
        return reach
    if padding == "same":
        return max(0, (-(-length // stride) - 1) * stride + reach + 1 - length) // 2
    return 0


def sliding_of(operation: Any, entering: tuple[int | None, ...], model_input: int | None) -> Sliding | None:
    """How a layer slides, None for one that does not, or whose class may compute something else.

    Args:
        operation: The layer.
        entering: Shape of what enters it, without the rows of data.
        model_input: Number of the model's input that it reads as it is, if any.
    """
    # A transposed convolution paints instead: its numbers have no one patch.
    plain = isinstance(operation, _SLIDING) and type(operation).call.__module__.startswith("keras.")
    if not plain or len(operation.kernel_size) > 2 or len(entering) != len(operation.kernel_size) + 1:
        return None
    if not operation.built or operation.padding not in ("valid", "same", "causal"):
        return None
    first = operation.data_format == "channels_first"
    shape = (*entering[1:], entering[0]) if first else tuple(entering)

    def pair(values: Any) -> tuple[int, int]:
        numbers = keras.tree.flatten(values)
        return (1, int(numbers[0])) if len(shape) == 2 else (int(numbers[0]), int(numbers[-1]))

    return Sliding(
        size=pair(operation.kernel_size),
        strides=pair(operation.strides),
        dilation=pair(operation.dilation_rate),
        padding=operation.padding,
        channels_first=first,
        entering=(1, shape[0], shape[1]) if len(shape) == 2 else (shape[0], shape[1], shape[2]),
        kernel_numbers=_kernel_numbers(operation, shape[-1]),
        model_input=model_input,
    )


def _kernel_numbers(operation: Any, channels: int | None) -> int:
    entering = channels or 1
    filters: int = operation.depth_multiplier * entering if isinstance(operation, DEPTHWISE) else operation.filters
    if isinstance(operation, DEPTHWISE):
        read = 1
    else:
        read = entering // (1 if isinstance(operation, SEPARABLE) else operation.groups)
    size: int = math.prod(operation.kernel_size)
    return filters * (read * size + (operation.bias is not None))

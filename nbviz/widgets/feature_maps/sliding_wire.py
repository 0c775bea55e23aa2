"""What the browser needs to work out any number of a map itself: the kernels, and what they slide over.

Array keys, with c = channels of the layer, i = channels of its input, n = input channels that one kernel reads,
h x w = size of a kernel (1 x steps for a sequence), H x W = positions of the input:

    entering    f4 (i, H, W)     what enters the layer, without padding
    kernels     f4 (c, n, h, w)
    bias        f4 (c,)          only of layers with biases
    first_input i4 (c,)          the first input channel that each kernel reads; only where not all begin at 0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from nbviz.widgets.tiles import robust_scale

if TYPE_CHECKING:
    from nbviz.keras_model.activations.convolution_windows import Sliding
    from nbviz.keras_model.kernel_arrays import Kernels

MOST_BYTES = 200_000


class SlidingWire(TypedDict):
    """How kernels slide; pairs are [rows, columns]."""

    rows: int  # of a kernel
    columns: int
    channels: int  # input channels that one kernel reads
    strides: list[int]
    dilation: list[int]
    padded: list[int]  # rows and columns of zeros put before the input
    input_rows: int
    input_columns: int
    input_channels: int
    on_picture: bool  # what enters is the input that is shown beside the maps
    kernel_scale: float  # |number| that gets the whole colour
    input_scale: float


# How kernels slide, and the arrays that go with it.
Slid = tuple[SlidingWire, dict[str, np.ndarray | None]]


def too_large(sliding: Sliding) -> str | None:
    """Why the numbers of a layer do not travel, None where they do or where only their arrays can tell."""
    if sliding.numbers is None or 4 * sliding.numbers <= MOST_BYTES:
        return None
    return _too_large(sliding.entering, sliding.kernel_numbers)


def _too_large(shape: tuple[int | None, ...], kernel_numbers: int) -> str:
    sizes = [size or 0 for size in shape]
    size = f"{sizes[1]:,} steps × {sizes[2]:,}" if sizes[0] == 1 else " × ".join(f"{size:,}" for size in sizes)
    needed = 4 * (int(np.prod(sizes)) + kernel_numbers)
    return (
        f"Too large to show how a number is made: an input of {size} and {kernel_numbers:,} numbers of kernels take "
        f"{_bytes_words(needed)}; at most {MOST_BYTES // 1000} kB travel with the maps."
    ).replace(",", "\N{THIN SPACE}")


def _bytes_words(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count // 1000} kB"


def sliding_wire(sliding: Sliding, kernels: Kernels, entering: np.ndarray, *, on_picture: bool) -> Slid | str:
    """How kernels slide and their numbers, or why they do not travel.

    Args:
        sliding: The layer's way over its input.
        kernels: Its kernels.
        entering: (rows, columns, channels) or (steps, channels) of what enters it.
        on_picture: Whether that is what is shown beside the maps.
    """
    planes = np.moveaxis(entering, -1, 0).reshape(entering.shape[-1], *(1, *entering.shape[:-1])[-2:])
    count = kernels.kernels.size + (0 if kernels.biases is None else kernels.biases.size)
    if 4 * (planes.size + count) > MOST_BYTES:
        return _too_large((*planes.shape[1:], planes.shape[0]), count)
    filters, channels = kernels.kernels.shape[0], kernels.kernels.shape[-1]
    first = kernels.inputs[:, 0]
    wire: SlidingWire = {
        "rows": sliding.size[0],
        "columns": sliding.size[1],
        "channels": channels,
        "strides": list(sliding.strides),
        "dilation": list(sliding.dilation),
        "padded": list(sliding.padded_before(*planes.shape[1:])),
        "input_rows": planes.shape[1],
        "input_columns": planes.shape[2],
        "input_channels": planes.shape[0],
        "on_picture": on_picture,
        "kernel_scale": robust_scale(kernels.kernels),
        "input_scale": robust_scale(entering),
    }
    return wire, {
        "entering": planes,
        "kernels": np.moveaxis(kernels.kernels, -1, 1).reshape(filters, channels, *sliding.size),
        "bias": kernels.biases,
        "first_input": first if first.any() else None,
    }

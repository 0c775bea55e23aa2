"""What enters the kernel of a convolution at each of its places, on the average over all that it answers.

A convolution is linear: the mean of what it answers is its kernel times the mean of its patches. Which places of the
input a place of the kernel meets is settled axis by axis, so that mean is a few sums over slices, and no patch is ever
laid out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nbviz.keras_model.activations.convolution_windows import zeros_before
from nbviz.keras_model.kernel_arrays import TRANSPOSED


def patch_means(operation: Any, entering: np.ndarray) -> np.ndarray:
    """(places of the kernel, channels): the mean over all positions of what a convolution makes.

    Args:
        operation: The layer, any of `WITH_KERNELS`.
        entering: One row of what enters it, or a mean over rows, as the layer takes it.
    """
    channels_first = operation.data_format == "channels_first"
    found = np.moveaxis(entering, 0, -1) if channels_first else entering
    *lengths, channels = found.shape
    answers = _answers(operation, lengths, channels)
    for axis, length in enumerate(lengths):
        met = _places_met(operation, axis, length, answers[axis])
        first = (slice(None),) * axis
        sums = [found[(*first, places)].sum(axis=axis, dtype=np.float64) for places in met]
        found = np.stack(sums, axis) / answers[axis]
    return found.reshape(-1, channels)


def _answers(operation: Any, lengths: list[int], channels: int) -> tuple[int, ...]:
    """How many positions there are along each axis of what a convolution makes."""
    if operation.data_format == "channels_first":
        return tuple(operation.compute_output_shape((1, channels, *lengths))[2:])
    return tuple(operation.compute_output_shape((1, *lengths, channels))[1:-1])


def _places_met(operation: Any, axis: int, length: int, answers: int) -> list[slice]:
    """For each place of the kernel along an axis the places of the input that it meets, once each."""
    size, stride, dilation = (
        int(values[axis]) for values in (operation.kernel_size, operation.strides, operation.dilation_rate)
    )
    painted = isinstance(operation, TRANSPOSED)
    # A transposed convolution answers where the one that goes the other way has its input.
    ends = (length, answers) if painted else (answers, length)
    before = zeros_before(operation.padding, ends[1], size, stride, dilation)
    found = []
    for place in range(size):
        # Those of 0, 1, ... for which `index * stride + shift` lies in what is slid over.
        shift = place * dilation - before
        first = max(0, -(shift // stride))
        count = max(0, min(ends[0], (ends[1] - 1 - shift) // stride + 1) - first)
        start, step = (first, 1) if painted else (first * stride + shift, stride)
        found.append(slice(start, start + count * step, step))
    return found

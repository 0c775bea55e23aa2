"""What a `KernelGrid` sends to the browser: `KernelGridWire` (JSON) and the numbers (bytes) it tells the places of.

Array keys, with f = filters, c = channels sent, t = numbers of one kernel in one channel (depth x rows x columns):

    kernels    f4 (f, c, t)   the kernels
    norms      f4 (f, t)      Euclidean norm over all input channels
    filter     f4 (f,)        Euclidean norm of the whole filter
    bias       f4 (f,)        only of layers with biases
    input      i4 (f,)        the first input channel that the filter reads
    importance f4 (f,)        only where it was given
    similarity i4 (f,)        filters so that neighbours are alike; only where it was worked out
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from nbviz.picture.packed_arrays import ArrayWire, packed
from nbviz.widgets.tiles import filter_norms, norms_over_channels, robust_scale

if TYPE_CHECKING:
    from nbviz.keras_model.kernel_arrays import Kernels

MOST_NUMBERS = 600_000  # of kernels at once: 2.4 MB; of larger layers a part of the input channels is sent


class KernelGridWire(TypedDict):
    """The kernels of one layer."""

    layer: str
    type: str  # class name of the Keras layer: "Conv2D"
    folded: str | None  # name of the BatchNormalization that is folded in
    filters: int
    channels: int  # input channels that each filter reads
    first_channel: int  # of those sent
    sent_channels: int
    groups: int  # filters of a group read the same channels
    depth: int  # 1 but for 3D kernels
    rows: int  # 1 for 1D kernels
    columns: int
    flat: bool  # the kernel has one spatial axis
    first_unit: int  # id of filter 0
    scale: float  # |number| that gets the whole colour
    norm_scale: float
    arrays: list[ArrayWire]


def kernel_grid_wire(
    shown: Kernels,
    *,
    first_channel: int,
    first_unit: int,
    importance: np.ndarray | None,
    similarity: np.ndarray | None,
) -> tuple[KernelGridWire, bytes]:
    """Kernels as they travel.

    Args:
        shown: The kernels of one layer.
        first_channel: The first in channel to send.
        first_unit: Id of filter 0.
        importance: (filters,), None without.
        similarity: (filters,) filters in an order in which neighbours are alike, None without.
    """
    kernels, read = shown.kernels, shown.inputs[:, 0]
    filters, channels, size = len(kernels), kernels.shape[-1], kernels.shape[1:-1]
    with np.errstate(over="ignore", invalid="ignore"):
        norms, whole = norms_over_channels(kernels), filter_norms(kernels)
    window = kernels[..., first_channel : first_channel + channels_at_once(kernels)]
    arrays = {
        "kernels": np.moveaxis(window, -1, 1).reshape(filters, window.shape[-1], -1),
        "norms": norms.reshape(filters, -1),
        "filter": whole,
        "bias": shown.biases,
        "input": read,
        "importance": importance,
        "similarity": similarity,
    }
    placed, payload = packed(arrays)
    depth, rows, columns = (1,) * (3 - len(size)) + size
    wire: KernelGridWire = {
        "layer": shown.layer,
        "type": shown.type,
        "folded": shown.folded,
        "filters": filters,
        "channels": channels,
        "first_channel": first_channel,
        "sent_channels": window.shape[-1],
        "groups": len(np.unique(read)),
        "depth": depth,
        "rows": rows,
        "columns": columns,
        "flat": len(size) == 1,
        "first_unit": first_unit,
        "scale": robust_scale(kernels),
        "norm_scale": robust_scale(norms),
        "arrays": placed,
    }
    return wire, payload


def channels_at_once(kernels: np.ndarray) -> int:
    """How many in channels of (filters, *kernel size, in channels) are sent together."""
    filters_times_size = math.prod(kernels.shape[:-1])
    channels: int = kernels.shape[-1]
    return min(channels, max(1, MOST_NUMBERS // filters_times_size))

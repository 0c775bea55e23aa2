"""Layers of channels: what an edge between two channels stands for, and the feature map that is a channel's face."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nbviz.network.architecture import Layer
from nbviz.network.layer_arrays import KernelsAndBiases

MAP_SIDE = 32  # px of a feature map as a face, at most
_BRIEF = {
    "Max": "max",
    "Average": "mean",
    "GlobalMax": "max",
    "GlobalAverage": "mean",
    "Up": "up",
    "Zero": "pad",
    "Cropping": "crop",
    "Add": "add",
    "Concatenate": "join",
    "Multiply": "multiply",
    "Subtract": "subtract",
    "Minimum": "min",
    "Maximum": "max",
    "BatchNormalization": "norm",
    "LayerNormalization": "norm",
    "GroupNormalization": "norm",
}


@dataclass(frozen=True, slots=True)
class Slices:
    """The weights between each channel of a source and each unit (or channel) of a layer, summed up.

    Attributes:
        norms: (channels, units), Euclidean norm of all weights between the two.
        sums: (channels, units), their sum; a norm is drawn with its sign.
    """

    norms: np.ndarray
    sums: np.ndarray

    @property
    def signed(self) -> np.ndarray:
        """(channels, units), the norms with the signs of the sums."""
        return np.where(self.sums < 0, -self.norms, self.norms)

    def merged(self) -> Slices:
        """All channels as one source: (1, units)."""
        norms = np.sqrt(np.square(self.norms, dtype=np.float64).sum(axis=0, keepdims=True))
        return Slices(norms, self.sums.sum(axis=0, keepdims=True, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class ChannelWeights:
    """Weights of layers whose edges stand for many weights each.

    Attributes:
        slices: Layer -> of a convolution (channels that enter, its channels), of a dense layer behind maps (their
            channels, its units), of another dense layer whose source has no units (1, its units).
        biases: Convolution -> (its channels,); those without biases are left out.
        kernels: Small convolution -> (its channels, channels that enter, rows, columns).
        convs: Names of the convolutions among them.
        regrouped: `ModelReader.cells_by_channel`.
    """

    slices: Mapping[str, Slices] = field(default_factory=dict)
    biases: Mapping[str, np.ndarray] = field(default_factory=dict)
    kernels: Mapping[str, np.ndarray] = field(default_factory=dict)
    convs: frozenset[str] = frozenset()
    regrouped: Callable[[str, np.ndarray], np.ndarray] | None = None

    @property
    def norms(self) -> KernelsAndBiases:
        """Convolution -> norms of its kernels, and its biases."""
        return {name: (self.slices[name].norms, self.biases.get(name)) for name in self.convs}


@np.errstate(over="ignore", invalid="ignore")  # of a network that has diverged, which a badge tells
def slices_of(kernel: np.ndarray) -> Slices:
    """What edges stand for, of a kernel (positions, channels, units)."""
    return Slices(
        np.sqrt(np.einsum("pcu,pcu->cu", kernel, kernel)),
        kernel.sum(axis=0),
    )


def by_channel(cells: np.ndarray, channels: int, channels_first: bool) -> np.ndarray:
    """(positions, channels, ...) of what belongs to the cells of flattened maps, (cells, ...).

    Args:
        cells: Such as the kernel (cells, units) of a Dense layer behind a Flatten.
        channels: Number of channels.
        channels_first: Whether all cells of a channel come one after the other.
    """
    if channels_first:
        return cells.reshape(channels, -1, *cells.shape[1:]).swapaxes(0, 1)
    return cells.reshape(-1, channels, *cells.shape[1:])


def shrunk(maps: np.ndarray, most: int = MAP_SIDE) -> np.ndarray:
    """Maps (rows, columns, channels) with at most so many rows and columns, by means over neighbours."""
    for axis in (0, 1):
        size = maps.shape[axis]
        step = -(-size // most)
        if step > 1:
            starts = np.arange(0, size, step)
            counts = np.diff(np.append(starts, size)).reshape([-1 if at == axis else 1 for at in range(maps.ndim)])
            maps = np.add.reduceat(maps, starts, axis=axis) / counts
    return maps


def levels(values: np.ndarray, scale: float) -> np.ndarray:
    """Values as bytes: 128 is 0, 1 and 255 are -/+ scale."""
    with np.errstate(over="ignore", invalid="ignore"):
        shares = np.nan_to_num(values / scale, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.round(np.clip(shares, -1.0, 1.0) * 127 + 128).astype(np.uint8)


def brief(layer: Layer) -> str:
    """A word for what a layer of channels without a kernel does, `"max"`; empty for any other layer."""
    if layer.kind != "maps":
        return ""
    fitting = [start for start in _BRIEF if layer.type.startswith(start)]
    return _BRIEF[max(fitting, key=len)] if fitting else layer.type.lower()

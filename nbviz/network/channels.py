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
class PlacedWeights:
    """The weights of a layer whose edges stand for many each, place by place.

    Attributes:
        weights: (places, channels of one group, units): of a convolution the places of its kernel, of a dense layer
            behind maps their positions. They may share memory with the model: use them at once.
        groups: How many groups the channels that enter are in; a unit has weights for its own group alone.
    """

    weights: np.ndarray
    groups: int = 1

    def slices(self) -> Slices:
        """What the edges stand for."""
        return Slices(*(spread(part, self.groups) for part in _norms_and_sums(self.weights)))

    @np.errstate(over="ignore", invalid="ignore")
    def passing(self, entering: np.ndarray) -> np.ndarray:
        """(channels, units): what passes from each channel to each unit.

        Args:
            entering: (places, channels), what enters at each place; of rows and positions the mean.
        """
        places, channels, units = self.weights.shape
        by_group = self.weights.reshape(places, channels, self.groups, units // self.groups)
        parts = entering.reshape(places, self.groups, channels)
        flow = np.einsum("pgc,pcgu->cgu", parts, by_group, dtype=np.float64)
        return spread(flow.reshape(channels, units), self.groups)


@dataclass(frozen=True, slots=True)
class MeanMaps:
    """Means over rows of what layers of channels hand on and take in.

    Attributes:
        maps: Layer of channels -> (rows, columns, channels); of one axis of positions there is one row, of three the
            mean over the first.
        patches: Convolution -> (places of its kernel, channels that enter): what enters its kernel at each place, the
            mean over all positions of the map that it makes, with the zeros that it puts around.
    """

    maps: Mapping[str, np.ndarray] = field(default_factory=dict)
    patches: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelWeights:
    """Weights of layers whose edges stand for many weights each.

    Attributes:
        slices: Layer -> of a convolution (channels that enter, its channels), of a dense layer behind maps (their
            channels, its units), of another dense layer whose source has no units (1, its units).
        weights: The same layers -> the weights themselves.
        biases: Convolution -> (its channels,); those without biases are left out.
        kernels: Small convolution -> (its channels, channels that enter, rows, columns).
        convs: Names of the convolutions among them.
        regrouped: `ModelReader.cells_by_channel`.
    """

    slices: Mapping[str, Slices] = field(default_factory=dict)
    weights: Mapping[str, PlacedWeights] = field(default_factory=dict)
    biases: Mapping[str, np.ndarray] = field(default_factory=dict)
    kernels: Mapping[str, np.ndarray] = field(default_factory=dict)
    convs: frozenset[str] = frozenset()
    regrouped: Callable[[str, np.ndarray], np.ndarray] | None = None

    @property
    def norms(self) -> KernelsAndBiases:
        """Convolution -> norms of its kernels, and its biases."""
        return {name: (self.slices[name].norms, self.biases.get(name)) for name in self.convs}


@np.errstate(over="ignore", invalid="ignore")  # of a network that has diverged, which a badge tells
def _norms_and_sums(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.sqrt(np.einsum("pcu,pcu->cu", kernel, kernel)), kernel.sum(axis=0)


def spread(parts: np.ndarray, groups: int) -> np.ndarray:
    """(..., channels, units) of what belongs to the channels of each unit's own group; 0 for those of others.

    Args:
        parts: (..., channels of one group, units).
        groups: How many groups there are.
    """
    if groups == 1:
        return parts
    *first, channels, units = parts.shape
    by_group = parts.reshape(*first, channels, groups, units // groups)
    found = np.zeros((*first, groups, *by_group.shape[len(first) :]), parts.dtype)
    every = np.arange(groups)
    found[..., every, :, every, :] = np.moveaxis(by_group, -2, 0)
    return found.reshape(*first, groups * channels, units)


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

"""One moment of the network, as the picture needs it: numbers of the candidate units, and sums over the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from nbviz.network.architecture import Architecture, Connection
from nbviz.network.channels import MeanMaps
from nbviz.network.health import Badge
from nbviz.network.layer_arrays import ArrayRole, LayerArrays

# What each is, `nbviz.picture.network_wire` tells.
LayerArray = Literal[
    "a", "value", "z", "bias", "share", "cells", "term_unit", "term_w", "term_a", "kernels", "passing", "face",
    "lowest", "highest", "before", "after",
]  # fmt: skip
ConnectionArray = Literal["kernel", "flow", "input", "sd", "in_sum", "in_sum_a", "out_sum", "before", "after"]

SCALE_QUANTILE = 0.98


@dataclass(frozen=True, slots=True)
class LayerFrame:
    """Arrays of a layer by the names of `nbviz.picture.network_wire` (`a`, `z`, `bias`, ...), and two plain numbers.

    `words` is what the face of a block shows.
    """

    arrays: dict[LayerArray, np.ndarray]
    a_scale: float | None = None
    a_sum: float | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectionFrame:
    """Arrays of a connection by the names of `nbviz.picture.network_wire`, and its plain numbers."""

    arrays: dict[ConnectionArray, np.ndarray]
    scale: float = 1.0
    scale_a: float | None = None
    sum: float = 0.0
    sum_a: float | None = None
    abs_sum: float = 0.0
    abs_sum_a: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training run stands."""

    training: bool = False
    epoch: int | None = None
    batch: int | None = None
    updates_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """The network at one moment. Layers and connections in the order of the architecture.

    Attributes:
        layers: Numbers of the layers.
        connections: Numbers of the connections.
        badges: Findings about the model's health.
        sample: Row of x that is shown, if it is one.
        sample_name: What is shown, in words.
        progress: Where a training run stands.
        asked: Layer -> units whose numbers it has behind those of the candidates.
        ranks: Layer -> ranks of these.
        likely: Output layer that is drawn in part -> its likeliest units, best first.
    """

    layers: tuple[LayerFrame, ...]
    connections: tuple[ConnectionFrame, ...]
    badges: tuple[Badge, ...] = ()
    sample: int | None = None
    sample_name: str | None = None
    progress: Progress = field(default_factory=Progress)
    asked: Mapping[str, Sequence[int]] = field(default_factory=dict)
    ranks: Mapping[str, Sequence[int]] = field(default_factory=dict)
    likely: Mapping[str, Sequence[int]] = field(default_factory=dict)


class BlockFace(Protocol):
    """What the face of a block shows."""

    @property
    def values(self) -> np.ndarray:
        """(rows, columns)."""

    @property
    def words(self) -> str:
        """What that is."""

    @property
    def least_scale(self) -> float:
        """The value that gets the full colour where no larger one is shown."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What flows through the network for what is shown.

    Attributes:
        flow: `ModelReader.forward` of the probe rows, (rows, units) each; empty without data.
        shown: The same for the one sample shown, (1, units) each, or for rows whose mean is; None for the mean of the
            probe rows.
        values: Input layer -> rows of the probe as given, (rows, *input shape).
        shown_values: Input layer -> the sample shown as given, (1, *input shape), or the rows whose mean is.
        of_channels: Feature maps of what is shown, and what enters the convolutions.
        pictures: Block -> what its face shows.
        grid: `ModelReader.forward` of a square grid over the plane of two inputs, row by row from the top, and
            the grid itself as `("a", input)`; None for other models.
    """

    flow: LayerArrays = field(default_factory=dict)
    shown: LayerArrays | None = None
    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    shown_values: Mapping[str, np.ndarray] | None = None
    of_channels: MeanMaps = field(default_factory=MeanMaps)
    pictures: Mapping[str, BlockFace] = field(default_factory=dict)
    grid: LayerArrays | None = None

    def now(self, role: ArrayRole, layer: str) -> np.ndarray | None:
        """What is shown, (units,): the sample's value or the mean over rows; None if unknown."""
        flow = self.flow if self.shown is None else self.shown
        return flow[role, layer].mean(axis=0, dtype=np.float64) if (role, layer) in flow else None


@dataclass(frozen=True, slots=True)
class FrameContent:
    """What a frame is to tell.

    Attributes:
        signals: What flows through the network.
        label: What is shown, in words.
        sample: Row of x that is shown, if it is one.
        progress: Where a training run stands.
        gradient_rows: Rows that the sizes of gradients are looked at for; 0 for none.
        asked: Whether units that are asked for have their numbers in it too, and the likeliest classes are told.
    """

    signals: Signals
    label: str | None
    sample: int | None = None
    progress: Progress = field(default_factory=Progress)
    gradient_rows: int = 0
    asked: bool = False


def edge_scale(values: np.ndarray) -> float:
    """The |value| that gets the full width: a high quantile of the finite ones, 1 if there is none above 0."""
    values = values[np.isfinite(values)]
    if not values.size:
        return 1.0
    rank = math.ceil(SCALE_QUANTILE * (values.size - 1))
    return float(np.partition(values, rank)[rank]) or 1.0


def largest(values: np.ndarray) -> float:
    """A robust largest |value|; 1 where nothing is above 0."""
    return edge_scale(np.abs(values).reshape(-1))


def finite(value: float) -> float | None:
    """The number, None if it is none."""
    return float(value) if np.isfinite(value) else None


def scaled_by_sd(connection: Connection, architecture: Architecture) -> bool:
    """Whether edges show w sd: raw units of the inputs would drown everything in the largest column."""
    return connection.kind == "kernel" and architecture[connection.source].kind == "input"

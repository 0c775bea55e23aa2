"""Gathers one moment of the network as a `Frame`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nbviz.network.architecture import Architecture
from nbviz.network.channels import ChannelWeights
from nbviz.network.layer_arrays import ArrayKey, KernelsAndBiases
from nbviz.picture.channel_frame import channel_frame, entering_by_channel, norm_frame
from nbviz.picture.fold import Fold, part_of
from nbviz.picture.frame import ConnectionFrame, Frame, Signals
from nbviz.picture.unit_frame import KernelSums, connection_frame, kernel_sums, layer_frame


@np.errstate(over="ignore", invalid="ignore")  # of a network that has diverged, which a badge tells
def make_frame(
    architecture: Architecture,
    folds: Mapping[str, Fold],
    weights: KernelsAndBiases,
    signals: Signals,
    channels: ChannelWeights | None = None,
) -> Frame:
    """Gather the numbers of one moment; what else is told of it is the caller's.

    Args:
        architecture: The structure.
        folds: Layer with units -> which of its units are kept.
        weights: Dense layer -> kernel (inputs, units), bias (units,) or None.
        signals: What flows through the network.
        channels: Weights of convolutions, and of what takes channels in as a whole.

    Returns:
        The frame. Sums over a wide layer are those of its blocks, added in float64.
    """
    channels = channels or ChannelWeights()
    sums = {name: kernel_sums(name, kernel, signals) for name, (kernel, _) in weights.items()}
    shares = _shares(architecture, sums, channels, signals)
    return Frame(
        tuple(
            channel_frame(layer, folds[layer.name], channels, signals, shares)
            if layer.kind in ("conv", "maps")
            else layer_frame(layer, folds.get(layer.name), weights, sums, signals, shares)
            for layer in architecture.layers
        ),
        tuple(
            ConnectionFrame({})
            if connection.kind == "link"
            else norm_frame(connection, folds, channels, signals)
            if connection.kind == "norm"
            else connection_frame(connection, architecture, folds, weights[connection.target][0], sums, signals)
            for connection in architecture.connections
        ),
    )


def _shares(
    architecture: Architecture, sums: Mapping[str, KernelSums], channels: ChannelWeights, signals: Signals
) -> dict[str, np.ndarray]:
    """Each unit's share of what its layer hands on: mean |activation| times the sum of |w| of its edges."""
    found: dict[str, np.ndarray] = {}
    for layer in reversed(architecture.layers):
        for connection in architecture.out_of(layer.name):
            key: ArrayKey = "kernel input", connection.target
            handed_on: np.ndarray | None = None
            if architecture[connection.target].kind == "maps" and connection.target in found and layer.has_units:
                handed_on = part_of(found[connection.target], connection.offset, layer.units)
            elif connection.kind == "kernel" and key in signals.flow:
                handed_on = np.abs(signals.flow[key]).mean(axis=0) * sums[connection.target].absolute
            elif connection.kind == "norm" and key in signals.flow and layer.has_units:
                norms = channels.slices[connection.target].norms
                entering = np.abs(signals.flow[key]).mean(axis=0)
                handed_on = entering_by_channel(connection.target, entering, channels) * norms.sum(axis=1)
            if handed_on is not None:
                found[layer.name] = found.get(layer.name, 0.0) + handed_on
    return {name: share / (share.sum() or 1.0) for name, share in found.items()}

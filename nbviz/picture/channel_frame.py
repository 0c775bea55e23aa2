"""Numbers of channels, of the edges that stand for many weights each, and of the faces of blocks, for one frame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nbviz.network.architecture import Connection, Layer
from nbviz.network.channels import ChannelWeights, levels, shrunk
from nbviz.picture.fold import Fold
from nbviz.picture.frame import (
    ConnectionArray,
    ConnectionFrame,
    LayerArray,
    LayerFrame,
    Signals,
    edge_scale,
    finite,
    largest,
)

BLOCK_SIDE = 96  # px of the face of a block


def folded_numbers(layer: Layer, fold: Fold, now: np.ndarray, share: np.ndarray) -> dict[LayerArray, np.ndarray]:
    """What a folded layer has besides: each candidate's share of the contribution, and the cells of its strip."""
    starts = np.arange(0, layer.units, fold.cell_size)
    sizes = np.diff(np.append(starts, layer.units))
    return {"share": share[np.asarray(fold.candidates, int)], "cells": np.add.reduceat(now, starts) / sizes}


def channel_frame(
    layer: Layer, fold: Fold, channels: ChannelWeights, signals: Signals, shares: Mapping[str, np.ndarray]
) -> LayerFrame:
    """Numbers of channels: means over positions, and the maps as faces."""
    units = np.asarray(fold.candidates, int)
    unknown = np.full(layer.units, np.nan)
    known = signals.now("a", layer.name)
    now = unknown if known is None else known
    maps = signals.of_channels.maps.get(layer.name)
    scale = largest(now if maps is None else maps)
    arrays: dict[LayerArray, np.ndarray] = {"a": now[units]}
    if layer.name in channels.biases:
        arrays["bias"] = channels.biases[layer.name][units]
    if layer.name in channels.kernels:
        arrays["kernels"] = channels.kernels[layer.name][units]
        flow = _flow(layer.name, channels, signals)
        if flow is not None:
            arrays["passing"] = flow.T[units]
    if fold.folded:
        arrays |= folded_numbers(layer, fold, now, shares.get(layer.name, unknown))
    if maps is not None:
        drawn = maps[..., units]
        arrays["face"] = levels(np.moveaxis(shrunk(drawn), -1, 0), scale)
        arrays["lowest"], arrays["highest"] = drawn.min(axis=(0, 1)), drawn.max(axis=(0, 1))
    return LayerFrame(arrays, scale if np.isfinite(now).any() else None, finite(now.sum()))


def block_frame(layer: Layer, signals: Signals) -> LayerFrame:
    """The face of a block, where it has one."""
    picture = signals.pictures.get(layer.name)
    if picture is None:
        return LayerFrame({})
    scale = max(largest(picture.values), picture.least_scale)
    return LayerFrame({"face": levels(shrunk(picture.values[..., None], BLOCK_SIDE)[None, ..., 0], scale)}, scale,
                      words=picture.words)  # fmt: skip


def norm_frame(
    connection: Connection, folds: Mapping[str, Fold], channels: ChannelWeights, signals: Signals
) -> ConnectionFrame:
    """Edges that stand for many weights each: their norm, with the sign of their sum."""
    name = connection.target
    slices = channels.slices[name]
    source = folds.get(connection.source)
    norms = (slices.merged() if source is None else slices).signed
    sources = np.zeros(1, int) if source is None else np.asarray(source.candidates, int)
    targets = np.asarray(folds[name].candidates, int)
    known = np.full(len(norms), np.nan)
    flow = np.full(norms.shape, np.nan)
    by_channel = _flow(name, channels, signals)
    if by_channel is not None:
        flow = by_channel.sum(axis=0, keepdims=True) if source is None else by_channel
        entering = signals.now("kernel input", name)
        known = np.ones(1) if source is None or entering is None else entering_by_channel(name, entering, channels)
    arrays: dict[ConnectionArray, np.ndarray] = {
        "kernel": norms[np.ix_(sources, targets)],
        "input": known[sources],
        "sd": np.ones(len(sources)),
        "in_sum": norms.sum(axis=0)[targets],
        "in_sum_a": flow.sum(axis=0)[targets],
        "out_sum": norms.sum(axis=1)[sources],
    }
    if source is not None:
        arrays["flow"] = flow[np.ix_(sources, targets)]
    return ConnectionFrame(
        arrays,
        scale=edge_scale(np.abs(norms[norms != 0])),
        scale_a=None if by_channel is None else edge_scale(np.abs(flow[norms != 0])),
        sum=finite(norms.sum()) or 0.0,
        sum_a=finite(flow.sum()),
        abs_sum=finite(np.abs(norms).sum()) or 0.0,
        abs_sum_a=finite(np.abs(flow).sum()),
    )


def _flow(name: str, channels: ChannelWeights, signals: Signals) -> np.ndarray | None:
    """(channels, units): what passes through each edge, the mean over positions; None where it is unknown."""
    entering: np.ndarray | None
    if name in channels.convs:
        entering = signals.of_channels.patches.get(name)
    else:
        entering = signals.now("kernel input", name)
        if entering is not None and len(channels.slices[name].norms) == 1:
            entering = entering[:, None]
        elif entering is not None:
            assert channels.regrouped is not None
            entering = channels.regrouped(name, entering)
    return None if entering is None else channels.weights[name].passing(entering)


def entering_by_channel(name: str, entering: np.ndarray, channels: ChannelWeights) -> np.ndarray:
    """What enters a kernel, (inputs,), as the rows of its slices: (channels,), the mean of what enters from each."""
    slices = channels.slices.get(name)
    if slices is None or channels.regrouped is None or len(slices.norms) == len(entering):
        return entering
    if len(slices.norms) == 1:
        return np.asarray(entering.mean(keepdims=True))
    return np.asarray(channels.regrouped(name, entering).mean(axis=0))

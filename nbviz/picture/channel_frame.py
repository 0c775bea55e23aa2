"""Numbers of channels, of the edges that stand for many weights each, and of the faces of blocks, for one frame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nbviz.network.architecture import Connection, Layer
from nbviz.network.channels import ChannelWeights, Slices, levels, shrunk
from nbviz.network.layer_arrays import KernelsAndBiases
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
    maps = signals.maps.get(layer.name)
    scale = largest(now if maps is None else maps)
    arrays: dict[LayerArray, np.ndarray] = {"a": now[units]}
    if layer.name in channels.biases:
        arrays["bias"] = channels.biases[layer.name][units]
    if layer.name in channels.kernels:
        arrays["kernels"] = channels.kernels[layer.name][units]
    if fold.folded:
        arrays |= folded_numbers(layer, fold, now, shares.get(layer.name, unknown))
    if maps is not None:
        arrays["face"] = levels(np.moveaxis(shrunk(maps[..., units]), -1, 0), scale)
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
    connection: Connection,
    folds: Mapping[str, Fold],
    channels: ChannelWeights,
    weights: KernelsAndBiases,
    signals: Signals,
) -> ConnectionFrame:
    """Edges that stand for many weights each: their norm, with the sign of their sum."""
    name = connection.target
    slices = channels.slices[name]
    source = folds.get(connection.source)
    norms = (slices.merged() if source is None else slices).signed
    sources = np.zeros(1, int) if source is None else np.asarray(source.candidates, int)
    targets = np.asarray(folds[name].candidates, int)
    entering = signals.now("kernel input", name)
    known = np.full(len(norms), np.nan)
    flow = np.full(norms.shape, np.nan)
    if entering is not None:
        flow = _flow_of_slices(name, slices, entering, channels, weights)
        if source is None:
            flow, known = flow.sum(axis=0, keepdims=True), np.ones(1)
        else:
            known = entering_by_channel(name, entering, channels)
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
        scale_a=None if entering is None else edge_scale(np.abs(flow[norms != 0])),
        sum=finite(norms.sum()) or 0.0,
        sum_a=finite(flow.sum()),
        abs_sum=finite(np.abs(norms).sum()) or 0.0,
        abs_sum_a=finite(np.abs(flow).sum()),
    )


def _flow_of_slices(
    name: str, slices: Slices, entering: np.ndarray, channels: ChannelWeights, weights: KernelsAndBiases
) -> np.ndarray:
    """(channels, units): what passes through each edge.

    Of a convolution it is the mean over positions, those at the border taken as the others.
    """
    if name not in weights:
        return np.asarray(entering[:, None] * slices.sums)
    kernel = weights[name][0]
    if len(slices.norms) == 1:
        return np.asarray(np.einsum("i,ij->j", entering, kernel, dtype=np.float64))[None]
    assert channels.regrouped is not None
    return np.asarray(np.einsum("pc,pcu->cu", *(channels.regrouped(name, part) for part in (entering, kernel))))


def entering_by_channel(name: str, entering: np.ndarray, channels: ChannelWeights) -> np.ndarray:
    """What enters a kernel, (inputs,), as the rows of its slices: (channels,), the mean of what enters from each."""
    slices = channels.slices.get(name)
    if slices is None or channels.regrouped is None or len(slices.norms) == len(entering):
        return entering
    if len(slices.norms) == 1:
        return np.asarray(entering.mean(keepdims=True))
    return np.asarray(channels.regrouped(name, entering).mean(axis=0))

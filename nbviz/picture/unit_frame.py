"""Numbers of units and of the weights between them, for one frame.

Everything is computed from plain arrays: weights, and what flows through the layers for some rows of data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.network.layer_arrays import KernelsAndBiases
from nbviz.picture.channel_frame import block_frame, folded_numbers
from nbviz.picture.fold import Fold
from nbviz.picture.frame import (
    ConnectionFrame,
    LayerArray,
    LayerFrame,
    Signals,
    edge_scale,
    finite,
    largest,
    scaled_by_sd,
)

TERMS = 5
SCALE_SAMPLE = 4096  # weights looked at for a scale; it is for drawing only
CACHED = 32_768  # numbers that stay in a processor's cache
INPUT_SCALE = 2.5  # standard deviations that give an input node its full colour
BOUNDED = ("tanh", "sigmoid", "softmax", "softsign", "hard sigmoid", "hard tanh")
PICTURE_SIDE = 64


@dataclass(frozen=True, slots=True)
class KernelSums:
    """Sums over a kernel (inputs, units) that several numbers are made of; flow is NaN without data."""

    entering: np.ndarray | None  # (inputs,): what enters
    absolute: np.ndarray  # (inputs,): sum of |w| over units
    outgoing: np.ndarray  # (inputs,): sum of w over units
    incoming: np.ndarray  # (units,): sum of w over inputs
    flow: np.ndarray  # (units,): sum of w a over inputs


def kernel_sums(name: str, kernel: np.ndarray, signals: Signals) -> KernelSums:
    """All sums in one pass, block by block, each block staying in the processor's cache.

    Not as matrix products: their threads compete with the training that goes on.
    """
    entering = signals.now("kernel input", name)
    inputs, units = kernel.shape
    weight = np.zeros(inputs, kernel.dtype) if entering is None else entering.astype(kernel.dtype)
    absolute, outgoing = np.empty(inputs, kernel.dtype), np.empty(inputs, kernel.dtype)
    incoming, flow = np.zeros(units), np.zeros(units)
    block = min(inputs, max(1, CACHED // units))
    magnitude = np.empty((block, units), kernel.dtype)
    for start in range(0, inputs, block):
        rows = slice(start, start + block)
        part = kernel[rows]
        absolute[rows] = np.abs(part, out=magnitude[: len(part)]).sum(axis=1)
        outgoing[rows] = part.sum(axis=1)
        incoming += part.sum(axis=0)
        flow += np.einsum("i,ij->j", weight[rows], part)
    return KernelSums(entering, absolute, outgoing, incoming, np.full(units, np.nan) if entering is None else flow)


def layer_frame(
    layer: Layer,
    fold: Fold | None,
    weights: KernelsAndBiases,
    sums: Mapping[str, KernelSums],
    signals: Signals,
    shares: Mapping[str, np.ndarray],
) -> LayerFrame:
    """Numbers of the units of an input, a dense layer or an output; the picture of an input or a block."""
    if layer.is_picture:
        return _picture_frame(layer, signals)
    if fold is None:
        return block_frame(layer, signals)
    units = np.asarray(fold.candidates, int)
    unknown = np.full(layer.units, np.nan)
    arrays: dict[LayerArray, np.ndarray] = {}
    if layer.kind == "input":
        now, arrays["value"] = _input_numbers(layer, units, signals)
        scale = INPUT_SCALE if signals.values else largest(now)
    else:
        known = signals.now("a", layer.name)
        now = unknown if known is None else known
        # After batch normalization, values are no longer within the activation's range.
        bounded = layer.activation in BOUNDED and layer.steps[-1:] != ("batch norm",) and not layer.logits
        scale = 1.0 if bounded else largest(now)
        if layer.output is not None:
            arrays["value"] = (probabilities(layer, signals) if layer.logits and known is not None else now)[units]
    arrays["a"] = now[units]
    if layer.name in weights:
        kernel, bias = weights[layer.name]
        if bias is not None:
            arrays["bias"] = bias[units]
        arrays["z"] = sums[layer.name].flow[units] + (0.0 if bias is None else bias[units])
        arrays |= _largest_terms(kernel[:, units], sums[layer.name].entering)
    if fold.folded:
        arrays |= folded_numbers(layer, fold, now, shares.get(layer.name, unknown))
    if signals.grid is not None:
        arrays["face"], scale = _response(layer, units, signals, scale)
    return LayerFrame(arrays, scale if np.isfinite(now).any() else None, finite(now.sum()))


def connection_frame(
    connection: Connection,
    architecture: Architecture,
    folds: Mapping[str, Fold],
    kernel: np.ndarray,
    sums: Mapping[str, KernelSums],
    signals: Signals,
) -> ConnectionFrame:
    """The weights between units, and their sums."""
    total = sums[connection.target]
    targets = np.asarray(folds[connection.target].candidates, int)
    sources = np.asarray(folds[connection.source].candidates, int)
    known = np.full(len(kernel), np.nan) if total.entering is None else total.entering
    sd, in_sum = np.ones(len(kernel)), total.incoming
    if scaled_by_sd(connection, architecture) and signals.flow:
        sd = signals.flow["kernel input", connection.target].std(axis=0, dtype=np.float64)
        in_sum = sd.astype(kernel.dtype) @ kernel
    picked = _spread_sample(kernel.size, kernel.shape[1])
    rows = picked // kernel.shape[1]
    magnitude = np.abs(kernel.reshape(-1)[picked])
    return ConnectionFrame(
        {
            "kernel": kernel[np.ix_(sources, targets)],
            "input": known[sources],
            "sd": sd[sources],
            "in_sum": in_sum[targets],
            "in_sum_a": total.flow[targets],
            "out_sum": total.outgoing[sources],
        },
        scale=edge_scale(magnitude * sd[rows]),
        scale_a=None if total.entering is None else edge_scale(magnitude * np.abs(known[rows])),
        sum=finite(in_sum.sum()) or 0.0,
        sum_a=finite(total.flow.sum()),
        abs_sum=finite(float(total.absolute @ sd)) or 0.0,
        abs_sum_a=finite(float(total.absolute @ np.abs(known))),
    )


def _largest_terms(kernel: np.ndarray, entering: np.ndarray | None) -> dict[LayerArray, np.ndarray]:
    """The source units of each unit's five largest terms |w a| (|w| without data), largest first."""
    terms = kernel if entering is None else kernel * entering.astype(kernel.dtype)[:, None]
    size = np.nan_to_num(np.abs(terms), nan=np.inf)
    count, units = min(TERMS, len(kernel)), kernel.shape[1]
    every = np.arange(units)
    best = np.argpartition(-size, count - 1, axis=0)[:count]
    best = best[np.argsort(-size[best, every], axis=0, kind="stable"), every]
    term_unit = np.full((units, TERMS), -1, np.int32)
    term_w, term_a = np.zeros((units, TERMS), np.float32), np.zeros((units, TERMS), np.float32)
    term_unit[:, :count], term_w[:, :count] = best.T, kernel[best, every].T
    term_a[:, :count] = np.nan if entering is None else entering[best].T
    return {"term_unit": term_unit, "term_w": term_w, "term_a": term_a}


def _input_numbers(layer: Layer, units: np.ndarray, signals: Signals) -> tuple[np.ndarray, np.ndarray]:
    """(z-score within x of all units, value of the candidates); without x the values themselves."""
    rows = signals.values.get(layer.name)
    shown = rows if signals.shown_values is None else signals.shown_values[layer.name]
    if shown is None or shown.dtype.kind not in "biuf":
        unknown = np.full(layer.units, np.nan)
        return unknown, unknown[units]
    value = shown.reshape(len(shown), -1).mean(axis=0, dtype=np.float64)
    if rows is None:
        return value, value[units]
    spread = rows.reshape(len(rows), -1).std(axis=0, dtype=np.float64)
    centred = value - rows.reshape(len(rows), -1).mean(axis=0, dtype=np.float64)
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0), value[units]


def probabilities(layer: Layer, signals: Signals) -> np.ndarray:
    """(units,): of an output layer that returns logits, the mean over what is shown."""
    logits = (signals.flow if signals.shown is None else signals.shown)["a", layer.name].astype(np.float64)
    if layer.output == "sigmoid":
        return np.asarray((1.0 / (1.0 + np.exp(-logits))).mean(axis=0))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray((powers / powers.sum(axis=1, keepdims=True)).mean(axis=0))


def _picture_frame(layer: Layer, signals: Signals) -> LayerFrame:
    rows = signals.values.get(layer.name) if signals.shown_values is None else signals.shown_values[layer.name]
    if rows is None or rows.dtype.kind not in "biuf" or rows.ndim not in (3, 4):
        return LayerFrame({})
    image = rows.mean(axis=0, dtype=np.float64)
    if layer.sequence:
        image = image.T  # time goes from left to right, as in the faces of what follows
    if image.ndim == 3 and image.shape[-1] != 3:
        image = image.mean(axis=-1)
    step = [max(1, -(-size // PICTURE_SIDE)) for size in image.shape[:2]]
    image = image[:: step[0], :: step[1]]
    low, high = float(image.min()), float(image.max())
    face = np.round((image - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
    return LayerFrame({"face": face[None]})


def _response(layer: Layer, units: np.ndarray, signals: Signals, scale: float) -> tuple[np.ndarray, float]:
    """What units answer over the plane of two inputs: (n, side, side), 128 is 0; and what 255 stands for."""
    assert signals.grid is not None
    answers = signals.grid["a", layer.name][:, units]
    if layer.kind == "input" or layer.activation not in BOUNDED:
        scale = largest(answers)
    side = math.isqrt(len(answers))
    levels = np.clip(np.nan_to_num(answers / scale), -1.0, 1.0) * 127 + 128
    return np.round(levels).astype(np.uint8).T.reshape(len(units), side, side), scale


def _spread_sample(size: int, columns: int) -> np.ndarray:
    """Evenly spread indices of a flattened matrix that do not keep to a few of its columns."""
    step = max(1, size // SCALE_SAMPLE)
    while math.gcd(step, columns) != 1:
        step += 1
    return np.arange(0, size, step)

"""Contributions of the edges of dense layers to a class: activation x weight x slope behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nbviz.attribution.edges.edge_flow import EdgeFlow, EdgeUnits, joined
from nbviz.attribution.edges.tapped_layers import TappedRun, as_edge_units, unit_indices
from nbviz.attribution.methods.gradient import at_roots
from nbviz.attribution.methods.task import ROOM, ROOM_BETWEEN
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.sites import CLASSES_AT_ONCE
from nbviz.keras_model.kernel_taps import Tap, kernel_taps
from nbviz.network.samples import InputSpec


def contributions(
    explained: ExplainedOutputs,
    inputs: Sequence[np.ndarray],
    units: Mapping[str, EdgeUnits],
    *,
    classes: Sequence[int] | np.ndarray | None = None,
    signed: bool,
) -> dict[str, EdgeFlow]:
    """What the edges contribute to each class at given rows: `a_i w_ij g_j(c)`, with g = d logit_c / d z_j.

    Args:
        explained: The model's outputs.
        inputs: Rows, one array for each input.
        units: Dense layer -> the units whose edges are wanted, for each of the classes wanted its own if they differ.
        classes: Classes wanted; None for all.
        signed: The mean over rows; otherwise the mean of the sizes, |w_ij| mean |a_i g_j|.

    Returns:
        Dense layer -> flow, keys (classes,). Layers without a plain kernel, or that no gradient reaches, are left out.
    """
    if explained.replay is None:
        return {}
    wanted = np.arange(explained.columns) if classes is None else np.asarray(classes)
    taps = kernel_taps(explained.replay, list(units))
    if not taps:
        return {}
    parts: dict[str, list[EdgeFlow]] = {}
    rows = len(inputs[0])
    for start in range(0, len(wanted), CLASSES_AT_ONCE):
        chunk = wanted[start : start + CLASSES_AT_ONCE].astype(np.int32)
        sums: dict[str, list[np.ndarray]] = {}
        widest = max((tap.inputs * tap.units for tap in taps.values()), default=1)
        at_once = max(1, min(1024, ROOM // max(1, widest // 16), ROOM_BETWEEN // explained.numbers_per_row))
        function = _contribution_function(explained, taps, len(chunk), signed)
        indices = unit_indices(taps, units, (len(wanted),), slice(start, start + len(chunk)))
        for first in range(0, rows, at_once):
            part = [array[first : first + at_once] for array in inputs]
            answers = function(*part, chunk, *indices)
            for name, arrays in zip(taps, answers, strict=True):
                new = [np.asarray(array, np.float64) for array in arrays]
                sums[name] = [a + b for a, b in zip(sums[name], new, strict=True)] if name in sums else new
        for name, arrays in sums.items():
            parts.setdefault(name, []).append(EdgeFlow(*(array / rows for array in arrays)))
    return {name: joined(flows) for name, flows in parts.items()}


def _contribution_function(
    explained: ExplainedOutputs, taps: Mapping[str, Tap], classes: int, signed: bool
) -> Callable[..., Any]:
    """Sums over rows, for each tap: edges, into, out of, total, absolute, leaving; keys (classes,)."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        chosen = as_edge_units(arrays[-2 * len(taps) :], [classes])
        inputs, wanted = list(arrays[: len(explained.specs)]), arrays[len(explained.specs)]
        points = at_roots(explained, inputs)
        tapped = TappedRun(taps)
        slopes = tapped.slopes(explained, inputs, points, wanted, classes)
        answers = []
        for name, slope, (sources, targets) in zip(taps, slopes, chosen, strict=True):
            kernel, entering = taps[name].kernel(), tf.cast(tapped.entering[name], tf.float32)
            sizes = tf.einsum("pi,pcj->cij", tf.abs(entering), tf.abs(slope)) * tf.abs(kernel)
            flow = tf.einsum("pi,pcj->cij", entering, slope) * kernel if signed else sizes
            leaving = tf.reduce_sum(flow, axis=2)
            answers.append(
                [
                    tf.gather(tf.gather(flow, sources, axis=1, batch_dims=1), targets, axis=2, batch_dims=1),
                    tf.gather(tf.reduce_sum(flow, axis=1), targets, axis=1, batch_dims=1),
                    tf.gather(leaving, sources, axis=1, batch_dims=1),
                    tf.reduce_sum(leaving, axis=1),
                    tf.reduce_sum(sizes, axis=[1, 2]),
                    leaving,
                ]
            )
        return answers

    specs = [
        *explained.specs,
        InputSpec("classes", (), "int32"),
        *(InputSpec("units", (), "int32") for _ in range(2 * len(taps))),
    ]
    return explained.compiled(("contribution", *taps, classes, signed), run, specs)

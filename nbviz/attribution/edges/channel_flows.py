"""Contributions of edges that stand for many weights each: into convolutions, and into what follows their maps.

A weight w contributes `w d z_c / d w` to the logit of class c: summed over all places where it is used, the number
that goes in there, times w, times the slope behind. What an edge contributes is the sum over the weights it stands
for, so that the edges of a layer that everything passes through add up as those of a dense layer do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from nbviz.attribution.edges.edge_flow import EdgeFlow, EdgeUnits
from nbviz.attribution.methods.gradient import at_roots, pullbacks_by_class
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.sites import CLASSES_AT_ONCE
from nbviz.keras_model.channel_layers import ordered, stored_kernels
from nbviz.keras_model.kernel_arrays import SEPARABLE, WITH_KERNELS
from nbviz.keras_model.replay import run_layer
from nbviz.network.samples import InputSpec

_MOST_ROWS = 16  # of a mean: every row takes a pass of its own


class _WithKernel:
    """A layer seen with another tensor as its kernel: what its `call` reads, all but that."""

    def __init__(self, layer: Any, name: str, kernel: Any) -> None:
        self._layer = layer
        setattr(self, name, kernel)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._layer, name)


def channel_contributions(
    explained: ExplainedOutputs,
    inputs: Sequence[np.ndarray],
    units: Mapping[str, EdgeUnits],
    regrouped: Callable[[str, np.ndarray], np.ndarray],
    *,
    classes: Sequence[int] | np.ndarray,
    signed: bool,
) -> dict[str, EdgeFlow]:
    """What edges between channels, and from channels into units, contribute to each class at given rows.

    Args:
        explained: The model's outputs.
        inputs: Rows, one array for each input.
        units: Convolution, or dense layer behind maps -> the channels of its source, and its own units, whose edges
            are wanted.
        regrouped: (dense layer, (rows of its kernel, units)) -> (positions, channels, units).
        classes: Classes wanted.
        signed: The mean over rows; otherwise the mean of the sizes, of 16 rows at most.

    Returns:
        Layer -> flow, keys (classes,). Layers that no gradient reaches are left out.
    """
    if explained.replay is None:
        return {}
    found = {name: explained.replay.paths.get((name,)) for name in units}
    layers = {name: layer for name, layer in found.items() if isinstance(layer, (keras.layers.Dense, *WITH_KERNELS))}
    if not layers:
        return {}
    chosen = np.arange(len(inputs[0]))
    if not signed and len(chosen) > _MOST_ROWS:
        chosen = np.linspace(0, len(chosen) - 1, _MOST_ROWS).astype(int)
    steps = [chosen] if signed else chosen[:, None]
    sums: dict[str, np.ndarray] = {}
    for rows in steps:
        for name, flow in _at_rows(explained, layers, [array[rows] for array in inputs], regrouped, classes).items():
            sums[name] = sums.get(name, 0.0) + (flow if signed else np.abs(flow))
    return {name: picked(total / len(chosen), units[name]) for name, total in sums.items()}


def _at_rows(
    explained: ExplainedOutputs,
    layers: Mapping[str, Any],
    inputs: Sequence[np.ndarray],
    regrouped: Callable[[str, np.ndarray], np.ndarray],
    classes: Sequence[int] | np.ndarray,
) -> dict[str, np.ndarray]:
    """Layer -> (classes, channels, units), sums over rows."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in layers}
    for start in range(0, len(classes), CLASSES_AT_ONCE):
        chunk = np.asarray(classes[start : start + CLASSES_AT_ONCE], np.int32)
        for name, products in zip(layers, _function(explained, layers, len(chunk))(*inputs, chunk), strict=True):
            for product in np.asarray(products, np.float64):
                parts[name].append(by_channel(name, layers[name], product, regrouped))
    return {name: np.stack(found) for name, found in parts.items() if found}


def by_channel(
    name: str, layer: Any, product: np.ndarray, regrouped: Callable[[str, np.ndarray], np.ndarray]
) -> np.ndarray:
    """(channels, units) of what the weights of a kernel contribute, summed over what an edge stands for."""
    if isinstance(layer, keras.layers.Dense):
        return np.asarray(regrouped(name, product).sum(axis=0))
    if isinstance(layer, SEPARABLE):
        # Each weight of the second kernel stands for one channel and one unit.
        channels = layer.depthwise_kernel.shape[-2]
        return np.asarray(product.reshape(channels, -1, product.shape[-1]).sum(axis=1))
    return np.asarray(ordered(layer, [product]).sum(axis=0))


def _function(explained: ExplainedOutputs, layers: Mapping[str, Any], classes: int) -> Callable[..., Any]:
    """For each layer w d class / d w summed over rows, (classes, *shape of its kernel)."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        inputs, wanted = list(arrays[: len(explained.specs)]), arrays[len(explained.specs)]
        points = at_roots(explained, inputs)
        kernels = {name: tf.identity(tf.convert_to_tensor(mixing_kernel(layer)[1])) for name, layer in layers.items()}

        def visit(path: Any, operation: Any, args: Any, kwargs: Any, is_head: bool) -> Any:
            name = path[-1]
            if len(path) > 1 or name not in layers:
                return run_layer(operation, args, kwargs)
            seen = _WithKernel(operation, mixing_kernel(operation)[0], kernels[name])
            entering = keras.ops.cast(args[0] if args else kwargs["inputs"], operation.variable_dtype)
            return keras.ops.cast(type(operation).call(seen, entering), operation.compute_dtype)

        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(list(kernels.values()))
            columns = explained.forward(inputs, dict(zip(explained.roots, points, strict=True)), run=visit)
        by_class = pullbacks_by_class(tape, columns, list(kernels.values()), wanted, classes)
        return [
            tf.stack([tf.cast(of_class[place] * kernel, tf.float32) for of_class in by_class])
            for place, kernel in enumerate(kernels.values())
        ]

    specs = [*explained.specs, InputSpec("classes", (), "int32")]
    return explained.compiled(("channel contribution", *layers, classes), run, specs)


def mixing_kernel(layer: Any) -> tuple[str, Any]:
    """Name and variable of the kernel whose weights stand for one channel and one unit each."""
    return ("pointwise_kernel" if isinstance(layer, SEPARABLE) else "kernel"), stored_kernels(layer)[-1]


def picked(flow: np.ndarray, units: EdgeUnits) -> EdgeFlow:
    """The flow between what is drawn, of that (classes, channels, units); without sources all channels are one."""
    sources, targets = units.by_key((len(flow),))
    into, leaving = flow.sum(axis=1), flow.sum(axis=2)
    rows = np.take_along_axis(flow, sources[:, :, None], axis=1) if sources.size else flow.sum(axis=1, keepdims=True)
    return EdgeFlow(
        np.take_along_axis(rows, targets[:, None, :], axis=2),
        np.take_along_axis(into, targets, axis=1),
        np.take_along_axis(leaving, sources, axis=1) if sources.size else rows.sum(axis=2),
        flow.sum(axis=(1, 2)),
        np.abs(flow if sources.size else rows).sum(axis=(1, 2)),
        leaving,
    )

"""The path of a part of a picture or a sequence: its credit, split over the edges of convolutions and dense layers.

As in `feature_paths`, with some of the input's numbers in place of one: at a point k of the straight paths, with weight
p_k, they bring `t = d a / d x (x - b)`, x - b taken for them alone, into what enters a layer, of which the slope behind
is `g`. A weight w carries `sum_k p_k w d(w * t) / d w . g`, summed over all places where it is used; an edge carries
what the weights carry that it stands for. So the edges of a layer that everything passes through add up to the credit
of the part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from nbviz.attribution.edges.channel_flows import by_channel, mixing_kernel, picked
from nbviz.attribution.edges.edge_flow import EdgeFlow, EdgeUnits
from nbviz.attribution.edges.row_credits import weights_of
from nbviz.attribution.edges.straight_paths import StraightPaths, TracedPoints
from nbviz.attribution.edges.tapped_layers import TappedRun
from nbviz.attribution.methods.gradient import along
from nbviz.attribution.methods.task import ROOM_BETWEEN
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.keras_model.kernel_arrays import WITH_KERNELS
from nbviz.keras_model.kernel_taps import without_activation
from nbviz.network.samples import InputSpec


def part_paths(
    explained: ExplainedOutputs,
    between: StraightPaths,
    part: np.ndarray,
    units: Mapping[str, EdgeUnits],
    regrouped: Callable[[str, np.ndarray], np.ndarray],
    *,
    classes: Sequence[int] | np.ndarray,
) -> dict[str, EdgeFlow]:
    """The path of a part of the one input to classes.

    Args:
        explained: The model's outputs.
        between: The row, and the background that it is compared with.
        part: (*input shape), 1 for the numbers that are in it, else 0.
        units: Convolution or dense layer -> the units of its source, and its own, whose edges are wanted.
        regrouped: (dense layer behind maps, (rows of its kernel, units)) -> (positions, channels, units).
        classes: Numbers of a few classes.

    Returns:
        Layer -> flow, keys (1, classes); of no layer inside a model inside the model.

    Raises:
        LookupError: Through some layer TensorFlow follows no single part; NotImplementedError and TypeError too.
    """
    if explained.replay is None:
        return {}
    found = {name: explained.replay.paths.get((name,)) for name in units}
    layers = {name: layer for name, layer in found.items() if isinstance(layer, (keras.layers.Dense, *WITH_KERNELS))}
    if not layers:
        return {}
    wanted = np.asarray(classes, np.int32)
    function = _function(explained, layers, len(wanted))
    points = between.points()
    at_once = max(1, min(256, ROOM_BETWEEN // explained.numbers_of(between.row)))
    sums: dict[str, Any] = dict.fromkeys(layers, 0.0)
    for first in range(0, len(points), at_once):
        some = points[first : first + at_once]
        arrays = between.arrays(explained, some)
        products = function(*arrays, part[np.newaxis].astype(np.float32), weights_of(some), wanted)
        for name, product in zip(layers, products, strict=True):
            sums[name] = sums[name] + np.asarray(product, np.float64)
    flows = {}
    for name, layer in layers.items():
        by_class = np.stack([by_channel(name, layer, product, regrouped) for product in sums[name]])
        flows[name] = picked(by_class, units[name]).of_one_feature
    return flows


def _function(explained: ExplainedOutputs, layers: Mapping[str, Any], classes: int) -> Callable[..., Any]:
    """For each layer what its weights carry, summed over points, (classes, *shape of its kernel)."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        path, (part, weights, wanted) = TracedPoints(explained, arrays), arrays[-3:]
        inputs = list(path.inputs)
        slopes = TappedRun(layers).slopes(explained, inputs, path.points, wanted, classes)
        moved = [by * tf.cast(part, by.dtype) for by in path.differences]
        again = TappedRun(layers)
        with tf.autodiff.ForwardAccumulator(path.points, moved) as forward_mode:
            explained.forward(inputs, dict(zip(explained.roots, path.points, strict=True)), run=again)
        products = []
        for place, (name, layer) in enumerate(layers.items()):
            speed = forward_mode.jvp(again.entering[name], unconnected_gradients=tf.UnconnectedGradients.ZERO)
            key, variable = mixing_kernel(layer)
            kernel = tf.identity(tf.convert_to_tensor(variable))
            with tf.GradientTape(persistent=True, watch_accessed_variables=False) as of_kernel:
                of_kernel.watch(kernel)
                linear = without_activation(layer, speed, **{key: kernel})
            carried = []
            for number in range(classes):
                slope = tf.cast(slopes[place][:, number], linear.dtype)
                carried.append(of_kernel.gradient(linear, kernel, along(weights, slope) * slope) * kernel)
            products.append(tf.stack([tf.cast(each, tf.float32) for each in carried]))
        return products

    specs = [
        *TracedPoints.specs(explained),
        InputSpec("part", explained.roots[0].shape, "float32"),
        InputSpec("weights", (), "float32"),
        InputSpec("classes", (), "int32"),
    ]
    return explained.compiled(("part path", *layers, classes), run, specs, at_once=True)

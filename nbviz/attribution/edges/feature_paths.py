"""One row explained, and the explanation split over the edges of the network: the *path* of a feature to a class.

The row x is compared with rows b of the background, along straight paths (expected gradients, Erion et al. 2021).
At a point k of these paths, with weight p_k, the credit of feature f for class c is `(x_f - b_f) d z_c / d x_f`. The
chain rule splits it over the edges of any layer that everything passes through: with the speed of what enters the
kernel, `t_i(f) = d a_i / d x_f * (x_f - b_f)`, and the slope behind it, `g_j(c) = d z_c / d z_j`, the edge from i to
j carries `sum_k p_k t_i(f) w_ij g_j(c)`. The edges of a layer add up to the feature's credit: one number, one value.
(Layer by layer this is the conductance of Dhamdhere et al. 2018.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nbviz.attribution.edges.edge_flow import EdgeFlow, EdgeUnits, joined
from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.attribution.edges.straight_paths import PathPoint, StraightPaths, TracedPoints
from nbviz.attribution.edges.tapped_layers import TappedRun, as_edge_units, unit_indices
from nbviz.attribution.methods.gradient import pullbacks_by_class
from nbviz.attribution.methods.task import ROOM
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.sites import CLASSES_AT_ONCE
from nbviz.keras_model.kernel_taps import Tap, kernel_taps
from nbviz.network.samples import InputSpec

Advance = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class WantedPaths:
    """Which paths of features to classes, and over which edges.

    Attributes:
        units: Dense layer -> the units whose edges are wanted.
        features: Features, numbered over the flat inputs side by side.
        classes: Numbers of the classes; None for all.
    """

    units: Mapping[str, EdgeUnits] = field(default_factory=dict)
    features: Sequence[int] = ()
    classes: Sequence[int] | np.ndarray | None = None


def explain_row(
    explained: ExplainedOutputs,
    between: StraightPaths,
    wanted: WantedPaths,
    *,
    advance: Advance = lambda share: None,
) -> LocalExplanation:
    """Explain one row, and split it over edges.

    Args:
        explained: The model's outputs.
        between: The row, and the background that it is compared with.
        wanted: Which paths.
        advance: Told how much is done, from 0 to 1. May raise, to stop.

    Returns:
        Credits of all features for all classes, and the paths. About 3,200 points of the straight paths are looked at.

    Raises:
        ValueError: An input that is no flat row of numbers.
    """
    check_flat(explained)
    points = between.points()
    values = _credits(explained, between, points, advance=lambda share: advance(share * 0.2))
    ends = explained.answers(between.row)[0]
    starts = explained.answers(between.background).mean(axis=0, dtype=np.float64)
    if explained.replay is None:
        return LocalExplanation(values, starts, ends, reason="a subclassed model is code, without edges to follow")
    if not len(wanted.features) or not wanted.units:
        return LocalExplanation(values, starts, ends)
    taps = kernel_taps(explained.replay, list(wanted.units))
    if not taps:
        return LocalExplanation(values, starts, ends, reason="there is no dense layer whose edges it could follow")
    try:
        paths = _paths(explained, taps, between, points, wanted, lambda share: advance(0.2 + 0.8 * share))
    except (LookupError, NotImplementedError, TypeError) as error:
        # TensorFlow knows no forward mode for some operations.
        return LocalExplanation(values, starts, ends, reason=f"a layer has no forward-mode derivative ({error})")
    return LocalExplanation(values, starts, ends, tuple(wanted.features), paths)


def check_flat(explained: ExplainedOutputs) -> None:
    """Raise ValueError unless every input is a flat row of numbers."""
    for site in explained.roots:
        if site.input is None or len(site.shape) != 1 or site.shape[0] is None:
            raise ValueError(
                f"Expected inputs that are flat rows of numbers. Received {site.name!r} of shape {site.shape}; use "
                "nbviz.attributions for images, sequences and tokens."
            )


def credits_for(explained: ExplainedOutputs, between: StraightPaths, classes: Sequence[int]) -> np.ndarray:
    """(features, classes asked for): the credits that `explain_row` gives, of some classes only.

    Args:
        explained: The model's outputs.
        between: The row, and the background that it is compared with.
        classes: Numbers of the classes, no more than are worked out at once.
    """
    # As many as in `explain_row`, whose compiled function is at hand; those asked for come first.
    others = (index for index in range(explained.columns) if index not in classes)
    some = [*classes, *others][: min(explained.columns, CLASSES_AT_ONCE)]
    return _credits(explained, between, between.points(), lambda share: None, some)[:, : len(classes)]


def _credits(
    explained: ExplainedOutputs,
    between: StraightPaths,
    points: Sequence[PathPoint],
    advance: Advance,
    classes: Sequence[int] | None = None,
) -> np.ndarray:
    """(features, classes): the path integral, averaged over the background."""
    wanted = np.arange(explained.columns) if classes is None else np.asarray(classes)
    columns = []
    for start in range(0, len(wanted), CLASSES_AT_ONCE):
        chunk = wanted[start : start + CLASSES_AT_ONCE].astype(np.int32)
        function = _credit_function(explained, len(chunk))
        total: Any = 0.0
        for at in range(0, len(points), 1024):
            part = points[at : at + 1024]
            total = total + np.asarray(function(*between.arrays(explained, part), _weights(part), chunk), float)
            advance((start + len(chunk) * (at + len(part)) / len(points)) / len(wanted))
        columns.append(total)
    return np.concatenate(columns, axis=-1)


def _weights(points: Sequence[PathPoint]) -> np.ndarray:
    return np.array([point.weight for point in points], np.float32)


def _credit_function(explained: ExplainedOutputs, classes: int) -> Callable[..., Any]:
    """Weighted sum over points of the credits, (features, classes)."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        path, weights, wanted = TracedPoints(explained, arrays), arrays[-2], arrays[-1]
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(path.points)
            answers = explained.forward(list(path.inputs), dict(zip(explained.roots, path.points, strict=True)))
        by_class = pullbacks_by_class(tape, answers, path.points, wanted, classes)
        credit = [
            tf.concat([slope * by for slope, by in zip(slopes, path.differences, strict=True)], axis=-1)
            for slopes in by_class
        ]
        return tf.tensordot(tf.cast(tf.stack(credit, axis=-1), tf.float32), weights, [[0], [0]])

    specs = [*TracedPoints.specs(explained), InputSpec("weights", (), "float32"), InputSpec("classes", (), "int32")]
    return explained.compiled(("credits", classes), run, specs)


def _paths(
    explained: ExplainedOutputs,
    taps: Mapping[str, Tap],
    between: StraightPaths,
    points: Sequence[PathPoint],
    wanted: WantedPaths,
    advance: Advance,
) -> dict[str, EdgeFlow]:
    """Tapped layer -> flow, keys (features, classes): the path integral, averaged over the background."""
    classes = np.arange(explained.columns) if wanted.classes is None else np.asarray(wanted.classes)
    features, units = np.asarray(wanted.features, np.int32), unit_indices(taps, wanted.units)
    widest = max((max(tap.inputs, tap.units) for tap in taps.values()), default=1)
    # Of every feature each point is a row of its own.
    at_once = max(1, min(1024, ROOM // (4 * widest * len(features))))
    parts: dict[str, list[EdgeFlow]] = {}
    for start in range(0, len(classes), CLASSES_AT_ONCE):
        chunk = classes[start : start + CLASSES_AT_ONCE].astype(np.int32)
        function = _path_function(explained, taps, len(chunk))
        sums: dict[str, list[np.ndarray]] = {}
        for at in range(0, len(points), at_once):
            part = points[at : at + at_once]
            answers = function(*between.arrays(explained, part), _weights(part), chunk, features, *units)
            for name, arrays in zip(taps, answers, strict=True):
                new = [np.asarray(array, np.float64) for array in arrays]
                sums[name] = [a + b for a, b in zip(sums[name], new, strict=True)] if name in sums else new
            advance((start + len(chunk) * (at + len(part)) / len(points)) / len(classes))
        for name, (edges, into, out_of, total) in sums.items():
            parts.setdefault(name, []).append(EdgeFlow(edges, into, out_of, total, np.full(total.shape, np.nan)))
    return {name: joined(flows) for name, flows in parts.items()}


def _path_function(explained: ExplainedOutputs, taps: Mapping[str, Tap], classes: int) -> Callable[..., Any]:
    """Sums over points, for each tap: edges, into, out of, total; keys (features, classes)."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        units = as_edge_units(arrays[-2 * len(taps) :])
        weights, wanted, features = arrays[-2 * len(taps) - 3 : -2 * len(taps)]
        path = TracedPoints(explained, arrays)
        slopes = TappedRun(taps).slopes(explained, list(path.inputs), path.points, wanted, classes)
        speeds = _speeds(explained, taps, path, features)
        answers = []
        for tap, slope, speed, (sources, targets) in zip(taps.values(), slopes, speeds, units, strict=True):
            kernel = tap.kernel()
            t = speed * tf.cast(weights, speed.dtype)[None, :, None]  # (features, points, inputs)
            h = tf.einsum("pcj,ij->pci", slope, kernel)
            u = tf.einsum("fpi,ij->fpj", t, tf.gather(kernel, targets, axis=1))
            part_t, part_g = tf.gather(t, sources, axis=2), tf.gather(slope, targets, axis=2)
            part_w = tf.gather(tf.gather(kernel, sources, axis=0), targets, axis=1)
            answers.append(
                [
                    tf.einsum("fpi,pcj->fcij", part_t, part_g) * part_w,
                    tf.einsum("fpj,pcj->fcj", u, part_g),
                    tf.einsum("fpi,pci->fci", part_t, tf.gather(h, sources, axis=2)),
                    tf.einsum("fpi,pci->fc", t, h),
                ]
            )
        return answers

    specs = [
        *TracedPoints.specs(explained),
        InputSpec("weights", (), "float32"),
        InputSpec("classes", (), "int32"),
        InputSpec("features", (), "int32"),
        *(InputSpec("units", (), "int32") for _ in range(2 * len(taps))),
    ]
    return explained.compiled(("path", *taps, classes), run, specs)


def _speeds(explained: ExplainedOutputs, taps: Mapping[str, Tap], path: TracedPoints, features: Any) -> list[Any]:
    """For each tap the derivative of what enters along each feature's way, (features, points, inputs)."""
    import tensorflow as tf

    count, rows = tf.shape(features)[0], tf.shape(path.points[0])[0]

    def tiled(tensor: Any) -> Any:
        return tf.tile(tensor, tf.concat([[count], tf.ones(tensor.shape.rank - 1, tf.int32)], axis=0))

    inputs = [tiled(tensor) for tensor in path.inputs]
    points = [tiled(tensor) for tensor in path.points]
    tangents, first = [], 0
    for by in path.differences:
        width = by.shape[-1]
        own = tf.one_hot(features - first, width, dtype=by.dtype)
        tangents.append(tf.reshape(own[:, None, :] * by[None], [-1, width]))
        first += width
    tapped = TappedRun(taps)
    with tf.autodiff.ForwardAccumulator(points, tangents) as forward_mode:
        explained.forward(inputs, dict(zip(explained.roots, points, strict=True)), run=tapped)
    speeds = [
        forward_mode.jvp(tapped.entering[name], unconnected_gradients=tf.UnconnectedGradients.ZERO) for name in taps
    ]
    return [
        tf.reshape(tf.cast(speed, tf.float32), tf.stack([count, rows, tap.inputs]))
        for tap, speed in zip(taps.values(), speeds, strict=True)
    ]

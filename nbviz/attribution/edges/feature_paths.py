"""One row explained, and the explanation split over the edges of the network: the *path* of a feature to a class.

The row x is compared with rows b of the background, along straight paths (expected gradients, Erion et al. 2021).
At a point k of these paths, with weight p_k, the credit of feature f for class c is `(x_f - b_f) d z_c / d x_f`. The
chain rule splits it over the edges of any layer that everything passes through: with the speed of what enters the
kernel, `t_i(f) = d a_i / d x_f * (x_f - b_f)`, and the slope behind it, `g_j(c) = d z_c / d z_j`, the edge from i to
j carries `sum_k p_k t_i(f) w_ij g_j(c)`. The edges of a layer add up to the feature's credit: one number, one value.
(Layer by layer this is the conductance of Dhamdhere et al. 2018.) Features that are one part of a picture move as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

from nbviz.attribution.edges.edge_flow import EdgeFlow, EdgeUnits, joined
from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.attribution.edges.row_credits import Advance, MovedPoints, moved_points, row_credits, weights_of
from nbviz.attribution.edges.straight_paths import PathPoint, StraightPaths, TracedPoints
from nbviz.attribution.edges.tapped_layers import TappedRun, as_edge_units, unit_indices
from nbviz.attribution.methods.task import ROOM
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.sites import CLASSES_AT_ONCE
from nbviz.keras_model.kernel_taps import Tap, kernel_taps
from nbviz.network.samples import InputSpec

_FIRST, _SOME = 3, 7  # every seventh point, of all starts and all distances


Leaving = Mapping[str, np.ndarray]  # dense layer -> (features, classes, inputs of its kernel): what each of them brings


@dataclass(frozen=True, slots=True)
class WantedPaths:
    """Which paths of features to classes, and over which edges.

    Attributes:
        units: Dense layer -> the units whose edges are wanted.
        features: Features, numbered over the flat inputs side by side.
        classes: Numbers of the classes; None for all.
        choose: Given the credits of all features for all classes, and what every unit brings, says whose edges are
            wanted instead, of each path; None for those of `units`.
        credited: Numbers of the classes whose credits are wanted; None for all. Those of others are NaN.
        parts: Parts of the input, whose paths follow those of the features: (numbers of the flat inputs,), 1 for those
            that are in it.
    """

    units: Mapping[str, EdgeUnits] = field(default_factory=dict)
    features: Sequence[int] = ()
    classes: Sequence[int] | np.ndarray | None = None
    choose: Callable[[np.ndarray, Leaving], Mapping[str, EdgeUnits]] | None = None
    credited: Sequence[int] | np.ndarray | None = None
    parts: Sequence[np.ndarray] = ()

    @property
    def followed(self) -> int:
        """How many features and parts there are."""
        return len(self.features) + len(self.parts)


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
        wanted: Which paths; of pictures and sequences none.
        advance: Told how much is done, from 0 to 1. May raise, to stop.

    Returns:
        Credits of all features for all classes, and the paths. About 3,200 points of the straight paths are looked at,
        of pictures fewer.

    Raises:
        ValueError: Inputs whose rows are not explained, see `why_not_explained`.
    """
    check_explainable(explained)
    points = between.points()
    credited = np.arange(explained.columns) if wanted.credited is None else np.asarray(wanted.credited)
    some = row_credits(explained, between, points, lambda share: advance(share * 0.2), credited)
    values = np.full((len(some), explained.columns), np.nan)
    values[:, credited] = some
    ends = explained.answers(between.row)[0]
    starts = between.first_answers(explained)
    if explained.replay is None:
        return LocalExplanation(values, starts, ends, reason="a subclassed model is code, without edges to follow")
    if not wanted.followed or not wanted.units:
        return LocalExplanation(values, starts, ends)
    loop = loops_in(explained) if explained.roots[0].summed else None
    if loop is not None:
        return LocalExplanation(values, starts, ends, reason=loop)
    taps = kernel_taps(explained.replay, list(wanted.units))
    if not taps:
        return LocalExplanation(values, starts, ends, reason="there is no dense layer whose edges it could follow")
    try:
        if wanted.choose is not None:
            units = wanted.choose(values, _leaving(explained, taps, between, points, wanted))
            wanted = replace(wanted, units={name: units[name] for name in wanted.units})
        paths = _paths(explained, taps, between, points, wanted, lambda share: advance(0.3 + 0.7 * share))
    except (LookupError, NotImplementedError, TypeError) as error:
        # TensorFlow knows no forward mode for some operations.
        return LocalExplanation(values, starts, ends, reason=not_followed(explained, error))
    return LocalExplanation(values, starts, ends, tuple(wanted.features), paths)


def not_followed(explained: ExplainedOutputs, error: Exception) -> str:
    """Why no paths could be followed, in words."""
    loop = loops_in(explained) if explained.roots[0].summed else None
    return loop or f"a layer has no forward-mode derivative ({error})"


def loops_in(explained: ExplainedOutputs) -> str | None:
    """That following a single step through a recurrent layer takes too long, in words; None where there is none."""
    layers = {} if explained.replay is None else explained.replay.paths
    kinds = (keras.layers.RNN, keras.layers.Bidirectional)
    recurrent = [path[-1] for path, layer in layers.items() if isinstance(layer, kinds)]
    if not recurrent:
        return None
    return f"{recurrent[0]!r} goes through all steps in a loop, through which following one of them takes too long"


def why_not_explained(explained: ExplainedOutputs) -> str | None:
    """Why single rows are not explained, in words; None where they are.

    They are where every input is a flat row of numbers, or where there is one: of pictures, of sequences, or of tokens
    that enter one embedding.
    """
    one = len(explained.roots) == len(explained.specs) == 1
    for site in explained.roots:
        shape = site.shape
        if site.summed:
            if not one or len(shape) != 2:
                return f"{site.name!r} has tokens, and is not the only input or takes more than a row of them"
        elif len(shape) != 1 and not (one and len(shape) in (2, 3)):
            return f"{site.name!r}, {shape} in each row, is neither a flat row of numbers nor the only input"
        elif None in (shape[1:] if len(shape) == 2 else shape[:1]):
            return f"{site.name!r} has rows of any size, {shape}"
    return None


def check_explainable(explained: ExplainedOutputs) -> None:
    """Raise ValueError where single rows are not explained; see `why_not_explained`."""
    reason = why_not_explained(explained)
    if reason is not None:
        raise ValueError(
            "Expected inputs that are flat rows of numbers, or one of pictures, sequences or tokens. Received a model "
            f"where {reason}; use nbviz.attributions."
        )


def _leaving(
    explained: ExplainedOutputs,
    taps: Mapping[str, Tap],
    between: StraightPaths,
    points: Sequence[PathPoint],
    wanted: WantedPaths,
) -> Leaving:
    """What every unit brings, by some of the points: enough to tell the units that carry most."""
    nobody = {name: EdgeUnits((), ()) for name in taps}
    found = _paths(explained, taps, between, points[_FIRST::_SOME], replace(wanted, units=nobody), lambda share: None)
    return {name: np.asarray(flow.leaving) for name, flow in found.items()}


def _paths(
    explained: ExplainedOutputs,
    taps: Mapping[str, Tap],
    between: StraightPaths,
    points: Sequence[PathPoint],
    wanted: WantedPaths,
    advance: Advance,
) -> dict[str, EdgeFlow]:
    """Tapped layer -> flow, keys (features and parts, classes): the path integral, averaged over the background."""
    classes = np.arange(explained.columns) if wanted.classes is None else np.asarray(wanted.classes)
    features = np.asarray(wanted.features, np.int32)
    widest = max((max(tap.inputs, tap.units) for tap in taps.values()), default=1)
    masks = [np.stack(wanted.parts).astype(np.float32)] if wanted.parts else []
    # Of every feature each point is a row of its own.
    at_once = max(1, min(1024, ROOM // (4 * widest * wanted.followed)))
    parts: dict[str, list[EdgeFlow]] = {}
    for start in range(0, len(classes), CLASSES_AT_ONCE):
        chunk = classes[start : start + CLASSES_AT_ONCE].astype(np.int32)
        function = _path_function(explained, taps, len(chunk), of_parts=bool(masks))
        units = unit_indices(taps, wanted.units, (wanted.followed, len(classes)), slice(start, start + len(chunk)))
        sums: dict[str, list[np.ndarray]] = {}
        for at in range(0, len(points), at_once):
            part = points[at : at + at_once]
            answers = function(*between.arrays(explained, part), *masks, weights_of(part), chunk, features, *units)
            for name, arrays in zip(taps, answers, strict=True):
                new = [np.asarray(array, np.float64) for array in arrays]
                sums[name] = [a + b for a, b in zip(sums[name], new, strict=True)] if name in sums else new
            advance((start + len(chunk) * (at + len(part)) / len(points)) / len(classes))
        for name, (edges, into, leaving) in sums.items():
            sources, _ = wanted.units[name].by_key((wanted.followed, len(classes)))
            out_of = np.take_along_axis(leaving, sources[:, start : start + len(chunk)], axis=-1)
            total = leaving.sum(axis=-1)
            parts.setdefault(name, []).append(
                EdgeFlow(edges, into, out_of, total, np.full(total.shape, np.nan), leaving)
            )
    return {name: joined(flows) for name, flows in parts.items()}


def _path_function(
    explained: ExplainedOutputs, taps: Mapping[str, Tap], classes: int, *, of_parts: bool
) -> Callable[..., Any]:
    """Sums over points, for each tap: edges, into, leaving; keys (features and parts, classes)."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        end = len(arrays) - 2 * len(taps)
        weights, wanted, features = arrays[end - 3 : end]
        path = TracedPoints(explained, arrays)
        moved = moved_points(explained, path, features, arrays[end - 4] if of_parts else None)
        units = as_edge_units(arrays[end:], [moved.count, classes])
        slopes = TappedRun(taps).slopes(explained, list(path.inputs), path.points, wanted, classes)
        speeds = _speeds(explained, taps, path, moved)
        answers = []
        for tap, slope, speed, (sources, targets) in zip(taps.values(), slopes, speeds, units, strict=True):
            kernel = tap.kernel()
            t = speed * tf.cast(weights, speed.dtype)[None, :, None]  # (features, points, inputs)
            h = tf.einsum("pcj,ij->pci", slope, kernel)
            into_targets = tf.gather(tf.transpose(kernel), targets)  # (features, classes, targets, inputs)
            # One after the other: einsum would not gather them by class.
            part_t = tf.gather(tf.transpose(t, [0, 2, 1]), sources, axis=1, batch_dims=1)  # (f, c, sources, points)
            part_g = tf.gather(tf.transpose(slope, [1, 2, 0]), tf.transpose(targets, [1, 0, 2]), axis=1, batch_dims=1)
            part_g = tf.transpose(part_g, [1, 0, 2, 3])  # (f, c, targets, points)
            part_w = tf.gather(into_targets, sources, axis=3, batch_dims=2)  # (f, c, targets, sources)
            answers.append(
                [
                    tf.matmul(part_t, part_g, transpose_b=True) * tf.transpose(part_w, [0, 1, 3, 2]),
                    tf.einsum("fcji,fcji->fcj", into_targets, tf.einsum("fcjp,fpi->fcji", part_g, t)),
                    tf.einsum("fpi,pci->fci", t, h),
                ]
            )
        return answers

    specs = [
        *TracedPoints.specs(explained),
        *([InputSpec("parts", (None,), "float32")] if of_parts else []),
        InputSpec("weights", (), "float32"),
        InputSpec("classes", (), "int32"),
        InputSpec("features", (), "int32"),
        *(InputSpec("units", (), "int32") for _ in range(2 * len(taps))),
    ]
    return explained.compiled(("path", *taps, classes, of_parts), run, specs, at_once=True)


def _speeds(explained: ExplainedOutputs, taps: Mapping[str, Tap], path: TracedPoints, moved: MovedPoints) -> list[Any]:
    """For each tap the derivative of what enters along each feature's way, (features, points, inputs)."""
    import tensorflow as tf

    count, rows = moved.count, tf.shape(path.points[0])[0]
    tapped = TappedRun(taps)
    with tf.autodiff.ForwardAccumulator(moved.points, moved.tangents) as forward_mode:
        explained.forward(moved.inputs, dict(zip(explained.roots, moved.points, strict=True)), run=tapped)
    speeds = [
        forward_mode.jvp(tapped.entering[name], unconnected_gradients=tf.UnconnectedGradients.ZERO) for name in taps
    ]
    return [
        tf.reshape(tf.cast(speed, tf.float32), tf.stack([count, rows, tap.inputs]))
        for tap, speed in zip(taps.values(), speeds, strict=True)
    ]

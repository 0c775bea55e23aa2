"""Credits of the features of rows: the path integral averaged over the background, see `feature_paths`.

Slopes are had class by class, from the outputs back, or, of flat rows with more classes than features, feature by
feature, forwards: the same numbers, in as many passes as there are features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.attribution.edges.straight_paths import PathPoint, StraightPaths, TracedPoints, straight_paths
from nbviz.attribution.methods.gradient import pullbacks_by_class
from nbviz.attribution.methods.task import ROOM_BETWEEN
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.sites import CLASSES_AT_ONCE, Site
from nbviz.keras_model.compiled.function import is_compiled
from nbviz.network.samples import InputSpec

Advance = Callable[[float], None]
_CLASSES_A_FEATURE = 2  # a pass of a feature costs about what those of two classes do
_POINTS_FORWARD = 256  # at once: what many features and classes make of more leaves the cache


def row_credits(
    explained: ExplainedOutputs,
    between: StraightPaths,
    points: Sequence[PathPoint],
    advance: Advance,
    classes: Sequence[int] | np.ndarray,
) -> np.ndarray:
    """(features, classes): the path integral, averaged over the background.

    Args:
        explained: The model's outputs.
        between: The row, and the background that it is compared with.
        points: Of the paths between them.
        advance: Told how much is done, from 0 to 1. May raise, to stop.
        classes: Numbers of those wanted.
    """
    wanted = np.asarray(classes)
    features = _flat_features(explained, between.row)
    if features is not None and len(wanted) > max(CLASSES_AT_ONCE, _CLASSES_A_FEATURE * features):
        function = _forward_function(explained)
        if is_compiled(function):  # TensorFlow has no forward mode for some operations
            return _by_feature(function, explained, between, points, features, advance)[:, wanted]
    columns = []
    at_once = max(1, min(1024, ROOM_BETWEEN // explained.numbers_of(between.row)))
    for start in range(0, len(wanted), CLASSES_AT_ONCE):
        chunk = wanted[start : start + CLASSES_AT_ONCE].astype(np.int32)
        function = _credit_function(explained, len(chunk))
        total: Any = 0.0
        for at in range(0, len(points), at_once):
            part = points[at : at + at_once]
            total = total + np.asarray(function(*between.arrays(explained, part), weights_of(part), chunk), float)
            advance((start + len(chunk) * (at + len(part)) / len(points)) / len(wanted))
        columns.append(total)
    return np.concatenate(columns, axis=-1)


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
    return row_credits(explained, between, between.points(), lambda share: None, some)[:, : len(classes)]


def explain_mean(
    explained: ExplainedOutputs,
    rows: Sequence[np.ndarray],
    background: Sequence[np.ndarray],
    classes: np.ndarray,
    advance: Advance,
) -> LocalExplanation:
    """The mean of what explains single rows, without paths; it adds up as each of them does.

    Args:
        explained: The model's outputs.
        rows: One array for each input.
        background: What each is compared with.
        classes: Numbers of the classes that are told.
        advance: Told how much is done, from 0 to 1. May raise, to stop.
    """
    count = len(rows[0])
    values: Any = 0.0
    starts: list[np.ndarray] = []
    first = straight_paths(explained, [array[:1] for array in rows], background)
    points = first.points()
    for at in range(count):
        between = StraightPaths([array[at : at + 1] for array in rows], background, first.starts)
        if first.starts or not starts:  # tokens begin with the row's own padding
            starts.append(between.first_answers(explained))
        values = values + row_credits(explained, between, points, _part_of(advance, at, count), classes)
    at_once = max(1, min(1024, ROOM_BETWEEN // explained.numbers_of(rows)))
    parts = [[array[at : at + at_once] for array in rows] for at in range(0, count, at_once)]
    ends = np.concatenate([explained.answers(part)[:, classes] for part in parts])
    return LocalExplanation(
        values / count, np.mean(starts, axis=0)[classes], np.asarray(ends.mean(axis=0, dtype=np.float64))
    )


def _part_of(advance: Advance, part: int, parts: int) -> Advance:
    return lambda share: advance((part + share) / parts)


def weights_of(points: Sequence[PathPoint]) -> np.ndarray:
    """(points,)."""
    return np.array([point.weight for point in points], np.float32)


class MovedPoints(NamedTuple):
    """Points of paths once for each of some features, or parts, which alone moves there; all (these x points, ...).

    Attributes:
        inputs: The row, one tensor for each input.
        points: One tensor for each root.
        tangents: By what the feature moves along its path, one tensor for each root.
        count: How many features and parts there are.
    """

    inputs: list[Any]
    points: list[Any]
    tangents: list[Any]
    count: Any


def moved_points(explained: ExplainedOutputs, path: TracedPoints, features: Any, parts: Any = None) -> MovedPoints:
    """Points of paths with the way of each of some features; to be traced.

    Args:
        explained: The model's outputs.
        path: The points.
        features: Numbers of features over the flat inputs side by side.
        parts: (parts, numbers of the flat inputs), 1 for those that are in a part, which moves as a feature does; None
            for none.
    """
    import tensorflow as tf

    count = tf.shape(features)[0] + (0 if parts is None else tf.shape(parts)[0])

    def tiled(tensor: Any) -> Any:
        return tf.tile(tensor, tf.concat([[count], tf.ones(tensor.shape.rank - 1, tf.int32)], axis=0))

    tangents, first = [], 0
    for site, by in zip(explained.roots, path.differences, strict=True):
        width = tf.shape(by)[1]
        alone = tf.one_hot(features - first, width, dtype=by.dtype)
        if parts is not None:
            alone = tf.concat([alone, tf.cast(parts[:, first : first + width], by.dtype)], axis=0)
        own = alone[:, None, :]
        moved = (own[..., None] if site.summed else own) * by[None]
        flat = tf.reshape(moved, tf.concat([[-1], tf.shape(by)[1:]], axis=0))
        tangents.append(tf.ensure_shape(flat, [None, *by.shape[1:]]))
        first += width
    return MovedPoints(
        [tiled(tensor) for tensor in path.inputs], [tiled(tensor) for tensor in path.points], tangents, count
    )


def _flat_features(explained: ExplainedOutputs, row: Sequence[np.ndarray]) -> int | None:
    """How many numbers the flat inputs have side by side; None where inputs are no flat rows of numbers."""
    if any(len(site.shape) != 1 or site.summed or site.numbers_of is None for site in explained.roots):
        return None
    return sum(int(row[site.numbers_of].shape[1]) for site in explained.roots if site.numbers_of is not None)


def _by_feature(
    function: Callable[..., Any],
    explained: ExplainedOutputs,
    between: StraightPaths,
    points: Sequence[PathPoint],
    features: int,
    advance: Advance,
) -> np.ndarray:
    """(features, columns)."""
    room = max(1, ROOM_BETWEEN // explained.numbers_of(between.row))
    points_at_once = min(_POINTS_FORWARD, room, len(points))
    at_once = max(1, min(features, room // points_at_once))
    parts = []
    for first in range(0, features, at_once):
        some = np.arange(first, min(first + at_once, features), dtype=np.int32)
        total: Any = 0.0
        for at in range(0, len(points), points_at_once):
            part = points[at : at + points_at_once]
            total = total + np.asarray(function(*between.arrays(explained, part), weights_of(part), some), float)
            advance((first + len(some) * (at + len(part)) / len(points)) / features)
        parts.append(total)
    return np.concatenate(parts)


def _forward_function(explained: ExplainedOutputs) -> Callable[..., Any]:
    """Weighted sum over points of the credits of some features, (features, columns)."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        path, weights, features = TracedPoints(explained, arrays), arrays[-2], arrays[-1]
        moved = moved_points(explained, path, features)
        with tf.autodiff.ForwardAccumulator(moved.points, moved.tangents) as forward_mode:
            answers = explained.forward(moved.inputs, dict(zip(explained.roots, moved.points, strict=True)))
        speeds = forward_mode.jvp(answers)
        if speeds is None:
            raise LookupError("nothing leads from the inputs to the outputs")  # told by the way back
        shape = tf.stack([tf.shape(features)[0], tf.shape(weights)[0], speeds.shape[-1]])
        return tf.einsum("p,fpc->fc", weights, tf.reshape(tf.cast(speeds, tf.float32), shape))

    specs = [*TracedPoints.specs(explained), InputSpec("weights", (), "float32"), InputSpec("features", (), "int32")]
    return explained.compiled("credits by feature", run, specs, at_once=True)


def _credit_function(explained: ExplainedOutputs, classes: int) -> Callable[..., Any]:
    """Weighted sum over points of the credits, (features, classes)."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        path, weights, wanted = TracedPoints(explained, arrays), arrays[-2], arrays[-1]
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(path.points)
            answers = explained.forward(list(path.inputs), dict(zip(explained.roots, path.points, strict=True)))
        by_class = pullbacks_by_class(tape, answers, path.points, wanted, classes)
        # Summed class by class: of all pixels, points and classes at once there is no room.
        credit = [
            tf.concat(
                [
                    tf.reshape(tf.tensordot(weights, tf.cast(_product(site, slope, by), tf.float32), 1), [-1])
                    for site, slope, by in zip(explained.roots, slopes, path.differences, strict=True)
                ],
                axis=0,
            )
            for slopes in by_class
        ]
        return tf.stack(credit, axis=-1)

    specs = [*TracedPoints.specs(explained), InputSpec("weights", (), "float32"), InputSpec("classes", (), "int32")]
    return explained.compiled(("credits", classes), run, specs)


def _product(site: Site, slope: Any, by: Any) -> Any:
    """The credit at a root, of a token summed over the coordinates of its embedding."""
    import tensorflow as tf

    return tf.reduce_sum(slope * by, axis=-1) if site.summed else slope * by

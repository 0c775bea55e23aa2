"""One row explained, and the explanation split over the edges of the network: the *road* of a feature to a class.

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

from nbviz.attribution.explained import CLASSES_AT_ONCE, Explained
from nbviz.attribution.gradient import at_roots, nodes, pullbacks_by_class
from nbviz.attribution.task import ROOM
from nbviz.keras_model.kernel_taps import Tap, kernel_taps
from nbviz.keras_model.replay import run_layer
from nbviz.samples import InputSpec

POINTS = 3200  # on all paths together
MOST_NODES, FEWEST_NODES = 32, 4


@dataclass(frozen=True, slots=True)
class Flow:
    """What runs through one kernel, by key: a class, or a feature and a class.

    Attributes:
        edges: (*keys, sources, targets) among the units asked for.
        into: (*keys, targets), the sum over all sources.
        out_of: (*keys, sources), the sum over all targets.
        total: (*keys,), the sum over all edges.
        absolute: (*keys,), the sum of |value| over all edges; NaN where it is not known.
    """

    edges: np.ndarray
    into: np.ndarray
    out_of: np.ndarray
    total: np.ndarray
    absolute: np.ndarray


@dataclass(frozen=True, slots=True)
class LocalExplanation:
    """How a row's outputs differ from those of the background, feature by feature.

    Attributes:
        values: (features, classes), the credit of each feature of the flat inputs, side by side.
        start: (classes,), the mean output over the background.
        end: (classes,), the row's output.
        features: Features whose roads are known.
        roads: Dense layer -> flow, keys (features, classes asked for).
        reason: Why there are no roads, None where there are.
    """

    values: np.ndarray
    start: np.ndarray
    end: np.ndarray
    features: tuple[int, ...] = ()
    roads: Mapping[str, Flow] = field(default_factory=dict)
    reason: str | None = None

    @property
    def gap(self) -> float:
        """By how much the credits fail to add up to the difference of the outputs, the worst class."""
        return float(np.abs(self.start + self.values.sum(axis=0) - self.end).max())


def explain_row(
    explained: Explained,
    row: Sequence[np.ndarray],
    background: Sequence[np.ndarray],
    units: Mapping[str, tuple[Sequence[int], Sequence[int]]],
    *,
    features: Sequence[int] = (),
    classes: Sequence[int] | np.ndarray | None = None,
    advance: Callable[[float], None] = lambda share: None,
) -> LocalExplanation:
    """Explain one row, and split it over edges.

    Args:
        explained: The model's outputs.
        row: One array (1, *input shape) for each input.
        background: Rows it is compared with, one array (n, *input shape) for each input.
        units: Dense layer -> (sources, targets): the units whose edges are wanted.
        features: Features whose roads are wanted, numbered over the flat inputs side by side.
        classes: Classes whose roads are wanted; None for all.
        advance: Told how much is done, from 0 to 1. May raise, to stop.

    Returns:
        Credits of all features for all classes, and the roads. About 3,200 points of the paths are looked at.

    Raises:
        ValueError: An input that is no flat row of numbers.
    """
    check_flat(explained)
    wanted = np.arange(explained.columns) if classes is None else np.asarray(classes)
    rows = len(background[0])
    places, weights = nodes(max(FEWEST_NODES, min(MOST_NODES, POINTS // rows)))
    points = [(at, place, weight / rows) for at in range(rows) for place, weight in zip(places, weights, strict=True)]
    values = _credits(explained, row, background, points, advance=lambda share: advance(share * 0.2))
    ends = explained.answers(row)[0]
    starts = explained.answers(background).mean(axis=0, dtype=np.float64)
    if explained.replay is None:
        return LocalExplanation(values, starts, ends, reason="a subclassed model is code, without edges to follow")
    if not len(features) or not units:
        return LocalExplanation(values, starts, ends)
    taps = kernel_taps(explained.replay, list(units))
    if not taps:
        return LocalExplanation(values, starts, ends, reason="there is no dense layer whose edges it could follow")
    try:
        roads = _roads(explained, taps, row, background, points, units, features, wanted, advance)
    except (LookupError, NotImplementedError, TypeError) as error:
        # TensorFlow knows no forward mode for some operations.
        return LocalExplanation(values, starts, ends, reason=f"a layer has no forward-mode derivative ({error})")
    return LocalExplanation(values, starts, ends, tuple(features), roads)


def contributions(
    explained: Explained,
    inputs: Sequence[np.ndarray],
    units: Mapping[str, tuple[Sequence[int], Sequence[int]]],
    *,
    classes: Sequence[int] | np.ndarray | None = None,
    signed: bool,
) -> dict[str, Flow]:
    """What the edges contribute to each class at given rows: `a_i w_ij g_j(c)`, with g = d logit_c / d z_j.

    Args:
        explained: The model's outputs.
        inputs: Rows, one array for each input.
        units: Dense layer -> (sources, targets): the units whose edges are wanted.
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
    parts: dict[str, list[Flow]] = {}
    rows = len(inputs[0])
    for start in range(0, len(wanted), CLASSES_AT_ONCE):
        chunk = wanted[start : start + CLASSES_AT_ONCE].astype(np.int32)
        sums: dict[str, list[np.ndarray]] = {}
        widest = max((tap.inputs * tap.units for tap in taps.values()), default=1)
        at_once = max(1, min(1024, ROOM // max(1, widest // 16)))
        function = _contribution_function(explained, taps, len(chunk), signed)
        for first in range(0, rows, at_once):
            part = [array[first : first + at_once] for array in inputs]
            answers = function(*part, chunk, *_indices(taps, units))
            for name, arrays in zip(taps, answers, strict=True):
                new = [np.asarray(array, np.float64) for array in arrays]
                sums[name] = [a + b for a, b in zip(sums[name], new, strict=True)] if name in sums else new
        for name, arrays in sums.items():
            parts.setdefault(name, []).append(Flow(*(array / rows for array in arrays)))
    return {name: _joined(flows) for name, flows in parts.items()}


def check_flat(explained: Explained) -> None:
    """Raise ValueError unless every input is a flat row of numbers."""
    for site in explained.roots:
        if site.input is None or len(site.shape) != 1 or site.shape[0] is None:
            raise ValueError(
                f"Expected inputs that are flat rows of numbers. Received {site.name!r} of shape {site.shape}; use "
                "nbviz.attributions for images, sequences and tokens."
            )


def _credits(
    explained: Explained,
    row: Sequence[np.ndarray],
    background: Sequence[np.ndarray],
    points: Sequence[tuple[int, float, float]],
    advance: Callable[[float], None],
) -> np.ndarray:
    """(features, classes): the path integral, averaged over the background."""
    columns = []
    for start in range(0, explained.columns, CLASSES_AT_ONCE):
        chunk = np.arange(start, min(start + CLASSES_AT_ONCE, explained.columns), dtype=np.int32)

        def run(*arrays: Any, count: int = len(chunk)) -> Any:
            import tensorflow as tf

            path, weights, wanted = _Path(explained, arrays), arrays[-2], arrays[-1]
            with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
                tape.watch(path.points)
                answers = explained.forward(list(path.inputs), dict(zip(explained.roots, path.points, strict=True)))
            by_class = pullbacks_by_class(tape, answers, path.points, wanted, count)
            credit = [
                tf.concat([slope * by for slope, by in zip(slopes, path.differences, strict=True)], axis=-1)
                for slopes in by_class
            ]
            return tf.tensordot(tf.cast(tf.stack(credit, axis=-1), tf.float32), weights, [[0], [0]])

        specs = [*_Path.specs(explained), InputSpec("weights", (), "float32"), InputSpec("classes", (), "int32")]
        function = explained.compiled(("credits", len(chunk)), run, specs)
        total: Any = 0.0
        for at in range(0, len(points), 1024):
            part = points[at : at + 1024]
            weights = np.array([weight for _, _, weight in part], np.float32)
            total = total + np.asarray(function(*_Path.arrays(explained, row, background, part), weights, chunk), float)
            advance((start + len(chunk) * (at + len(part)) / len(points)) / explained.columns)
        columns.append(total)
    return np.concatenate(columns, axis=-1)


class _Path:
    """Points between a row and rows of the background, inside a traced function."""

    def __init__(self, explained: Explained, arrays: Sequence[Any]) -> None:
        count = len(explained.specs)
        self.inputs = arrays[:count]
        starts, alphas = arrays[count : count + len(explained.roots)], arrays[count + len(explained.roots)]
        ends = [self.inputs[site.input] for site in explained.roots if site.input is not None]
        self.differences = [end - start for end, start in zip(ends, starts, strict=True)]
        self.points = [start + alphas[:, None] * by for start, by in zip(starts, self.differences, strict=True)]

    @staticmethod
    def specs(explained: Explained) -> list[InputSpec]:
        """What the first arguments are."""
        roots = [InputSpec(site.name, site.shape, site.dtype) for site in explained.roots]
        return [*explained.specs, *roots, InputSpec("alpha", (), explained.roots[0].dtype)]

    @staticmethod
    def arrays(
        explained: Explained,
        row: Sequence[np.ndarray],
        background: Sequence[np.ndarray],
        points: Sequence[tuple[int, float, float]],
    ) -> list[np.ndarray]:
        """The first arguments, for some points (background row, place on the path, weight)."""
        which = [at for at, _, _ in points]
        starts = [background[site.input][which] for site in explained.roots if site.input is not None]
        alphas = np.array([place for _, place, _ in points], explained.roots[0].dtype)
        return [*(np.repeat(array, len(points), axis=0) for array in row), *starts, alphas]


def _roads(
    explained: Explained,
    taps: Mapping[str, Tap],
    row: Sequence[np.ndarray],
    background: Sequence[np.ndarray],
    points: Sequence[tuple[int, float, float]],
    units: Mapping[str, tuple[Sequence[int], Sequence[int]]],
    features: Sequence[int],
    classes: np.ndarray,
    advance: Callable[[float], None],
) -> dict[str, Flow]:
    widest = max((max(tap.inputs, tap.units) for tap in taps.values()), default=1)
    # Of every feature each point is a row of its own.
    at_once = max(1, min(1024, ROOM // (4 * widest * len(features))))
    parts: dict[str, list[Flow]] = {}
    for start in range(0, len(classes), CLASSES_AT_ONCE):
        chunk = classes[start : start + CLASSES_AT_ONCE].astype(np.int32)
        function = _road_function(explained, taps, len(chunk))
        sums: dict[str, list[np.ndarray]] = {}
        for at in range(0, len(points), at_once):
            part = points[at : at + at_once]
            weights = np.array([weight for _, _, weight in part], np.float32)
            given = _Path.arrays(explained, row, background, part)
            answers = function(*given, weights, chunk, np.asarray(features, np.int32), *_indices(taps, units))
            for name, arrays in zip(taps, answers, strict=True):
                new = [np.asarray(array, np.float64) for array in arrays]
                sums[name] = [a + b for a, b in zip(sums[name], new, strict=True)] if name in sums else new
            advance(0.2 + 0.8 * (start + len(chunk) * (at + len(part)) / len(points)) / len(classes))
        for name, (edges, into, out_of, total) in sums.items():
            parts.setdefault(name, []).append(Flow(edges, into, out_of, total, np.full(total.shape, np.nan)))
    return {name: _joined(flows) for name, flows in parts.items()}


def _road_function(explained: Explained, taps: Mapping[str, Tap], classes: int) -> Callable[..., Any]:
    """Sums over points, for each tap: edges, into, out of, total; keys (features, classes)."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        chosen = _pairs(arrays[-2 * len(taps) :])
        weights, wanted, features = arrays[-2 * len(taps) - 3 : -2 * len(taps)]
        path = _Path(explained, arrays)
        slopes = _slopes(explained, taps, list(path.inputs), path.points, wanted, classes)
        speeds = _speeds(explained, taps, path, features)
        answers = []
        for tap, slope, speed, (sources, targets) in zip(taps.values(), slopes, speeds, chosen, strict=True):
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
        *_Path.specs(explained),
        InputSpec("weights", (), "float32"),
        InputSpec("classes", (), "int32"),
        InputSpec("features", (), "int32"),
        *(InputSpec("units", (), "int32") for _ in range(2 * len(taps))),
    ]
    return explained.compiled(("road", *taps, classes), run, specs)


def _contribution_function(
    explained: Explained, taps: Mapping[str, Tap], classes: int, signed: bool
) -> Callable[..., Any]:
    """Sums over rows, for each tap: edges, into, out of, total, absolute; keys (classes,)."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        chosen = _pairs(arrays[-2 * len(taps) :])
        inputs, wanted = list(arrays[: len(explained.specs)]), arrays[len(explained.specs)]
        points = at_roots(explained, inputs)
        record: dict[str, Any] = {}
        slopes = _slopes(explained, taps, inputs, points, wanted, classes, record)
        answers = []
        for name, slope, (sources, targets) in zip(taps, slopes, chosen, strict=True):
            kernel, entering = taps[name].kernel(), tf.cast(record[name], tf.float32)
            sizes = tf.einsum("pi,pcj->cij", tf.abs(entering), tf.abs(slope)) * tf.abs(kernel)
            flow = tf.einsum("pi,pcj->cij", entering, slope) * kernel if signed else sizes
            rows = tf.gather(flow, sources, axis=1)
            answers.append(
                [
                    tf.gather(rows, targets, axis=2),
                    tf.gather(tf.reduce_sum(flow, axis=1), targets, axis=1),
                    tf.reduce_sum(rows, axis=2),
                    tf.reduce_sum(flow, axis=[1, 2]),
                    tf.reduce_sum(sizes, axis=[1, 2]),
                ]
            )
        return answers

    specs = [
        *explained.specs,
        InputSpec("classes", (), "int32"),
        *(InputSpec("units", (), "int32") for _ in range(2 * len(taps))),
    ]
    return explained.compiled(("contribution", *taps, classes, signed), run, specs)


def _slopes(
    explained: Explained,
    taps: Mapping[str, Tap],
    inputs: list[Any],
    points: list[Any],
    wanted: Any,
    classes: int,
    entering: dict[str, Any] | None = None,
) -> list[Any]:
    """For each tap d class / d z, (rows, classes, units); what enters the kernels is written into `entering`."""
    import tensorflow as tf

    record: dict[str, Any] = {} if entering is None else entering
    before: dict[str, Any] = {}

    def visit(path: Any, operation: Any, args: Any, kwargs: Any, is_head: bool) -> Any:
        return _tapped(taps, path, operation, args, kwargs, record, before)

    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(points)
        columns = explained.forward(inputs, dict(zip(explained.roots, points, strict=True)), run=visit)
    by_class = pullbacks_by_class(tape, columns, [before[name] for name in taps], wanted, classes)
    return [tf.stack([tf.cast(of[place], tf.float32) for of in by_class], axis=1) for place in range(len(taps))]


def _speeds(explained: Explained, taps: Mapping[str, Tap], path: _Path, features: Any) -> list[Any]:
    """For each tap the derivative of what enters along each feature's way, (features, points, inputs)."""
    import tensorflow as tf

    count, rows = tf.shape(features)[0], tf.shape(path.points[0])[0]
    record: dict[str, Any] = {}

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

    def visit(path_: Any, operation: Any, args: Any, kwargs: Any, is_head: bool) -> Any:
        return _tapped(taps, path_, operation, args, kwargs, record, {})

    with tf.autodiff.ForwardAccumulator(points, tangents) as forward_mode:
        explained.forward(inputs, dict(zip(explained.roots, points, strict=True)), run=visit)
    speeds = [forward_mode.jvp(record[name], unconnected_gradients=tf.UnconnectedGradients.ZERO) for name in taps]
    return [
        tf.reshape(tf.cast(speed, tf.float32), tf.stack([count, rows, tap.inputs]))
        for tap, speed in zip(taps.values(), speeds, strict=True)
    ]


def _tapped(
    taps: Mapping[str, Tap],
    path: Any,
    operation: Any,
    args: Any,
    kwargs: Any,
    entering: dict[str, Any],
    before: dict[str, Any],
) -> Any:
    """Runs a layer; of one with a tap, what enters the kernel and what comes before its activation is kept."""
    name = path[-1]
    if len(path) > 1 or name not in taps:
        return run_layer(operation, args, kwargs)
    entering[name] = args[0] if args else kwargs["inputs"]
    before[name] = taps[name].before(entering[name])
    return taps[name].after(before[name])


def _indices(taps: Mapping[str, Tap], units: Mapping[str, tuple[Sequence[int], Sequence[int]]]) -> list[np.ndarray]:
    return [np.asarray(side, np.int32) for name in taps for side in units[name]]


def _pairs(flat: Sequence[Any]) -> list[tuple[Any, Any]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _joined(flows: Sequence[Flow]) -> Flow:
    """Flows of several chunks of classes as one; classes are the last key."""
    if len(flows) == 1:
        return flows[0]
    keys = flows[0].total.ndim
    return Flow(
        *(
            np.concatenate([getattr(flow, name) for flow in flows], axis=keys - 1)
            for name in ("edges", "into", "out_of", "total", "absolute")
        )
    )

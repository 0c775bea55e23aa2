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
from typing import Any

import numpy as np

from nbviz.attribution.edges.edge_flow import Flow, LocalExplanation, joined
from nbviz.attribution.edges.tapped_layers import pairs_of, tapped, tapped_slopes, unit_indices
from nbviz.attribution.methods.gradient import nodes, pullbacks_by_class
from nbviz.attribution.methods.task import ROOM
from nbviz.attribution.outputs import Explained
from nbviz.attribution.sites import CLASSES_AT_ONCE
from nbviz.keras_model.kernel_taps import Tap, kernel_taps
from nbviz.network.samples import InputSpec

POINTS = 3200  # on all paths together
MOST_NODES, FEWEST_NODES = 32, 4


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
        features: Features whose paths are wanted, numbered over the flat inputs side by side.
        classes: Classes whose paths are wanted; None for all.
        advance: Told how much is done, from 0 to 1. May raise, to stop.

    Returns:
        Credits of all features for all classes, and the paths. About 3,200 points of the paths are looked at.

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
        paths = _paths(explained, taps, row, background, points, units, features, wanted, advance)
    except (LookupError, NotImplementedError, TypeError) as error:
        # TensorFlow knows no forward mode for some operations.
        return LocalExplanation(values, starts, ends, reason=f"a layer has no forward-mode derivative ({error})")
    return LocalExplanation(values, starts, ends, tuple(features), paths)


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


def _paths(
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
        function = _path_function(explained, taps, len(chunk))
        sums: dict[str, list[np.ndarray]] = {}
        for at in range(0, len(points), at_once):
            part = points[at : at + at_once]
            weights = np.array([weight for _, _, weight in part], np.float32)
            given = _Path.arrays(explained, row, background, part)
            answers = function(*given, weights, chunk, np.asarray(features, np.int32), *unit_indices(taps, units))
            for name, arrays in zip(taps, answers, strict=True):
                new = [np.asarray(array, np.float64) for array in arrays]
                sums[name] = [a + b for a, b in zip(sums[name], new, strict=True)] if name in sums else new
            advance(0.2 + 0.8 * (start + len(chunk) * (at + len(part)) / len(points)) / len(classes))
        for name, (edges, into, out_of, total) in sums.items():
            parts.setdefault(name, []).append(Flow(edges, into, out_of, total, np.full(total.shape, np.nan)))
    return {name: joined(flows) for name, flows in parts.items()}


def _path_function(explained: Explained, taps: Mapping[str, Tap], classes: int) -> Callable[..., Any]:
    """Sums over points, for each tap: edges, into, out of, total; keys (features, classes)."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        chosen = pairs_of(arrays[-2 * len(taps) :])
        weights, wanted, features = arrays[-2 * len(taps) - 3 : -2 * len(taps)]
        path = _Path(explained, arrays)
        slopes = tapped_slopes(explained, taps, list(path.inputs), path.points, wanted, classes)
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
    return explained.compiled(("path", *taps, classes), run, specs)


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
        return tapped(taps, path_, operation, args, kwargs, record, {})

    with tf.autodiff.ForwardAccumulator(points, tangents) as forward_mode:
        explained.forward(inputs, dict(zip(explained.roots, points, strict=True)), run=visit)
    speeds = [forward_mode.jvp(record[name], unconnected_gradients=tf.UnconnectedGradients.ZERO) for name in taps]
    return [
        tf.reshape(tf.cast(speed, tf.float32), tf.stack([count, rows, tap.inputs]))
        for tap, speed in zip(taps.values(), speeds, strict=True)
    ]

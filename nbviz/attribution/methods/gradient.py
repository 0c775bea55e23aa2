"""Methods that follow gradients: at the rows themselves, around them, or along a path from a reference.

Path methods integrate d output / d input from a reference b to the row x: the feature's credit is
`(x - b) * integral over alpha in [0, 1] of gradient at b + alpha (x - b)`, and credits add up to `f(x) - f(b)`.
At a hidden layer the path still runs through the inputs (layer conductance, Dhamdhere et al. 2018): the credit of
unit h is the integral of `d output / d h * d h / d alpha`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nbviz.attribution.methods.task import Local, Task, credit, sums_of_draws
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.rows import Batch
from nbviz.attribution.sites import as_spec
from nbviz.keras_model.compiled.function import is_compiled
from nbviz.network.samples import InputSpec


def gradient(task: Task, batch: Batch) -> Local:
    """D output / d feature at each row (Simonyan et al. 2014)."""
    slopes, _ = _slopes(task, batch.inputs)
    return Local(credit(task, _over_embeddings(task, _scaled(task, slopes))))


def gradient_x_input(task: Task, batch: Batch) -> Local:
    """Gradient times the feature's own value (Shrikumar et al. 2016): a first-order guess of what 0 would change."""
    slopes, values = _slopes(task, batch.inputs)
    products = [slope * value[..., np.newaxis] for slope, value in zip(slopes, values, strict=True)]
    return Local(credit(task, _over_embeddings(task, products)))


def smoothgrad(task: Task, batch: Batch) -> Local:
    """Mean gradient over noisy copies of each row (Smilkov et al. 2017).

    The noise is normal, with 0.15 of each feature's standard deviation; the same draws for every row.
    """
    generator = np.random.default_rng(task.seed)
    rows = len(batch.places)
    total: list[np.ndarray] | None = None
    for _ in range(task.evaluations):
        shifts = [
            (0.15 * spread * generator.standard_normal(spread.shape)).astype(spread.dtype) for spread in task.spread
        ]
        slopes, _ = _slopes(task, batch.inputs, shifts)
        total = slopes if total is None else [sum_ + slope for sum_, slope in zip(total, slopes, strict=True)]
        task.advance(rows / task.evaluations)
    assert total is not None
    slopes = _scaled(task, [slope / task.evaluations for slope in total])
    return Local(credit(task, _over_embeddings(task, slopes)))


def integrated_gradients(task: Task, batch: Batch) -> Local:
    """Path integral from one reference row, by Gauss-Legendre quadrature (Sundararajan et al. 2017)."""
    values, form = _integrate(task, batch.inputs, task.steps)
    return Local([value[0] for value in values], form=form)


def expected_gradients(task: Task, batch: Batch) -> Local:
    """Mean of the path integrals from several background rows (Erion et al. 2021).

    With as many evaluations as background rows each row has one node of the integral, by turns the lower and the
    upper of the two Gauss-Legendre nodes. On trained networks that takes a fifth to a half off the error that two
    nodes for half the rows make: backgrounds differ more than places on a path. Larger numbers of evaluations are
    shared out equally.
    """
    rows = len(task.references[0])
    steps = max(1, task.evaluations // rows)
    in_turns = steps == 1 and rows > 1
    draws, form = _integrate(task, batch.inputs, steps, in_turns=in_turns)
    if in_turns:
        # Two rows at the two nodes are one draw: a single one would be off by its place on the path.
        draws = [draw.reshape(rows // 2, 2, *draw.shape[1:]).mean(axis=1) for draw in draws]
    values = [draw.mean(axis=0) for draw in draws]
    return Local(values, draw_sums=list(map(sums_of_draws, values, draws)), form=form)


def nodes(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places and weights of Gauss-Legendre quadrature on [0, 1]."""
    places, weights = np.polynomial.legendre.leggauss(count)
    return (places + 1) / 2, weights / 2


def _integrate(
    task: Task, inputs: list[np.ndarray], steps: int, in_turns: bool = False
) -> tuple[list[np.ndarray], str | None]:
    """The path integral from each reference as credit, (references, rows, *feature shape, classes); see `credit`.

    Args:
        task: What is asked for.
        inputs: One array for each input.
        steps: Nodes for each reference.
        in_turns: Give each reference one of the two nodes that two would have, by turns.
    """
    function, form = _path_function(task.explained, len(task.classes))
    rows, draws = len(inputs[0]), len(task.references[0])
    places, weights = nodes(steps)
    points = [(draw, place, weight) for draw in range(draws) for place, weight in zip(places, weights, strict=True)]
    if in_turns:
        points = [(draw, nodes(2)[0][draw % 2], 1.0) for draw in range(draws)]
    at_once = max(1, task.batch_size // rows)
    sums: list[np.ndarray] = []
    for start in range(0, len(points), at_once):
        part = points[start : start + at_once]
        which = [draw for draw, _, _ in part]
        repeated = inputs if len(part) == 1 else [np.tile(a, (len(part),) + (1,) * (a.ndim - 1)) for a in inputs]
        starts = [np.repeat(reference[which], rows, axis=0) for reference in task.references]
        alphas = np.repeat(np.array([place for _, place, _ in part], np.float32), rows)
        answers = [np.asarray(answer) for answer in function(*repeated, *starts, alphas, task.classes)]
        by_point = [answer.reshape(len(part), rows, *answer.shape[1:]) for answer in answers]
        # Summed at once over axes and groups: of all pixels of a large picture there is no room for every draw.
        for site, values in enumerate(credit(task, by_point, lead=2)):
            if len(sums) <= site:
                sums.append(np.zeros((draws, *values.shape[1:]), np.float32))
            for (draw, _, weight), value in zip(part, values, strict=True):
                sums[site][draw] += np.float32(weight) * value
        task.advance(rows * len(part) / len(points))
    return sums, form


def _path_function(explained: ExplainedOutputs, classes: int) -> tuple[Callable[..., Any], str | None]:
    """(inputs, starts, alphas, classes) -> integrand at each site, and how d layer / d alpha is computed."""
    specs = [
        *explained.specs,
        *map(as_spec, explained.roots),
        InputSpec("alpha", (), "float32"),
        InputSpec("classes", (), "int32"),
    ]

    def compiled(form: str | None) -> Callable[..., Any]:
        run = functools.partial(_integrand, explained, classes, form)
        return explained.compiled(("path", form, classes), run, specs, at_once=explained.layer is not None)

    if explained.layer is None:
        return compiled(None), None
    # TensorFlow lacks forward mode for loops in graphs (LSTM): two backward passes give the same there.
    for form in ("forward mode", "reverse over reverse"):
        if is_compiled(compiled(form)):
            return compiled(form), form
    return compiled("forward mode"), "forward mode, eager"


def _integrand(explained: ExplainedOutputs, classes: int, form: str | None, *arrays: Any) -> list[Any]:
    import tensorflow as tf

    inputs, rest = arrays[: len(explained.specs)], arrays[len(explained.specs) :]
    starts, alphas, wanted = rest[: len(explained.roots)], rest[-2], rest[-1]
    ends = at_roots(explained, inputs)
    differences = [end - start for end, start in zip(ends, starts, strict=True)]
    points = [start + along(alphas, by) * by for start, by in zip(starts, differences, strict=True)]
    record: dict[Any, Any] = {} if explained.layer is None else {explained.layer: None}

    def forward(tape: Any = None) -> Any:
        return explained.forward(list(inputs), dict(zip(explained.roots, points, strict=True)), record, tape=tape)

    if explained.layer is None:
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(points)
            columns = forward()
        slopes = pullbacks(tape, columns, points, wanted, classes)
        products = [slope * by[..., tf.newaxis] for slope, by in zip(slopes, differences, strict=True)]
        return [
            tf.reduce_sum(product, axis=-2) if site.summed else product
            for site, product in zip(explained.roots, products, strict=True)
        ]
    if form == "forward mode":
        with (
            tf.autodiff.ForwardAccumulator(points, differences) as forward_mode,
            tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape,
        ):
            columns = forward(tape)
        layer = record[explained.layer]
        speed = forward_mode.jvp(layer, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    else:
        with tf.GradientTape(watch_accessed_variables=False) as outer:
            with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
                tape.watch(points)
                columns = forward()
            layer = record[explained.layer]
            weights = tf.zeros_like(layer)
            outer.watch(weights)
            # Linear in the weights, so its derivative by them is d layer / d points, transposed once more.
            pulled = tape.gradient(layer, points, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        speed = outer.gradient(pulled, weights, differences, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    (slope,) = pullbacks(tape, columns, [layer], wanted, classes)
    return [slope * speed[..., tf.newaxis]]


def _slopes(
    task: Task, inputs: list[np.ndarray], shifts: Sequence[np.ndarray] | None = None
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Gradients (rows, *site shape, classes) at the sites, and the values there; inputs shifted if wanted."""
    explained, classes = task.explained, len(task.classes)
    specs = [*explained.specs]
    if shifts is not None:
        specs += [InputSpec("shift", site.shape, site.dtype) for site in explained.roots]

    def run(*arrays: Any) -> Any:
        given = arrays[len(explained.specs) : -1] if shifts is not None else None
        return _slopes_at(explained, classes, arrays[: len(explained.specs)], given, arrays[-1])

    key = ("slopes", shifts is not None, classes)
    function = explained.compiled(key, run, [*specs, InputSpec("classes", (), "int32")])
    slopes, values = function(*inputs, *(shift[np.newaxis] for shift in shifts or ()), task.classes)
    if shifts is None:
        task.advance(len(inputs[0]))
    return [np.asarray(slope) for slope in slopes], [np.asarray(value) for value in values]


def _slopes_at(
    explained: ExplainedOutputs, classes: int, inputs: Sequence[Any], shifts: Sequence[Any] | None, wanted: Any
) -> tuple[list[Any], list[Any]]:
    """Gradients at the sites, and the values there; to be traced."""
    import tensorflow as tf

    points = at_roots(explained, inputs)
    if shifts is not None:
        points = [point + shift for point, shift in zip(points, shifts, strict=True)]
    record: dict[Any, Any] = {} if explained.layer is None else {explained.layer: None}
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        if explained.layer is None:
            tape.watch(points)
        columns = explained.forward(list(inputs), dict(zip(explained.roots, points, strict=True)), record, tape=tape)
    places = points if explained.layer is None else [record[explained.layer]]
    return pullbacks(tape, columns, places, wanted, classes), places


def at_roots(explained: ExplainedOutputs, inputs: Sequence[Any]) -> list[Any]:
    """What is at the roots for these inputs; to be traced."""
    record = {site.path: None for site in explained.roots if site.input is None}
    if record:
        explained.forward(list(inputs), record=record)
    return [record[site.path] if site.input is None else inputs[site.input] for site in explained.roots]


def pullbacks(tape: Any, columns: Any, places: Sequence[Any], wanted: Any, classes: int) -> list[Any]:
    """Gradient of each wanted column at each place, classes last; see `pullbacks_by_class`."""
    import tensorflow as tf

    by_class = pullbacks_by_class(tape, columns, places, wanted, classes)
    return [tf.stack(of_place, axis=-1) for of_place in zip(*by_class, strict=True)]


def pullbacks_by_class(tape: Any, columns: Any, places: Sequence[Any], wanted: Any, classes: int) -> list[list[Any]]:
    """For each wanted column its gradient at each place; one backward pass a class.

    Raises:
        ValueError: No column depends on any place in a way that has a gradient.
    """
    import tensorflow as tf

    slopes: list[list[Any]] = []
    connected = False
    for index in range(classes):
        chosen = tf.one_hot(wanted[index], columns.shape[-1], dtype=columns.dtype)
        pulled = tape.gradient(columns, places, tf.broadcast_to(chosen, tf.shape(columns)))
        connected |= any(slope is not None for slope in pulled)
        slopes.append(
            [
                tf.zeros_like(place) if slope is None else tf.convert_to_tensor(slope)
                for place, slope in zip(places, pulled, strict=True)
            ]
        )
    if not connected:
        raise ValueError(
            "Expected a way for a gradient from the outputs back. Received a model in which nothing differentiable "
            'leads there (a rounding, an argmax?); use method="ablation" or "column_shuffle".'
        )
    return slopes


def along(alphas: Any, like: Any) -> Any:
    """One number per row, shaped to scale whole rows."""
    import tensorflow as tf

    shape = tf.concat([tf.shape(alphas), tf.ones(like.shape.rank - 1, tf.int32)], axis=0)
    return tf.cast(tf.reshape(alphas, shape), like.dtype)


def _over_embeddings(task: Task, values: list[np.ndarray]) -> list[np.ndarray]:
    """Credit summed over the coordinates of embeddings: (rows, *feature shape, classes)."""
    return [
        value.sum(axis=-2) if site.summed else value for site, value in zip(task.explained.sites, values, strict=True)
    ]


def _scaled(task: Task, slopes: list[np.ndarray]) -> list[np.ndarray]:
    if task.scale is None:
        return slopes
    return [slope * scale[..., np.newaxis] for slope, scale in zip(slopes, task.scale, strict=True)]

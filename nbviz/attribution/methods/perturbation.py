"""Methods that exchange the values of a feature and look at what the output does. No gradient is needed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from nbviz.attribution.methods.task import Local, Task, credit_shape, sums_of_draws
from nbviz.attribution.rows import Batch

FORWARD = 4  # times the rows of a backward pass: nothing has to be kept for the way back
MOST_EXACT = 12  # features up to which Shapley values go through all 2^12 coalitions

# For each site what stands there instead of the row's values, and where: booleans of the feature shape.
Exchange = tuple[list[np.ndarray], list[np.ndarray]]


def ablation(task: Task, batch: Batch) -> Local:
    """What the output loses when a feature is set to its baseline: f(x) - f(x without it)."""
    units = Units(task, batch)
    full = task.explained.answers(batch.inputs)[:, task.classes]
    without = units.answers((task.references, mask) for mask in units.masks())
    return Local(units.to_sites(np.stack([full - answers[:, task.classes] for answers in without], axis=1), 1))


def column_shuffle(task: Task, batch: Batch) -> Local:
    """How far the output moves when a feature takes the value of another row (Breiman 2001, on outputs).

    Up to `batch_size` rows are permuted as they are; of more, the values come from as many of them, drawn.
    """
    units = Units(task, batch)
    full = task.explained.answers(batch.inputs)
    changes = _shuffled(units, lambda answers: (full - answers)[:, task.classes])
    sizes = np.abs(changes)
    return Local(
        units.to_sites(changes.mean(axis=0), 1),
        sizes=units.to_sites(sizes.mean(axis=0), 1),
        draw_sums=units.to_sites(sizes.sum(axis=1, dtype=np.float64), 1),
    )


def permutation(task: Task, batch: Batch) -> Local:
    """Rise of the class's loss when a feature takes the value of another row (Breiman 2001; Fisher et al. 2019).

    The loss of a class is its one-against-rest log-loss in nats, that of a regression the squared error.
    """
    units = Units(task, batch)
    assert batch.y is not None
    wanted = batch.y
    kinds = np.repeat([head.kind for head in task.explained.heads], [head.classes for head in task.explained.heads])

    def loss(answers: np.ndarray) -> np.ndarray:
        return _losses(answers.astype(np.float64), wanted, kinds[0])[:, task.classes]

    before = loss(task.explained.answers(batch.inputs))
    rises = _shuffled(units, lambda answers: loss(answers) - before)
    mean = units.to_sites(rises.mean(axis=0), 1)
    return Local(mean, sizes=mean, draw_sums=units.to_sites(rises.sum(axis=1, dtype=np.float64), 1))


def shapley(task: Task, batch: Batch) -> Local:
    """Shapley values against one reference row (Shapley 1953; Strumbelj & Kononenko 2014).

    Up to 12 features or groups exactly, over all coalitions; of more, the mean over `evaluations` random orders,
    each with its reverse, the same ones for every row.
    """
    units = Units(task, batch)
    if units.count <= MOST_EXACT:
        return Local(units.to_sites(_exact_shapley(units), 1))
    draws = _sampled_shapley(units)
    values = draws.mean(axis=0)
    return Local(units.to_sites(values, 1), draw_sums=units.to_sites(sums_of_draws(values, draws), 1))


class Units:
    """What is exchanged one at a time in a batch: features, or groups of them."""

    def __init__(self, task: Task, batch: Batch) -> None:
        """Read what is at the sites in these rows."""
        self.task = task
        self.batch = batch
        self.sites = task.explained.sites
        self.values = task.explained.values(batch.inputs, self.sites)
        self._whole = [
            (value.shape[1:-1] if site.summed else value.shape[1:]) or (1,)
            for site, value in zip(self.sites, self.values, strict=True)
        ]
        # Axes that credit is summed over are exchanged as a whole: all channels of a pixel.
        self._shapes = [credit_shape(shape, task.sum_axes) for shape in self._whole]
        self._sizes = [int(np.prod(shape)) for shape in self._shapes]
        self.count = len(task.groups.members) if task.groups else sum(self._sizes)

    def masks(self) -> Iterator[list[np.ndarray]]:
        """For each unit where it is: one array of booleans (*feature shape) for each site."""
        for unit in range(self.count):
            yield self.union([unit])

    def union(self, units: Iterable[int]) -> list[np.ndarray]:
        """Where any of these units is."""
        flat = np.zeros(sum(self._sizes), bool)
        for unit in units:
            flat[self.task.groups.members[unit] if self.task.groups else unit] = True
        return self.at_sites(flat)

    def at_sites(self, flat: np.ndarray) -> list[np.ndarray]:
        """Booleans (..., units) as those (..., *feature shape) of each site."""
        parts = np.split(flat, np.cumsum(self._sizes)[:-1], axis=-1)
        summed = self.task.sum_axes
        return [
            np.broadcast_to(
                part.reshape(*flat.shape[:-1], *(1 if axis in summed else size for axis, size in enumerate(whole))),
                (*flat.shape[:-1], *whole),
            )
            for part, whole in zip(parts, self._whole, strict=True)
        ]

    def to_sites(self, array: np.ndarray, axis: int) -> list[np.ndarray]:
        """An array with the units on one axis, taken apart into the feature shapes of the sites."""
        if self.task.groups:
            return [array]
        parts = np.split(array, np.cumsum(self._sizes)[:-1], axis=axis)
        return [
            part.reshape(*part.shape[:axis], *shape, *part.shape[axis + 1 :])
            for part, shape in zip(parts, self._shapes, strict=True)
        ]

    def answers(self, exchanges: Iterable[Exchange], total: int | None = None) -> Iterator[np.ndarray]:
        """(rows, columns) for each exchange, several in one call where the rows are few."""
        rows = len(self.batch.places)
        at_once = max(1, FORWARD * self.task.batch_size // rows)
        waiting: list[list[np.ndarray]] = []
        share = rows / (total or self.count)
        for instead, masks in exchanges:
            waiting.append(
                [
                    _exchanged(value, mask, other, site.summed)
                    for value, mask, other, site in zip(self.values, masks, instead, self.sites, strict=True)
                ]
            )
            if len(waiting) == at_once:
                yield from self._answers(waiting)
                self.task.advance(share * len(waiting))
                waiting = []
        if waiting:
            yield from self._answers(waiting)
            self.task.advance(share * len(waiting))

    def _answers(self, several: list[list[np.ndarray]]) -> list[np.ndarray]:
        count = len(several)
        values = several[0] if count == 1 else [np.concatenate(parts) for parts in zip(*several, strict=True)]
        inputs = [np.tile(a, (count,) + (1,) * (a.ndim - 1)) if count > 1 else a for a in self.batch.inputs]
        return np.split(self.task.explained.answers_with(inputs, self.sites, values), count)


def _exchanged(value: np.ndarray, mask: np.ndarray, instead: np.ndarray, summed: bool) -> np.ndarray:
    where = mask[..., np.newaxis] if summed else mask
    if value.ndim == 1:  # one number a row: its feature shape is (1,) all the same
        where = where[..., 0]
    return np.where(where, instead, value).astype(value.dtype, copy=False)


def _shuffled(units: Units, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """(repeats, rows, units, classes): what becomes of the answers when each unit comes from another row."""
    task, rows = units.task, len(units.batch.places)
    pool = len(task.pool[0])

    def exchanges() -> Iterator[Exchange]:
        for repeat in range(task.repeats):
            # By the place of the batch, so that batches differ and the seed decides all.
            generator = np.random.default_rng([task.seed, repeat, int(units.batch.places[0])])
            whole = np.concatenate([generator.permutation(pool) for _ in range(-(-rows // pool))])
            others = [values[whole[:rows]] for values in task.pool]
            yield from ((others, mask) for mask in units.masks())

    changes = [change(answers) for answers in units.answers(exchanges(), task.repeats * units.count)]
    stacked = np.stack(changes, axis=1)
    rearranged = stacked.reshape(rows, task.repeats, units.count, *stacked.shape[2:])
    return np.asarray(np.moveaxis(rearranged, 1, 0))


def _losses(answers: np.ndarray, wanted: np.ndarray, kind: str) -> np.ndarray:
    """Loss of each class for each row. answers: logits, or a regression's outputs; wanted: the same shape."""
    if kind == "linear":
        return np.asarray((answers - wanted) ** 2)
    if kind == "sigmoid":
        return np.asarray(np.logaddexp(0, answers) - wanted * answers)
    log_p = answers - np.logaddexp.reduce(answers, axis=1, keepdims=True)
    likeliest = answers.argmax(axis=1)[:, np.newaxis]
    others = log_p.copy()
    np.put_along_axis(others, likeliest, -np.inf, axis=1)
    log_rest = np.log1p(-np.exp(others))
    # Beside a p of nearly 1 the subtraction would leave nothing.
    rest = np.maximum(np.logaddexp.reduce(others, axis=1, keepdims=True), np.log(1e-300))
    np.put_along_axis(log_rest, likeliest, rest, axis=1)
    return np.asarray(-np.where(wanted > 0.5, log_p, log_rest))


def _exact_shapley(units: Units) -> np.ndarray:
    task, count = units.task, units.count
    coalitions = [[unit for unit in range(count) if code >> unit & 1] for code in range(2**count)]
    everything = np.ones(count, bool)

    def exchanges() -> Iterator[Exchange]:
        for coalition in coalitions:
            absent = everything.copy()
            absent[coalition] = False
            yield task.references, units.union(np.flatnonzero(absent))

    values = np.zeros((len(units.batch.places), count, len(task.classes)))
    largest = 0.0
    for coalition, answers in zip(coalitions, units.answers(exchanges(), len(coalitions)), strict=True):
        size = len(coalition)
        chosen = answers[:, task.classes].astype(np.float64)
        largest = max(largest, float(np.abs(chosen).max()))
        member = np.zeros(count, bool)
        member[coalition] = True
        if size:
            values[:, member] += chosen[:, np.newaxis] * _weight(size - 1, count)
        if size < count:
            values[:, ~member] -= chosen[:, np.newaxis] * _weight(size, count)
    # Gains of nothing add up to what float64 rounds off: answers are float32.
    values[np.abs(values) < 1e-13 * largest] = 0
    return values


def _weight(size: int, count: int) -> float:
    """Share of the orders in which a feature comes right after a given coalition of that size."""
    return math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)


def _sampled_shapley(units: Units) -> np.ndarray:
    """(draws, rows, units, classes): each draw is the mean over one random order and its reverse."""
    task, count = units.task, units.count
    generator = np.random.default_rng(task.seed)
    draws = max(2, task.evaluations // 2)
    orders = [order for _ in range(draws) for order in _both_ways(generator.permutation(count))]

    def exchanges() -> Iterator[Exchange]:
        for order in orders:
            for present in range(count + 1):
                yield task.references, units.union(order[present:])

    answers = units.answers(exchanges(), len(orders) * (count + 1))
    values = np.zeros((draws, len(units.batch.places), count, len(task.classes)), np.float32)
    for number, order in enumerate(orders):
        before = next(answers)[:, task.classes]
        for unit in order:
            after = next(answers)[:, task.classes]
            values[number // 2, :, unit] += (after - before) / 2
            before = after
    return values


def _both_ways(order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return order, order[::-1]

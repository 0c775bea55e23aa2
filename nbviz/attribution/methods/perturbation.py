"""Methods that exchange values of features and look at what the output does: ablation, shuffles, Shapley values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from nbviz.attribution.methods.exchanged_features import Exchange, ExchangedFeatures
from nbviz.attribution.methods.task import Local, Task, sums_of_draws
from nbviz.attribution.rows import Batch
from nbviz.attribution.sites import Head

MOST_EXACT = 12  # features up to which Shapley values go through all 2^12 coalitions


def ablation(task: Task, batch: Batch) -> Local:
    """What the output loses when a feature is set to its baseline: f(x) - f(x without it)."""
    features = ExchangedFeatures(task, batch)
    full = task.explained.answers(batch.inputs)[:, task.classes]
    without = features.answers(Exchange(task.references, mask) for mask in features.masks())
    return Local(features.to_sites(np.stack([full - answers[:, task.classes] for answers in without], axis=1), 1))


def column_shuffle(task: Task, batch: Batch) -> Local:
    """How far the output moves when a feature takes the value of another row (Breiman 2001, on outputs).

    Up to `batch_size` rows are permuted as they are; of more, the values come from as many of them, drawn.
    """
    features = ExchangedFeatures(task, batch)
    full = task.explained.answers(batch.inputs)
    changes = _shuffled(features, lambda answers: (full - answers)[:, task.classes])
    sizes = np.abs(changes)
    return Local(
        features.to_sites(changes.mean(axis=0), 1),
        sizes=features.to_sites(sizes.mean(axis=0), 1),
        draw_sums=features.to_sites(sizes.sum(axis=1, dtype=np.float64), 1),
    )


def permutation(task: Task, batch: Batch) -> Local:
    """Rise of the class's loss when a feature takes the value of another row (Breiman 2001; Fisher et al. 2019).

    The loss of a class is its one-against-rest log-loss in nats, that of a regression the squared error.
    """
    features = ExchangedFeatures(task, batch)
    assert batch.y is not None
    wanted = batch.y
    heads = task.explained.heads
    ends = np.cumsum([head.classes for head in heads])

    def loss(answers: np.ndarray) -> np.ndarray:
        parts = [
            _losses(answers[:, end - head.classes : end].astype(np.float64), wanted[:, end - head.classes : end], head)
            for head, end in zip(heads, ends, strict=True)
        ]
        return np.concatenate(parts, axis=1)[:, task.classes]

    before = loss(task.explained.answers(batch.inputs))
    rises = _shuffled(features, lambda answers: loss(answers) - before)
    mean = features.to_sites(rises.mean(axis=0), 1)
    return Local(mean, sizes=mean, draw_sums=features.to_sites(rises.sum(axis=1, dtype=np.float64), 1))


def shapley(task: Task, batch: Batch) -> Local:
    """Shapley values against one reference row (Shapley 1953; Strumbelj & Kononenko 2014).

    Up to 12 features or groups exactly, over all coalitions; of more, the mean over `evaluations` random orders,
    each with its reverse, the same ones for every row.
    """
    features = ExchangedFeatures(task, batch)
    if features.count <= MOST_EXACT:
        return Local(features.to_sites(_exact_shapley(features), 1))
    draws = _sampled_shapley(features)
    values = draws.mean(axis=0)
    return Local(features.to_sites(values, 1), draw_sums=features.to_sites(sums_of_draws(values, draws), 1))


def _shuffled(features: ExchangedFeatures, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """(repeats, rows, features, classes): what becomes of the answers when each feature comes from another row."""
    task, rows = features.task, len(features.batch.places)
    pool = len(task.pool[0])

    def exchanges() -> Iterator[Exchange]:
        for repeat in range(task.repeats):
            # By the place of the batch, so that batches differ and the seed decides all.
            generator = np.random.default_rng([task.seed, repeat, int(features.batch.places[0])])
            whole = np.concatenate([generator.permutation(pool) for _ in range(-(-rows // pool))])
            others = [values[whole[:rows]] for values in task.pool]
            yield from (Exchange(others, mask) for mask in features.masks())

    changes = [change(answers) for answers in features.answers(exchanges(), task.repeats * features.count)]
    stacked = np.stack(changes, axis=1)
    rearranged = stacked.reshape(rows, task.repeats, features.count, *stacked.shape[2:])
    return np.asarray(np.moveaxis(rearranged, 1, 0))


def _losses(answers: np.ndarray, wanted: np.ndarray, head: Head) -> np.ndarray:
    """Loss of each class for each row. answers: logits, or a regression's outputs; wanted: the same shape."""
    if head.kind == "linear":
        return np.asarray((answers - wanted) ** 2)
    if head.kind == "sigmoid":
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


def _exact_shapley(features: ExchangedFeatures) -> np.ndarray:
    task, count = features.task, features.count
    coalitions = [[feature for feature in range(count) if code >> feature & 1] for code in range(2**count)]
    everything = np.ones(count, bool)

    def exchanges() -> Iterator[Exchange]:
        for coalition in coalitions:
            absent = everything.copy()
            absent[coalition] = False
            yield Exchange(task.references, features.union(np.flatnonzero(absent)))

    values = np.zeros((len(features.batch.places), count, len(task.classes)))
    largest = 0.0
    for coalition, answers in zip(coalitions, features.answers(exchanges(), len(coalitions)), strict=True):
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


def _sampled_shapley(features: ExchangedFeatures) -> np.ndarray:
    """(draws, rows, features, classes): each draw is the mean over one random order and its reverse."""
    task, count = features.task, features.count
    generator = np.random.default_rng(task.seed)
    draws = max(2, task.evaluations // 2)
    orders = [order for _ in range(draws) for order in _both_ways(generator.permutation(count))]

    def exchanges() -> Iterator[Exchange]:
        for order in orders:
            for present in range(count + 1):
                yield Exchange(task.references, features.union(order[present:]))

    answers = features.answers(exchanges(), len(orders) * (count + 1))
    values = np.zeros((draws, len(features.batch.places), count, len(task.classes)), np.float32)
    for number, order in enumerate(orders):
        before = next(answers)[:, task.classes]
        for feature in order:
            after = next(answers)[:, task.classes]
            values[number // 2, :, feature] += (after - before) / 2
            before = after
    return values


def _both_ways(order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return order, order[::-1]

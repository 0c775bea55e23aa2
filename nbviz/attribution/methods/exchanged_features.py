"""The features of a batch as what can be exchanged for other values: where each is, and the outputs without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from nbviz.attribution.methods.task import Task, credit_shape
from nbviz.attribution.rows import Batch

FORWARD = 4  # times the rows of a backward pass: nothing has to be kept for the way back


class Exchange(NamedTuple):
    """One exchange of values.

    Attributes:
        instead: For each site what stands there instead of the row's values.
        where: For each site where it does: booleans of the feature shape, the same for all rows or (rows, ...).
    """

    instead: list[np.ndarray]
    where: list[np.ndarray]


class ExchangedFeatures:
    """The features of a batch, or groups of them, to be exchanged one at a time or several together.

    Attributes:
        task: What is asked for.
        batch: The rows.
        sites: Where the features are.
        values: What is at the sites in these rows.
        count: How many features, or groups of them, there are.
    """

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
        """For each feature where it is: one array of booleans (*feature shape) for each site."""
        for feature in range(self.count):
            yield self.union([feature])

    def union(self, features: Iterable[int]) -> list[np.ndarray]:
        """Where any of these features is."""
        flat = np.zeros(sum(self._sizes), bool)
        for feature in features:
            flat[self.task.groups.members[feature] if self.task.groups else feature] = True
        return self.at_sites(flat)

    def at_sites(self, flat: np.ndarray) -> list[np.ndarray]:
        """Booleans (..., features) as those (..., *feature shape) of each site."""
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
        """An array with the features on one axis, taken apart into the feature shapes of the sites."""
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
        for instead, where in exchanges:
            waiting.append(
                [
                    _exchanged(value, mask, other, site.summed)
                    for value, mask, other, site in zip(self.values, where, instead, self.sites, strict=True)
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

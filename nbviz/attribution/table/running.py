"""Running sums of strengths and their errors, batch by batch: memory does not grow with the number of rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nbviz.attribution.methods.task import Local
from nbviz.attribution.table.directions import LocalSample

_MOST_ROWS = 1000
_MOST_NUMBERS = 2**22  # kept for directions: 16 MB


class Running:
    """Sums over rows of what a method says.

    Attributes:
        rows: Number of rows so far.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]], classes: int, count: int | None, seed: int) -> None:
        """Start with no rows.

        Args:
            shapes: Of one row's credit at each site.
            classes: Number of classes.
            count: How many rows will come, None if unknown.
            seed: Decides which rows are kept for the direction.
        """
        self._shape = shapes[0] if len(shapes) == 1 else (sum(map(math.prod, shapes)),)
        size = math.prod(self._shape)
        self.rows = 0
        self._sum = np.zeros((size, classes))
        self._squares = np.zeros((size, classes))
        self._draws: np.ndarray | None = None
        self._capacity = min(_MOST_ROWS, max(50, _MOST_NUMBERS // (size * classes)))
        self._generator = np.random.default_rng([seed, 3])
        # Of a known number of rows those to keep are known at once; else those with the smallest random keys stay.
        known = count is not None and count > self._capacity
        self._chosen = np.zeros(count or 0, bool)
        if known:
            self._chosen[self._generator.choice(len(self._chosen), self._capacity, replace=False)] = True
        self._keep_all = count is not None and not known
        self._by_key = count is None
        self._keys = np.empty(0)
        self._kept: list[np.ndarray] = []
        self._values: list[np.ndarray] = []

    def add(self, local: Local, values: np.ndarray | None) -> None:
        """Take a batch in.

        Args:
            local: What the method says.
            values: What the features are, (rows, features); None where they are no single numbers.
        """
        credit = _flat(local.values, 1)
        sizes = np.abs(credit) if local.sizes is None else _flat(local.sizes, 1)
        self._sum += sizes.sum(axis=0, dtype=np.float64)
        self._squares += np.einsum("rfc,rfc->fc", sizes, sizes, dtype=np.float64)
        if local.draw_sums is not None:
            sums = _flat(local.draw_sums, 1)
            self._draws = sums if self._draws is None else self._draws + sums
        self._keep(credit, values)
        self.rows += len(credit)

    def strength(self) -> np.ndarray:
        """(*feature shape, classes): the mean over rows."""
        return self._shaped(self._sum / self.rows)

    def standard_error(self, share_drawn: float) -> np.ndarray | None:
        """(*feature shape, classes), from the spread over rows and that over draws; None of a single row.

        `sqrt(var over rows / n + var over draws / m)`: over rows alone it would be too small, since all rows share
        the same few background rows.

        Args:
            share_drawn: Which share of all it could have drawn the reference was drawn from: with all of them,
                another draw would change nothing (finite population correction).
        """
        if self.rows < 2:
            return None
        mean = self._sum / self.rows
        variance = np.maximum(self._squares / self.rows - mean**2, 0) / (self.rows - 1)
        if self._draws is not None and len(self._draws) > 1:
            by_draw = (self._draws / self.rows).var(axis=0, ddof=1) / len(self._draws)
            variance = variance + by_draw * (1 - share_drawn)
        return self._shaped(np.sqrt(variance))

    def sample(self) -> LocalSample:
        """Rows kept for directions."""
        attributions = np.concatenate(self._kept)
        values = np.concatenate(self._values) if self._values else None
        return LocalSample(
            attributions.reshape(len(attributions), *self._shape, -1),
            None if values is None else values.reshape(len(values), *self._shape),
        )

    def _keep(self, credit: np.ndarray, values: np.ndarray | None) -> None:
        if self._by_key:
            self._keys = np.concatenate([self._keys, self._generator.random(len(credit))])
            self._kept = [np.concatenate([*self._kept, credit])]
            self._values = [np.concatenate([*self._values, values])] if values is not None else []
            if len(self._keys) > self._capacity:
                best = np.sort(np.argpartition(self._keys, self._capacity)[: self._capacity])
                self._keys = self._keys[best]
                self._kept, self._values = [self._kept[0][best]], [part[best] for part in self._values]
            return
        here = slice(None) if self._keep_all else self._chosen[self.rows : self.rows + len(credit)]
        self._kept.append(credit[here].astype(np.float32, copy=False))
        if values is not None:
            self._values.append(values[here])

    def _shaped(self, table: np.ndarray) -> np.ndarray:
        return table.reshape(*self._shape, -1)


def _flat(arrays: Sequence[np.ndarray], lead: int) -> np.ndarray:
    """(..., features of all sites, classes)."""
    flat = [array.reshape(*array.shape[:lead], -1, array.shape[-1]) for array in arrays]
    return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=lead)

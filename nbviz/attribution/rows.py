"""Rows of data to explain, batch by batch: from arrays, frames, several inputs, or a streamed `tf.data.Dataset`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbviz.network.samples import InputSpec, Samples, batches_of, column_names, read_samples
from nbviz.network.streams import UNEQUAL, is_endless, is_stream, joined

BACKGROUND_ROWS = 100  # that rows are compared with, drawn where there are more


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows: one array per input, the answers that belong to them (None if unknown), and their row numbers."""

    inputs: list[np.ndarray]
    y: np.ndarray | None
    places: np.ndarray


class Rows:
    """All rows of the data, to be read as often as needed.

    Attributes:
        batch_size: Rows that may be in memory at a time.
        columns: Column names by input, of the inputs given as a `pandas.DataFrame`.
        streamed: Whether the rows come out of a data set: then only one batch is in memory at a time.
        count: Number of rows, None while a stream has not been read to its end.
    """

    def __init__(self, x: Samples, y: np.ndarray | None, specs: Sequence[InputSpec], batch_size: int) -> None:
        """Check the data, as far as they are at hand.

        Args:
            x: Array, DataFrame, list / dict of these for several inputs, or a data set of x or (x, y).
            y: Answers as numbers, one per row, or None.
            specs: What the model's inputs take.
            batch_size: Rows that may be in memory at a time.

        Raises:
            TypeError: Data that are not numbers.
            ValueError: Wrong shape, no rows, NaN or infinity, an endless data set.
        """
        self._specs = list(specs)
        self.batch_size = batch_size
        self.streamed = is_stream(x)
        self.columns: dict[str, list[str]] = {}
        self.count: int | None = None
        if self.streamed:
            if y is not None:
                raise ValueError("Expected y inside the data set, as (x, y). Received y beside a data set.")
            if is_endless(x):
                raise ValueError("Expected a data set with an end. Received an endless one; use .take(batches).")
            self._dataset = x
            return
        # Of millions of rows no copy is made: they are the user's, and only looked at.
        self._arrays = [_only_to_read(array) for array in read_samples(x, self._specs, copy=False)]
        self.columns = column_names(x, self._specs)
        self.count = len(self._arrays[0])
        self._y = y

    def __iter__(self) -> Iterator[Batch]:
        """The rows, at most `batch_size` at a time."""
        if self.streamed:
            yield from self._stream()
            return
        assert self.count is not None
        for start in range(0, self.count, self.batch_size):
            rows = slice(start, start + self.batch_size)
            yield Batch(
                [array[rows] for array in self._arrays],
                None if self._y is None else self._y[rows],
                np.arange(start, min(start + self.batch_size, self.count)),
            )

    def draw(self, count: int, seed: int) -> list[np.ndarray]:
        """At most `count` rows, each as likely as any other, in their order; of a stream by a pass over it."""
        if self.streamed:
            return self.draw_answered(count, seed)[0]
        return draw_rows(self._arrays, count, np.random.default_rng(seed))

    def draw_answered(self, count: int, seed: int) -> tuple[list[np.ndarray], np.ndarray | None]:
        """The same rows of a stream, and their answers; None where there are none."""
        generator = np.random.default_rng(seed)
        # Reservoir: the rows with the smallest of independent random keys.
        keys = np.empty(0)
        kept: list[np.ndarray] = []
        for batch in self:
            fresh = generator.random(len(batch.places))
            keys = np.concatenate([keys, fresh])
            own = [*batch.inputs, *([] if batch.y is None else [batch.y])]
            both = [np.concatenate(pair) for pair in zip(kept, own, strict=True)] if kept else own
            chosen = np.sort(np.argsort(keys, kind="stable")[:count])
            keys, kept = keys[chosen], [array[chosen] for array in both]
        inputs = len(self._specs)
        return kept[:inputs], kept[inputs] if len(kept) > inputs else None

    def _stream(self) -> Iterator[Batch]:
        """The rows in batches of our size, whatever the user's were; sample weights are dropped."""
        start, size = 0, self.batch_size
        shapes: list[tuple[int, ...]] = []
        waiting: list[tuple[list[np.ndarray], np.ndarray | None]] = []
        for inputs, element in batches_of(self._dataset, self._specs):
            shapes = shapes or [array.shape[1:] for array in inputs]
            if [array.shape[1:] for array in inputs] != shapes:
                raise ValueError(UNEQUAL)
            waiting.append((inputs, _one_answer(element.y)))
            count = sum(len(part[0]) for part, _ in waiting)
            if count < size:
                continue
            inputs, y = joined([part for part, _ in waiting]), joined([part for _, part in waiting])
            whole = count - count % size
            for place in range(0, whole, size):
                rows = slice(place, place + size)
                yield Batch(
                    [array[rows] for array in inputs], None if y is None else y[rows], np.arange(start, start + size)
                )
                start += size
            waiting = [([array[whole:] for array in inputs], None if y is None else y[whole:])] if whole < count else []
        if waiting:
            inputs, y = joined([part for part, _ in waiting]), joined([part for _, part in waiting])
            yield Batch(inputs, y, np.arange(start, start + len(inputs[0])))
            start += len(inputs[0])
        if not start:
            raise ValueError("Expected x with at least one row. Received an empty data set.")
        self.count = start


def draw_rows(arrays: Sequence[np.ndarray], count: int, generator: np.random.Generator) -> list[np.ndarray]:
    """At most `count` rows of arrays, one for each input: each row as likely as any other, in their order."""
    rows = len(arrays[0])
    if rows <= count:
        return list(arrays)
    chosen = np.sort(generator.choice(rows, count, replace=False))
    return [array[chosen] for array in arrays]


def _only_to_read(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def _one_answer(y: Any) -> np.ndarray | None:
    """The answers; None where there are none, or some for each of several outputs."""
    while isinstance(y, (dict, list, tuple)):
        y = next(iter(y.values() if isinstance(y, dict) else y)) if len(y) == 1 else None
    return None if y is None else np.asarray(y)

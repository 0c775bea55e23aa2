"""The mean over all rows of a class, or of a cell of the confusion matrix: which rows, in words, and why it is so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.style.numbers import grouped
from nbviz.widgets.sample_charts.sample_comparison import ComparedSample
from nbviz.widgets.sample_charts.waterfall import ExplainedSample
from nbviz.widgets.scheduling.background_worker import Check, Worker

if TYPE_CHECKING:
    from nbviz.explorer.explored_data import ExploredData

MOST_ROWS = 200  # each is explained by itself


class RowGroup(NamedTuple):
    """Some rows, and what they are.

    Attributes:
        rows: Which.
        name: `"mean of 7 rows: true Grignolino, read as Barbera"`.
        of: The same without the mean: `"true Grignolino, read as Barbera"`.
    """

    rows: np.ndarray
    name: str
    of: str


def rows_of(data: ExploredData, predicted: np.ndarray, cell: Sequence[int]) -> RowGroup:
    """The rows of a class or of a cell; of more than 200 as many, drawn.

    Args:
        data: What is explored; it has y, and classes that exclude each other.
        predicted: As what each row is read, (rows,).
        cell: The true class, and the one that is read; the former alone for all rows of it.

    Raises:
        ValueError: There is no such row.
    """
    truth, read = cell[0], cell[1] if len(cell) > 1 else None
    names = data.answers.class_names
    assert data.truth is not None
    here = data.truth == truth
    of = names[truth]
    if read is not None:
        here &= predicted == read
        of = f"true {names[truth]}, read as {'itself' if read == truth else names[read]}"
    rows = np.flatnonzero(here)
    if not len(rows):
        raise ValueError(f"Expected a class or cell that has rows. Received {of}, which has none.")
    count = f"{grouped(len(rows))} {'row' if len(rows) == 1 else 'rows'}"
    if len(rows) > MOST_ROWS:
        drawn = np.random.default_rng([data.seed, 3]).choice(len(rows), MOST_ROWS, replace=False)
        rows, count = rows[np.sort(drawn)], f"{grouped(MOST_ROWS)} of {grouped(len(rows))} rows, drawn"
    return RowGroup(rows, f"mean of {count}: {of}", of)


class MeanOfRows:
    """Works out in the background why the outputs are what they are in the mean over a group of rows.

    Attributes:
        group: The rows that are wanted; None for none.
    """

    def __init__(
        self,
        explained: Callable[[int], ComparedSample],
        found: Callable[[ComparedSample], None],
        failed: Callable[[str | None], None],
    ) -> None:
        """Nothing is wanted yet.

        Args:
            explained: Given a row, explains it. Called in a thread of this.
            found: Given the mean.
            failed: Given what went wrong, None once something succeeds.
        """
        self._explained, self._found, self._told = explained, found, failed
        self.group: RowGroup | None = None
        self._worker = Worker(lambda _kind, error: failed(f"The mean could not be explained: {error}"))

    def ask(self, group: RowGroup | None) -> None:
        """Work it out for these rows; None for none."""
        self.group = group
        if group is None:
            self._worker.cancel("mean")
        else:
            self._worker.submit("mean", lambda check: self._work_out(group, check))

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is worked out; answers whether it is."""
        return self._worker.wait(timeout)

    def close(self) -> None:
        """Work nothing out any more; when this returns, nothing is under way."""
        self._worker.close()

    def _work_out(self, group: RowGroup, check: Check) -> None:
        rows = []
        for row in group.rows:
            check()
            rows.append(self._explained(int(row)).explained)
        check()
        if self.group is group:
            self._found(ComparedSample(mean_of(rows, group.name)))
            self._told(None)


def mean_of(rows: Sequence[ExplainedSample], name: str) -> ExplainedSample:
    """The mean of what explains some rows, which adds up as each of them does.

    Args:
        rows: The rows.
        name: What their mean is called.
    """
    local = LocalExplanation(
        np.mean([row.local.values for row in rows], axis=0),
        np.mean([row.local.start for row in rows], axis=0),
        np.mean([row.local.end for row in rows], axis=0),
    )
    values = [row.feature_values for row in rows]
    p = [row.probability for row in rows]
    return replace(
        rows[0],
        local=local,
        name=name,
        feature_values=None if any(each is None for each in values) else np.mean(np.asarray(values, float), axis=0),
        probability=None if any(each is None for each in p) else np.mean(np.asarray(p, float), axis=0),
        predicted=None,
        truth=None,
    )

"""The mean over all rows of a class, or of a cell of the confusion matrix: which rows, in words, and why it is so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

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
        explained: Callable[[RowGroup, Callable[[float], None]], ExplainedSample],
        found: Callable[[ComparedSample], None],
        busy: Callable[[str], None],
        failed: Callable[[str | None], None],
    ) -> None:
        """Nothing is wanted yet.

        Args:
            explained: Given rows, explains their mean, and tells how much of it is done, 0 to 1, which may raise to
                stop it. Called in a thread of this.
            found: Given the mean.
            busy: Given what is being worked out and how far it is, "" once it is no longer.
            failed: Given what went wrong, None once something succeeds.
        """
        self._explained, self._found, self._busy, self._told = explained, found, busy, failed
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
        rows = len(group.rows)

        def advance(share: float) -> None:
            check()
            self._busy(f"mean of {grouped(round(share * rows))} of {grouped(rows)} rows: {group.of}")

        try:
            advance(0.0)
            mean = ComparedSample(self._explained(group, advance))
        finally:
            self._busy("")
        check()
        if self.group is group:
            self._found(mean)
            self._told(None)

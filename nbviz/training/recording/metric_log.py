"""What a run has told about itself: metrics of every batch and every epoch."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import Any

import pandas as pd


class MetricLog:
    """Columns of numbers, a row for each time something was told.

    A column that came later, or is missing in a row, is NaN there. Plain arrays: a row of four numbers of a run of
    a million batches takes 32 bytes, as a dict it would take 400.
    """

    def __init__(self, *whole: str) -> None:
        """Start empty.

        Args:
            whole: Names of the first columns, which hold whole numbers; the first of them ascends from row to row.
        """
        self._whole = whole
        self._columns: dict[str, array[Any]] = {name: array("q") for name in whole}

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._columns[self._whole[0]])

    def add(self, numbers: Mapping[str, float]) -> None:
        """Add a row; it must have all columns of whole numbers."""
        rows = len(self)
        for name, value in numbers.items():
            if name not in self._columns:
                self._columns[name] = array("d", [math.nan]) * rows
            self._columns[name].append(int(value) if name in self._whole else value)
        for column in self._columns.values():
            if len(column) == rows:
                column.append(math.nan)

    def last(self) -> dict[str, float]:
        """The newest row without its whole numbers; empty without rows."""
        return {name: column[-1] for name, column in self._columns.items() if name not in self._whole and len(self)}

    def at(self, name: str) -> float:
        """A number of the newest row; NaN without rows."""
        return self._columns[name][-1] if len(self) else math.nan

    def frame(self) -> pd.DataFrame:
        """A copy as a table."""
        rows = len(self)
        return pd.DataFrame({name: list(column[:rows]) for name, column in self._columns.items()})

    def cut(self, name: str, last: int) -> pd.DataFrame:
        """Take away the rows that come after a value of a column of whole numbers, and return them."""
        column = self._columns[name]
        rows = sum(1 for value in column if value <= last)
        gone = self.frame().iloc[rows:].reset_index(drop=True)
        for values in self._columns.values():
            del values[rows:]
        return gone

    def restore(self, table: pd.DataFrame) -> None:
        """Take the rows of a table that `frame` gave."""
        self._columns = {
            str(name): array("q" if name in self._whole else "d", table[name].tolist()) for name in table.columns
        }

"""The rows that an explorer trains on, and how far they are those that it measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbviz.style.numbers import grouped

WAY_OUT = "Pass training_data=(x, y) to keep them apart"


@dataclass(frozen=True, eq=False, repr=False)
class TrainingRows:
    """Rows to train on, with their answers.

    Attributes:
        x: As the model takes them.
        forms: Forms of their answers that a loss could want, the likeliest first.
        validation: Rows and such forms that are measured after each epoch; None for none.
        count: How many rows.
        explored: How many rows are explored.
        shared: How many of those are trained on.
        are_given: Whether nothing else was named, so that it trains on all rows that were given.
    """

    x: Any
    forms: list[Any]
    validation: tuple[Any, list[Any]] | None
    count: int
    explored: int
    shared: int
    are_given: bool

    @property
    def is_fair(self) -> bool:
        """Whether what is measured on the rows explored tells how the model does on new ones."""
        return self.shared == 0

    @property
    def name(self) -> str:
        """`the 45 rows explored`, `the 133 rows of training_data`."""
        which = "of training_data"
        if self.are_given:
            which = "explored" if self.count == self.explored else "given as x, those explored among them"
        return f"the {grouped(self.count)} {'row' if self.count == 1 else 'rows'} {which}"

    @property
    def words(self) -> str:
        """Which rows Train uses, and what that means for the numbers shown."""
        if self.are_given:
            return f"Trains on {self.name}: what is measured on them flatters the model. {WAY_OUT}"
        said = f"Trains on {self.name}; those explored are measured after each epoch"
        if self.shared == 0:
            return said
        those = "All" if self.shared == self.explored else f"{grouped(self.shared)} of {grouped(self.explored)}"
        return f"{said}. {those} are among them: what is measured on those flatters the model"

    def __repr__(self) -> str:
        """How many; no arrays."""
        return f"TrainingRows({grouped(self.count)} rows, {grouped(self.shared)} of them explored)"


def shared_rows(explored: Sequence[np.ndarray], trained: Sequence[np.ndarray]) -> int:
    """How many rows of the first are among the second, number by number.

    Args:
        explored: One array (rows, *input shape) for each input.
        trained: The same of other rows.
    """
    known = {_key(trained, row) for row in range(len(trained[0]))}
    return sum(_key(explored, row) in known for row in range(len(explored[0])))


def _key(arrays: Sequence[np.ndarray], row: int) -> int:
    # Of text the bytes are addresses.
    parts = [repr(a[row].tolist()).encode() if a.dtype == object else a[row].tobytes() for a in arrays]
    return hash(b"".join(parts))

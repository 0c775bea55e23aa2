"""`Index`: a trait that says which of some things is chosen; and pairs of such, as cells of a table are."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from typing import Any

import traitlets


class Index(traitlets.Int[int | None, int | None]):
    """A whole number from 0, or None for none."""

    def __init__(self, default_value: int | None = None, *, of: Callable[[Any], int | None] = lambda _: None) -> None:
        """Begin with a number, or with none.

        Args:
            default_value: What it is at first.
            of: Given the widget, returns how many things there are; None where nobody knows.
        """
        super().__init__(default_value, allow_none=True)
        self._count_of = of

    def validate(self, obj: Any, value: Any) -> int | None:
        """The number as Python's own; numpy's are taken, True and False are not.

        Raises:
            TraitError: It is the number of none of these things.
        """
        if value is None:
            return None
        count = self._count_of(obj)
        is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if is_number and 0 <= value < (count or float("inf")) and value % 1 == 0:
            return int(value)
        known = f"from 0 to {count - 1} or None" if count else "as a whole number from 0, or None"
        raise traitlets.TraitError(f"Expected {self.name} {known}. Received {value!r}.")


def cells_within(cells: Sequence[Sequence[int]] | None, count: int, name: str = "cells") -> list[list[int]] | None:
    """Cells of a table of as many rows as columns, [row, column] each, or None.

    Args:
        cells: The cells.
        count: Rows, and columns.
        name: Of the trait.

    Raises:
        TraitError: One is none of the table.
    """
    for cell in cells or ():
        if len(cell) != 2 or any(isinstance(index, bool) or not 0 <= index < count for index in cell):
            raise traitlets.TraitError(
                f"Expected {name} as pairs [row, column] from 0 to {count - 1}, or None. Received {list(cell)!r}."
            )
    return None if cells is None else [list(cell) for cell in cells]

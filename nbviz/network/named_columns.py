"""Columns that have names, beside places that have names: which column belongs where.

Where both have the same names, a column goes where its name is, whatever order they come in. Where some names are in
both and some are not, nobody knows, and that is said. Columns without a common name are taken as they stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nbviz.network.array_like import column_text
from nbviz.network.samples import InputSpec, Samples, column_names
from nbviz.network.streams import is_stream


class NamedColumns:
    """The names that the columns of a model's inputs have, where they were told: by a table, or one by one."""

    def __init__(self, specs: Sequence[InputSpec], names: Mapping[str, Sequence[Any]] | None = None) -> None:
        """Take names that were given one by one.

        Args:
            specs: What the model's inputs take.
            names: Input -> names of its columns.
        """
        self._specs = list(specs)
        self._known: dict[str, list[list[str]]] = {spec.name: [] for spec in specs}
        for name, columns in (names or {}).items():
            if name in self._known:
                self._known[name].append([column_text(column) for column in columns])

    def read(self, x: Samples) -> Samples:
        """Rows in the order of the names; those of their tables are known from then on.

        Names given one by one may be new ones for some of the columns, which then stand where the names do.

        Raises:
            ValueError: Some of the columns are known, in other places, and some are not.
        """
        x = self._ordered(x, "columns of x", renamed=True)
        for name, columns in ({} if x is None else column_names(x, self._specs)).items():
            if columns not in self._known[name]:
                self._known[name].append(columns)
        return x

    def in_order(self, x: Samples, what: str) -> Samples:
        """Other rows, or one row, with the columns of their tables where the known names are; anything else as it came.

        Args:
            x: As `read_samples` and `read_row` take it.
            what: What the columns are, for the error.

        Raises:
            ValueError: Some of the names are known and some are not.
        """
        return self._ordered(x, what, renamed=False)

    def _ordered(self, x: Samples, what: str, *, renamed: bool) -> Samples:
        if is_stream(x) or not any(self._known.values()):
            return x
        if isinstance(x, (pd.DataFrame, pd.Series)):
            return self._placed(x, self._specs[0].name, what, renamed) if len(self._specs) == 1 else x
        if isinstance(x, Mapping):
            return {name: self._placed(part, name, what, renamed) for name, part in x.items()}
        if isinstance(x, (list, tuple)) and len(x) == len(self._specs):
            return type(x)(
                self._placed(part, spec.name, what, renamed) for part, spec in zip(x, self._specs, strict=True)
            )
        return x

    def _placed(self, part: Any, name: Any, what: str, renamed: bool) -> Any:
        columns = _names_in(part)
        fault: ValueError | None = None
        for known in self._known.get(name, ()) if columns else ():
            # The entries of a column are no row, whatever they are called.
            if len(known) < 2 or (isinstance(part, pd.Series) and len(part) != len(known)):
                continue
            try:
                places = places_by_name(columns or (), known, what)
            except ValueError as error:
                stay = len(known) == len(columns or ()) and all(
                    column_text(column) == name or column_text(column) not in known
                    for column, name in zip(columns or (), known, strict=True)
                )
                fault = fault or (None if renamed and stay else error)
                continue
            if places is not None:
                return part.iloc[:, places] if isinstance(part, pd.DataFrame) else part.iloc[places]
        if fault is not None:
            raise fault
        return part


def places_by_name(columns: Sequence[Any], names: Sequence[Any], what: str) -> list[int] | None:
    """For each name the number of the column that bears it; None where columns and names have nothing in common.

    Args:
        columns: Names of the columns as they came, texts or numbers.
        names: Names of the places, in their order.
        what: Which columns these are, for the error: "columns of y".

    Raises:
        ValueError: Some of the names are in both, and some are not; or a name comes twice, so that its place is open.
    """
    given, wanted = [column_text(column) for column in columns], [column_text(name) for name in names]
    if given == wanted:
        return list(range(len(given)))
    common = set(given) & set(wanted)
    if not common:
        return None
    missing, strange = sorted(set(wanted) - common), sorted(set(given) - common)
    if missing or strange:
        received = [f"none of {_some(missing)}"] * bool(missing) + [f"{_some(strange)} too"] * bool(strange)
        raise ValueError(f"Expected {what} named {_some(wanted)}. Received {', and '.join(received)}; rename or drop.")
    twice = sorted(name for name in common if given.count(name) > 1 or wanted.count(name) > 1)
    if twice:
        raise ValueError(
            f"Expected {what} with names that differ, since they come in another order. Received {twice[0]!r} twice."
        )
    return [given.index(name) for name in wanted]


def _names_in(part: Any) -> list[Any] | None:
    """The names that a table's columns, or a row's entries, bear; None of numbers that pandas counts."""
    index = part.columns if isinstance(part, pd.DataFrame) else part.index if isinstance(part, pd.Series) else None
    return None if index is None or isinstance(index, pd.RangeIndex) else list(index)


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")

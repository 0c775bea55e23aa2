"""Columns that have names, beside places that have names: which column belongs where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbviz.network.array_like import column_text


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


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")

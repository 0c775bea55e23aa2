"""What an `ImportanceMatrix` sends to the browser.

A table travels as a `MatrixTableWire` (JSON: names, words, scales) and as numbers: all tables share one buffer, in
which the numbers of a table with n rows and c columns start at its `offset`, a multiple of 8:

    f4 (n, c)  share            |strength| as a share of its column
    f4 (n, c)  share_error      standard error of the share
    f4 (n, c)  strength         in units of the output
    f4 (n, c)  direction        -1 to 1
    f4 (n,)    mean_share       mean of the shares over columns
    u1 (n, c)  hue              position in `HUES` (nbviz/attribution/table/cells.py): quiet, up, down, mixed
    u1 (n, c)  way              position in `WAYS`: unclear, raises, lowers

Where the noise floor is known, the same numbers follow once more with the shares of what exceeds it, and a
`MatrixAboveWire` holds what the table then says otherwise.

Tables of the features at recorded moments travel in the same way, in a buffer of their own; a `MatrixMomentWire` holds
what a moment's table says otherwise than the table of the live network.

A table of differences has what `nbviz.widgets.importance_matrix.difference_wire` says.

Unknown numbers are NaN there and null in JSON. Rules (what is quiet, which hue, which triangle) are Python's alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal, TypedDict, cast

import numpy as np
import pandas as pd

from nbviz.attribution.table import table_words
from nbviz.attribution.table.cells import FAINTEST, Z_95, TableCells
from nbviz.attribution.table.importance import Importance
from nbviz.style.numbers import grouped
from nbviz.style.text import clean

MatrixHue = Literal["quiet", "up", "down", "mixed"]

ALIGNMENT = 8


class MatrixTableWire(TypedDict):
    """One table: features or units in rows, classes in columns."""

    title: str  # "Importance by class"
    captions: list[str]  # how the numbers came about, what they are
    row_kind: str  # "feature", "unit" or "token · rows"
    column_kind: str  # "class" or "output"
    rows: list[str]
    columns: list[str]
    column_groups: list[str] | None  # with several outputs the one that each column belongs to
    ids: list[int | None]  # id over all units of the unit that a row stands for
    offset: int  # bytes from the start of the numbers
    totals: list[float]  # strength that a share of 1 stands for, each column
    unit: str  # of the strengths: " logits", or ""
    faintest: float  # depth of a cell with a share of 0
    deepest: float  # share with the full depth
    z: float  # standard errors on either side of an interval
    furthest: float  # share at the right end of the scale of intervals
    longest: float  # mean share with the full bar
    decimals: int  # of a share in its cell
    has_triangles: bool
    has_intervals: bool
    interval_words: str
    hues: list[MatrixHue]  # those in the table
    floor_words: str | None  # "below noise floor 0.02"
    direction_words: str | None
    overlaps: list[str]  # features that share credit, a sentence each
    notes: list[str]  # what else must be known, a sentence each
    above: MatrixAboveWire | None  # with shares of what exceeds the noise floor, where that is known
    change: MatrixChangeWire | None  # where shares are those of one table minus those of another


class MatrixChangeWire(TypedDict):
    """What a table is the difference of."""

    before: str  # names of the two
    after: str
    offset: int  # bytes from the start of the table's own numbers to the shares of both


class MatrixAboveWire(TypedDict):
    """A table with shares of what exceeds the noise floor: of a `MatrixTableWire` all that is not the same."""

    captions: list[str]
    offset: int  # bytes from the start of the table's own numbers
    totals: list[float]
    deepest: float
    furthest: float
    longest: float
    decimals: int
    has_intervals: bool
    floor_words: str | None


class MatrixMomentWire(TypedDict):
    """The table of the features at a recorded moment: of a `MatrixTableWire` all that is no name."""

    step: int  # updates done
    label: str  # "epoch 44"
    captions: list[str]
    offset: int
    totals: list[float]
    unit: str
    deepest: float  # this and the scales below are the same for all moments, so that they can be compared
    furthest: float
    longest: float
    decimals: int
    has_triangles: bool
    has_intervals: bool
    interval_words: str
    hues: list[MatrixHue]
    floor_words: str | None
    direction_words: str | None
    overlaps: list[str]
    notes: list[str]


class LayerChoiceWire(TypedDict):
    """One entry of the layer picker."""

    key: str  # of the table; "" for the features
    label: str


def table_wire(importance: Importance, ids: Sequence[int | None]) -> tuple[MatrixTableWire, bytes]:
    """A table as it travels, at offset 0.

    Args:
        importance: The table.
        ids: For each row the id over all units of the unit it stands for, None for none.

    Returns:
        Names, words and scales; the numbers, padded to a multiple of 8 bytes.
    """
    wire, numbers = _wire(importance, ids, above_floor=False)
    if importance.noise_floor is None:
        return wire, numbers
    other, more = _wire(importance, ids, above_floor=True)
    told: dict[str, Any] = {name: other[name] for name in MatrixAboveWire.__annotations__}  # type: ignore[literal-required]
    wire["above"] = cast(MatrixAboveWire, told | {"offset": len(numbers)})
    return wire, numbers + more


def _wire(importance: Importance, ids: Sequence[int | None], *, above_floor: bool) -> tuple[MatrixTableWire, bytes]:
    cells = TableCells(importance, above_floor=above_floor)
    floats = (cells.share, cells.share_error, cells.strength, cells.direction, cells.mean)
    with np.errstate(over="ignore"):  # a strength beyond float32 is only named in a tooltip
        numbers = b"".join(array.astype("<f4").tobytes() for array in floats)
    numbers += cells.hue.tobytes() + cells.way.tobytes()
    groups, columns = _heads(importance.classes)
    direction = table_words.direction_notes(importance)
    floor = None
    if importance.noise_floor is not None:
        floor = clean(table_words.floor_words(importance, cells.decimals, above_floor=above_floor))
    captions = table_words.caption_lines(importance.attrs, above_floor=above_floor)
    wire: MatrixTableWire = {
        "title": f"Importance by {table_words.kind(importance)}",
        "captions": [clean(line) for line in captions + table_words.left_out_notes(importance.attrs)],
        "row_kind": _row_kind(importance),
        "column_kind": table_words.kind(importance),
        "rows": _row_labels(importance),
        "columns": columns,
        "column_groups": groups,
        "ids": list(ids),
        "offset": 0,
        "totals": [float(total) for total in cells.total],
        "unit": table_words.unit(importance.attrs),
        "faintest": FAINTEST,
        "deepest": cells.deepest,
        "z": Z_95,
        "furthest": cells.furthest,
        "longest": cells.longest,
        "decimals": cells.decimals,
        "has_triangles": cells.has_triangles,
        "has_intervals": cells.has_whiskers,
        "interval_words": table_words.INTERVAL_WORDS,
        "hues": [hue for hue in _HUES if hue in cells.hues and importance.direction is not None],
        "floor_words": floor,
        "direction_words": direction[0] if direction else None,
        "overlaps": [clean(note) for note in table_words.overlap_notes(importance.attrs)],
        "notes": [clean(note) for note in table_words.class_notes(importance) + table_words.floor_notes(importance)],
        "above": None,
        "change": None,
    }
    return wire, numbers + b"\0" * (-len(numbers) % ALIGNMENT)


def moment_wires(
    steps: Sequence[int], labels: Sequence[str], tables: Sequence[MatrixTableWire], sizes: Sequence[int]
) -> list[MatrixMomentWire]:
    """Tables of recorded moments as they travel, one after the other.

    Args:
        steps: Updates done at each.
        labels: What to call each.
        tables: From `table_wire`.
        sizes: Bytes of the numbers of each.
    """
    scales: dict[str, Any] = {name: max((table[name] for table in tables), default=0) for name in _SCALES}
    kept = [name for name in MatrixMomentWire.__annotations__ if name in MatrixTableWire.__annotations__]
    moments, offset = [], 0
    for step, label, table, size in zip(steps, labels, tables, sizes, strict=True):
        told: dict[str, Any] = {name: value for name, value in table.items() if name in kept}
        told |= {"step": step, "label": clean(label), "offset": offset}
        told |= scales
        moments.append(cast(MatrixMomentWire, told))
        offset += size
    return moments


_SCALES: tuple[Literal["deepest", "furthest", "longest", "decimals"], ...] = (
    "deepest",
    "furthest",
    "longest",
    "decimals",
)
_HUES: tuple[MatrixHue, ...] = ("up", "down", "mixed")


def _row_kind(importance: Importance) -> str:
    if "occurs" in importance.attrs:
        return "token · rows"
    return "feature" if importance.attrs.get("layer") is None else "unit"


def _row_labels(importance: Importance) -> list[str]:
    """Names of the rows; of tokens with the number of rows of data that each is in."""
    labels, occurs = _labels(importance.features), importance.attrs.get("occurs")
    if occurs is None:
        return labels
    return [f"{label} · {grouped(count)}" for label, count in zip(labels, occurs, strict=True)]


def _labels(names: pd.Index) -> list[str]:
    return [_label(name) for name in names]


def _label(name: Hashable) -> str:
    return clean(table_words.label_text(name))


def _heads(classes: pd.Index) -> tuple[list[str] | None, list[str]]:
    """With several outputs their names, one for each column; the names of the columns."""
    if not isinstance(classes, pd.MultiIndex):
        return None, _labels(classes)
    return [_label(name[:-1]) for name in classes], [_label(name[-1]) for name in classes]

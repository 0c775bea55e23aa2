"""Rows and answers from a CSV file, checked before a model sees them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

_NAMED = 5  # columns or values that an error lists


@dataclass(frozen=True, eq=False)
class LabelledTable:
    """Numbers, and an answer for each row.

    Attributes:
        x: One row per sample, columns in the file's order, numbers without gaps.
        y: The answers as they stand in the file: text or numbers, without gaps.
    """

    x: pd.DataFrame
    y: pd.Series[Any]

    def draw(self, rows: int | None, seed: int) -> np.ndarray:
        """Indices of at most this many rows, drawn at random, in the file's order; None for all."""
        count = len(self.x)
        if rows is None or rows >= count:
            return np.arange(count)
        return np.sort(np.random.default_rng(seed).choice(count, rows, replace=False))


def read_csv(path: str | os.PathLike[str], target: str) -> LabelledTable:
    """Read a CSV file with a header line.

    Args:
        path: The file.
        target: Name of the column with the answers; all the others are features.

    Raises:
        OSError: The file cannot be read.
        ValueError: Not a table; unknown target; text, missing or infinite values; no rows or no features.
    """
    try:
        table = pd.read_csv(path)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"Expected a CSV file with a header line. Received {path}: {_one_line(error)}.") from error
    columns = [str(name) for name in table.columns]
    if target not in columns:
        raise ValueError(f"Expected the target among the columns {_some(columns)}. Received {target!r}.")
    if len(columns) == 1:
        raise ValueError(f"Expected columns beside {target!r}. Received none.")
    if table.empty:
        raise ValueError(f"Expected rows below the header of {path}. Received none.")
    _refuse_gaps(table)
    x = table.drop(columns=target)
    text = [str(name) for name in x.columns if not pd.api.types.is_numeric_dtype(x[name])]
    if text:
        raise ValueError(
            f"Expected numbers in every column but {target!r}. Received text in {_some(text)}; "
            "encode these columns as the model was trained with them, or leave them out."
        )
    endless = [str(name) for name in x.columns if not np.isfinite(x[name].to_numpy(float)).all()]
    if endless:
        raise ValueError(f"Expected finite numbers. Received infinite ones in {_some(endless)}; drop these rows.")
    return LabelledTable(x.astype(float), table[target])


def _refuse_gaps(table: pd.DataFrame) -> None:
    missing = table.isna()
    gaps = missing.sum()
    if not gaps.any():
        return
    places = [f"{name} ({count})" for name, count in gaps[gaps > 0].items()]
    line = int(np.argmax(missing.any(axis=1).to_numpy())) + 2
    raise ValueError(
        f"Expected a value in every cell. Received {int(gaps.sum())} missing: {_some(places)}, the first in line "
        f"{line}; fill them, or drop these rows."
    )


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(names[:_NAMED])
    return listed if len(names) <= _NAMED else f"{listed} and {len(names) - _NAMED} more"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")

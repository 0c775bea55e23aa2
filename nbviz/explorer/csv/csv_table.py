"""Rows and answers from a CSV file, checked before a model sees them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbviz.explorer.csv.csv_format import CsvFormat, format_of

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
        path: The file: cells apart by commas, semicolons (then also with decimal commas), tabs or bars; UTF-8 or
            UTF-16; plain or packed with gzip, bzip2 or xz.
        target: Name of the column with the answers; all the others are features.

    Raises:
        OSError: The file cannot be read.
        ValueError: Not a table; unknown target; text, missing or infinite values; no rows or no features.
    """
    with _as_file(Path(path)) as file:
        table = _parsed(file, target)
    columns = [str(name) for name in table.columns]
    if target not in columns:
        raise ValueError(f"Expected the target among the columns {_some(columns)}. Received {target!r}.")
    if len(columns) == 1:
        raise ValueError(f"Expected columns beside {target!r}. Received none.")
    if table.empty:
        raise ValueError(f"Expected rows below the header of {path}. Received none.")
    _refuse_gaps(table)
    x = table.drop(columns=target)
    text = _text_columns(x, target)
    if text:
        raise ValueError(
            f"Expected numbers in every column but {target!r}. Received text in {_some(text)}; "
            "encode these columns as the model was trained with them, or leave them out."
        )
    endless = [str(name) for name in x.columns if not np.isfinite(x[name].to_numpy(float)).all()]
    if endless:
        raise ValueError(f"Expected finite numbers. Received infinite ones in {_some(endless)}; drop these rows.")
    return LabelledTable(x.astype(float), table[target])


@contextmanager
def _as_file(path: Path) -> Iterator[Path]:
    """A file that can be read twice: what comes through a pipe of the shell is written into one."""
    if not path.is_fifo():
        yield path
        return
    if not str(path).startswith(("/dev/", "/proc/")):  # to open it waits for somebody to write into it
        raise OSError(f"Expected a CSV file. Received {path}, which is a pipe.")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "table.csv"
        with path.open("rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        yield copy


def _parsed(path: Path, target: str) -> pd.DataFrame:
    found = format_of(path, target)
    try:
        table = _read(path, found)
        if found.sep == ";" and _text_columns(table, target):
            # Where semicolons part the cells, numbers often have decimal commas.
            with_commas = _read(path, found, decimal=",")
            if not _text_columns(with_commas, target):
                return with_commas
        return table
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError, EOFError) as error:
        raise ValueError(f"Expected a CSV file with a header line. Received {path}: {_one_line(error)}.") from error


def _read(path: Path, found: CsvFormat, decimal: str = ".") -> pd.DataFrame:
    return pd.read_csv(
        path, sep=found.sep, encoding=found.encoding, compression=found.compression, decimal=decimal, low_memory=False
    )


def _text_columns(table: pd.DataFrame, target: str) -> list[str]:
    return [
        str(name) for name in table.columns if str(name) != target and not pd.api.types.is_numeric_dtype(table[name])
    ]


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

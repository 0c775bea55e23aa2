"""How a table lies in its file: what it is packed with, its encoding, its separator. Told from the first bytes."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

MOST_COLUMNS = 50_000
MOST_HEADER = 2**24  # letters of the header line
FLOOR, RATIO = 2**26, 100  # bytes that a packed file may unpack to: so many, and so many times its own
_SEPARATORS = (",", ";", "\t", "|")
_PACKED: dict[bytes, tuple[Literal["gzip", "bz2", "xz"], Callable[[Any], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"BZh": ("bz2", bz2.open),
    b"\xfd7zXZ": ("xz", lzma.open),
}
_OTHERS = {
    b"PK\x03\x04": "a zip archive or an Excel file",
    b"PAR1": "a Parquet file",
    b"\x89HDF": "an HDF5 file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
}
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe\0\0": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """How `pandas.read_csv` has to be called.

    Attributes:
        compression: What the file is packed with, None for plain text.
        encoding: Of its text.
        sep: What stands between two cells.
    """

    compression: Literal["gzip", "bz2", "xz"] | None
    encoding: str
    sep: str


def format_of(path: Path, target: str) -> CsvFormat:
    """Find it out; no more than the header line is kept.

    Args:
        path: The file.
        target: Name of a column that must be there: of several separators the one that gives it is right.

    Raises:
        OSError: The file cannot be read.
        ValueError: No table of text, one of too many columns, or one that unpacks to many times its size.
    """
    with path.open("rb") as file:
        start = file.read(8)
    compression = next((packed for mark, (packed, _) in _PACKED.items() if start.startswith(mark)), None)
    other = next((words for mark, words in _OTHERS.items() if start.startswith(mark)), None)
    if other is not None:
        raise _refused(path, f"{other}; save the table as CSV")
    unpack = next((opener for mark, (_, opener) in _PACKED.items() if start.startswith(mark)), open_plain)
    if compression is not None:
        _check_unpacked(path, unpack)
    with unpack(path) as raw:
        beginning = raw.read(4096)
    encoding = _encoding(beginning, path)
    with unpack(path) as raw:
        header = _header(raw, encoding, path)
    names = {sep: _cells(header, sep) for sep in _SEPARATORS}
    if not any(target in cells for cells in names.values()) and not header.replace("\t", "").isprintable():
        raise _refused(path, "a file that is no text")
    having = [sep for sep in _SEPARATORS if target in names[sep]]
    sep = having[0] if having else max(_SEPARATORS, key=lambda each: len(names[each]))
    if len(names[sep]) > MOST_COLUMNS:
        raise _refused(path, f"{len(names[sep]):,} columns in its header, where {MOST_COLUMNS:,} are the most")
    return CsvFormat(compression, encoding, sep)


def open_plain(path: Path) -> IO[bytes]:
    """The bytes of a file that is not packed."""
    return path.open("rb")


def _check_unpacked(path: Path, unpack: Callable[[Path], Any]) -> None:
    most = FLOOR + RATIO * path.stat().st_size
    size = 0
    try:
        with unpack(path) as raw:
            while size <= most and (piece := raw.read(2**20)):
                size += len(piece)
    except (EOFError, lzma.LZMAError, gzip.BadGzipFile, OSError) as error:
        raise _refused(path, f"a packed file that cannot be unpacked: {error}") from error
    if size > most:
        raise _refused(path, f"a packed file that unpacks to more than {RATIO} times its size; unpack it by hand")


def _encoding(start: bytes, path: Path) -> str:
    marked = next((encoding for mark, encoding in _MARKS.items() if start.startswith(mark)), None)
    if marked is not None:
        return marked
    if b"\0" not in start:
        return "utf-8"
    # Text of mostly Latin letters in UTF-16 without a mark: every other byte is 0.
    zeros = [start[first::2].count(0) * 4 > len(start) for first in (0, 1)]
    if zeros == [False, True]:
        return "utf-16-le"
    if zeros == [True, False]:
        return "utf-16-be"
    raise _refused(path, "a file that is no text")


def _header(raw: Any, encoding: str, path: Path) -> str:
    """The first line that says something, without its end."""
    line = ""
    try:
        with io.TextIOWrapper(raw, encoding) as text:
            while not line.strip():
                line = text.readline(MOST_HEADER + 1)
                if not line:
                    return ""
    except UnicodeError as error:
        raise _refused(path, f"text that is not {encoding.upper()}; save it as UTF-8") from error
    if len(line) > MOST_HEADER:
        raise _refused(path, f"a first line of more than {MOST_HEADER:,} letters, which is no header")
    return line.rstrip("\r\n")


def _cells(header: str, sep: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([header], delimiter=sep), [])]
    except csv.Error:
        return []


def _refused(path: Path, received: str) -> ValueError:
    return ValueError(f"Expected a CSV file with a header line. Received {path}: {received}.")

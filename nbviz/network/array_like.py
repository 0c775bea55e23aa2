"""The values of one input as a plain array, whatever they are held in: arrays, tables, columns, sparse matrices."""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, NoReturn

import numpy as np
import pandas as pd

MOST_DENSE = 2**28  # numbers of a sparse matrix that is written out: 1 GB of float32


def described(value: Any) -> str:
    """What somebody handed in, in words: `None`, `a set`, `the text 'abc'`."""
    if value is None:
        return "None"
    if isinstance(value, (str, bytes)):
        shown = repr(value if len(value) <= 30 else value[:30])
        return f"the text {shown}"
    if isinstance(value, Iterator):
        return f"a {type(value).__name__}, which can be read only once; make a list or an array of it"
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return f"the single value {value}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    name = type(value).__name__
    return f"an {name}" if name[:1] in "aeiouAEIO" else f"a {name}"


def refuse_masked(what: str, value: Any) -> None:
    """Whether an array has cells that stand for nothing: what is written in them would count as values.

    Args:
        what: What it is, for the error: "y".
        value: Anything; only numpy's masked arrays are looked at.

    Raises:
        ValueError: Some cells are masked.
    """
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(
            f"Expected a value in each cell of {what}. Received an array with {int(np.ma.getmaskarray(value).sum()):,} "
            "masked ones; fill them, as .filled(0) does, or drop these rows."
        )


def refuse_gaps(what: str, array: np.ndarray, start: int | None = None) -> None:
    """Whether every row has a value, and a finite one: any other would count as one.

    Args:
        what: What the rows hold, for the error: "y".
        array: (rows, ...), numbers, text or objects.
        start: Number of the first row, of a batch of a data set whose other rows are not known; None of all rows.

    Raises:
        ValueError: Some are missing or infinite.
    """
    if array.dtype.kind in "biuUS" or not array.size:
        return
    missing = ~np.isfinite(array) if array.dtype.kind == "f" else np.asarray(pd.isna(array))
    wrong = np.asarray(missing.reshape(len(array), -1).any(axis=1))
    if wrong.any():
        refuse_rows(what, wrong, start)


def refuse_rows(what: str, wrong: np.ndarray, start: int | None = None) -> NoReturn:
    """Say which rows have gaps.

    Args:
        what: As for `refuse_gaps`.
        wrong: (rows,), whether a row has gaps; at least one has.
        start: As for `refuse_gaps`.

    Raises:
        ValueError: Always.
    """
    many = "" if start is not None else f" in {int(wrong.sum()):,} of {len(wrong):,} rows"
    raise ValueError(
        f"Expected {what} without gaps. Received missing or infinite values{many}, the first in row "
        f"{(start or 0) + int(wrong.argmax())}; fill them, or drop these rows of x and y."
    )


def to_array(part: Any, name: str, *, text: bool) -> np.ndarray:
    """The values as numbers, or as an object array of text.

    Args:
        part: Array-like, DataFrame, Series, or a sparse matrix.
        name: Of the input, for the errors.
        text: Whether it takes text.

    Raises:
        TypeError: Not numbers where numbers are wanted, no text where text is; nothing with rows at all.
        ValueError: Rows of unequal shapes, masked cells, or a sparse matrix too large to be written out.
    """
    if hasattr(part, "toarray") and hasattr(part, "nnz"):
        return _written_out(part, name)
    if isinstance(part, pd.Series):
        return _of_table(part.to_frame(), name, text=text)[:, 0]
    if isinstance(part, pd.DataFrame):
        return _of_table(part, name, text=text)
    if part is None or isinstance(part, (str, bytes, Iterator, Set, Mapping)):
        raise TypeError(f"Expected {_wanted(text)} for the input {name!r}. Received {described(part)}.")
    refuse_masked(f"the input {name!r}", part)
    try:
        array = np.asarray(part)
    except ValueError as error:
        raise _unequal(name) from error
    if array.ndim == 0 and array.dtype.kind not in "biuf":
        raise TypeError(f"Expected {_wanted(text)} for the input {name!r}. Received {described(part)}.")
    return _as_text(array, name) if text else _as_numbers(array, name)


def column_text(column: Any) -> str:
    """The name of a column as text, that of several levels joined: `sepal / length`."""
    return " / ".join(map(str, column)) if isinstance(column, tuple) else str(column)


def _unequal(name: str) -> ValueError:
    return ValueError(f"Expected rows of one shape. Received rows of unequal shapes for the input {name!r}.")


def _wanted(text: bool) -> str:
    return "an array of text" if text else "an array of numbers"


def _written_out(matrix: Any, name: str) -> np.ndarray:
    if np.prod(matrix.shape, dtype=float) > MOST_DENSE:
        raise ValueError(
            f"Expected a sparse matrix of at most {MOST_DENSE:,} values, written out. Received one of shape "
            f"{tuple(matrix.shape)} for the input {name!r}; pass some of its rows, such as x[:1000]."
        )
    return np.asarray(matrix.toarray())


def _of_table(frame: pd.DataFrame, name: str, *, text: bool) -> np.ndarray:
    if text:
        return _as_text(frame.to_numpy(object), name)
    other = [column_text(column) for column, dtype in frame.dtypes.items() if not pd.api.types.is_numeric_dtype(dtype)]
    if other:
        array = frame.to_numpy(object)
        if all(isinstance(value, (numbers.Real, np.bool_)) for value in array.flat):
            return array.astype(float)
        raise TypeError(
            f"Expected numeric columns for the input {name!r}. Received text or dates in {other[:5]}; "
            "encode them as the model was trained, or drop them."
        )
    if all(isinstance(dtype, np.dtype) and dtype.kind in "biu" for dtype in frame.dtypes):
        return frame.to_numpy()
    if any(isinstance(dtype, pd.SparseDtype) for dtype in frame.dtypes):
        return np.column_stack([np.asarray(frame.iloc[:, place], float) for place in range(frame.shape[1])])
    # Columns of bools beside columns of floats, and missing values of any kind, would make an object array.
    return frame.to_numpy(float, na_value=np.nan)


def _as_numbers(array: np.ndarray, name: str) -> np.ndarray:
    if array.dtype == object:
        if all(isinstance(value, (numbers.Real, np.bool_)) for value in array.flat):
            return array.astype(float)
        wrong = next(value for value in array.flat if not isinstance(value, (numbers.Real, np.bool_)))
        if isinstance(wrong, Sequence | np.ndarray) and not isinstance(wrong, (str, bytes)):
            raise _unequal(name)
        raise TypeError(f"Expected numbers for the input {name!r}. Received {described(wrong)} among them.")
    if array.dtype.kind in "US":
        shown = f", such as {str(array.flat[0])!r}" if array.size else ""
        raise TypeError(f"Expected numbers for the input {name!r}. Received text{shown}; encode it as for training.")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"Expected numbers for the input {name!r}. Received values of type {array.dtype}.")
    return array


def _as_text(array: np.ndarray, name: str) -> np.ndarray:
    if array.dtype.kind in "US":
        return array.astype(object)
    if array.dtype != object and array.dtype.kind != "T":  # T: numpy's own text of any length
        raise TypeError(f"Expected text for the input {name!r}. Received values of type {array.dtype}.")
    array = array.astype(object)
    for place, value in enumerate(array.flat):
        if not isinstance(value, (str, bytes)):
            row = place // max(1, array[0].size if array.ndim > 1 else 1)
            what = "a missing value" if value is None or value is pd.NA or value != value else described(value)
            raise TypeError(f"Expected text for the input {name!r}. Received {what} in row {row}.")
    return array

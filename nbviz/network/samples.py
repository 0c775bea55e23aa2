"""Rows of data for a model, whatever the user holds them in: the one door through which they come.

A model has one or several inputs. `x` may be whatever `fit` and `predict` take: an array, a `pandas.DataFrame` (its
columns name the features, or are the inputs), a sparse matrix, a `tf.data.Dataset` or `keras.utils.PyDataset`, or, for
several inputs, a list in the model's order or a dict by input name.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nbviz.network.array_like import column_text, described, to_array
from nbviz.network.paths import by_path
from nbviz.network.streams import Element, batches, first_rows, is_stream, joined

Samples = Any  # array-like, DataFrame, data set, list or dict of these; checked by `read_samples`

NUMBERS_AT_ONCE = 2**18  # that are checked: what a check makes of all rows would take more than they
MOST_ROWS = 10_000  # that are taken out of a data set to be held at once,
MOST_NUMBERS = 2**26  # and numbers that they may have: 256 MB of float32


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What one input takes.

    Attributes:
        name: Of the input.
        shape: Without the batch axis, None where a size is open.
        dtype: Of the arrays that it is read as.
        whole: Type of the whole numbers that the values have to be although they are read as another; None for dtype.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    whole: str | None = None

    @property
    def expected(self) -> str:
        """The shape in words, batch axis first: `(n, 20)`."""
        return "(" + ", ".join(["n", *("any" if size is None else str(size) for size in self.shape)]) + ")"


class TakenRows(NamedTuple):
    """Rows of a data set, held at once, in the structure that the data set has them in: as `fit` takes them."""

    x: Any
    y: Any
    sample_weight: Any


def split_inputs(x: Samples, names: Sequence[str]) -> list[Any]:
    """One entry per input, in the model's order.

    Args:
        x: What the user gave.
        names: Names of the model's inputs.

    Raises:
        TypeError: Nothing that could hold the rows of several inputs.
        ValueError: The number of entries, or a name, does not fit.
    """
    if isinstance(x, Mapping):
        given = by_path(x, names)
        missing = [name for name in names if name not in given]
        if missing or len(given) != len(names):
            raise ValueError(f"Expected x with the keys {list(names)}. Received the keys {list(x)}.")
        return [given[name] for name in names]
    if len(names) == 1:
        return [x]
    if isinstance(x, pd.DataFrame):
        missing = [name for name in names if name not in x.columns]
        if missing:
            raise ValueError(
                f"Expected a DataFrame with a column for each input, {list(names)}. Received one without {missing}."
            )
        return [x[name] for name in names]
    if not isinstance(x, (list, tuple)) or len(x) != len(names):
        received = f"{len(x)} entries" if isinstance(x, (list, tuple)) else described(x)
        kind = ValueError if hasattr(x, "__len__") and not isinstance(x, (str, bytes, set)) else TypeError
        raise kind(f"Expected x as a list or dict with one entry for each of {list(names)}. Received {received}.")
    return list(x)


def read_samples(x: Samples, specs: Sequence[InputSpec], *, copy: bool = True) -> list[np.ndarray]:
    """The data of each input as an array of its dtype, checked.

    Args:
        x: What the user gave. Of a data set the first rows are taken, see `take_rows`.
        specs: The model's inputs.
        copy: Whether arrays are copied also where they are as the model takes them, so that what their owner does to
            them later is not seen. Else a memory map stays where it is.

    Returns:
        One array of shape (rows, *input shape) per input.

    Raises:
        TypeError: A column is not numeric where the model wants numbers; nothing with rows.
        ValueError: Wrong shape, no rows, unequal numbers of rows, NaN or infinity.

    Warns:
        UserWarning: A data set has more rows than were taken.
    """
    if is_stream(x):
        x = take_rows(x, specs).x
    parts = split_inputs(x, [spec.name for spec in specs])
    arrays = [_read_one(part, spec, copy) for part, spec in zip(parts, specs, strict=True)]
    rows = {len(array) for array in arrays}
    if len(rows) > 1:
        counts = {spec.name: len(array) for spec, array in zip(specs, arrays, strict=True)}
        raise ValueError(f"Expected the same number of rows for every input. Received {counts}.")
    if rows == {0}:
        raise ValueError("Expected x with at least one row. Received none.")
    return arrays


def read_row(sample: Samples, specs: Sequence[InputSpec]) -> list[np.ndarray]:
    """One row, with or without its leading axis; a row of a table is a Series.

    Returns:
        One array of shape (1, *input shape) per input; more rows where more were given.

    Raises:
        TypeError: As `read_samples`.
        ValueError: As `read_samples`.
    """
    names = [spec.name for spec in specs]
    if isinstance(sample, pd.Series) and len(specs) > 1 and all(name in sample.index for name in names):
        sample = {name: sample[name] for name in names}
    if is_stream(sample) or isinstance(sample, pd.DataFrame):
        return read_samples(sample, specs)
    shapes = {spec.name: spec.shape for spec in specs}
    if isinstance(sample, Mapping):
        return read_samples({key: _as_rows(part, shapes.get(key, ())) for key, part in sample.items()}, specs)
    if len(specs) == 1:
        return read_samples(_as_rows(sample, specs[0].shape), specs)
    if isinstance(sample, (list, tuple)) and len(sample) == len(specs):
        return read_samples([_as_rows(part, spec.shape) for part, spec in zip(sample, specs, strict=True)], specs)
    return read_samples(sample, specs)


def batches_of(stream: Any, specs: Sequence[InputSpec]) -> Iterator[tuple[list[np.ndarray], Element]]:
    """The batches of a data set: the checked rows of each input, and the batch as it came."""
    names = [spec.name for spec in specs]

    def is_row(x: Any) -> bool:
        shapes = [getattr(part, "shape", None) for part in split_inputs(x, names)]
        known = [None if shape is None or shape.rank is None else tuple(shape) for shape in shapes]
        return all(shape is not None and _is_row(shape, spec) for shape, spec in zip(known, specs, strict=True))

    for element in batches(stream, is_row):
        yield read_samples(element.x, specs), element


def numbers_of_a_row(arrays: Sequence[np.ndarray]) -> int:
    """How many numbers a row has in all of these, (rows, ...) each."""
    return sum(math.prod(array.shape[1:]) for array in arrays)


def take_rows(stream: Any, specs: Sequence[InputSpec], most: int = MOST_ROWS) -> TakenRows:
    """The first rows of a data set, at most 10,000 and at most as many as have 2**26 numbers.

    Args:
        stream: A data set of x, (x, y) or (x, y, sample weights), in batches or row by row.
        specs: The model's inputs.
        most: Rows that are taken.

    Raises:
        TypeError: As `read_samples`.
        ValueError: As `read_samples`; batches that differ in shape.

    Warns:
        UserWarning: There are more rows.
    """
    taken: list[Element] = []
    shapes: set[tuple[tuple[int, ...], ...]] = set()
    count = 0
    for arrays, element in batches_of(stream, specs):
        if not taken:
            most = max(len(arrays[0]), min(most, MOST_NUMBERS // max(1, numbers_of_a_row(arrays))))
        if count >= most:
            warnings.warn(
                f"The data set has more than the {count:,} rows that were taken, the first ones. "
                "For others pass arrays, or a data set that begins with them.",
                UserWarning,
                stacklevel=3,
            )
            break
        taken.append(element)
        shapes.add(tuple(array.shape[1:] for array in arrays))
        count += len(arrays[0])
    if not count:
        raise ValueError("Expected x with at least one row. Received an empty data set.")
    if len(shapes) > 1:
        raise ValueError(
            "Expected rows of one shape. Received a data set whose batches differ in shape; make them equal with "
            ".padded_batch(), or look at one length at a time."
        )
    return TakenRows(*(first_rows(joined([element[role] for element in taken]), most) for role in range(3)))


def held_at_once(x: Samples, y: Any, specs: Sequence[InputSpec]) -> tuple[Samples, Any, Any]:
    """X, y and sample weights of a data set, see `take_rows`; anything else, and its y, as it came.

    Raises:
        TypeError: As `read_samples`.
        ValueError: As `take_rows`; y beside a data set, which has its own.
    """
    if not is_stream(x):
        return x, y, None
    if y is not None:
        raise ValueError("Expected y inside the data set, as (x, y). Received y beside a data set.")
    return take_rows(x, specs)


def column_names(x: Samples, specs: Sequence[InputSpec]) -> dict[str, list[str]]:
    """Feature names by input, for the inputs given as a `pandas.DataFrame` or as columns of one."""
    if is_stream(x):
        return {}
    names = {}
    for spec, part in zip(specs, split_inputs(x, [spec.name for spec in specs]), strict=True):
        if isinstance(part, pd.DataFrame):
            names[spec.name] = [column_text(column) for column in part.columns]
        elif isinstance(part, pd.Series) and part.name is not None:
            names[spec.name] = [column_text(part.name)]
    return names


def _is_row(shape: tuple[int | None, ...], spec: InputSpec) -> bool:
    """Whether this is the shape of one row rather than of a batch."""
    if len(shape) == len(spec.shape) and spec.shape[-1:] == (1,):
        return shape[-1] == 1  # else the last axis of one is left out
    return len(shape) <= len(spec.shape)


def _as_rows(part: Any, shape: tuple[int | None, ...]) -> Any:
    """A row with its leading axis."""
    if isinstance(part, pd.DataFrame):
        return part
    if isinstance(part, pd.Series):
        part = part.to_numpy()
    rank = np.ndim(part)
    without_last = shape[-1:] == (1,) and rank == len(shape) - 1
    # A masked array stays one: it is refused where it is read.
    return np.asanyarray(part)[None] if rank == len(shape) or without_last else part


def _read_one(part: Any, spec: InputSpec, copy: bool) -> np.ndarray:
    text = spec.dtype == "string"
    if isinstance(part, (list, tuple)) and len(part) == 1 and np.ndim(part[0]) == len(spec.shape) + 1:
        (part,) = part  # the inputs of a model with one, as a list
    came = to_array(part, spec.name, text=text)
    given = _of_rank(came, len(spec.shape) + 1, spec.shape[-1:] == (1,))
    fits = given.ndim == len(spec.shape) + 1 and all(
        want is None or want == got for want, got in zip(spec.shape, given.shape[1:], strict=True)
    )
    if not fits:
        received = "(" + ", ".join(["n", *map(str, came.shape[1:])]) + ")" if came.ndim else "a single number"
        raise ValueError(
            f"Expected x of shape {spec.expected}. Received {received}; the model's input is "
            f'"{spec.name}".{_way_out(came.shape, spec.shape)}'
        )
    return given if text else _as_dtype(given, spec, copy)


def _way_out(came: tuple[int, ...], wanted: tuple[int | None, ...]) -> str:
    """What may be the matter with rows of another shape, and what to do; empty where there is no telling.

    Args:
        came: The shape of the rows, their number first.
        wanted: Of one row.
    """

    def fits(shape: tuple[int, ...]) -> bool:
        return len(shape) == len(wanted) and all(
            want is None or want == got for want, got in zip(wanted, shape, strict=True)
        )

    if came == wanted:
        return " For one row, pass it inside a list: [row]."
    if len(came) == 2 and fits(came[:1]):
        return " If its rows are columns, pass x.T."
    if len(came) == 3 and fits((came[2], came[1])):
        return " If its two axes are the other way round, pass np.swapaxes(x, 1, 2)."
    if len(came) == 4:
        rows, columns, channels = came[1:]
        if fits((columns, channels, rows)):
            return " If their channels come first, pass np.moveaxis(x, 1, -1)."
        if fits((channels, rows, columns)):
            return " If their channels come last, pass np.moveaxis(x, -1, 1)."
        if len(wanted) == 3 and (channels == wanted[-1] or rows == wanted[0]):
            return " Pictures of another size have to be resized as those were that the model was trained on."
    known = [size for size in wanted if size is not None]
    if len(came) > 1 and len(known) == len(wanted) and math.prod(came[1:]) == math.prod(known):
        sizes = ", ".join(map(str, known))
        return f" If its numbers lie in this order, pass x.reshape(-1, {sizes})."
    return ""


def _of_rank(array: np.ndarray, rank: int, last_is_one: bool) -> np.ndarray:
    """As Keras takes rows: a last axis of one may be missing, or be there although it is not asked for."""
    if array.ndim == rank + 1 and array.shape[-1] == 1:
        return array[..., 0]
    return array[..., np.newaxis] if last_is_one and array.ndim == rank - 1 >= 1 else array


def _as_dtype(given: np.ndarray, spec: InputSpec, copy: bool) -> np.ndarray:
    dtype = spec.whole or spec.dtype
    with np.errstate(over="ignore", invalid="ignore"):
        array = given.astype(dtype, copy=copy)
    if given.dtype.kind == "f":
        # What is finite in float64 may be infinite in the model's float32.
        whole = array.dtype.kind in "biu"
        bad = _rows_where(lambda own, came: ~np.isfinite(came if whole else own.astype(float)), array, given)
        if bad.any():
            raise ValueError(
                f"Expected finite numbers. Received NaN or infinity in {bad.sum()} of {len(array)} rows of the input "
                f"{spec.name!r}, the first in row {int(bad.argmax())}; fill or drop them."
            )
    if array.dtype.kind in "iu" and array is not given:
        changed = _rows_where(np.not_equal, array, given)
        if changed.any():
            raise ValueError(
                f"Expected whole numbers that fit {dtype} for the input {spec.name!r}. Received others, the first in "
                f"row {int(changed.argmax())}."
            )
    return array.astype(spec.dtype, copy=False)


def _rows_where(found: Callable[[np.ndarray, np.ndarray], np.ndarray], *arrays: np.ndarray) -> np.ndarray:
    """(rows,): whether this is so of any number of the row; a part of the rows at a time, for they may be many."""
    count, axes = len(arrays[0]), tuple(range(1, arrays[0].ndim))
    at_once = max(1, NUMBERS_AT_ONCE // max(1, math.prod(arrays[0].shape[1:])))
    rows = np.zeros(count, bool)
    for start in range(0, count, at_once):
        part = slice(start, start + at_once)
        rows[part] = found(*(array[part] for array in arrays)).any(axis=axes)
    return rows

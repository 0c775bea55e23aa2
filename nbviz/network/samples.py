"""Rows of data for a model, whatever the user holds them in.

A model has one or several inputs. `x` may be an array, a `pandas.DataFrame` (its columns name the features),
or, for several inputs, a list in the model's order or a dict by input name.
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Samples = Any  # array-like, DataFrame, list or dict of these; checked by `read_samples`


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What one input of a model takes: its name, shape without the batch axis, and dtype."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str

    @property
    def expected(self) -> str:
        """The shape in words, batch axis first: `(n, 20)`."""
        return "(" + ", ".join(["n", *("any" if size is None else str(size) for size in self.shape)]) + ")"


def split_inputs(x: Samples, names: Sequence[str]) -> list[Any]:
    """One entry per input, in the model's order.

    Args:
        x: What the user gave.
        names: Names of the model's inputs.

    Raises:
        ValueError: The number of entries, or a name, does not fit.
    """
    if isinstance(x, Mapping):
        missing = [name for name in names if name not in x]
        if missing or len(x) != len(names):
            raise ValueError(f"Expected x with the keys {list(names)}. Received the keys {list(x)}.")
        return [x[name] for name in names]
    if len(names) == 1:
        return [x]
    if not isinstance(x, (list, tuple)) or len(x) != len(names):
        received = f"{len(x)} entries" if isinstance(x, (list, tuple)) else type(x).__name__
        raise ValueError(f"Expected x as a list or dict with one entry for each of {list(names)}. Received {received}.")
    return list(x)


def read_samples(x: Samples, specs: Sequence[InputSpec]) -> list[np.ndarray]:
    """The data of each input as an array of its dtype, checked.

    Args:
        x: What the user gave.
        specs: The model's inputs.

    Returns:
        One array of shape (rows, *input shape) per input.

    Raises:
        TypeError: A column is not numeric where the model wants numbers.
        ValueError: Wrong shape, no rows, unequal numbers of rows, NaN or infinity.
    """
    arrays = [_read_one(part, spec) for part, spec in zip(split_inputs(x, [s.name for s in specs]), specs, strict=True)]
    rows = {len(array) for array in arrays}
    if len(rows) > 1:
        counts = {spec.name: len(array) for spec, array in zip(specs, arrays, strict=True)}
        raise ValueError(f"Expected the same number of rows for every input. Received {counts}.")
    if rows == {0}:
        raise ValueError("Expected x with at least one row. Received none.")
    return arrays


def column_names(x: Samples, specs: Sequence[InputSpec]) -> dict[str, list[str]]:
    """Feature names by input, for the inputs given as a `pandas.DataFrame`."""
    parts = split_inputs(x, [spec.name for spec in specs])
    return {
        spec.name: [str(column) for column in part.columns]
        for spec, part in zip(specs, parts, strict=True)
        if isinstance(part, pd.DataFrame)
    }


def _read_one(part: Any, spec: InputSpec) -> np.ndarray:
    if isinstance(part, pd.DataFrame):
        text = [str(name) for name, dtype in part.dtypes.items() if not pd.api.types.is_numeric_dtype(dtype)]
        if text and spec.dtype != "string":
            raise TypeError(
                f"Expected numeric columns for the input {spec.name!r}. Received text or dates in {text[:5]}; "
                "encode them as the model was trained, or drop them."
            )
        # Columns of bools beside columns of floats, and missing values of any kind, would make an object array.
        part = part.to_numpy() if text else part.to_numpy(float, na_value=np.nan)
    try:
        array = np.asarray(part)
    except ValueError as error:
        raise ValueError(
            f"Expected x of shape {spec.expected}. Received rows of unequal shapes for the input {spec.name!r}."
        ) from error
    if spec.dtype == "string":
        array = array.astype(object)
    elif array.dtype == object and all(isinstance(value, (numbers.Real, np.bool_)) for value in array.flat):
        array = array.astype(float)
    if spec.dtype != "string" and array.dtype.kind not in "biuf":
        raise TypeError(f"Expected numbers for the input {spec.name!r}. Received dtype {array.dtype}.")
    fits = array.ndim == len(spec.shape) + 1 and all(
        want is None or want == got for want, got in zip(spec.shape, array.shape[1:], strict=True)
    )
    if not fits:
        received = "(" + ", ".join(["n", *map(str, array.shape[1:])]) + ")" if array.ndim else "a single number"
        single = " For one row, pass it inside a list: [row]." if array.shape == spec.shape else ""
        raise ValueError(
            f'Expected x of shape {spec.expected}. Received {received}; the model\'s input is "{spec.name}".{single}'
        )
    given = array
    if spec.dtype != "string":
        with np.errstate(over="ignore", invalid="ignore"):
            array = array.astype(spec.dtype)
    if given.dtype.kind == "f":
        # What is finite in float64 may be infinite in the model's float32.
        checked = given if array.dtype.kind in "biu" else array.astype(float)
        bad = ~np.isfinite(checked).all(axis=tuple(range(1, array.ndim)))
        if bad.any():
            raise ValueError(
                f"Expected finite numbers. Received NaN or infinity in {bad.sum()} of {len(array)} rows of the input "
                f"{spec.name!r}, the first in row {int(bad.argmax())}; fill or drop them."
            )
    if array.dtype.kind in "iu" and (array != given).any():
        raise ValueError(
            f"Expected whole numbers that fit {spec.dtype} for the input {spec.name!r}. Received others, the first in "
            f"row {int((array != given).any(axis=tuple(range(1, array.ndim))).argmax())}."
        )
    return array

"""What a model is trained on: arrays cut into batches, in an order that the seed and the epoch give."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd

from nbviz.keras_model.graph import check_model, input_specs
from nbviz.network.arguments import real_number, whole_number
from nbviz.network.array_like import described, refuse_masked, refuse_rows
from nbviz.network.samples import held_at_once, split_inputs
from nbviz.network.streams import is_stream

NUMBER_THEM = (
    "number the labels first: np.unique(y, return_inverse=True)[1] does so in sorted order; nbviz.Trainer and "
    "nbviz.explore take them as they are"
)


@dataclass(frozen=True, slots=True, repr=False)
class TrainingData:
    """Rows with their answers.

    Attributes:
        x: Array of shape (rows, ...), or a list, tuple or dict of these for several inputs.
        y: The same for the outputs; None for a model that brings its own loss.
        sample_weight: Array of shape (rows,), or the same structure as y; None for equal weights.
    """

    x: Any
    y: Any
    sample_weight: Any

    @classmethod
    def read(
        cls,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        suffix: str = "",
    ) -> TrainingData:
        """Take what `fit` takes as arrays.

        Args:
            x: Array-like, DataFrame, or a list, tuple or dict of these.
            y: The same.
            sample_weight: How much each row counts.
            class_weight: Class index -> how much its rows count; 1 where it says nothing.
            suffix: Which data these are, for the errors: `" of validation_data"`.

        Raises:
            TypeError: Not arrays, or not numbers.
            ValueError: No rows, unequal numbers of rows, or both kinds of weights.
        """
        data = cls(_arrays(f"x{suffix}", x), _arrays(f"y{suffix}", y), _arrays(f"sample_weight{suffix}", sample_weight))
        if data.x is None or not keras.tree.flatten(data.x):
            raise TypeError(f"Expected x{suffix} as arrays. Received {'None' if data.x is None else 'none'}.")
        counts = {
            name: sorted({len(part) for part in keras.tree.flatten(getattr(data, name))})
            for name in ("x", "y", "sample_weight")
            if getattr(data, name) is not None
        }
        if len({count for found in counts.values() for count in found}) != 1:
            received = ", ".join(f"{name}: {' and '.join(map(str, found))}" for name, found in counts.items())
            raise ValueError(f"Expected the same number of rows everywhere{suffix}. Received {received}.")
        if data.rows == 0:
            raise ValueError(f"Expected x{suffix} with at least one row. Received none.")
        if keras.tree.is_nested(data.y) and data.sample_weight is not None and not keras.tree.is_nested(sample_weight):
            # As fit does: one weight for the row counts for each of its answers.
            weight = data.sample_weight
            data = cls(data.x, data.y, keras.tree.map_structure(lambda _: weight, data.y))
        if class_weight is None:
            return data
        if not isinstance(class_weight, Mapping):
            raise TypeError(
                f"Expected class_weight as a dict of class index and weight. Received {described(class_weight)}."
            )
        for index, weight in class_weight.items():
            whole_number("each class of class_weight", index, 0)
            real_number(f"class_weight[{index}]", weight, 0, sys.float_info.max)
        return data._weighted(class_weight)

    def __repr__(self) -> str:
        """How many rows; no arrays."""
        return f"TrainingData({self.rows} rows)"

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(keras.tree.flatten(self.x)[0])

    def take(self, rows: np.ndarray | slice) -> tuple[Any, Any, Any]:
        """x, y and sample weights of some rows, as `train_on_batch` takes them."""
        return _cut(self.x, rows), _cut(self.y, rows), _cut(self.sample_weight, rows)

    def batches(self, size: int) -> Iterator[tuple[Any, Any, Any]]:
        """All rows in their order, `size` at a time; the last batch may be smaller."""
        for begin in range(0, self.rows, size):
            yield self.take(slice(begin, begin + size))

    def extremes(self) -> np.ndarray:
        """One or two rows that say most about whether y fits: those with the smallest and the largest answer."""
        if self.y is None or keras.tree.is_nested(self.y) or self.y.size != self.rows:
            return np.arange(min(2, self.rows))
        flat = self.y.reshape(-1)
        return np.unique([flat.argmin(), flat.argmax()])

    def _weighted(self, class_weight: Mapping[int, float]) -> TrainingData:
        if self.sample_weight is not None:
            raise ValueError("Expected sample_weight or class_weight. Received both; multiply them into sample_weight.")
        if self.y is None or keras.tree.is_nested(self.y):
            raise ValueError("Expected class_weight for a model with one output. Received several; use sample_weight.")
        classes = self.y
        if classes.ndim > 1:
            classes = classes.argmax(axis=-1) if classes.shape[-1] != 1 else classes[..., 0]
        if classes.ndim != 1:
            raise ValueError(
                f"Expected class_weight with one class for each row. Received y of shape {self.y.shape}; "
                "use sample_weight."
            )
        weights = [class_weight.get(int(index), 1.0) for index in np.round(classes).astype(int)]
        return TrainingData(self.x, self.y, np.asarray(weights, dtype=keras.config.floatx()))


def as_fit_takes(model: keras.Model, x: Any, y: Any = None, sample_weight: Any = None) -> tuple[Any, Any, Any]:
    """X, y and sample weights as arrays that `fit` takes, out of a data set or a table whose columns are the inputs.

    Args:
        model: A built model.
        x: Rows as the user has them; anything but these two stays as it is.
        y: Their answers; None beside a data set, which has its own.
        sample_weight: Their weights likewise.

    Raises:
        TypeError: Data that are not numbers where the model wants numbers.
        ValueError: The model is not built, or the data set does not fit it.
    """
    if not is_stream(x) and not isinstance(x, pd.DataFrame):
        return x, y, sample_weight
    specs = input_specs(check_model(model))
    if is_stream(x):
        x, y, weights = held_at_once(x, y, specs)
        return x, y, weights if sample_weight is None else sample_weight
    names = [spec.name for spec in specs]
    return (x if len(names) == 1 else dict(zip(names, split_inputs(x, names), strict=True))), y, sample_weight


def _cut(structure: Any, rows: np.ndarray | slice) -> Any:
    if structure is None or isinstance(structure, np.ndarray):
        return None if structure is None else structure[rows]
    return keras.tree.map_structure(lambda part: part[rows], structure)


def _arrays(argument: str, given: Any) -> Any:
    if given is None:
        return None
    if isinstance(given, Mapping):
        return {key: _arrays(f"{argument}[{key!r}]", value) for key, value in given.items()}
    if isinstance(given, (list, tuple)) and given and all(np.ndim(part) > 0 and _is_array(part) for part in given):
        return type(given)(_arrays(f"{argument}[{place}]", part) for place, part in enumerate(given))
    if hasattr(given, "toarray") and hasattr(given, "nnz"):
        given = given.toarray()  # a sparse matrix
    if not _is_array(given) and not isinstance(given, (list, tuple)):
        raise TypeError(
            f"Expected {argument} as arrays. Received {described(given)}; put its rows into arrays first, "
            "or train it with fit(callbacks=[recording.callback()])."
        )
    refuse_masked(argument, given)
    given = _codes(argument, given)
    array = number_array(argument, given.to_numpy() if hasattr(given, "to_numpy") else np.asarray(given))
    if array.ndim == 0:
        raise TypeError(f"Expected {argument} as an array with a row for each sample. Received a single number.")
    return array


def _codes(argument: str, given: Any) -> Any:
    """The numbers of a pandas Categorical, as its dtype has them; anything else, and numbers, as they came.

    Raises:
        ValueError: Missing values.
    """
    categories = getattr(getattr(given, "dtype", None), "categories", None)
    if categories is None or np.asarray(categories).dtype.kind in "biuf":
        return given
    codes = np.asarray(given.cat.codes if hasattr(given, "cat") else given.codes).astype("int32")
    if (codes < 0).any():
        refuse_rows(argument, codes < 0)
    return codes


def number_array(argument: str, array: np.ndarray) -> np.ndarray:
    """An array of numbers, floating ones as Keras has them by default; what is missing among objects is NaN.

    Args:
        argument: What it is, for the error: `"y"`.
        array: Any array.

    Raises:
        TypeError: Not numbers.
    """
    if array.dtype == object:
        try:
            array = np.where(pd.isna(array), np.nan, array).astype(float)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"Expected {argument} as numbers. Received text or rows of unequal lengths; {_number_it(argument)}."
            ) from error
    if array.dtype.kind not in "biuf":
        what = "text" if array.dtype.kind in "US" else f"dtype {array.dtype}"
        raise TypeError(f"Expected {argument} as numbers. Received {what}; {_number_it(argument)}.")
    # As fit does.
    return array.astype(keras.config.floatx(), copy=False) if array.dtype.kind == "f" else array


def _number_it(argument: str) -> str:
    return NUMBER_THEM if argument.startswith("y") else "encode it first"


def _is_array(value: Any) -> bool:
    return hasattr(value, "__array__") and hasattr(value, "shape")

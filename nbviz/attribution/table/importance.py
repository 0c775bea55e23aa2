"""How much each feature matters for each class, and what that number is worth.

A *strength* is a mean of |attribution| over rows: features that push some rows up and others down do not cancel.
Which way a feature pushes is a number of its own, the *direction*, worked out from a sample of the rows when asked for.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from nbviz.attribution.table import html_table as display
from nbviz.attribution.table.directions import DIRECTIONS, LocalSample

Normalize = Literal["class", "all", "feature"] | None

ROWS_IN_REPR, CLASSES_IN_REPR = 20, 12


@dataclass(frozen=True, eq=False, repr=False)
class Importance:
    """The strength of each feature for each class.

    Attributes:
        strength: (*feature axes, classes), mean |attribution| over rows, in units of the output. Signed for
            `connection_weights`, and slightly negative at times for `permutation`.
        standard_error: Of the strength, same shape; None where the method has none.
        features: Names, one for each position of the feature axes, the last axis fastest; with several inputs a
            MultiIndex (input, feature), for sequences and images one of positions.
        classes: Names; with several heads a MultiIndex (output, class).
        attrs: What makes it reproducible: method, output, baseline, rows, seed, ...
        noise_floor: (classes,), the strength that pure noise reaches, see `with_noise_floor`.
        sample: Rows to find the direction from.
    """

    strength: np.ndarray
    standard_error: np.ndarray | None
    features: pd.Index
    classes: pd.Index
    attrs: dict[str, Any]
    noise_floor: np.ndarray | None = None
    sample: LocalSample | None = None

    def __post_init__(self) -> None:
        # A frozen dataclass sets its own fields this way.
        for name in ("strength", "standard_error", "noise_floor"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=float))
        shape = self.strength.shape
        if len(shape) < 2 or 0 in shape:
            raise ValueError(
                f"Expected strength of shape (features, classes), with one of each at least. Received shape {shape}."
            )
        for name, index, count in (
            ("features", self.features, math.prod(shape[:-1])),
            ("classes", self.classes, shape[-1]),
        ):
            if len(index) != count:
                raise ValueError(f"Expected {count} {name} for strength of shape {shape}. Received {len(index)}.")
        if self.standard_error is not None and self.standard_error.shape != shape:
            raise ValueError(f"Expected standard_error of shape {shape}. Received shape {self.standard_error.shape}.")
        if self.noise_floor is not None:
            _check_noise_floor(self.noise_floor, len(self.classes))
        if self.sample is not None:
            _check_sample(self.sample, shape)
        if self.attrs.get("direction") not in DIRECTIONS:
            expected = ", ".join(map(repr, DIRECTIONS))
            raise ValueError(f"Expected attrs['direction'] among {expected}. Received {self.attrs['direction']!r}.")

    @functools.cached_property
    def direction(self) -> np.ndarray | None:
        """How consistently a larger feature raises the class, shape of `strength`, from -1 (always lowers) to 1.

        attrs["direction"] says how it is measured: `"spearman"` is the rank correlation of attribution and feature
        over the sample's rows, 0 where either is constant; `"gradient sign"` the mean sign of the gradient,
        `"weight sign"` that of the product of weights.
        """
        measure = DIRECTIONS[self.attrs.get("direction")]
        return None if self.sample is None or measure is None else measure(self.sample)

    @functools.cached_property
    def shares(self) -> np.ndarray:
        """(features, classes), |strength| as a share of its class; NaN where the strength is.

        A `permutation` strength below 0, where shuffling happened to lower the loss, counts as 0.
        """
        return _shares(self._size, axis=0)

    @functools.cached_property
    def mean_share(self) -> np.ndarray:
        """(features,), the mean of the shares over classes, which ranks the features as a whole."""
        return _known_mean(self.shares)

    @functools.cached_property
    def above_noise_floor(self) -> np.ndarray | None:
        """(features, classes), whether |strength| exceeds the noise floor of its class; None without a floor."""
        return None if self.noise_floor is None else self._size > self.noise_floor

    def to_frame(self, normalize: Normalize = "class") -> pd.DataFrame:
        """Features in rows, classes in columns; the frame's `attrs` say how the numbers came about.

        Args:
            normalize: `"class"`: each column sums to 1; `"feature"`: each row; `"all"`: everything. These are shares
                of |strength|, and 0 where all is 0. None: the strength as it is.
        """
        if normalize not in ("class", "all", "feature", None):
            raise ValueError(f"Expected normalize among 'class', 'all', 'feature', None. Received {normalize!r}.")
        strength = self._table(self.strength)
        if normalize is not None:
            strength = _shares(self._size, axis={"class": 0, "feature": 1, "all": None}[normalize])
        frame = pd.DataFrame(strength.copy(), index=self.features, columns=self.classes)
        frame.attrs = _plain({**self.attrs, "normalize": normalize})
        return frame

    def top(self, n: int = 10, class_name: Hashable = None) -> pd.DataFrame:
        """The strongest features, in order.

        Args:
            n: How many.
            class_name: For which class, by name or position. None: for all classes together, by the mean of their
                shares; direction and standard error differ by class, so they are left out, and a feature is above
                the noise floor if it is so for any class.

        Returns:
            Features in rows; columns strength, share (of its class) and, where known, direction, standard_error and
            above_noise_floor.
        """
        if n < 1:
            raise ValueError(f"Expected n of at least 1. Received {n}.")
        strength, above = self._table(self.strength), self.above_noise_floor
        columns: dict[str, np.ndarray]
        if class_name is None:
            columns = {"strength": _known_mean(self._size), "share": self.mean_share}
            if above is not None:
                columns["above_noise_floor"] = np.asarray(above.any(axis=1))
        else:
            at = self._position(class_name)
            columns = {"strength": strength[:, at], "share": self.shares[:, at]}
            if self.direction is not None:
                columns["direction"] = self._table(self.direction)[:, at]
            if self.standard_error is not None:
                columns["standard_error"] = self._table(self.standard_error)[:, at]
            if above is not None:
                columns["above_noise_floor"] = above[:, at]
        # NaN comes last, equal shares stay in the order of the features.
        order = np.argsort(-columns["share"], kind="stable")[:n]
        frame = pd.DataFrame(columns, index=self.features).iloc[order]
        frame.attrs = _plain(self.attrs)
        return frame

    def with_noise_floor(self, floor: np.ndarray) -> Importance:
        """The same importance with the strength that pure noise reaches, of shape (classes,)."""
        return replace(self, noise_floor=floor)

    def __repr__(self) -> str:
        said = [f"{self.attrs.get('method', 'unknown method')} on {self.attrs.get('output', 'unknown output')}"]
        said += [f"{self.attrs['rows']} rows"] if self.attrs.get("rows") is not None else []
        frame = self.to_frame()
        lines = [
            f"Importance: {', '.join(said)}; each column sums to 1",
            frame.head(ROWS_IN_REPR).round(3).to_string(max_cols=CLASSES_IN_REPR),
        ]
        lines += [f"… {len(frame) - ROWS_IN_REPR} more features"] if len(frame) > ROWS_IN_REPR else []
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return display.html(self)

    @property
    def _size(self) -> np.ndarray:
        table = self._table(self.strength)
        return np.asarray(np.maximum(table, 0) if self.attrs.get("method") == "permutation" else np.abs(table))

    def _table(self, array: np.ndarray) -> np.ndarray:
        return array.reshape(-1, len(self.classes))

    def _position(self, class_name: Hashable) -> int:
        names = list(self.classes)
        if class_name in names:
            return names.index(class_name)
        # Where classes are numbers, a number that is none of them is a mistake rather than a position.
        numbered = any(isinstance(name, (int, np.integer)) for name in names)
        if isinstance(class_name, (int, np.integer)) and not numbered and 0 <= class_name < len(names):
            return int(class_name)
        raise ValueError(f"Expected class_name among {names}, or its position. Received {class_name!r}.")


def _shares(size: np.ndarray, axis: int | None) -> np.ndarray:
    """Sizes over their sum along an axis; 0 where that is 0, NaN where the size is not finite."""
    size = np.where(np.isfinite(size), size, np.nan)
    total = np.broadcast_to(np.nansum(size, axis=axis, keepdims=True), size.shape)
    return np.asarray(np.divide(size, total, out=np.where(np.isnan(size), np.nan, 0.0), where=total > 0))


def _known_mean(table: np.ndarray) -> np.ndarray:
    """Mean of each row over what is finite; NaN where nothing is."""
    known = np.isfinite(table)
    count = known.sum(axis=1)
    total = np.where(known, table, 0).sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.full(len(table), np.nan), where=count > 0))


def _check_noise_floor(floor: np.ndarray, classes: int) -> None:
    if floor.shape != (classes,):
        raise ValueError(f"Expected noise_floor of shape ({classes},), one for each class. Received {floor.shape}.")
    if not (np.isfinite(floor) & (floor >= 0)).all():
        raise ValueError(f"Expected noise_floor finite and not negative. Received {floor.tolist()}.")


def _check_sample(sample: LocalSample, shape: tuple[int, ...]) -> None:
    rows = len(sample.attributions)
    wanted = "(rows, " + ", ".join(map(str, shape))
    if sample.attributions.shape[1:] != shape:
        raise ValueError(f"Expected sample.attributions of shape {wanted}). Received {sample.attributions.shape}.")
    if sample.values is not None and sample.values.shape != (rows, *shape[:-1]):
        raise ValueError(f"Expected sample.values of shape {(rows, *shape[:-1])}. Received {sample.values.shape}.")


def _plain(value: Any) -> Any:
    """The value as JSON knows it: pandas compares attrs with ==, which arrays do not answer with yes or no."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset, pd.Index, pd.Series)):
        return [_plain(entry) for entry in value]
    return value if value is None or isinstance(value, (str, bool, int, float)) else str(value)

"""The numbers of importance: the strength of each feature for each class, its share, direction and noise floor.

A *strength* is a mean of |attribution| over rows: features that push some rows up and others down do not cancel.
Which way a feature pushes is a number of its own, the *direction*, worked out from a sample of the rows when asked for.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nbviz.attribution.table.directions import DIRECTIONS, LocalSample

_MOST_KEPT = 2**26  # bytes of a sample whose direction is known: of 100,000 units it takes 200 MB


@dataclass(frozen=True, eq=False, repr=False)
class Strengths:
    """The strength of each feature for each class, and what follows from it.

    Attributes:
        strength: (*feature axes, classes), mean |attribution| over rows, in units of the output. Signed for
            `connection_weights`, and slightly negative at times for `permutation`.
        standard_error: Of the strength, same shape; None where the method has none.
        features: Names, one for each position of the feature axes, the last axis fastest; with several inputs a
            MultiIndex (input, feature), for sequences and images one of positions.
        classes: Names; with several heads a MultiIndex (output, class).
        attrs: What makes it reproducible: method, output, baseline, rows, seed, ...
        noise_floor: (classes,), the strength that pure noise reaches, see `nbviz.noise_floor`.
        sample: Rows to find the direction from; a large sample is let go of once that is found.
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
        if self.sample is None or measure is None:
            return None
        found = measure(self.sample)
        if self.sample.attributions.nbytes > _MOST_KEPT:
            object.__setattr__(self, "sample", None)
        return found

    @functools.cached_property
    def shares(self) -> np.ndarray:
        """(features, classes), |strength| as a share of its class; NaN where the strength is.

        A `permutation` strength below 0, where shuffling happened to lower the loss, counts as 0.
        """
        return shares_along(self._size, axis=0)

    @property
    def shares_above_floor(self) -> np.ndarray:
        """(features, classes), what of |strength| exceeds the noise floor, as a share of its class.

        It is max(0, |strength| - floor) over its sum along the features: 0 at or below the floor, NaN where the
        strength is. Every feature, true ones too, is taken to owe the floor to chance.

        Raises:
            ValueError: The table has no noise floor.
        """
        return shares_along(self.excess, axis=0)

    @property
    def excess(self) -> np.ndarray:
        """(features, classes), max(0, |strength| - floor), in units of the output.

        Raises:
            ValueError: The table has no noise floor.
        """
        if self.noise_floor is None:
            raise ValueError(
                "Expected a table with a noise floor. Received one without; "
                "use table.with_noise_floor(nbviz.noise_floor(model, x, y))."
            )
        return np.asarray(np.maximum(self._size - self.noise_floor, 0))

    @functools.cached_property
    def mean_share(self) -> np.ndarray:
        """(features,), the mean of the shares over classes, which ranks the features as a whole."""
        return known_mean(self.shares)

    @functools.cached_property
    def above_noise_floor(self) -> np.ndarray | None:
        """(features, classes), whether |strength| exceeds the noise floor of its class; None without a floor."""
        return None if self.noise_floor is None else self._size > self.noise_floor

    @property
    def _size(self) -> np.ndarray:
        table = self._table(self.strength)
        return np.asarray(np.maximum(table, 0) if self.attrs.get("method") == "permutation" else np.abs(table))

    def _table(self, array: np.ndarray) -> np.ndarray:
        """(features, classes) of an array (*feature axes, classes)."""
        return array.reshape(-1, len(self.classes))


def shares_along(size: np.ndarray, axis: int | None) -> np.ndarray:
    """Sizes over their sum along an axis; 0 where that is 0, NaN where the size is not finite."""
    size = np.where(np.isfinite(size), size, np.nan)
    total = np.broadcast_to(np.nansum(size, axis=axis, keepdims=True), size.shape)
    return np.asarray(np.divide(size, total, out=np.where(np.isnan(size), np.nan, 0.0), where=total > 0))


def known_mean(table: np.ndarray) -> np.ndarray:
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

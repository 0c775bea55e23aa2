"""Distributions of many numbers, small enough to keep for every moment: quantiles, and a smooth density from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LEVELS = 65  # quantiles that stand for a distribution: 0, 1/64, ..., 1
MOST_POINTS = 256  # with no more values than this each counts by itself


@dataclass(frozen=True, eq=False)
class Distribution:
    """What is kept of an array.

    Attributes:
        quantiles: Rising, shape (levels,); NaN without a finite value.
        count: Finite values there were.
        points: The finite values themselves where they are few, else None.
    """

    quantiles: np.ndarray
    count: int
    points: np.ndarray | None = None


def quantiles(array: npt.ArrayLike, levels: int = LEVELS) -> np.ndarray:
    """Quantiles at evenly spaced shares from 0 (least) to 1 (greatest), of the finite values.

    Args:
        array: Any shape.
        levels: How many, at least 2.

    Returns:
        float32 of shape (levels,), rising; NaN without a finite value.

    Raises:
        ValueError: Fewer than two levels.
    """
    if levels < 2:
        raise ValueError(f"Expected at least 2 levels. Received {levels}.")
    values = finite(array)
    if not values.size:
        return np.full(levels, np.nan, dtype=np.float32)
    # Sorting float32 beats np.quantile's partitions, which count in float64.
    values.sort()
    at = np.linspace(0, values.size - 1, levels)
    below = np.minimum(at.astype(int), max(0, values.size - 2))
    above = np.minimum(below + 1, values.size - 1)
    share = at - below
    found: np.ndarray = (values[below] * (1 - share) + values[above] * share).astype(np.float32)
    return found


def distribution(array: npt.ArrayLike) -> Distribution:
    """What is kept of an array of any shape; values that are not finite are left out."""
    values = finite(array)
    return Distribution(quantiles(values), int(values.size), values if 0 < values.size <= MOST_POINTS else None)


def density(given: Distribution | npt.ArrayLike, grid: npt.ArrayLike, *, count: int | None = None) -> np.ndarray:
    """A smooth density: a Gaussian kernel estimate, with no bins and no bucket edges.

    Between two neighbouring quantiles the values count as spread evenly, and the kernel is integrated over them
    exactly, so that the mass is 1 however coarse the quantiles. The width is Silverman's rule; not below 0.7 steps of
    the grid, so that equal values stay one narrow peak that the grid can show.

    Args:
        given: A `Distribution`, or its quantiles of shape (levels,).
        grid: Where, shape (points,), evenly spaced and rising.
        count: Of values, where only quantiles are given; sets the width. By default as many as quantiles.

    Returns:
        Shape (points,); zeros without a finite value.

    Raises:
        ValueError: A grid of fewer than two points.
    """
    x = np.asarray(grid, dtype=float)
    if x.ndim != 1 or x.size < 2:
        raise ValueError(f"Expected a grid of at least 2 points. Received shape {x.shape}.")
    if not isinstance(given, Distribution):
        levels = np.asarray(given, dtype=float)
        given = Distribution(levels, count or levels.size)
    q = np.asarray(given.quantiles, dtype=float)
    if not q.size or not np.isfinite(q).all():
        return np.zeros(x.size)
    width = max(_silverman(given), 0.7 * (x[-1] - x[0]) / (x.size - 1), 1e-300)
    if given.points is not None:
        away = (x[:, None] - np.asarray(given.points, dtype=float)) / width
        estimate: np.ndarray = np.exp(-0.5 * away**2).mean(axis=1) / (width * np.sqrt(2 * np.pi))
        return estimate
    low, high = q[:-1], np.maximum(q[1:], q[:-1] + 1e-3 * width)
    below = normal_cdf((x[:, None] - q) / width)
    # Where two quantiles nearly meet, the difference of the two is taken a little apart.
    tight = q[1:] < high
    part = (below[:, :-1] - below[:, 1:]) / (high - low)
    if tight.any():
        part[:, tight] = (below[:, :-1][:, tight] - normal_cdf((x[:, None] - high[tight]) / width)) / (high - low)[
            tight
        ]
    mixed: np.ndarray = np.maximum(part, 0).mean(axis=1)
    return mixed


def normal_cdf(z: np.ndarray) -> np.ndarray:
    """Share of a standard normal distribution below z, to 1e-7 (Abramowitz and Stegun 26.2.17)."""
    size = np.minimum(np.abs(z), 38.0)
    t = 1 / (1 + 0.2316419 * size)
    series = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    tail = np.exp(-0.5 * size**2) / np.sqrt(2 * np.pi) * series
    result: np.ndarray = np.where(z > 0, 1 - tail, tail)
    return result


def finite(array: npt.ArrayLike) -> np.ndarray:
    """The finite values, flat, in a new array of float32 or float64."""
    values = np.asarray(array)
    values = values.astype(np.float64 if values.dtype == np.float64 else np.float32).ravel()
    return values if np.isfinite(values).all() else values[np.isfinite(values)]


def _silverman(given: Distribution) -> float:
    """Width of the kernel by Silverman's rule, 0.9 min(sd, IQR / 1.34) n^(-1/5)."""
    q = np.asarray(given.quantiles, dtype=float)
    quarter, three_quarters = np.interp([0.25, 0.75], np.linspace(0, 1, q.size), q)
    middle = (q[1:] + q[:-1]) / 2
    spread = float(middle.std()) if given.points is None else float(np.std(given.points, dtype=float))
    middle_half = float(three_quarters - quarter) / 1.34
    return 0.9 * (min(spread, middle_half) or spread) * float(max(1, given.count) ** -0.2)

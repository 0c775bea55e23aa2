"""Kernels as tiles: how strong each is, in which order they stand, and how a number becomes a depth of colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nbviz.network.arguments import whole_number

SCALE_QUANTILE = 0.995
MOST_SORTED = 1_000_000  # numbers that a quantile is taken of; of more, evenly spaced ones
# Angles between longer vectors are taken between random projections of them: a tenth of the time.
PROJECTED = 256


def robust_scale(values: np.ndarray) -> float:
    """The size that gets the whole colour: nearly the largest, so that one outlier does not pale all others.

    Args:
        values: Any numbers; those that are not finite do not count.

    Returns:
        Positive; 1 where nothing is.
    """
    step = max(1, values.size // MOST_SORTED)
    step += step % 2 == 0  # odd, so that it does not keep to some of the channels
    some = values.reshape(-1)[::step]
    sizes = np.abs(some[np.isfinite(some)])
    if sizes.size == 0 or sizes.max() == 0:
        return 1.0
    return float(np.quantile(sizes, SCALE_QUANTILE, method="higher")) or float(sizes.max())


def norms_over_channels(kernels: np.ndarray) -> np.ndarray:
    """(filters, *kernel size) Euclidean norms over the last axis of (filters, *kernel size, in channels)."""
    return np.asarray(np.sqrt(np.einsum("...c,...c->...", kernels, kernels)), dtype=np.float32)


def filter_norms(kernels: np.ndarray) -> np.ndarray:
    """(filters,) Euclidean norm of each filter, float64; NaN where a number is."""
    flat = kernels.reshape(len(kernels), -1)
    return np.asarray(np.sqrt(np.einsum("fn,fn->f", flat, flat)), dtype=np.float64)


def strongest_first(values: np.ndarray) -> np.ndarray:
    """(n,) indices, the largest value first, NaN last, in index order where they are the same."""
    return np.argsort(-np.where(np.isnan(values), -np.inf, values), kind="stable")


def similar_together(kernels: np.ndarray, seed: int = 0) -> np.ndarray:
    """Filters in an order in which neighbours are alike.

    A walk: from the strongest filter to the one with the smallest angle to it among those not yet visited, and so on.

    Args:
        kernels: (filters, ...).
        seed: Of the projection of long kernels.

    Returns:
        (filters,) indices; filters that are zero or not finite come last.
    """
    flat = kernels.reshape(len(kernels), -1).astype(np.float32)
    norms = filter_norms(kernels)
    usable = np.flatnonzero(np.isfinite(norms) & (norms > 0))
    rest = np.setdiff1d(np.arange(len(kernels)), usable)
    if usable.size < 2:
        return np.concatenate([usable, rest])
    vectors = flat[usable] / norms[usable, None]
    if vectors.shape[1] > 4 * PROJECTED:
        vectors = vectors @ np.random.default_rng(seed).normal(size=(vectors.shape[1], PROJECTED)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = vectors @ vectors.T
    at = int(np.argmax(norms[usable]))
    order = []
    for _ in usable:
        order.append(at)
        alike[:, at] = -np.inf
        at = int(np.argmax(alike[at]))
    return np.concatenate([usable[order], rest])


def first_ids(name: str, value: Any) -> int | Mapping[str, int]:
    """An id, or ids by the names of layers.

    Raises:
        ValueError: It is neither.
    """
    return value if isinstance(value, Mapping) else whole_number(name, value, 0)

"""Whether more of a feature goes with more of a class: rank correlation and the sign of the gradient."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class LocalSample:
    """Rows kept to find directions.

    Attributes:
        attributions: (rows, *feature axes, classes), signed, float32.
        values: (rows, *feature axes), the features themselves; None where they are not numbers.
    """

    attributions: np.ndarray = field(repr=False)
    values: np.ndarray | None = field(default=None, repr=False)


def spearman(sample: LocalSample) -> np.ndarray | None:
    """Rank correlation of attribution and feature over rows, of shape (*feature axes, classes).

    Equal values share the mean of their ranks. 0 where either is constant, or not a number; None without values.
    """
    if sample.values is None:
        return None
    rows, *shape = sample.attributions.shape
    if rows < 2:
        return np.zeros(shape)
    attributions = sample.attributions.reshape(rows, -1, shape[-1])
    values = _centred_ranks(sample.values.reshape(rows, -1))
    direction = np.zeros(attributions.shape[1:])
    # One class at a time, so that no more than one class's ranks are in memory.
    for at in range(shape[-1]):
        ranks = _centred_ranks(attributions[..., at])
        size = np.sqrt((ranks**2).sum(axis=0) * (values**2).sum(axis=0))
        np.divide((ranks * values).sum(axis=0), size, out=direction[:, at], where=size > 0)
    return np.asarray(np.clip(direction, -1, 1)).reshape(shape)


def gradient_sign(sample: LocalSample) -> np.ndarray:
    """Mean sign of the attribution over rows, of shape (*feature axes, classes)."""
    if len(sample.attributions) == 0:
        return np.zeros(sample.attributions.shape[1:])
    return np.asarray(np.nan_to_num(np.sign(sample.attributions)).mean(axis=0, dtype=float))


def token_sign(sample: LocalSample) -> np.ndarray:
    """Mean sign of the attribution over the rows where there is any, of shape (*feature axes, classes)."""
    signs = np.sign(np.nan_to_num(sample.attributions))
    rows = np.abs(signs).sum(axis=0, dtype=float)
    return np.asarray(np.divide(signs.sum(axis=0, dtype=float), rows, out=np.zeros(rows.shape), where=rows > 0))


DIRECTIONS = {
    "spearman": spearman,
    "gradient sign": gradient_sign,
    "weight sign": gradient_sign,
    "token sign": token_sign,
    None: None,
}


def _centred_ranks(columns: np.ndarray) -> np.ndarray:
    ranks: np.ndarray = pd.DataFrame(columns).rank().to_numpy(float)
    return np.asarray(ranks - ranks.mean(axis=0))

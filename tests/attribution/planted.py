"""Data whose truth is known: 4 of 20 features make the 3 classes, one more goes along with one of them.

The score of a class is a sum over the true features, so what each contributes is beyond doubt, and no method of
attribution is needed to say it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FEATURES, TRUE, CLASSES = 20, 4, 3
LEAST_SHARE = 0.15  # of a true feature in any class: below, a network of 3,000 rows may read the twin instead


@dataclass(frozen=True, slots=True)
class Planted:
    """Rows, answers and what is behind them.

    Attributes:
        x: Standard normal features, named.
        y: (rows,) class indices.
        true: Names of the features that make the classes.
        twin: Name of the noise feature that is correlated 0.9 with a true one.
        truth: (features, classes): each class's shares of mean |centred contribution|; columns add up to 1.
    """

    x: pd.DataFrame
    y: np.ndarray
    true: list[str]
    twin: str
    truth: pd.DataFrame

    @property
    def is_true(self) -> np.ndarray:
        """(features,) booleans."""
        return np.isin(self.x.columns, self.true)


def planted(seed: int, rows: int = 3000) -> Planted:
    """Rows with planted truth; other seeds plant other features with other weights."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, FEATURES))
    *places, twin = random.choice(FEATURES, TRUE + 1, replace=False)
    x[:, twin] = 0.9 * x[:, places[0]] + np.sqrt(1 - 0.9**2) * x[:, twin]
    terms = _bent(x[:, places])
    while True:
        weights = random.normal(size=(TRUE, CLASSES))
        # A shift of all classes changes nothing.
        weights -= weights.mean(axis=1, keepdims=True)
        sizes = np.abs(terms[..., np.newaxis] * weights).mean(axis=0)
        totals = sizes.sum(axis=0)
        shares = sizes / totals
        # No feature that a class hardly reads, no class that hardly speaks.
        if shares.min() > LEAST_SHARE and totals.min() > 0.6 * totals.max():
            break
    scores = 3 * terms @ (weights / weights.std())
    names = [f"x{place}" for place in range(FEATURES)]
    truth = pd.DataFrame(0.0, index=names, columns=range(CLASSES))
    truth.iloc[places] = shares
    # Gumbel noise makes the classes those of a softmax over the scores.
    y = (scores + random.gumbel(size=scores.shape)).argmax(axis=1)
    frame = pd.DataFrame(x.astype(np.float32), columns=names)
    return Planted(frame, y, [names[place] for place in places], names[twin], truth)


def _bent(x: np.ndarray) -> np.ndarray:
    """Two features act in a straight line, two saturate; all with mean 0 and variance about 1."""
    bent = x.copy()
    bent[:, 2:] = np.tanh(x[:, 2:]) / 0.628
    return bent


def total_variation(shares: pd.DataFrame, truth: pd.DataFrame) -> np.ndarray:
    """(classes,), 0 to 1: how much of each class's importance sits on the wrong features. Columns add up to 1."""
    return np.abs(shares.to_numpy() - truth.to_numpy()).sum(axis=0) / 2

"""How well scores rank rows of two classes: the curves of all thresholds, and the areas beneath them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Rates(NamedTuple):
    """What one threshold does.

    Attributes:
        found: Share of the rows of the second class that are read as it: recall, true positive rate.
        false_alarms: Share of the other rows that are read as it too: false positive rate.
        precision: Share of the rows read as the second class that are of it; 1 where none is.
    """

    found: float
    false_alarms: float
    precision: float


@dataclass(frozen=True, eq=False)
class Ranking:
    """The curves of a binary classifier, over the thresholds at which its answer to some row changes.

    Attributes:
        false_alarms: Falling threshold by falling threshold, from (0, 0) to (1, 1), (points,):
        found: share of false alarms and share found.
        precision: At the same thresholds; 1 at the first, where nothing is read as the second class.
        auc: Area under `found` over `false_alarms`: how often a row of the second class has the higher score than
            one of the first (Hanley & McNeil 1982).
        average_precision: Mean precision over the rows of the second class, each taken at its own score: the sum of
            (found_n - found_(n-1)) precision_n, without interpolation.
    """

    false_alarms: np.ndarray
    found: np.ndarray
    precision: np.ndarray
    auc: float
    average_precision: float


def ranking(truth: npt.ArrayLike, score: npt.ArrayLike) -> Ranking | None:
    """The curves of all thresholds; None unless there are rows of both classes.

    Args:
        truth: Whether a row is of the second class, (rows,), 0 and 1.
        score: Higher for rows that are more like the second class, (rows,); rows whose score is NaN do not count.
    """
    true, scores = np.asarray(truth).astype(bool), np.asarray(score, dtype=float)
    known = ~np.isnan(scores)
    true, scores = true[known], scores[known]
    positive = int(true.sum())
    if positive in (0, len(true)):
        return None
    order = np.argsort(-scores, kind="stable")
    true, scores = true[order], scores[order]
    # Rows of one score are read alike: the curves have a point after each of the different scores.
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    hits = np.cumsum(true)[last]
    alarms = 1 + last - hits
    found = np.concatenate([[0.0], hits / positive])
    false_alarms = np.concatenate([[0.0], alarms / (len(true) - positive)])
    precision = np.concatenate([[1.0], hits / (hits + alarms)])
    return Ranking(
        false_alarms,
        found,
        precision,
        float(np.sum(np.diff(false_alarms) * (found[1:] + found[:-1])) / 2),
        float(np.sum(np.diff(found) * precision[1:])),
    )


def rates(truth: npt.ArrayLike, score: npt.ArrayLike, threshold: float) -> Rates:
    """What a threshold does: rows whose score is above it are read as the second class.

    Args:
        truth: As for `ranking`, rows of both classes.
        score: As there.
        threshold: From which score on, itself left out.
    """
    true, scores = np.asarray(truth).astype(bool), np.asarray(score, dtype=float)
    read = scores > threshold
    hits, alarms = int((read & true).sum()), int((read & ~true).sum())
    return Rates(hits / int(true.sum()), alarms / int((~true).sum()), hits / (hits + alarms) if hits + alarms else 1.0)

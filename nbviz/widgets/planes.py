"""Sequences as they are drawn: a lane for each feature, steps from left to right. Of many features those that count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from nbviz.attribution.images.image_form import ImageForm
from nbviz.style.numbers import grouped
from nbviz.style.text import clean

MOST_LANES = 24  # of more features the last lane is the sum of those left out
NO_REGION = -1


class PlaneWire(TypedDict):
    """The axes of a sequence."""

    lanes: list[str]  # names of features; the last may stand for several
    features: list[int]  # numbers of those with a lane of their own
    others: int  # features that the last lane stands for, 0 where it is one of its own
    steps: int
    block: int  # steps of a square
    words: str  # what is put together or left out; "" for nothing


@dataclass(frozen=True, eq=False, slots=True)
class PlaneNames:
    """The features of sequences.

    Attributes:
        names: What they are called.
        lows: (features,), the smallest number of each over all rows and steps.
        highs: The largest.
    """

    names: tuple[str, ...]
    lows: np.ndarray
    highs: np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class Lanes:
    """Which features have lanes of their own.

    Attributes:
        chosen: Their numbers, ascending.
        others: Numbers of those that share the last lane, none where each has its own.
    """

    chosen: np.ndarray
    others: np.ndarray

    def summed(self, array: np.ndarray) -> np.ndarray:
        """(..., lanes, columns) of numbers that add up, (..., features, columns)."""
        own = array[..., self.chosen, :]
        if not len(self.others):
            return own
        return np.concatenate([own, array[..., self.others, :].sum(axis=-2, keepdims=True)], axis=-2)

    def kept(self, array: np.ndarray, otherwise: float) -> np.ndarray:
        """(..., lanes, columns) of what does not add up: `otherwise` in the last lane, where it stands for several."""
        own = array[..., self.chosen, :]
        if not len(self.others):
            return own
        last = np.full_like(own[..., :1, :], otherwise)
        return np.concatenate([own, last], axis=-2)

    def labels(self, labels: np.ndarray) -> np.ndarray:
        """(lanes, columns): the region of each square of (features, columns), -1 where it is in several."""
        found = self.kept(labels, NO_REGION)
        if len(self.others):
            rest = labels[self.others]
            found[-1] = np.where((rest == rest[:1]).all(axis=0), rest[0], NO_REGION)
        return found

    def wire(self, form: ImageForm, names: PlaneNames) -> PlaneWire:
        """The axes as they travel."""
        lanes = [clean(names.names[number]) for number in self.chosen]
        block, words = form.block[1], []
        if len(self.others):
            lanes.append(f"{grouped(len(self.others))} others")
            words.append(f"{len(self.chosen)} of {grouped(form.rows)} features, the others summed")
        if block > 1:
            words.append(f"{grouped(form.columns)} steps, {grouped(block)} to a column")
        return {
            "lanes": lanes,
            "features": self.chosen.tolist(),
            "others": len(self.others),
            "steps": form.columns,
            "block": block,
            "words": "; ".join(words),
        }


def lanes_of(sizes: np.ndarray) -> Lanes:
    """The features that have lanes: all, or, of more than 24, the 23 that have most.

    Args:
        sizes: (features,), how much each counts.
    """
    count = len(sizes)
    if count <= MOST_LANES:
        return Lanes(np.arange(count), np.arange(0))
    order = np.argsort(-np.nan_to_num(sizes), kind="stable")
    return Lanes(np.sort(order[: MOST_LANES - 1]), np.sort(order[MOST_LANES - 1 :]))

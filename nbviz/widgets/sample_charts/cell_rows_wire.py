"""What is sent of the rows of a cell of the confusion matrix: who they are, and what pushed each of them."""

from __future__ import annotations

from typing import NamedTuple, TypedDict

import numpy as np

MOST_PUSHES = 3


class PushWire(TypedDict):
    """A feature of a row."""

    name: str
    change: float  # its contribution to the class that was read, less that to the other one


class CellRowWire(TypedDict):
    """One row of a cell."""

    sample: int
    name: str
    p: float  # of the class that was read
    other_p: float  # of the other one
    other: int  # the true class; of a row read as itself the next likely one
    pushes: list[PushWire]  # the largest first


class CellWire(TypedDict):
    """The rows of a cell, the surest first."""

    total: int  # rows of the cell
    rows: list[CellRowWire]


class CellRowsWire(TypedDict):
    """Whose rows these are; an empty dict before any."""

    class_names: list[str]
    truth: list[int]
    predicted: list[int]


class Pair(NamedTuple):
    """The two classes that are compared."""

    read: int
    other: int


def pair_of(probability: np.ndarray, read: int, truth: int) -> Pair:
    """The class that a row was read as and the true one; of a row read as itself the next likely one.

    Args:
        probability: Of each class, shape (classes,), two or more of them.
        read: Index of the class it was read as, the likeliest unless there is a threshold.
        truth: Index of its own class.
    """
    others = [int(index) for index in np.argsort(-probability, kind="stable") if index != read]
    return Pair(read, truth if truth != read else others[0])


def pushes(credits: np.ndarray, names: list[str]) -> list[PushWire]:
    """The features that moved a row most towards one class and away from the other, or the other way.

    Args:
        credits: Contributions to the class that was read and to the other one, shape (features, 2).
        names: One for each feature.
    """
    change = np.nan_to_num(credits[:, 0] - credits[:, 1])
    largest = np.argsort(-np.abs(change), kind="stable")[:MOST_PUSHES]
    return [{"name": names[feature], "change": float(change[feature])} for feature in largest]

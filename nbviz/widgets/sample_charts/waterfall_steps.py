"""The steps of a waterfall chart, without a picture: what stacks on what, and how classes share the width."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MOST_FEATURES = 7  # rows of their own; the others are summed
MOST_CLASSES = 4
GAP = 14  # px between columns


class Steps(NamedTuple):
    """The bars of one sample; r rows: start, features, the rest if any, end; c classes."""

    features: list[int]  # with a row of their own, the largest first
    rest: list[int]  # the others; empty where every feature has its row
    low: np.ndarray  # (r, c) where the bar of each row begins,
    high: np.ndarray  # (r, c) and where it ends; lower where the feature lowers the output
    change: np.ndarray  # (r, c) what the row prints
    gap: float  # |start + sum of values - end|, the largest over all classes; NaN where unknown


class ClassColumns(NamedTuple):
    """Where the classes stand, in px of the nominal width."""

    per_unit: float  # px for one logit, the same in every column
    left: list[float]  # of each column
    right: list[float]
    zero: list[float]  # of each column's zero line


def steps(values: np.ndarray, start: np.ndarray, end: np.ndarray, most: int = MOST_FEATURES) -> Steps:
    """Stack the contributions of one sample.

    Args:
        values: Contribution of each feature to each class, shape (features, classes); NaN counts as 0 in the stack.
        start: What the stack begins with, shape (classes,).
        end: What it should reach, shape (classes,).
        most: Features with a row of their own; one more has its own instead of a sum of one.
    """
    known = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    order = [int(feature) for feature in np.argsort(-np.abs(known).sum(axis=1), kind="stable")]
    own = order if len(order) <= most + 1 else order[:most]
    rest = order[len(own) :]
    change = [values[own]] + ([values[rest].sum(axis=0, keepdims=True)] if rest else [])
    moves = np.concatenate([known[own]] + ([known[rest].sum(axis=0, keepdims=True)] if rest else []))
    heights = np.nan_to_num(start) + np.concatenate([np.zeros((1, len(start))), np.cumsum(moves, axis=0)])
    zero = np.zeros((1, len(start)))
    low = np.concatenate([zero, heights[:-1], zero])
    high = np.concatenate([np.nan_to_num(start)[None], heights[1:], np.nan_to_num(end)[None]])
    gap = float(np.abs(start + values.sum(axis=0) - end).max())
    return Steps(own, rest, low, high, np.concatenate([start[None], *change, end[None]]), gap)


def shown_classes(end: np.ndarray, selected: int | None, most: int = MOST_CLASSES) -> list[int]:
    """The classes that get a column: those with the highest output, and the selected one; in their own order."""
    order = [int(index) for index in np.argsort(-np.nan_to_num(end, nan=-np.inf), kind="stable")]
    kept = order[:most]
    if selected is not None and selected not in kept and 0 <= selected < len(end):
        kept[-1] = selected
    return sorted(kept)


def place_classes(low: np.ndarray, high: np.ndarray, room: np.ndarray, width: float) -> ClassColumns:
    """Share a width among the classes: as many px per logit as leave room for each label.

    Args:
        low: Where bars begin, shape (rows, classes).
        high: Where they end, shape (rows, classes).
        room: Px that the label beyond `high` takes, shape (rows, classes).
        width: Px in all.
    """
    classes: int = low.shape[1]
    rightwards = high >= low

    def extents(per_unit: float) -> tuple[np.ndarray, np.ndarray]:
        left = np.minimum(low, high) * per_unit - np.where(rightwards, 0, room)
        right = np.maximum(low, high) * per_unit + np.where(rightwards, room, 0)
        return np.minimum(left.min(axis=0), 0), np.maximum(right.max(axis=0), 0)

    def needed(per_unit: float) -> float:
        left, right = extents(per_unit)
        return float(np.sum(right - left)) + GAP * (classes - 1)

    largest = float(np.abs([low, high]).max())
    smallest, per_unit = 0.0, width / largest if largest > 0 else 1.0
    for _ in range(50):
        middle = (smallest + per_unit) / 2
        smallest, per_unit = (middle, per_unit) if needed(middle) <= width else (smallest, middle)
    left, right = extents(smallest)
    # What is left over parts the columns evenly.
    spare = max(0.0, width - needed(smallest)) / classes
    edge, lefts, rights, zeros = 0.0, [], [], []
    for column in range(classes):
        lefts.append(edge)
        zeros.append(edge - float(left[column]))
        edge += float(right[column] - left[column]) + spare
        rights.append(edge)
        edge += GAP
    return ClassColumns(smallest, lefts, rights, zeros)

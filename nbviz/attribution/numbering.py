"""Whether labels are numbered as the model learned them: nothing but its predictions can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nbviz.style.numbers import percent

_FEWEST_ROWS = 20
_FAR_BETTER = 0.3  # of the rows
_SURE = 3.0  # standard deviations of chance that a difference has to be above
_SHOWN = 10


def is_trained(model: Any) -> bool:
    """Whether what a model says means anything yet, as far as is known: its optimizer has made a step, or it has none.

    Args:
        model: A `keras.Model`.
    """
    steps = getattr(getattr(model, "optimizer", None), "iterations", None)
    return steps is None or int(steps) > 0


def other_numbering(numbers: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray | None:
    """The number that each class index would need for the model to agree far better; None where it does as it is.

    Classes and predictions are paired from the largest number of common rows down.

    Args:
        numbers: (rows,), class indices as they were numbered.
        predicted: (rows,), what the model says.
        classes: How many there are.
    """
    rows = len(numbers)
    if rows < _FEWEST_ROWS:
        return None
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (numbers, predicted), 1)
    paired = np.full(classes, -1)
    free = np.ones(classes, bool)
    for place in np.argsort(-counts, axis=None, kind="stable"):
        number, better = divmod(int(place), classes)
        if counts[number, better] and paired[number] < 0 and free[better]:
            paired[number], free[better] = better, False
    rest = np.flatnonzero(free)
    open_ = np.flatnonzero(paired < 0)
    kept = [number for number in open_ if free[number]]
    paired[kept] = kept
    paired[paired < 0] = [number for number in rest if number not in kept]
    agreeing = int(np.trace(counts))
    better = int(counts[np.arange(classes), paired].sum())
    return paired if better - agreeing > max(_FAR_BETTER * rows, _SURE * np.sqrt(rows)) else None


def numbering_doubt(labels: Mapping[Any, int], numbers: np.ndarray, predicted: np.ndarray, classes: int) -> str | None:
    """A sentence where another numbering of the labels agrees far better with the model; else None.

    Args:
        labels: Label -> number, as they were numbered.
        numbers: (rows,), class indices of the rows.
        predicted: (rows,), what the model says of them.
        classes: How many there are.
    """
    better = other_numbering(numbers, predicted, classes) if labels else None
    if better is None:
        return None
    name_of = {number: str(label) for label, number in labels.items()}
    order: list[str] = [""] * classes
    for number, place in enumerate(better):
        order[place] = name_of.get(number, f"class {number}")
    now, then = (numbers == predicted).mean(), (better[numbers] == predicted).mean()
    return (
        f"The labels of y are numbered {_listed([name_of.get(number, '?') for number in range(classes)])}, and agree "
        f"with the model in {percent(float(now))} of the rows; in the order {_listed(order)} it would be "
        f"{percent(float(then))}. If that is how the model was trained, give y as class indices, or class_names in "
        "that order."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")

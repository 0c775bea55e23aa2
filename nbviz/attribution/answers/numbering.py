"""Whether labels are numbered as the model learned them: nothing but its predictions can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbviz.attribution.answers.label_numbers import NumberedAnswers
from nbviz.style.numbers import percent

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

    Classes and predictions are paired from the largest number of common rows down. With many classes some order fits
    any predictions; so half of the rows of each class tell the order and the other half how far it agrees, by turns.

    Args:
        numbers: (rows,), class indices as they were numbered.
        predicted: (rows,), what the model says.
        classes: How many there are.
    """
    rows = len(numbers)
    of_class = np.argsort(numbers, kind="stable")
    half = np.empty(rows, int)
    starts = np.searchsorted(numbers[of_class], numbers[of_class])
    half[of_class] = (np.arange(rows) - starts) % 2
    counts = np.zeros((2, classes, classes), int)
    np.add.at(counts, (half, numbers, predicted), 1)
    won = lost = 0
    for tells, judges in (counts, counts[::-1]):
        paired = _paired(tells)
        changed = np.flatnonzero(paired != np.arange(classes))
        won += int(judges[changed, paired[changed]].sum())
        lost += int(judges[changed, changed].sum())
    return _paired(counts.sum(axis=0)) if _is_far_better(won, lost, rows) else None


def numbering_doubt(numbered: NumberedAnswers, rows: np.ndarray, predicted: np.ndarray, classes: int) -> str | None:
    """A sentence where another numbering of the answers agrees far better with the model; else None.

    Args:
        numbered: The answers of an output whose classes exclude each other.
        rows: Numbers of the rows that are compared.
        predicted: What the model says of these, class indices.
        classes: How many there are.
    """
    numbers = numbered.values[rows]
    if numbered.any_order:
        better = other_numbering(numbers, predicted, classes)
        return None if better is None else _of_order(numbered, numbers, predicted, better)
    now = numbers == predicted
    best, won = None, 0
    for other in numbered.others:
        then = other[numbers] == predicted
        gain = int(then.sum()) - int(now.sum())
        if gain > won and _is_far_better(int((then & ~now).sum()), int((now & ~then).sum()), len(numbers)):
            best, won = other, gain
    return None if best is None else _of_indices(numbers, predicted, best)


def _paired(counts: np.ndarray) -> np.ndarray:
    """(classes,): for each class the number that the model calls most of its rows; each number once."""
    classes = len(counts)
    paired = np.full(classes, -1)
    free = np.ones(classes, bool)
    common = np.flatnonzero(counts)
    for place in common[np.argsort(-counts.reshape(-1)[common], kind="stable")]:
        number, better = divmod(int(place), classes)
        if paired[number] < 0 and free[better]:
            paired[number], free[better] = better, False
    rest = np.flatnonzero(free)
    open_ = np.flatnonzero(paired < 0)
    kept = [number for number in open_ if free[number]]
    paired[kept] = kept
    paired[paired < 0] = [number for number in rest if number not in kept]
    return paired


def _is_far_better(won: int, lost: int, rows: int) -> bool:
    """Whether so many rows more agree that it is no chance: of rows that differ either way half would be won."""
    return bool(won - lost > max(_FAR_BETTER * rows, _SURE * np.sqrt(won + lost)))


def _of_order(numbered: NumberedAnswers, numbers: np.ndarray, predicted: np.ndarray, better: np.ndarray) -> str:
    classes = len(better)
    what = "labels" if numbered.numbers else "columns"
    names = numbered.names or [f"column {number}" for number in range(classes)]
    name_of = dict(enumerate(names)) | {number: str(label) for label, number in numbered.numbers.items()}
    order: list[str] = [""] * classes
    for number, place in enumerate(better):
        order[place] = name_of.get(number, f"class {number}")
    return (
        f"The {what} of y are numbered {_listed([name_of.get(number, '?') for number in range(classes)])}, and agree "
        f"with the model in {_share(numbers, predicted)} of the rows; in the order {_listed(order)} it would be "
        f"{_share(better[numbers], predicted)}. If that is how the model was trained, give y as class indices, or "
        "class_names in that order."
    )


def _of_indices(numbers: np.ndarray, predicted: np.ndarray, better: np.ndarray) -> str:
    pairs = [f"{number} as {better[number]}" for number in np.flatnonzero(better >= 0)]
    return (
        f"The numbers of y are taken for class indices, and agree with the model in {_share(numbers, predicted)} of "
        f"the rows; with {_listed(pairs)} it would be {_share(better[numbers], predicted)}. If that is how the model "
        "was trained, give y as these class indices."
    )


def _share(numbers: np.ndarray, predicted: np.ndarray) -> str:
    return percent(float((numbers == predicted).mean()))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")

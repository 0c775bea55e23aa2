"""What y says: class indices, names of classes, numbers of a regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

NEED_ANSWERS = ("permutation",)


def places_of_names(labels: np.ndarray, names: Sequence[str]) -> np.ndarray | None:
    """Class indices of labels that are class names; None where they are other labels altogether."""
    found = set(map(str, labels))
    twice = sorted(name for name in found if names.count(name) > 1)
    if twice:
        raise ValueError(
            f"Expected class_names that differ, since y holds names. Received {twice[0]!r} twice; "
            "give y as class indices."
        )
    # One name is that of the second of two classes: its absence is the first.
    if len(names) == 1 and names[0] in found and len(found) <= 2:
        return np.array([int(str(label) == names[0]) for label in labels])
    unknown = sorted(found - set(names))
    if unknown and len(unknown) < len(found):
        raise ValueError(
            f"Expected labels of y among the class_names {names}. Received {', '.join(map(repr, unknown[:5]))} too."
        )
    places = {name: index for index, name in enumerate(names)}
    return None if unknown else np.array([places[str(label)] for label in labels])


def are_indices(labels: np.ndarray, classes: int) -> bool:
    """Whether labels are whole numbers from 0 to classes - 1."""
    return labels.dtype.kind in "biuf" and bool(np.isin(labels, np.arange(classes)).all())


def labels_beside_indices(y: Any, classes: int) -> list[str] | None:
    """The labels of y, sorted as they are numbered, where they are no class indices."""
    labels = None if y is None else np.asarray(y)
    if labels is None or labels.size != len(labels):
        return None
    different = np.unique(labels)
    if different.dtype.kind in "OUS":
        return [str(label) for label in different]
    if len(different) != classes or (different[0] >= 0 and different[-1] < classes):
        return None
    return [f"{label:g}" for label in different]

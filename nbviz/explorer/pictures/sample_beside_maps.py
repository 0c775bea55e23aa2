"""The sample beside the maps of an explorer: its picture, and what it was read as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from nbviz.explorer.explored_data import ExploredData
    from nbviz.widgets.image_importance.image_importance import ImageImportance


def sample_beside_maps(
    maps: ImageImportance, data: ExploredData, row: np.ndarray, sample: int, read: int | None
) -> dict[str, Any]:
    """What the maps show of a sample, trait -> value.

    Args:
        maps: The maps; they stay as they are.
        data: What is explored.
        row: The sample, (features,).
        sample: Its number.
        read: Index of the class that it is read as; None to tell its own class alone.
    """
    assert data.images is not None
    answers, words, is_misread = data.answers, "", False
    has_classes = not (answers.is_regression or answers.has_labels or answers.is_spread)
    if has_classes:
        names = answers.class_names
        own = None if data.truth is None else int(data.truth[sample])
        words = "" if read is None else f"read as {names[read]}"
        if own is not None and read is None:
            words = f"true {names[own]}"
        elif own is not None and read is not None:
            is_misread = own != read
            words = f"{names[own]} {words}" if is_misread else f"{names[read]}, read right"
    return maps.sample_state(
        data.images.picture(row),
        data.name_of(sample),
        words,
        misread=is_misread,
        predicted=read if has_classes and not answers.is_binary else None,
    )

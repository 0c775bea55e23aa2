"""Parts of sequences: whole features, or windows of steps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import Regions

WINDOWS = 10  # of steps, at most
KINDS = ("features", "steps")


def sequence_regions(form: ImageForm, names: Sequence[str], wanted: Any = None) -> Regions:
    """Regions of a sequence.

    Args:
        form: The sequence.
        names: Of its features.
        wanted: `"features"`, each a region of its own; `"steps"`: windows of steps, all features together, at most
            ten; or the region of each number, whole numbers of shape (steps, features). None for features.

    Raises:
        ValueError: Something else.
    """
    steps, features = form.columns, form.rows
    if wanted is None or (isinstance(wanted, str) and wanted == "features"):
        return Regions(tuple(names), np.repeat(np.arange(features)[:, np.newaxis], steps, axis=1), "features")
    if isinstance(wanted, str) and wanted == "steps":
        ends = np.unique(np.linspace(0, steps, min(WINDOWS, steps) + 1).round().astype(int))
        told = tuple(step_words(first, last - 1) for first, last in itertools.pairwise(ends.tolist()))
        window = np.searchsorted(ends, np.arange(steps), side="right") - 1
        return Regions(told, np.repeat(window[np.newaxis], features, axis=0), "steps")
    labels = np.asarray(wanted)
    if labels.shape != (steps, features) or labels.dtype.kind not in "iu":
        received = repr(wanted) if isinstance(wanted, (str, tuple, int)) else f"{labels.dtype} of {labels.shape}"
        raise ValueError(
            f'Expected regions of sequences as "features", "steps" or whole numbers of shape ({steps}, {features}). '
            f"Received {received}."
        )
    found, numbered = np.unique(labels, return_inverse=True)
    return Regions(tuple(f"region {label}" for label in found), numbered.reshape(labels.shape).T, "given regions")


def step_words(first: int, last: int) -> str:
    """`"step 3"`, `"steps 3-5"`: both ends are in it."""
    return f"step {first}" if first == last else f"steps {first}-{last}"

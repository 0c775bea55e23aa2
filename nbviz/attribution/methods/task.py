"""What a method is asked for, and what it gives back for a batch of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nbviz.attribution.features import Groups
from nbviz.attribution.outputs import ExplainedOutputs

# Numbers that the intermediate results of one batch may hold: 128 MB of float32.
ROOM = 2**25
# Those that the layers in between may hold. TensorFlow keeps the memory of its peak where oneDNN is on.
ROOM_BETWEEN = 2**24


@dataclass(frozen=True, slots=True)
class Task:
    """What a method computes for: one request, as plain data.

    Attributes:
        explained: The model's outputs, as functions of the sites.
        classes: Columns asked for, among all that the outputs have.
        references: What stands for "absent", one array (m, *site shape) for each root (methods that integrate) or
            each site (methods that exchange values); m = 1 or the rows drawn from the background.
        spread: Standard deviation of each number at the roots, over the background.
        pool: Rows whose values are exchanged for others, one array (p, *site shape) for each site.
        steps: Nodes of an integral against one row.
        evaluations: Gradients, coalitions' orders or noisy copies per row.
        repeats: Shuffles per feature.
        batch_size: Rows a compiled function takes at once.
        seed: Of all random draws.
        scale: What slopes are multiplied with, one array (*site shape) for each site; None for plain slopes.
        groups: Columns that are exchanged together, None where each feature stands alone.
        sum_axes: Feature axes to sum credit over, signs kept, such as the channels of an image.
        advance: To be called with the number of rows done, or parts of it: it moves the progress bar.
    """

    explained: ExplainedOutputs
    classes: np.ndarray
    references: list[np.ndarray]
    spread: list[np.ndarray]
    pool: list[np.ndarray]
    scale: list[np.ndarray] | None
    steps: int
    evaluations: int
    repeats: int
    batch_size: int
    seed: int
    groups: Groups | None
    sum_axes: tuple[int, ...]
    advance: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Local:
    """What a method says of a batch of rows, one array for each site (or one for all groups).

    Attributes:
        values: Signed attributions (rows, *feature shape, classes).
        sizes: What is averaged over rows to a strength, where that is not |values|: same shape.
        draw_sums: How much each random draw (background row, shuffle, order) alone moves the strength, summed over
            the rows: (draws, *feature shape, classes). None where nothing was drawn.
        answers: The outputs for these rows, all columns, where they fell out on the way.
        form: How derivatives at a hidden layer were computed, None where there was no choice.
    """

    values: list[np.ndarray]
    sizes: list[np.ndarray] | None = None
    draw_sums: list[np.ndarray] | None = None
    answers: np.ndarray | None = None
    form: str | None = None


def credit(task: Task, arrays: Sequence[np.ndarray], lead: int = 1) -> list[np.ndarray]:
    """Credit as it was asked for: summed over axes, or over groups, signs kept.

    Args:
        task: What is asked for.
        arrays: One array (..., *feature shape, classes) for each site.
        lead: How many axes come before the features.

    Returns:
        One array for each site; of groups, one for all.
    """
    summed = [array.sum(axis=tuple(lead + axis for axis in task.sum_axes)) for array in arrays]
    if task.groups:
        flat = [array.reshape(*array.shape[:lead], -1, array.shape[-1]) for array in summed]
        joined = np.concatenate(flat, axis=lead)
        return [task.groups.sum(joined)]
    # A feature that is one number, or all of them summed, is an axis of one.
    return [array[..., np.newaxis, :] if array.ndim == lead + 1 else array for array in summed]


def credit_shape(shape: tuple[int, ...], sum_axes: tuple[int, ...]) -> tuple[int, ...]:
    """What is left of a feature shape when axes are summed over."""
    return tuple(size for axis, size in enumerate(shape) if axis not in sum_axes) or (1,)


def sums_of_draws(values: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(draws, *feature shape, classes): the first-order share of each draw in the sum of |values| over rows.

    Args:
        values: (rows, *feature shape, classes), the mean of the draws.
        draws: (draws, rows, *feature shape, classes).
    """
    return np.asarray((np.sign(values) * draws).sum(axis=1, dtype=np.float64))

"""Straight paths from rows of a background to one row: the points on them, and what is there in a traced function.

Along them expected gradients integrate (Erion et al. 2021): the row is compared with each row of the background, and
every point has a weight, that of its node of Gauss-Legendre quadrature over the number of background rows.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nbviz.attribution.methods.gradient import along, at_roots, nodes
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.network.samples import InputSpec, numbers_of_a_row

_POINTS, _FEWEST_POINTS = 3200, 200  # on all paths together
_MOST_NODES, _FEWEST_NODES = 32, 4
_NUMBERS = 2**19  # of all points together: those of a picture are many, and each point is a picture


class PathPoint(NamedTuple):
    """One point.

    Attributes:
        start: Number of the background row that its path starts from.
        alpha: How far along it, from 0 to 1.
        weight: Of all points together 1.
    """

    start: int
    alpha: float
    weight: float


@dataclass(frozen=True, slots=True)
class StraightPaths:
    """The paths to one row.

    Attributes:
        row: Where they end, one array (1, *input shape) for each input.
        background: Where they start, one array (n, *input shape) for each input.
        starts: What is at the roots for the background, where these are no inputs but what embeddings return: one
            array (n, *root shape) for each root; none for inputs.
    """

    row: Sequence[np.ndarray]
    background: Sequence[np.ndarray]
    starts: Sequence[np.ndarray] = ()

    def points(self) -> Sequence[PathPoint]:
        """About 3,200 points, path by path; of pictures, sequences and texts fewer."""
        rows, points = len(self.background[0]), _POINTS
        at_roots = self.starts or self.row
        if any(array.ndim > 2 for array in at_roots):
            points = max(_FEWEST_POINTS, min(points, _NUMBERS // numbers_of_a_row(at_roots)))
        return _points(rows, max(_FEWEST_NODES, min(_MOST_NODES, points // rows)))

    def arrays(self, explained: ExplainedOutputs, points: Sequence[PathPoint]) -> list[np.ndarray]:
        """The arguments of a compiled function that `TracedPoints` reads: rows, starts, alphas."""
        which = [point.start for point in points]
        starts = self.starts or [self.background[site.input] for site in explained.roots if site.input is not None]
        alphas = np.array([point.alpha for point in points], explained.roots[0].dtype)
        return [
            *(np.repeat(array, len(points), axis=0) for array in self.row),
            *(each[which] for each in starts),
            alphas,
        ]

    def first_answers(self, explained: ExplainedOutputs) -> np.ndarray:
        """(columns,): the mean output where the paths start.

        Of tokens with the row's own padding, which the paths leave as it is.
        """
        if not self.starts:
            return np.asarray(explained.answers(self.background).mean(axis=0, dtype=np.float64))
        rows = [np.repeat(array, len(self.starts[0]), axis=0) for array in self.row]
        answers = explained.answers_with(rows, explained.roots, self.starts)
        return np.asarray(answers.mean(axis=0, dtype=np.float64))


@functools.lru_cache(maxsize=8)
def _points(rows: int, count: int) -> tuple[PathPoint, ...]:
    """So many points on the paths from so many rows: the same for every row that they lead to."""
    alphas, weights = nodes(count)
    return tuple(
        PathPoint(start, alpha, weight / rows)
        for start in range(rows)
        for alpha, weight in zip(alphas, weights, strict=True)
    )


def straight_paths(
    explained: ExplainedOutputs, row: Sequence[np.ndarray], background: Sequence[np.ndarray]
) -> StraightPaths:
    """The paths between rows of data, at whatever stands for the inputs."""
    if all(site.input is not None for site in explained.roots):
        return StraightPaths(row, background)
    return StraightPaths(row, background, explained.values(background, explained.roots))


class TracedPoints:
    """Points of straight paths inside a traced function.

    Attributes:
        inputs: The row, once for each point, one tensor for each input.
        differences: Row - start of the path, one tensor for each root.
        points: The points, one tensor for each root.
    """

    def __init__(self, explained: ExplainedOutputs, arrays: Sequence[Any]) -> None:
        """Read the first of the arguments, which are those of `specs`."""
        count = len(explained.specs)
        self.inputs = arrays[:count]
        starts, alphas = arrays[count : count + len(explained.roots)], arrays[count + len(explained.roots)]
        ends = at_roots(explained, self.inputs)
        self.differences = [end - start for end, start in zip(ends, starts, strict=True)]
        self.points = [start + along(alphas, by) * by for start, by in zip(starts, self.differences, strict=True)]

    @staticmethod
    def specs(explained: ExplainedOutputs) -> list[InputSpec]:
        """What `StraightPaths.arrays` gives."""
        roots = [InputSpec(site.name, site.shape, site.dtype) for site in explained.roots]
        return [*explained.specs, *roots, InputSpec("alpha", (), explained.roots[0].dtype)]

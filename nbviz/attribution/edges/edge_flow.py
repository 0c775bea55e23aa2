"""What flows over the edges into one layer: the flow of each edge, and its sums over sources and targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class EdgeUnits(NamedTuple):
    """Whose edges are wanted: (units,) for all keys alike, or (*keys, units) for each key its own.

    Attributes:
        sources: Units, or channels, of the layer that the edges come from; empty where it has none.
        targets: Units of the layer that they lead into.
    """

    sources: Sequence[int] | np.ndarray
    targets: Sequence[int] | np.ndarray

    def by_key(self, keys: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Sources and targets for each of so many keys: (*keys, units); int32."""
        return _by_key(self.sources, keys), _by_key(self.targets, keys)


def _by_key(units: Sequence[int] | np.ndarray, keys: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(units, np.int32)
    return np.broadcast_to(array, (*keys, array.shape[-1]))


@dataclass(frozen=True, slots=True)
class EdgeFlow:
    """What runs through one kernel, by key: a class, or a feature and a class.

    Attributes:
        edges: (*keys, sources, targets) among the units asked for.
        into: (*keys, targets), the sum over all sources.
        out_of: (*keys, sources), the sum over all targets.
        total: (*keys,), the sum over all edges.
        absolute: (*keys,), the sum of |value| over all edges; NaN where it is not known.
        leaving: (*keys, all units of the source), the sum over all targets; None where that is not worked out.
    """

    edges: np.ndarray
    into: np.ndarray
    out_of: np.ndarray
    total: np.ndarray
    absolute: np.ndarray
    leaving: np.ndarray | None = None

    @property
    def of_one_feature(self) -> EdgeFlow:
        """The same with keys (1, *keys)."""
        return EdgeFlow(
            self.edges[np.newaxis],
            self.into[np.newaxis],
            self.out_of[np.newaxis],
            self.total[np.newaxis],
            self.absolute[np.newaxis],
            None if self.leaving is None else self.leaving[np.newaxis],
        )

    def __repr__(self) -> str:
        """Shape of the edges."""
        return f"EdgeFlow(edges {self.edges.shape})"


def joined(flows: Sequence[EdgeFlow]) -> EdgeFlow:
    """Flows of several chunks of classes as one; classes are the last key."""
    if len(flows) == 1:
        return flows[0]
    keys = flows[0].total.ndim
    names = ["edges", "into", "out_of", "total", "absolute"]
    if all(flow.leaving is not None for flow in flows):
        names.append("leaving")
    return EdgeFlow(*(np.concatenate([getattr(flow, name) for flow in flows], axis=keys - 1) for name in names))

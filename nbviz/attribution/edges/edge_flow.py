"""What flows over the edges of a dense layer, and the explanation of one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True)
class Flow:
    """What runs through one kernel, by key: a class, or a feature and a class.

    Attributes:
        edges: (*keys, sources, targets) among the units asked for.
        into: (*keys, targets), the sum over all sources.
        out_of: (*keys, sources), the sum over all targets.
        total: (*keys,), the sum over all edges.
        absolute: (*keys,), the sum of |value| over all edges; NaN where it is not known.
    """

    edges: np.ndarray
    into: np.ndarray
    out_of: np.ndarray
    total: np.ndarray
    absolute: np.ndarray


@dataclass(frozen=True, slots=True)
class LocalExplanation:
    """How a row's outputs differ from those of the background, feature by feature.

    Attributes:
        values: (features, classes), the credit of each feature of the flat inputs, side by side.
        start: (classes,), the mean output over the background.
        end: (classes,), the row's output.
        features: Features whose paths are known.
        paths: Dense layer -> flow, keys (features, classes asked for).
        reason: Why there are no paths, None where there are.
    """

    values: np.ndarray
    start: np.ndarray
    end: np.ndarray
    features: tuple[int, ...] = ()
    paths: Mapping[str, Flow] = field(default_factory=dict)
    reason: str | None = None

    @property
    def gap(self) -> float:
        """By how much the credits fail to add up to the difference of the outputs, the worst class."""
        return float(np.abs(self.start + self.values.sum(axis=0) - self.end).max())


def joined(flows: Sequence[Flow]) -> Flow:
    """Flows of several chunks of classes as one; classes are the last key."""
    if len(flows) == 1:
        return flows[0]
    keys = flows[0].total.ndim
    return Flow(
        *(
            np.concatenate([getattr(flow, name) for flow in flows], axis=keys - 1)
            for name in ("edges", "into", "out_of", "total", "absolute")
        )
    )

"""Completeness: do the credits add up to what the output changed? A check that costs one more forward pass."""

from __future__ import annotations

import numpy as np

from nbviz.attribution.methods.task import Local
from nbviz.attribution.request import Request
from nbviz.attribution.rows import Batch


class CompletenessGap:
    """How far credits are from adding up to what the output changed: a check of the integral."""

    def __init__(self, request: Request) -> None:
        """Start with no rows; nothing is computed for methods whose credits need not add up."""
        self._request = request
        start = request.reference_answers() if request.method.adds_up else None
        self._start = None if start is None else start.mean(axis=0)
        self._missing = self._change = 0.0

    def add(self, batch: Batch, local: Local) -> None:
        """Take a batch in."""
        if self._start is None:
            return
        answers = self._request.explained.answers(batch.inputs) if local.answers is None else local.answers
        change = answers[:, self._request.columns] - self._start
        total = sum(value.reshape(len(value), -1, value.shape[-1]).sum(axis=1) for value in local.values)
        if self._request.groups is not None:
            total = total / self._request.groups.times
        self._missing += float(np.abs(total - change).sum())
        self._change += float(np.abs(change).sum())

    def relative(self) -> float | None:
        """Mean |sum of credits - change of the output| over the mean |change|."""
        if self._start is None:
            return None
        return self._missing / self._change if self._change else 0.0

"""One recorded moment of a run."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from nbviz.training.model_state import ModelState

MOST_METRICS = 4  # that its repr tells


@dataclass(frozen=True, eq=False, repr=False)
class Moment:
    """The state after so many updates.

    Attributes:
        step: Updates (batches) since the run began; 0 is before training.
        epoch: The epoch it lies in, counted from 1; 0 before training.
        batch: Batches done in that epoch.
        seconds: Of training since the run began.
        state: The exact state of the model.
        frame: What the diagram draws, half precision; see `nbviz.picture.history_wire.compact`.
        activations: Layer -> quantiles (65,), float32, of what its units return for the probe rows: the 0th, 1/64th,
            ..., the last is the largest; empty without rows.
        gradients: Layer -> the same of d loss / d kernel and d loss / d bias (None without bias) for the probe rows;
            empty where the recording has no y.
        metrics: The latest values known, by name: running means over the epoch, or those of an epoch that is done.
    """

    step: int
    epoch: int
    batch: int
    seconds: float
    state: ModelState
    frame: bytes = b""
    activations: Mapping[str, np.ndarray] = field(default_factory=dict)
    gradients: Mapping[str, tuple[np.ndarray, np.ndarray | None]] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)

    @functools.cached_property
    def nbytes(self) -> int:
        """Bytes of what is kept of this moment."""
        quantiles = [*self.activations.values()]
        for kernel, bias in self.gradients.values():
            quantiles += [kernel] if bias is None else [kernel, bias]
        return self.state.nbytes + len(self.frame) + sum(array.nbytes for array in quantiles)

    def __repr__(self) -> str:
        """Where it lies, and the first metrics; no arrays."""
        shown = [f"{name} {value:.4g}" for name, value in list(self.metrics.items())[:MOST_METRICS]]
        place = f"step {self.step}, epoch {self.epoch}, batch {self.batch}"
        return f"Moment({'; '.join([place, *([', '.join(shown)] if shown else [])])})"

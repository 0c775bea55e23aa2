"""A run that was recorded, as charts see it, without Keras: weights that widen, a loss that falls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from nbviz.network.distributions import quantiles


@dataclass(eq=False)
class RecordedMoment:
    """One moment; `step` updates after the beginning."""

    step: int
    state: Any
    gradients: dict[str, tuple[np.ndarray, np.ndarray | None]] = field(default_factory=dict)
    activations: dict[str, np.ndarray] = field(default_factory=dict)


class RecordedRun:
    """The interface of `Recording` that charts use."""

    model = None

    def __init__(
        self,
        epochs: int = 20,
        *,
        steps_per_epoch: int = 2,
        shapes: Sequence[tuple[int, int]] = ((13, 32), (32, 16), (16, 3)),
        probe: bool = True,
        rate: float = 1.0,
    ) -> None:
        """A run of so many epochs, with a moment at the end of each and one before."""
        self.steps_per_epoch = steps_per_epoch
        self.moments: tuple[RecordedMoment, ...] = ()
        self.events: list[dict[str, Any]] = []
        self.live_step: int | None = None
        self._shapes, self._probe, self._rate = shapes, probe, rate
        self._rows: list[dict[str, float]] = []
        self._batches: list[dict[str, float]] = []
        self._listeners: list[Callable[[str], None]] = []
        self.take(0)
        for _ in range(epochs):
            self.train()

    @property
    def metrics(self) -> pd.DataFrame:
        """A row an epoch."""
        return pd.DataFrame(self._rows)

    @property
    def batch_metrics(self) -> pd.DataFrame:
        """A row a batch."""
        return pd.DataFrame(self._batches)

    def loss(self, epoch: int) -> float:
        """Of an epoch, counted from 1."""
        return float(1.5 * np.exp(-0.2 * self._rate * epoch))

    def train(self, loss: float | None = None) -> None:
        """One more epoch."""
        epoch = len(self._rows) + 1
        own = self.loss(epoch) if loss is None else loss
        for batch in range(1, self.steps_per_epoch + 1):
            step = (epoch - 1) * self.steps_per_epoch + batch
            self._batches.append({"step": step, "epoch": epoch, "batch": batch, "loss": own * 1.05})
        row = {"epoch": epoch, "step": epoch * self.steps_per_epoch, "loss": own, "accuracy": 1 - min(own, 1.9) / 2}
        self._rows.append({**row, "val_loss": own + 0.1, "val_accuracy": 0.9 - min(own, 1.7) / 2, "learning_rate": 0.1})
        self.take(epoch * self.steps_per_epoch)
        self.tell("moment")

    def take(self, step: int) -> None:
        """A moment."""
        rng = np.random.default_rng(step)
        kernels, gradients, activations = {}, {}, {}
        for index, shape in enumerate(self._shapes):
            name = f"dense_{index}"
            width = 0.2 + 0.01 * step
            kernels[name] = rng.uniform(-width, width, shape).astype("f4"), np.full(shape[1], 0.01 * step, "f4")
            if self._probe:
                gradients[name] = quantiles(rng.normal(size=shape)), quantiles(rng.normal(size=shape[1]))
                activations[name] = quantiles(np.maximum(0, rng.normal(size=400)))
        state = SimpleNamespace(kernels=lambda model: kernels, layers=kernels)
        self.moments = (*self.moments, RecordedMoment(step, state, gradients, activations))

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Have a listener told."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def listeners(self) -> int:
        """How many there are."""
        return len(self._listeners)

    def tell(self, what: str) -> None:
        """Tell them."""
        for listener in list(self._listeners):
            listener(what)

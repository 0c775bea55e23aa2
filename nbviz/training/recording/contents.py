"""A recording as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from nbviz.training.recording.findings import Finding
from nbviz.training.recording.moment import Moment
from nbviz.training.recording.probe import Probe


@dataclass(frozen=True, eq=False, repr=False)
class Branch:
    """A way that was left: what a run told after the step from which it went another way.

    Attributes:
        step: The last step that both ways share.
        metrics: As `Recording.metrics`, of the epochs after it.
        batch_metrics: As `Recording.batch_metrics`, of the batches after it.
    """

    step: int
    metrics: pd.DataFrame
    batch_metrics: pd.DataFrame

    def __repr__(self) -> str:
        """Where it began and how long it is; no tables."""
        return f"Branch(after step {self.step}: {len(self.batch_metrics)} batches, {len(self.metrics)} epochs)"


class Settings(NamedTuple):
    """How a run is recorded; see `Recording`."""

    every: float
    every_batches: int | None
    budget: int
    optimizer_state: bool


class Position(NamedTuple):
    """Where a run stands: batches done, the epoch (counted from 1), batches done in it, seconds of training."""

    step: int
    epoch: int
    batch: int
    seconds: float


@dataclass(frozen=True, eq=False, repr=False)
class RecordingContents:
    """All that a recording holds; see `Recording` for what each means.

    Attributes:
        settings: How it is recorded.
        moments: In order of step.
        position: Where the run stands.
        steps_per_epoch: Batches of an epoch, None until known.
        epochs: As `Recording.metrics`.
        batches: As `Recording.batch_metrics`.
        branches: Ways that were left.
        findings: As `Recording.findings`.
        rates: Step, learning rate before and after of each change.
        rate: The learning rate that holds, None until known.
        probe: The rows that moments are looked at with.
    """

    settings: Settings
    moments: tuple[Moment, ...]
    position: Position
    steps_per_epoch: int | None
    epochs: pd.DataFrame
    batches: pd.DataFrame
    branches: tuple[Branch, ...]
    findings: tuple[Finding, ...]
    rates: tuple[tuple[int, float, float], ...]
    rate: float | None
    probe: Probe | None

    def __repr__(self) -> str:
        """How much it holds; no arrays."""
        return f"RecordingContents({len(self.moments)} moments, at {self.position})"

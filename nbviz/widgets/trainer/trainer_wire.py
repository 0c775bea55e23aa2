"""What the control bar of a `Trainer` sends to the browser, as one trait, so that its parts never disagree."""

from __future__ import annotations

from typing import TypedDict

from nbviz.training.loop.controls import TrainerStatus
from nbviz.training.loop.preview import PreviewWire


class HealthWire(TypedDict):
    """A finding about the model's health."""

    kind: str
    text: str  # "dense_1: 25 % dead ReLU since epoch 6"
    meaning: str  # one sentence
    step: int  # at which it was first seen


class TrainerWire(TypedDict):
    """All that the control bar shows."""

    status: TrainerStatus
    error: str | None
    note: str | None  # why it is where it is: "val_loss has not improved for 10 epochs"
    closed: bool  # another trainer has taken its place
    updates: int
    epoch: int  # counted from 1, 0 before the first update
    batch: int  # in its epoch, counted the same way
    epochs: int | None  # to train until; None: until told to stop
    steps_per_epoch: int
    batch_size: int
    batch_sizes: list[int]  # on offer
    learning_rate: float | None  # None: not finite
    fixed_rate: str | None  # why the learning rate cannot be changed, None where it can
    optimizer: str
    updates_per_second: float | None  # measured
    speed: float | None  # updates a second at most, None for as many as possible
    latest: int  # the last step that can be looked at: after a rewind later than `updates`
    recorded: bool  # whether there is a history to go back in
    health: list[HealthWire]
    checked: list[str]  # what was measured and found in order: "no NaN or inf"
    preview: PreviewWire | None

"""Where a training run stands, its metrics and findings; who listens is told. What moments are is left open."""

from __future__ import annotations

import abc
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence

import keras
import pandas as pd

from nbviz.training.recording.findings import Finding, FirstSeen
from nbviz.training.recording.metric_log import MetricLog
from nbviz.training.recording.moment import Moment

METRICS_EVERY = 0.1  # s between two times that listeners are told of new metrics


class RunRecorder(abc.ABC):
    """Follows a run, told of it by a callback; a subclass keeps its moments.

    Attributes:
        model: The model that is recorded.
        every: Seconds between moments; more where recording would take over 5 % of the time.
        every_batches: Batches between moments instead, None for time.
        steps_per_epoch: Batches of an epoch, None until known.
        training: Whether a run is under way.
        seen: What came up in the run, and when.
        capture_seconds: What the last moment took.
    """

    def __init__(self, model: keras.Model, *, every: float, every_batches: int | None) -> None:
        """Start before training.

        Args:
            model: The model.
            every: Seconds between moments, above 0.
            every_batches: Batches between moments instead, at least 1; None for time.

        Raises:
            ValueError: A number does not fit.
        """
        if not every > 0:
            raise ValueError(f"Expected every as seconds above 0. Received {every}.")
        if every_batches is not None and (int(every_batches) != every_batches or every_batches < 1):
            raise ValueError(f"Expected every_batches as a whole number of at least 1. Received {every_batches}.")
        self.model, self.every, self.every_batches = model, every, every_batches
        self.steps_per_epoch: int | None = None
        self.training = False
        self.capture_seconds = 0.0
        self.seen = FirstSeen()
        self._step = self._epoch = self._batch = 0
        self._seconds = 0.0
        self._began: float | None = None  # when the present stretch of training began
        self._told = self._updated = 0.0  # when listeners were last told of metrics; of the last update
        self._looked = 0, 0.0  # step and second of the last moment
        self._ahead = False  # whether moments lie after the present step: after a rewind
        self._epochs = MetricLog("epoch", "step")
        self._batches = MetricLog("step", "epoch", "batch")
        self._listeners: list[Callable[[str], None]] = []
        self._lock = threading.RLock()

    @property
    @abc.abstractmethod
    def moments(self) -> Sequence[Moment]:
        """What is kept, in the order of steps."""

    @abc.abstractmethod
    def capture(self, *, epoch: int | None = None, batch: int | None = None) -> Moment:
        """Take a moment now."""

    @abc.abstractmethod
    def cut(self, step: int) -> None:
        """Leave the way after a step."""

    @property
    def step(self) -> int:
        """Updates done since the run began, of the way that the model is on."""
        return self._step

    @property
    def epoch(self) -> int:
        """The epoch that the model is in, counted from 1; 0 before training."""
        return self._epoch

    @property
    def batch(self) -> int:
        """Batches done in that epoch."""
        return self._batch

    @property
    def metrics(self) -> pd.DataFrame:
        """A row for each epoch: epoch, step, loss, val_loss, ..., learning_rate, as `fit` gives them at its end."""
        with self._lock:
            return self._epochs.frame()

    @property
    def batch_metrics(self) -> pd.DataFrame:
        """A row for each batch: step, epoch, batch, loss, ...: running means over the epoch, as Keras gives them."""
        with self._lock:
            return self._batches.frame()

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the model's health now, and since when."""
        return list(self.seen.findings)

    @property
    def seconds(self) -> float:
        """Seconds of training so far."""
        return self._seconds + (0.0 if self._began is None else time.monotonic() - self._began)

    @property
    def idle(self) -> float:
        """Seconds since the last update, or since training began."""
        return time.monotonic() - self._updated

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Be told what happens, in the thread that records.

        Args:
            listener: Called with `"metrics"` (new ones, at most ten times a second), `"moment"` (a new one is the
                last of `moments`), `"thinned"`, `"cut"`, or `"progress"` (training began, ended, or was rewound).
                One that raises is dropped with a warning.

        Returns:
            Call it to be told no more.
        """
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def begin(self, steps_per_epoch: int | None) -> None:
        """Training begins or goes on; for the callback.

        Args:
            steps_per_epoch: Batches of an epoch, None where that is not known.
        """
        with self._lock:
            self.training, self._began = True, time.monotonic()
            self._updated = self._began
            self.steps_per_epoch = steps_per_epoch or self.steps_per_epoch
        if not self.moments or self.moments[-1].step < self._step:  # a run that was interrupted took no last moment
            self.capture()
        self._tell("progress")

    def begin_epoch(self, epoch: int) -> None:
        """An epoch begins, or goes on after a rewind into it; for the callback.

        Args:
            epoch: Counted from 1.
        """
        with self._lock:
            if epoch != self._epoch:
                self._epoch, self._batch = epoch, 0

    def updated(self, batch: int, metrics: Mapping[str, float]) -> bool:
        """A batch is done; for the callback.

        Args:
            batch: Batches done in this epoch, this one included.
            metrics: As Keras gives them.

        Returns:
            Whether its loss is the first that is not finite.
        """
        if self._ahead:
            position = self._epoch, self._batch
            self.cut(self._step)
            self._epoch, self._batch = position
        with self._lock:
            self._updated = time.monotonic()
            if not self.training:
                self.training, self._began = True, self._updated
            self._step += max(1, batch - self._batch)
            self._batch = batch
            self._batches.add({"step": self._step, "epoch": self._epoch, "batch": batch} | dict(metrics))
            diverged = self.seen.see_loss(metrics.get("loss", 0.0), self._step, self._epoch, batch)
        if time.monotonic() - self._told >= METRICS_EVERY:
            self._told = time.monotonic()
            self._tell("metrics")
        return diverged

    def end_epoch(self, metrics: Mapping[str, float]) -> None:
        """An epoch is done; for the callback.

        Args:
            metrics: As Keras gives them, those of the validation data included.
        """
        with self._lock:
            if self.steps_per_epoch is None:
                self.steps_per_epoch = self._batch or None
            self._see_rate()
            rate = {} if self.seen.rate is None else {"learning_rate": self.seen.rate}
            self._epochs.add({"epoch": self._epoch, "step": self._step} | dict(metrics) | rate)

    def end(self) -> None:
        """Training has ended or pauses: takes the last moment; for the callback."""
        self.training, self._seconds, self._began = False, self.seconds, None
        if not self.moments or self.moments[-1].step < self._step:
            self.capture()
        self._told = time.monotonic()
        self._tell("metrics")
        self._tell("progress")

    def rest(self) -> None:
        """Training has stopped without a word, by an error or an interrupt; for the callback."""
        with self._lock:
            self.training, self._seconds, self._began = False, self.seconds, None
        self._tell("progress")

    def _measured_speed(self, step: int) -> float | None:
        """Updates a second since the last moment."""
        (before, then), self._looked = self._looked, (step, self.seconds)
        passed = self._looked[1] - then
        return (step - before) / passed if self.training and passed > 0 and step > before else None

    def _see_rate(self) -> None:
        """Take note of the learning rate, which costs a look at a variable."""
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is not None:
            schedule = isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule)
            self.seen.see_rate(
                float(keras.ops.convert_to_numpy(optimizer.learning_rate)), self._step, scheduled=schedule
            )

    def _tell(self, event: str) -> None:
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception as error:
                if listener in self._listeners:
                    self._listeners.remove(listener)
                warnings.warn(
                    f"What follows this recording has stopped: {error!r}. Recording goes on.",
                    RuntimeWarning,
                    stacklevel=3,
                )

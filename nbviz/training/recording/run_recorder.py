"""Where a training run stands, its metrics and findings; who listens is told. What moments are is left open."""

from __future__ import annotations

import abc
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import pandas as pd

from nbviz.network.arguments import real_number, whole_number
from nbviz.training.batch_count import OptimizerCount
from nbviz.training.fault import tell, words_of
from nbviz.training.learning_rate import current_rate, is_scheduled
from nbviz.training.log_numbers import log_numbers
from nbviz.training.recording.findings import Finding, FirstSeen
from nbviz.training.recording.metric_log import MetricLog
from nbviz.training.recording.moment import Moment

METRICS_EVERY = 0.1  # s between two times that listeners are told of new metrics
PLACES = frozenset({"epoch", "step", "batch"})  # columns that are no metrics


class RunRecorder(abc.ABC):
    """Follows a run, told of it by a callback; a subclass keeps its moments.

    Attributes:
        model: The model that is recorded.
        every: Seconds between moments within an epoch; more where these would take over 5 % of the time.
        every_batches: Batches between moments instead, None for time and the end of each epoch.
        steps_per_epoch: Batches of an epoch, None until known.
        training: Whether a run is under way.
        seen: What came up in the run, and when.
        capture_seconds: What the last moment took.
        fault: Why recording has stopped in the midst of a run, None where it has not.
        left_out: What of the logs is no number, nor a vector of them: name -> what it is.
    """

    def __init__(self, model: keras.Model, *, every: float, every_batches: int | None) -> None:
        """Start before training.

        Args:
            model: The model.
            every: Seconds between moments within an epoch, above 0.
            every_batches: Batches between moments instead, at least 1; None for time and the end of each epoch.

        Raises:
            ValueError: A number does not fit.
        """
        if not real_number("every", every, 0, math.inf) > 0:
            raise ValueError(f"Expected every as seconds above 0. Received {every}.")
        if every_batches is not None:
            whole_number("every_batches", every_batches)
        self.model, self.every, self.every_batches = model, every, every_batches
        self.steps_per_epoch: int | None = None
        self.training = False
        self.capture_seconds = 0.0
        self.fault: str | None = None
        self.left_out: dict[str, str] = {}
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
        self._counted = OptimizerCount(model)
        self._counts_itself = False  # whether a callback has told of batches
        self._begun_at = 0  # step at which the present run began
        self._is_over: Callable[[], bool] | None = None  # of a fit whose last state is still to be taken
        self._settling = threading.Lock()

    @property
    @abc.abstractmethod
    def moments(self) -> Sequence[Moment]:
        """What is kept, in the order of steps."""

    @abc.abstractmethod
    def capture(self) -> Moment:
        """Take a moment now; for the callback, and by hand."""

    @abc.abstractmethod
    def _take(self) -> Moment:
        """Take a moment of the present place."""

    @abc.abstractmethod
    def _is_taken(self) -> bool:
        """Whether the last moment has the present step and the weights that the model has now."""

    @abc.abstractmethod
    def cut(self, step: int) -> None:
        """Leave the way after a step."""

    @property
    def step(self) -> int:
        """Batches done since the run began, of the way that the model is on; several may make one update."""
        return self._step

    @property
    def live_step(self) -> int | None:
        """The step of the live model while moments of the run lie after it, as after a rewind; else None."""
        return self._step if self._ahead else None

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

    def begin(self, steps_per_epoch: int | None, is_over: Callable[[], bool] | None = None) -> None:
        """Training begins or goes on; for the callback.

        Args:
            steps_per_epoch: Batches of an epoch, None where that is not known.
            is_over: Answers whether the run has ended, with or without a word; None where nobody knows.
        """
        with self._lock:
            self.training, self._began = True, time.monotonic()
            self._updated = self._began
            self.steps_per_epoch = steps_per_epoch or self.steps_per_epoch
            self.fault, self._is_over = None, is_over
            self._counted.passed()
            self._begun_at = self._step
        if not self.moments or self.moments[-1].step < self._step:  # a run that was interrupted took no last moment
            self._take()
        self._tell("progress")

    def begin_epoch(self, epoch: int) -> None:
        """An epoch begins, or goes on after a rewind into it; for the callback.

        Args:
            epoch: Counted from 1.
        """
        with self._lock:
            if epoch != self._epoch:
                self._epoch, self._batch = epoch, 0

    def updated(self, batch: int, logs: Any) -> bool:
        """A batch is done, or several at once; for the callback.

        Args:
            batch: Batches done in this epoch, this one included.
            logs: As Keras gives them.

        Returns:
            Whether its loss is the first that explodes, or that is not finite.
        """
        if self._ahead:
            position = self._epoch, self._batch
            self.cut(self._step)
            self._epoch, self._batch = position
        with self._lock:
            self._counts_itself = True
            self._updated = time.monotonic()
            if not self.training:
                self.training, self._began = True, self._updated
            self._step += max(1, batch - self._batch)
            self._batch = batch
            metrics = self._numbers(logs)
            self._batches.add({"step": self._step, "epoch": self._epoch, "batch": batch} | metrics)
            diverged = "loss" in metrics and self.seen.see_loss(metrics["loss"], self._step, self._epoch, batch)
            if batch == self.steps_per_epoch:
                self._see_rate()  # before callbacks set another one for the next epoch
        if time.monotonic() - self._told >= METRICS_EVERY:
            self._told = time.monotonic()
            self._tell("metrics")
        return diverged

    def end_epoch(self, logs: Any) -> None:
        """An epoch is done; for the callback.

        Args:
            logs: As Keras gives them, those of the validation data included.
        """
        with self._lock:
            if self.steps_per_epoch is None:
                self.steps_per_epoch = self._batch or None
            if self._batch != self.steps_per_epoch:
                self._see_rate()
            rate = {} if self.seen.rate is None else {"learning_rate": self.seen.rate}
            self._epochs.add({"epoch": self._epoch, "step": self._step} | self._numbers(logs) | rate)

    def end(self, *, certain: bool = True) -> None:
        """Training has ended or pauses: takes the last moment; for the callback.

        Args:
            certain: Whether nothing that belongs to the run comes after; otherwise `settle` looks once more.
        """
        self._halt()
        if certain:
            self._is_over = None
        self._take_last()
        self._told = time.monotonic()
        self._tell("metrics")
        self._tell("progress")

    def settle(self) -> None:
        """Take the last state of a fit that is over, if that was not done: at its end, or once it was interrupted."""
        if not self._settling.acquire(blocking=False):
            return  # another thread is at it
        try:
            is_over = self._is_over
            if is_over is None or not is_over():
                return
            self._is_over = None
            self._count_untold()
            self._halt()
            if self.fault is None:
                self._take_last()
            self._tell("progress")
        except Exception as error:
            self.fail(f"The recording has not taken the last state: {words_of(error)}.")
            tell(str(self.fault))
        finally:
            self._settling.release()

    def rest(self) -> None:
        """Training has stopped without a word, by an error or an interrupt; for the callback."""
        self._halt()
        self._tell("progress")

    def fail(self, fault: str) -> None:
        """Recording has stopped while training goes on; for the callback.

        Args:
            fault: Why, a sentence.
        """
        self.fault = fault
        self._is_over = None
        self.rest()

    def _halt(self) -> None:
        with self._lock:
            self.training, self._seconds, self._began = False, self.seconds, None
            self._counted.passed()

    def _count_untold(self) -> None:
        """Where another callback has raised, or the user has interrupted, nobody told of the last batches."""
        untold = (self._counted.passed() or 0) - (self._step - self._begun_at)
        if self.training and 0 < untold <= getattr(self.model, "steps_per_execution", 1):
            self._step, self._batch = self._step + untold, self._batch + untold

    def _take_last(self) -> None:
        # Callbacks and the optimizer may put back or average the weights after the last batch.
        if not self._ahead and not self._is_taken():
            self._take()

    def _numbers(self, logs: Any) -> dict[str, float]:
        found = log_numbers(logs, PLACES)
        for name, what in found.left_out.items():
            if name not in self.left_out:
                self.left_out[name] = what
                tell(f"The recording leaves out {name!r} of the logs, {what}: numbers and vectors of them are kept.")
        return found.numbers

    def _measured_speed(self, step: int) -> float | None:
        """Updates a second since the last moment."""
        (before, then), self._looked = self._looked, (step, self.seconds)
        passed = self._looked[1] - then
        return (step - before) / passed if self.training and passed > 0 and step > before else None

    def _see_rate(self) -> None:
        """Take note of the learning rate, which costs a look at a variable."""
        optimizer = getattr(self.model, "optimizer", None)
        rate = None if optimizer is None else current_rate(optimizer)
        if rate is not None:
            self.seen.see_rate(rate, self._step, scheduled=is_scheduled(optimizer))

    def _tell(self, event: str) -> None:
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception as error:
                if listener in self._listeners:
                    self._listeners.remove(listener)
                tell(f"What follows this recording has stopped: {words_of(error)}. Recording goes on.")

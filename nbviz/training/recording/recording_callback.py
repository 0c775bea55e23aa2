"""Records a run from inside `fit`, in the thread that trains, so that the weights of a moment belong together."""

from __future__ import annotations

import time
from typing import Any

import keras

from nbviz.keras_model.same_model import check_trained_with
from nbviz.training.fit_watch import Fit
from nbviz.training.recording.run_recorder import RunRecorder
from nbviz.training.watching_callback import WatchingCallback

SHARE_OF_TIME = 0.03  # of the time that moments within an epoch may take; each batch takes some of the 5 % too
SMOOTHING = 0.5  # of the measured cost, per moment
HICCUP = 3  # times the usual cost: what counts at most
WORTH_WAITING = 0.5  # of the time between moments: so long a due one may wait for the end of the epoch
WATCH = 0.3  # s between looks at whether fit is still there
IDLE = 1.0  # s without an update after which a loop of the user's own that has ended is taken to rest


class RecordingCallback(WatchingCallback):
    """Takes moments and metrics while the model trains; made by `Recording.callback`.

    A loop of one's own drives it, and that of `NetworkDiagram.live`, by Keras' own list, which calls both last:

        callbacks = keras.callbacks.CallbackList([recording.callback(), ...], model=model, epochs=3, steps=100)
        callbacks.on_train_begin()
        for epoch in range(3):
            callbacks.on_epoch_begin(epoch)
            for batch in range(100):
                logs = model.train_on_batch(x[batch], y[batch], return_dict=True)
                callbacks.on_train_batch_end(batch, logs)
            callbacks.on_epoch_end(epoch, logs)
        callbacks.on_train_end()
    """

    subject, thread_name, period = "The recording", "nbviz recording", WATCH

    def __init__(self, recording: RunRecorder) -> None:
        """Record what happens to the recording's model."""
        super().__init__()
        self._recording = recording
        self._cost: float | None = None  # s a moment takes
        self._reset()

    def set_model(self, model: keras.Model) -> None:
        """Take the model that is going to be trained.

        Raises:
            ValueError: It is not the recording's, nor one that it is a part of.
        """
        own = self._recording.model
        check_trained_with(own, model, "fit of the recorded model,", "make a Recording of that model")
        super().set_model(model)

    def _reset(self) -> None:
        self._offset: int | None = None  # epochs of earlier runs, None until the first epoch of this one begins
        self._last, self._last_step = time.perf_counter(), self._recording.step  # of the last moment
        self._began = (0.0, 0)  # when this epoch began, at which batch of it
        self._due = False

    def _begin(self, fit: Fit) -> None:
        # Two runs of one fit may have been interrupted in between: only what this run does counts.
        steps = (self.params or {}).get("steps")
        self._recording.begin(steps, (lambda: not fit.is_running) if fit.is_keras else None)
        self._reset()

    def _epoch_begins(self, epoch: int) -> int:
        """Count epochs from 1, as `fit` prints them, and on where a run before had stopped."""
        recording = self._recording
        if self._offset is None:
            done = recording.epoch
            goes_on = epoch + 1 > done or (epoch + 1 == done and recording.batch != recording.steps_per_epoch)
            self._offset = 0 if goes_on else done - epoch
        recording.begin_epoch(epoch + 1 + self._offset)
        self._began = time.perf_counter(), recording.batch
        return recording.batch

    def _batch_done(self, batch: int, logs: Any) -> None:
        recording = self._recording
        if recording.updated(batch, logs):
            self._capture()  # the batch at which the loss is no longer finite
            return
        if recording.every_batches is not None:
            self._due |= recording.step - self._last_step >= recording.every_batches
        else:
            self._due |= time.perf_counter() - self._last >= self._pause()
        if self._due and not self._ends_soon(batch):
            self._capture()

    def _epoch_done(self, logs: Any) -> None:
        self._recording.end_epoch(logs)
        # Memory is kept in bounds by thinning: what was never taken cannot be looked at.
        if self._due or self._recording.every_batches is None:
            self._capture()

    def _end(self) -> None:
        self._recording.end(certain=self._over.is_set())

    def _gone(self, fit: Fit) -> bool:
        recording = self._recording
        if fit.is_keras:
            recording.settle()
            return True
        # A loop of the user's own may go on in another call, or have ended without a word.
        if recording.training and recording.idle > IDLE:
            recording.rest()
        return not recording.training

    def _failed(self, fault: str) -> None:
        self._recording.fail(fault)

    def _pause(self) -> float:
        """Seconds between moments."""
        return max(self._recording.every, (self._cost or 0.0) / SHARE_OF_TIME)

    def _ends_soon(self, batch: int) -> bool:
        """Whether the epoch ends so soon that its end, with all its metrics, is the better moment."""
        steps = self._recording.steps_per_epoch
        if steps is None:
            return False
        if batch >= steps or self._recording.every_batches is not None:
            return batch >= steps
        began, first = self._began
        left = (steps - batch) * (time.perf_counter() - began) / max(1, batch - first)
        return left < WORTH_WAITING * self._pause()

    def _capture(self) -> None:
        self._recording.capture()
        self._last, self._last_step, self._due = time.perf_counter(), self._recording.step, False
        cost = self._recording.capture_seconds
        if self._cost is None:
            self._cost = cost
        # One that had to wait for the machine says little of the next ones.
        self._cost += (1 - SMOOTHING) * (min(cost, HICCUP * self._cost) - self._cost)

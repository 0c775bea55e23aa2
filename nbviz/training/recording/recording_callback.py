"""Records a run from inside `fit`, in the thread that trains, so that the weights of a moment belong together."""

from __future__ import annotations

import functools
import sys
import threading
import time
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any

import keras

from nbviz.keras_model.same_model import check_same_model
from nbviz.training.background_thread import start_thread
from nbviz.training.fit_watch import caller_of_callbacks, is_running
from nbviz.training.recording.run_recorder import RunRecorder

SHARE_OF_TIME = 0.03  # of the time that moments may take; the rest of the 5 % is for what happens each batch
SMOOTHING = 0.5  # of the measured cost, per moment
HICCUP = 3  # times the usual cost: what counts at most
WORTH_WAITING = 0.5  # of the time between moments: so long a due one may wait for the end of the epoch
WATCH = 0.3  # s between looks at whether fit is still there
IDLE = 1.0  # s without an update before which nobody looks


class RecordingCallback(keras.callbacks.Callback):
    """Takes moments and metrics while the model trains; made by `Recording.callback`."""

    def __init__(self, recording: RunRecorder) -> None:
        """Record what happens to the recording's model."""
        super().__init__()
        self._recording = recording
        self._offset: int | None = None  # epochs of earlier runs, None until the first epoch of this one begins
        self._last = 0.0  # when the last moment was taken, and at which step
        self._last_step = 0
        self._cost: float | None = None  # s a moment takes
        self._began = (0.0, 0)  # when this epoch began, at which batch of it
        self._due = self._broken = False
        self._over = threading.Event()

    def set_model(self, model: keras.Model) -> None:
        """Take the model that is going to be trained.

        Raises:
            ValueError: It is not the recording's.
        """
        own = self._recording.model
        check_same_model(own, model, "fit of the recorded model,", "make a Recording of that model")
        super().set_model(model)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Take the state before training."""
        self._offset, self._due, self._broken = None, False, False
        # Two runs of one fit may have been interrupted in between: only what this run does counts.
        self._attempt(lambda: self._recording.begin(self.params.get("steps")))
        self._last, self._last_step = time.perf_counter(), self._recording.step
        self._over.set()  # of a run that ended without telling
        self._over = threading.Event()
        # `on_train_end` is not called when a fit is interrupted or raises.
        fit = caller_of_callbacks(sys._getframe())
        watch = functools.partial(self._watch, self._over, threading.get_ident(), fit)
        start_thread("nbviz recording", watch, self._over.set)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Count epochs from 1, as `fit` prints them, and on where a run before had stopped."""
        recording = self._recording
        if self._offset is None:
            done = recording.epoch
            goes_on = epoch + 1 > done or (epoch + 1 == done and recording.batch != recording.steps_per_epoch)
            self._offset = 0 if goes_on else done - epoch
        recording.begin_epoch(epoch + 1 + self._offset)
        self._began = time.perf_counter(), recording.batch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Take the metrics, and a moment where one is due."""
        if self._broken:
            return
        recording = self._recording
        if recording.updated(batch + 1, logs or {}):
            self._capture()  # the batch at which the loss is no longer finite
            return
        if recording.every_batches is not None:
            self._due |= recording.step - self._last_step >= recording.every_batches
        else:
            self._due |= time.perf_counter() - self._last >= self._pause()
        if self._due and not self._ends_soon(batch + 1):
            self._capture()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Take the metrics of the epoch, and a moment where one is due."""
        if self._broken:
            return
        self._recording.end_epoch(logs or {})
        if self._due:
            self._capture()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Take the last state."""
        self._over.set()
        if not self._broken:
            self._attempt(self._recording.end)

    def _watch(self, over: threading.Event, thread: int, fit: FrameType) -> None:
        while not over.wait(WATCH) and self._recording.training:
            if self._recording.idle > IDLE and not is_running(thread, fit):
                self._recording.rest()

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
        self._attempt(self._recording.capture)
        self._last, self._last_step, self._due = time.perf_counter(), self._recording.step, False
        cost = self._recording.capture_seconds
        if self._cost is None:
            self._cost = cost
        # One that had to wait for the machine says little of the next ones.
        self._cost += (1 - SMOOTHING) * (min(cost, HICCUP * self._cost) - self._cost)

    def _attempt(self, record: Callable[[], object]) -> None:
        """Record; what goes wrong with it must never stop the user's training."""
        try:
            record()
        except Exception as error:
            self._broken = True
            warnings.warn(f"The recording has stopped: {error!r}. Training goes on.", RuntimeWarning, stacklevel=3)

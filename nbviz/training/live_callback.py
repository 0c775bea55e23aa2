"""Keeps a diagram moving during the user's own `model.fit`.

A batch hook publishes when enough time has passed, in the training thread, so that the weights of one picture
belong together. What it skipped is published by a watching thread within 0.2 s. That thread also notices when
`fit` is gone: `on_train_end` is not called when a fit is interrupted or raises.
"""

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
from nbviz.picture.frame import Progress
from nbviz.training.background_thread import start_thread
from nbviz.training.fit_watch import caller_of_callbacks, is_running

SHORTEST = 1 / 15  # s between pictures: more are not seen, and cost
WATCH = 0.1  # s between looks of the watching thread; what waits for two is published
SHARE_OF_TIME = 0.03  # of the time that pictures may take: on a slow machine they come less often
SMOOTHING = 0.9  # of the measured speed, per picture


class LiveCallback(keras.callbacks.Callback):
    """Publishes the state of a diagram's model while it trains; made by `NetworkDiagram.live`."""

    def __init__(
        self,
        model: keras.Model,
        *,
        update: Callable[[], object],
        publish: Callable[[Progress], None],
        every: float = SHORTEST,
    ) -> None:
        """Watch the model of a diagram.

        Args:
            model: The model.
            update: Shows its present state, the structure too.
            publish: Shows its present state, and where the run stands; any thread may call it.
            every: Seconds between pictures, at least 1/15.

        Raises:
            ValueError: `every` is not positive.
        """
        super().__init__()
        if not every > 0:
            raise ValueError(f"Expected every as seconds above 0. Received {every}.")
        self._watched, self._update, self._show = model, update, publish
        self._every = max(every, SHORTEST)
        self._epoch = self._batch = 0
        self._updates = self._updates_then = 0
        self._speed: float | None = None
        self._last = self._cost = 0.0
        self._stale = self._broken = False
        self._over = threading.Event()
        self._over.set()
        self._lock = threading.RLock()

    def set_model(self, model: keras.Model) -> None:
        """Take the model that is going to be trained.

        Raises:
            ValueError: It is not the diagram's.
        """
        remedy = "make a NetworkDiagram of that model"
        check_same_model(self._watched, model, "fit of the diagram's own model,", remedy)
        super().set_model(model)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start watching."""
        self._finish()  # of a run that ended without telling
        self._updates = self._updates_then = 0
        self._speed, self._stale, self._broken = None, True, False
        self._over = threading.Event()
        # The frame of `fit` itself, two calls up. Not its id: that may be given to another frame once fit is gone.
        fit = caller_of_callbacks(sys._getframe())
        watch = functools.partial(self._watch, self._over, threading.get_ident(), fit)
        start_thread("nbviz-live", watch, self._over.set)
        self._attempt(self._update)
        self._last = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Count epochs from 1, as `fit` prints them."""
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Publish, if enough time has passed."""
        self._batch = batch + 1
        self._updates += 1
        self._stale = True
        if time.perf_counter() - self._last >= max(self._every, self._cost / SHARE_OF_TIME):
            self._publish()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Show the last state."""
        self._finish()

    def _watch(self, over: threading.Event, thread: int, fit: FrameType) -> None:
        while not over.wait(WATCH):
            if not is_running(thread, fit):
                self._finish()
            elif self._stale and time.perf_counter() - self._last > WATCH + self._every:
                self._publish()

    def _finish(self) -> None:
        with self._lock:
            if not self._over.is_set():
                self._over.set()
                self._publish(training=False)

    def _publish(self, *, training: bool = True) -> None:
        if self._broken or not self._lock.acquire(blocking=not training):
            return
        try:
            began = time.perf_counter()
            self._stale = False
            progress = Progress(training, self._epoch, self._batch, self._measured_speed(began) if training else None)
            self._attempt(lambda: self._show(progress))
            self._last = time.perf_counter()
            self._cost = self._last - began
        finally:
            self._lock.release()

    def _attempt(self, show: Callable[[], object]) -> None:
        """Change the picture; what goes wrong with it must never stop the user's training."""
        try:
            show()
        except Exception as error:
            self._broken = True
            warnings.warn(f"The live diagram has stopped: {error!r}. Training goes on.", RuntimeWarning, stacklevel=3)

    def _measured_speed(self, now: float) -> float | None:
        seconds = now - self._last
        if self._updates > self._updates_then and seconds > 0:
            current = (self._updates - self._updates_then) / seconds
            self._speed = current if self._speed is None else SMOOTHING * self._speed + (1 - SMOOTHING) * current
        self._updates_then = self._updates
        return self._speed

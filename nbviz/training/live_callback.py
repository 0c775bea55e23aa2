"""Keeps a diagram moving during the user's own `model.fit`.

A batch hook publishes when enough time has passed, in the training thread, so that the weights of one picture
belong together. What it skipped is published by a watching thread within 0.2 s.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import keras

from nbviz.keras_model.same_model import check_trained_with
from nbviz.picture.frame import Progress
from nbviz.training.batch_count import OptimizerCount
from nbviz.training.fit_watch import Fit
from nbviz.training.watching_callback import WatchingCallback

SHORTEST = 1 / 15  # s between pictures: more are not seen, and cost
WATCH = 0.1  # s between looks of the watching thread; what waits for two is published
SHARE_OF_TIME = 0.03  # of the time that pictures may take: on a slow machine they come less often
SMOOTHING = 0.9  # of the measured speed, per picture


class LiveCallback(WatchingCallback):
    """Publishes the state of a diagram's model while it trains; made by `NetworkDiagram.live`."""

    subject, thread_name, period = "The live diagram", "nbviz-live", WATCH

    def __init__(
        self,
        model: keras.Model,
        *,
        update: Callable[[], object],
        publish: Callable[[Progress], None],
        failed: Callable[[str], None],
        every: float = SHORTEST,
    ) -> None:
        """Watch the model of a diagram.

        Args:
            model: The model.
            update: Shows its present state, the structure too.
            publish: Shows its present state, and where the run stands; any thread may call it.
            failed: Tells why the picture moves no longer; any thread may call it.
            every: Seconds between pictures, at least 1/15.

        Raises:
            ValueError: `every` is not positive.
        """
        super().__init__()
        if not every > 0:
            raise ValueError(f"Expected every as seconds above 0. Received {every}.")
        self._watched, self._update, self._show, self._tell = model, update, publish, failed
        self._every = max(every, SHORTEST)
        self._reset()
        self._seen = OptimizerCount(None)
        self._lock = threading.RLock()

    def set_model(self, model: keras.Model) -> None:
        """Take the model that is going to be trained.

        Raises:
            ValueError: It is not the diagram's, nor one that it is a part of.
        """
        remedy = "make a NetworkDiagram of that model"
        check_trained_with(self._watched, model, "fit of the diagram's own model,", remedy)
        super().set_model(model)

    def _reset(self) -> None:
        self._epoch = self._batch = 0
        self._updates = self._updates_then = 0
        self._speed: float | None = None
        self._last = self._cost = 0.0
        self._stale = self._rests = False

    def _begin(self, _fit: Fit) -> None:
        self._reset()
        self._stale = True
        self._seen = OptimizerCount(self.model)
        self._update()
        self._last = time.perf_counter()

    def _epoch_begins(self, epoch: int) -> int:
        self._epoch, self._batch = epoch + 1, 0  # epochs from 1, as `fit` prints them
        return 0

    def _batch_done(self, batch: int, _logs: Any) -> None:
        self._updates += max(1, batch - self._batch)
        self._batch = batch
        self._stale, self._rests = True, False
        if time.perf_counter() - self._last >= max(self._every, self._cost / SHARE_OF_TIME):
            self._publish()

    def _end(self) -> None:
        self._publish(training=False)

    def _failed(self, fault: str) -> None:
        self._tell(fault)

    def _tick(self) -> None:
        # Other callbacks come before this one, and may take their time.
        self._stale |= bool(self._seen.passed())
        if self._stale and time.perf_counter() - self._last > WATCH + self._every:
            self._publish()

    def _gone(self, _fit: Fit) -> bool:
        self._publish(training=False)
        return True

    def _publish(self, *, training: bool = True) -> None:
        # A picture that has to wait for another one is none too few.
        if not self._lock.acquire(blocking=not training):
            return
        try:
            if training and self._rests:
                return  # the thread's, which came too late
            self._rests = not training
            began = time.perf_counter()
            self._stale = False
            speed = self._measured_speed(began) if training else None
            self._show(Progress(training, self._epoch, self._batch, speed))
            self._last = time.perf_counter()
            self._cost = self._last - began
        finally:
            self._lock.release()

    def _measured_speed(self, now: float) -> float | None:
        seconds = now - self._last
        if self._updates > self._updates_then and seconds > 0:
            current = (self._updates - self._updates_then) / seconds
            self._speed = current if self._speed is None else SMOOTHING * self._speed + (1 - SMOOTHING) * current
        self._updates_then = self._updates
        return self._speed

"""`WatchingCallback`: what callbacks of ours share. They see a run through, and never make `fit` raise."""

from __future__ import annotations

import contextlib
import copy
import functools
import sys
import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, ClassVar

import keras

from nbviz.training.background_thread import start_thread
from nbviz.training.batch_count import OptimizerCount, batches_done
from nbviz.training.fault import tell, words_of
from nbviz.training.fit_watch import Fit, go_last


class WatchingCallback(keras.callbacks.Callback):
    """Follows a run from its begin to its end, however that comes; nothing of it is changed.

    It moves behind the other callbacks, so that weights which one of them puts back or averages are seen. A thread
    notices when `fit` is gone without a word. Whatever a subclass does, in a hook or in the thread, is fenced: an
    error is told once, as a warning and by `fault`, and the run goes on without this callback.

    Attributes:
        fault: Why it has stopped to follow the present run, None where it has not.
    """

    subject: ClassVar[str]  # who has stopped: "The recording"
    thread_name: ClassVar[str]
    period: ClassVar[float]  # s between looks of the thread

    def __init__(self) -> None:
        """Wait for a run."""
        super().__init__()
        self.fault: str | None = None
        self._over = threading.Event()
        self._over.set()
        self._fit: Fit | None = None
        self._is_last = False
        self._done = 0  # batches of the present epoch
        self._counted: OptimizerCount | None = None

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """A run begins."""
        self._over.set()  # of a run that ended without telling
        self.fault = None
        frame = sys._getframe()
        self._attempt(lambda: self._follow(frame))

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """An epoch begins."""
        self._attempt(lambda: self._begin_epoch(epoch))

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """A batch is done, or several."""
        self._attempt(lambda: self._batch_done(self._count(batch), logs))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """An epoch is done."""
        self._attempt(lambda: self._epoch_done(logs))

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """The run ends; callbacks that could not be overtaken may still change the model."""
        fit = self._fit
        if self._is_last or fit is None or not fit.is_keras:
            self._over.set()
            self._fit = None  # it would keep alive all that fit was given
        self._attempt(self._end)

    @abstractmethod
    def _begin(self, fit: Fit) -> None:
        """A run begins."""

    @abstractmethod
    def _epoch_begins(self, epoch: int) -> int:
        """An epoch begins, counted from 0; answers how many batches of it were done before."""

    @abstractmethod
    def _batch_done(self, batch: int, logs: Any) -> None:
        """So many batches of the epoch are done."""

    def _epoch_done(self, logs: Any) -> None:
        """An epoch is done."""

    @abstractmethod
    def _end(self) -> None:
        """Take the last state; the run rests."""

    def _tick(self) -> None:
        """In the thread, now and then while the run goes on."""

    @abstractmethod
    def _gone(self, fit: Fit) -> bool:
        """In the thread: the call that was followed is no longer running; answers whether that is seen to."""

    def _failed(self, fault: str) -> None:
        """The run goes on without this callback: tell it where the user looks."""

    def _follow(self, frame: FrameType) -> None:
        self._over, self._fit = threading.Event(), Fit.around(frame)
        self._is_last = go_last(frame, self)
        self._done, self._counted = 0, OptimizerCount(self.model)
        look_on = functools.partial(self._look_on, self._over, self._fit)
        start_thread(self.thread_name, look_on, self._over.set)
        self._begin(self._fit)

    def _begin_epoch(self, epoch: int) -> None:
        self._done = self._epoch_begins(epoch)

    def _count(self, index: int) -> int:
        """Batches of the epoch that are done, once Keras has told of the end of the one with this index."""
        passed = None
        # A look at the optimizer's count takes as long as all else here; most runs do without.
        if self._counted is not None and getattr(self.model, "steps_per_execution", 1) != 1:
            passed = self._counted.passed()
        self._done = batches_done(self._done, index, (self.params or {}).get("steps"), passed)
        return self._done

    def _look_on(self, over: threading.Event, fit: Fit) -> None:
        while not over.wait(self.period) and self.fault is None:
            self._attempt(lambda: self._look(over, fit))

    def _look(self, over: threading.Event, fit: Fit) -> None:
        if fit.is_running:
            self._tick()
        elif self._gone(fit):
            over.set()
            if self._fit is fit:
                self._fit = None

    def _attempt(self, do: Callable[[], object]) -> None:
        """Do something; what goes wrong with it must never stop the user's training."""
        if self.fault is None:
            try:
                do()
            except Exception as error:
                self._stop(error)

    def _stop(self, error: Exception) -> None:
        if self.fault is not None:
            return
        self.fault = f"{self.subject} has stopped: {words_of(error)}. Training goes on."
        with contextlib.suppress(Exception):
            self._failed(self.fault)
        tell(self.fault)

    def __deepcopy__(self, memo: dict[int, Any]) -> WatchingCallback:
        """Another one that follows the same model: tuners give each run a copy of its callbacks."""
        twin = copy.copy(self)
        WatchingCallback.__init__(twin)
        return twin

    def __repr__(self) -> str:
        """What it is, and whether it works."""
        return f"{type(self).__name__}({self.fault or ('idle' if self._over.is_set() else 'following a run')})"

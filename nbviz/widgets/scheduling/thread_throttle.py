"""`ThreadThrottle`: a job of drawing that training asks for, throttled in a thread of its own."""

from __future__ import annotations

import inspect
import threading
import time
import weakref
from collections.abc import Callable

from nbviz.training.background_thread import start_thread

GAP = 0.25  # s between two runs at least
SHARE = 0.025  # of the time the job may take
LET_GO = 10.0  # s to wait for a run that is under way


class ThreadThrottle:
    """Runs a job soon after it is asked for; requests that come meanwhile share the next run.

    At most four runs a second, fewer where the job is dear. The thread lives only while something was asked for.
    """

    def __init__(self, job: Callable[[], None]) -> None:
        """Throttle a job.

        Args:
            job: Takes nothing and returns nothing; runs in the thread, never twice at once. The object of a method is
                not kept alive by this.
        """
        self._job = weakref.WeakMethod(job) if inspect.ismethod(job) else lambda: job
        self._lock = threading.Lock()
        self._asked = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._not_before = 0.0

    def request(self) -> None:
        """Ask for a run; returns at once."""
        with self._lock:
            self._asked = not self._ended.is_set()
            if self._thread is None and self._asked:
                self._thread = start_thread("nbviz drawing", self._run, self.stop)

    def stop(self) -> None:
        """No run begins any more."""
        with self._lock:
            self._asked = False
            self._ended.set()

    def close(self) -> None:
        """Stop, and wait for the run that is under way."""
        self.stop()
        if threading.current_thread() is not self._thread:
            self.wait(LET_GO)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is asked for; answers whether that is so."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return self._thread is None

    def _run(self) -> None:
        try:
            while True:
                self._ended.wait(max(0.0, self._not_before - time.monotonic()))
                with self._lock:
                    if not self._asked:
                        self._thread = None
                        return
                    self._asked = False
                begun = time.monotonic()
                job = self._job()
                try:
                    if job is not None:
                        job()
                except Exception:
                    if not self._ended.is_set():  # else of something that is closed
                        raise
                del job
                ended = time.monotonic()
                self._not_before = ended + max(GAP, (ended - begun) / SHARE)
        except BaseException:
            # Otherwise nothing would ever be drawn again.
            with self._lock:
                self._thread, self._asked = None, False
            raise

"""One thread that does the newest piece of work of each kind, while the notebook stays free."""

from __future__ import annotations

import threading
from collections.abc import Callable

from nbviz.training.background_thread import start_thread

Check = Callable[[], None]
LET_GO = 10.0  # s to wait for work that is to end


class Superseded(Exception):
    """The work is no longer wanted: newer work of its kind waits, or it was cancelled."""


class Worker:
    """Runs pieces of work one after the other in a thread of its own, which lives only while there is work.

    Of each kind only the newest counts: it takes the place of one that waits, and stops one that runs as soon as
    that calls its `check`.
    """

    def __init__(self, failed: Callable[[str, Exception], None]) -> None:
        """Start with nothing to do.

        Args:
            failed: Told the kind of work that raised, and what it raised; runs in the worker's thread.
        """
        self._failed = failed
        self._waiting: dict[str, Callable[[Check], None]] = {}
        self._running: str | None = None
        self._cancelled = False  # whether what runs is no longer wanted
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, kind: str, work: Callable[[Check], None]) -> None:
        """Have work done. It is given `check`, to be called now and then: it raises `Superseded`."""
        with self._changed:
            if self._closed:
                return
            self._waiting.pop(kind, None)
            self._waiting[kind] = work
            if self._thread is None:
                self._thread = start_thread("nbviz worker", self._run, self.stop)

    def cancel(self, kind: str) -> None:
        """Forget work of this kind that waits, and stop the one that runs as soon as it calls its `check`."""
        with self._changed:
            self._waiting.pop(kind, None)
            self._cancelled |= self._running == kind
            self._changed.notify_all()

    def stop(self) -> None:
        """Forget all work that waits, and stop the one that runs as soon as it calls its `check`."""
        with self._changed:
            self._waiting.clear()
            self._cancelled = True

    def close(self) -> None:
        """Stop for good, and wait until that is done; what goes wrong by then is told to nobody."""
        with self._changed:
            self._closed = True
        self.stop()
        if threading.current_thread() is not self._thread:
            self.wait(LET_GO)

    def wait(self, timeout: float | None = None, kind: str | None = None) -> bool:
        """Wait until there is nothing more to do, or nothing of a kind; answers whether that is so.

        Its own thread waits for nothing.
        """

        def is_done() -> bool:
            idle = self._thread is None
            return idle or (kind is not None and kind not in self._waiting and kind != self._running)

        with self._changed:
            if threading.current_thread() is self._thread:
                return is_done()
            return self._changed.wait_for(is_done, timeout)

    def _run(self) -> None:
        try:
            self._run_all()
        except BaseException:
            # Otherwise nothing would ever be worked out again, and whoever waits would wait for good.
            with self._changed:
                self._waiting.clear()
                self._thread = self._running = None
                self._changed.notify_all()
            raise

    def _run_all(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._thread = self._running = None
                    self._changed.notify_all()
                    return
                kind = next(iter(self._waiting))
                work = self._waiting.pop(kind)
                self._running, self._cancelled = kind, False
                self._changed.notify_all()
            try:
                work(self._check)
            except Superseded:
                pass
            except Exception as error:
                if not self._closed:
                    self._failed(kind, error)

    def _check(self) -> None:
        with self._changed:
            if self._cancelled or self._running in self._waiting:
                raise Superseded

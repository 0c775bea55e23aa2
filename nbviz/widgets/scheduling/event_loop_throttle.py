"""`EventLoopThrottle`: work that is asked for faster than it is done, throttled in the kernel's event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PAUSE = 0.04  # s between two runs at least


class EventLoopThrottle:
    """Runs a job soon after it is asked for; requests that come meanwhile share the next run.

    The job reads the newest state itself, so that a dragged slider is never followed through every value it had: the
    last one is always shown, those before only as far as there is time. Between two runs there is a pause as long
    as the job takes, so that the kernel can answer others. Without an event loop the job runs at once.
    """

    def __init__(self, job: Callable[[], None]) -> None:
        """`job` takes nothing, returns nothing and raises nothing."""
        self._job = job
        self._waiting: asyncio.TimerHandle | None = None
        self._not_before = 0.0

    def request(self) -> None:
        """Ask for a run."""
        if self._waiting is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._run()
            return
        self._waiting = loop.call_later(max(0.0, self._not_before - time.monotonic()), self._run)

    def cancel(self) -> None:
        """Drop a run that was asked for and has not begun."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _run(self) -> None:
        self._waiting = None
        begun = time.monotonic()
        self._job()
        ended = time.monotonic()
        self._not_before = ended + max(PAUSE, ended - begun)

"""Threads of nbviz: each is told to stop, and waited for, before the interpreter goes.

A thread that is inside TensorFlow while the interpreter is taken down ends the whole process with an abort. And what
carries messages goes early: pyzmq refuses the last part of a message of 64 KiB, whose first parts are on their way, and
a front end then reads it as one with the next.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from nbviz.training.fault import tell, words_of

END_THREAD = "end of the session"  # rests until the interpreter ends, which waits for it

_LOCK = threading.Lock()
_STOPS: dict[threading.Thread, Callable[[], None]] = {}  # of each thread that runs
_registered = _ended = False


def start_thread(name: str, run: Callable[[], None], stop: Callable[[], None]) -> threading.Thread | None:
    """Run something in a thread of its own.

    Args:
        name: Of the thread.
        run: What runs in it.
        stop: Asks it to end as soon as it can, and returns at once; any thread may call this. It is called when the
            interpreter ends, which then waits for the thread.

    Returns:
        The thread, None when the interpreter is ending: then nothing runs.
    """
    global _registered
    with _LOCK:
        if _ended:
            return None
        if not _registered:
            # Not by `atexit`: what pyzmq and TensorFlow register there, some of it late, would go before.
            threading.Thread(target=_await_end, name=END_THREAD, daemon=False).start()
            _registered = True
        thread = threading.Thread(target=_run, args=(run,), name=name, daemon=True)
        _STOPS[thread] = stop
        try:
            thread.start()
        except RuntimeError:  # the interpreter is ending, or there is no room for threads
            del _STOPS[thread]
            raise
        return thread


def end_threads() -> None:
    """Ask all of them to stop, and wait until they have; none starts from now on."""
    global _ended
    with _LOCK:
        _ended = True
        running = dict(_STOPS)
    for stop in running.values():
        with contextlib.suppress(Exception):
            stop()
    for thread in running:
        thread.join()


def _await_end() -> None:
    threading.main_thread().join()
    end_threads()


def _run(run: Callable[[], None]) -> None:
    try:
        run()
    except Exception as error:
        # A thread's traceback reaches no cell.
        tell(f"{threading.current_thread().name} has stopped: {words_of(error)}.")
    finally:
        with _LOCK:
            _STOPS.pop(threading.current_thread(), None)

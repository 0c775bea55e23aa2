"""Numbers without warnings, where the user is told of what they say elsewhere."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_FILTERED = threading.RLock()  # warnings are filtered for the whole process: two threads would undo each other


@contextmanager
def without_warnings() -> Iterator[None]:
    """Filter warnings of ours and the user's out, one thread at a time."""
    with _FILTERED, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield

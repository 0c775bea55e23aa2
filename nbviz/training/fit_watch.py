"""Whether the call of `fit` that a callback serves is still running."""

from __future__ import annotations

import sys
from types import FrameType


def caller_of_callbacks(frame: FrameType) -> FrameType:
    """The first frame outside Keras' own dispatch of callbacks: `fit`, or the user's training loop."""
    caller = frame
    while caller.f_back is not None:
        caller = caller.f_back
        if "callback" not in caller.f_code.co_filename.replace("\\", "/").rsplit("/keras/", 1)[-1]:
            break
    return caller


def is_running(thread: int, frame: FrameType) -> bool:
    """Whether a frame is on the stack of a thread."""
    current = sys._current_frames().get(thread)
    while current is not None:
        if current is frame:
            return True
        current = current.f_back
    return False

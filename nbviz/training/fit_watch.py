"""The call of `fit` that a callback serves: whether it is still running, and who is called last in it."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from types import FrameType
from typing import Any

import keras


@dataclass(frozen=True, slots=True)
class Fit:
    """A run that callbacks are told of.

    Attributes:
        thread: Identity of the thread it runs in.
        frame: Of `fit`, or of the user's training loop. Not its id: that may be given to another frame once it is
            gone.
        is_keras: Whether it is Keras' own `fit`, so that the run is over when the frame is gone.
    """

    thread: int
    frame: FrameType
    is_keras: bool

    @classmethod
    def around(cls, frame: FrameType) -> Fit:
        """The run that the hook of a callback, with this frame, is called by."""
        caller: FrameType | None = frame
        while caller is not None:
            if _is_fit(caller):
                return cls(threading.get_ident(), caller, True)
            caller = caller.f_back
        return cls(threading.get_ident(), caller_of_callbacks(frame), False)

    @property
    def is_running(self) -> bool:
        """Whether the call has not ended: `on_train_end` is not called when a fit is interrupted or raises."""
        return is_running(self.thread, self.frame)


def caller_of_callbacks(frame: FrameType) -> FrameType:
    """The first frame outside all methods of callbacks: `fit`, or the user's training loop."""
    caller = frame
    while caller.f_back is not None:
        caller = caller.f_back
        if not isinstance(caller.f_locals.get("self"), keras.callbacks.Callback):
            break
    return caller


def go_last(frame: FrameType, callback: keras.callbacks.Callback) -> bool:
    """Have a callback called after all others from the next hook on, so that it sees what they have done.

    Args:
        frame: Of one of its hooks.
        callback: The callback.

    Returns:
        Whether it is: not where another callback passes the hooks on.
    """
    part: Any = callback
    caller: FrameType | None = frame
    while caller is not None:
        own = caller.f_locals.get("self")
        if isinstance(own, keras.callbacks.CallbackList) and own is not part:
            others = [other for other in own.callbacks if other is not part]
            if len(others) == len(own.callbacks):
                return False
            own.callbacks = [*others, part]  # a new list: the old one is being gone through
            part = own
        elif not isinstance(own, keras.callbacks.Callback):
            break
        caller = caller.f_back
    return part is not callback


def is_running(thread: int, frame: FrameType) -> bool:
    """Whether a frame is on the stack of a thread."""
    current = sys._current_frames().get(thread)
    while current is not None:
        if current is frame:
            return True
        current = current.f_back
    return False


def _is_fit(frame: FrameType) -> bool:
    code = frame.f_code
    return code.co_name == "fit" and "/keras/src/" in code.co_filename.replace("\\", "/")

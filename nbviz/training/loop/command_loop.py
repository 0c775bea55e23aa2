"""`CommandLoop`: one thread that obeys commands, and between them moves on towards a goal, step by step."""

from __future__ import annotations

import contextlib
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator

from nbviz.training.background_thread import start_thread
from nbviz.training.fault import tell, words_of
from nbviz.training.loop.controls import Command

THREAD_NAME = "nbviz trainer"
LET_GO = 10.0  # s to wait for a loop that is to end


class Ended(BaseException):
    """A command waits that ends what is under way; never seen outside."""


class CommandLoop(ABC):
    """Takes commands from any thread; its own thread lives only while there is something to do.

    Attributes:
        closed: Whether it takes no more commands.
    """

    def __init__(self) -> None:
        """Rest."""
        self.closed = False
        self._goal: float | None = None  # where to move, None at rest
        self._due = 0.0  # when the next step may be made, on the monotonic clock
        self._resting = False  # at rest in the midst of a step
        self._commands: deque[Command] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._acting = threading.Lock()  # held while the thread does something

    @abstractmethod
    def _obey(self, command: Command) -> None:
        """Do what is asked for."""

    @abstractmethod
    def _advance(self) -> None:
        """Make one step towards the goal."""

    @abstractmethod
    def _fail(self, error: BaseException) -> None:
        """Tell what was raised, and rest."""

    def post(self, command: Command) -> None:
        """Have something done; any thread may call this."""
        with self._changed:
            if self.closed:
                return
            self._commands.append(command)
            self._changed.notify_all()
            if self._thread is None:
                self._thread = start_thread(THREAD_NAME, self._work, self._end_with_session)

    def retire(self, note: str) -> None:
        """End for good, and wait until that is done.

        Args:
            note: Why, for people.
        """
        self.post(Command("retire", note))
        self.wait(LET_GO)

    def _end_with_session(self) -> None:
        self.post(Command("retire", "the session has ended"))

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is under way; answers whether that is so."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._thread is None or (self._resting and not self._commands), timeout
            )

    @contextlib.contextmanager
    def kept_still(self) -> Iterator[None]:
        """Have it do nothing meanwhile: waits for the end of the present step, or until that rests midway."""
        held = False
        while not held and not self._resting:
            held = self._acting.acquire(timeout=0.02)
        try:
            yield
        finally:
            if held:
                self._acting.release()

    @property
    def is_own_thread(self) -> bool:
        """Whether it is the driver that asks."""
        return threading.current_thread() is self._thread

    def _work(self) -> None:
        try:
            while self._await_command():
                try:
                    command = self._take()
                    with self._acting:
                        if command is None:
                            self._advance()
                        else:
                            self._obey(command)
                except Ended:
                    pass
                except BaseException as error:
                    # A thread's traceback reaches no cell.
                    self._fail_safely(error)
        finally:
            with self._changed:
                if self.is_own_thread:
                    self._thread = None
                self._changed.notify_all()

    def _fail_safely(self, error: BaseException) -> None:
        """Tell what was raised; where that fails too the next command is obeyed all the same."""
        try:
            self._fail(error)
        except Exception as again:
            self._goal = None
            tell(f"What a trainer has to tell of {words_of(error)} cannot be shown: {words_of(again)}.")

    def _await_command(self) -> bool:
        """Wait for a command, or until the next batch is due; False when there is nothing more to do."""
        with self._changed:
            while not self._commands:
                if self._goal is None:
                    # Within the lock, so that no command comes between the look and the end.
                    self._thread = None
                    self._changed.notify_all()
                    return False
                seconds = self._due - time.monotonic()
                if seconds <= 0:
                    break
                self._changed.wait(seconds)
            return True

    def _take(self) -> Command | None:
        with self._changed:
            return self._commands.popleft() if self._commands else None

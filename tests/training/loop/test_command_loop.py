"""A loop that counts up to its goal."""

import threading
import time

import pytest

from nbviz.training.loop.command_loop import THREAD_NAME, CommandLoop
from nbviz.training.loop.controls import Command

PATIENCE = 60  # s that nothing here takes


class Counter(CommandLoop):
    """Counts; "play" sets the goal, "pause" takes it away, "speed" raises."""

    def __init__(self):
        super().__init__()
        self.count, self.obeyed, self.errors, self.by = 0, [], [], set()
        self.stepping, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def _obey(self, command):
        self.obeyed.append(command.kind)
        self.by.add(threading.current_thread().name)
        if command.kind == "play":
            self._goal = command.value
        elif command.kind in ("pause", "retire"):
            self._goal = None
            self.closed |= command.kind == "retire"
        elif command.kind == "speed":
            raise RuntimeError("broken")

    def _advance(self):
        self.stepping.set()
        assert self.gate.wait(PATIENCE)
        self.count += 1
        if self.count >= self._goal:
            self._goal = None

    def _fail(self, error):
        self._goal = None
        self.errors.append(error)


@pytest.fixture
def counter():
    counter = Counter()
    yield counter
    counter.gate.set()
    counter.retire("over")
    assert counter._thread is None


def test_commands_are_obeyed_in_order_by_a_thread_of_its_own(counter):
    for kind in ("reset", "play", "pause", "stop"):
        counter.post(Command(kind, 0))
    assert counter.wait(PATIENCE)
    assert counter.obeyed == ["reset", "play", "pause", "stop"]
    assert counter.by == {THREAD_NAME}
    assert not counter.is_own_thread


def test_between_commands_it_moves_on_to_the_goal_and_its_thread_ends_there(counter):
    counter.post(Command("play", 5))
    assert counter.wait(PATIENCE)
    assert counter.count == 5
    assert counter._thread is None
    counter.post(Command("play", 7))
    assert counter.wait(PATIENCE)
    assert counter.count == 7


def test_a_command_waits_for_the_end_of_the_step_under_way_and_comes_before_the_next(counter):
    counter.gate.clear()
    counter.post(Command("play", 1000))
    assert counter.stepping.wait(PATIENCE)
    counter.post(Command("pause"))
    assert not counter.wait(0.05)
    counter.gate.set()
    assert counter.wait(PATIENCE)
    assert counter.count == 1


def test_an_error_is_told_and_the_next_command_is_obeyed(counter):
    counter.post(Command("speed"))
    counter.post(Command("play", 2))
    assert counter.wait(PATIENCE)
    assert [str(error) for error in counter.errors] == ["broken"]
    assert counter.count == 2


def test_while_it_is_kept_still_nothing_moves(counter):
    counter.post(Command("play", 10**9))
    with counter.kept_still():
        before = counter.count
        time.sleep(0.05)
        assert counter.count == before
    deadline = time.monotonic() + PATIENCE
    while counter.count == before and time.monotonic() < deadline:
        time.sleep(0.005)
    assert counter.count > before
    counter.post(Command("pause"))
    assert counter.wait(PATIENCE)


def test_one_that_has_retired_takes_no_more_commands(counter):
    counter.post(Command("play", 10**9))
    counter.retire("over")
    before = counter.count
    counter.post(Command("play", 10**9))
    assert counter.wait(PATIENCE)
    assert (counter.count, counter.closed, counter.obeyed) == (before, True, ["play", "retire"])


def test_a_step_that_is_due_later_waits_but_a_command_does_not(counter):
    counter._due = time.monotonic() + 1000
    counter.post(Command("play", 5))
    assert not counter.wait(0.05)
    assert counter.count == 0
    counter.post(Command("pause"))
    assert counter.wait(PATIENCE)
    assert counter.count == 0


def test_where_telling_of_an_error_fails_too_the_next_command_is_obeyed(counter, monkeypatch):
    monkeypatch.setattr(counter, "_fail", lambda error: 1 / 0)
    told = []
    monkeypatch.setattr("nbviz.training.loop.command_loop.tell", told.append)
    counter.post(Command("speed"))
    assert counter.wait(PATIENCE)
    assert "cannot be shown: ZeroDivisionError" in told[0]
    counter.post(Command("play", 2))
    assert counter.wait(PATIENCE)
    assert counter.count == 2

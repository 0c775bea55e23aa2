"""Threads are steered by events, never by sleeping: what must not happen has had its chance."""

import threading

import pytest

from nbviz.widgets.scheduling.background_worker import Superseded, Worker

LONG = 60  # seconds, for what must happen


@pytest.fixture
def failures():
    return []


@pytest.fixture
def worker(failures):
    return Worker(lambda kind, error: failures.append((kind, error)))


class Held:
    """Work that waits until it is let go."""

    def __init__(self, done, name):
        self.done, self.name = done, name
        self.started, self.go = threading.Event(), threading.Event()

    def __call__(self, check):
        self.started.set()
        assert self.go.wait(LONG)
        check()
        self.done.append(self.name)


def test_of_a_kind_only_the_newest_that_waits_is_done(worker):
    done = []
    first = Held(done, "other kind")
    worker.submit("other", first)
    assert first.started.wait(LONG)
    for name in ("old", "older", "newest"):
        worker.submit("kind", lambda check, name=name: done.append(name))
    first.go.set()
    assert worker.wait(LONG)
    assert done == ["other kind", "newest"]


def test_newer_work_stops_the_one_that_runs_at_its_next_check(worker, failures):
    done = []
    old = Held(done, "old")
    worker.submit("kind", old)
    assert old.started.wait(LONG)
    worker.submit("kind", lambda check: done.append("new"))
    old.go.set()
    assert worker.wait(LONG)
    assert done == ["new"]
    assert failures == []


def test_work_of_another_kind_does_not_stop_the_one_that_runs(worker):
    done = []
    old = Held(done, "old")
    worker.submit("kind", old)
    assert old.started.wait(LONG)
    worker.submit("other", lambda check: done.append("other"))
    old.go.set()
    assert worker.wait(LONG)
    assert done == ["old", "other"]


def test_a_newer_submission_goes_to_the_end_of_the_queue(worker):
    done = []
    first = Held(done, "first")
    worker.submit("first", first)
    assert first.started.wait(LONG)
    worker.submit("a", lambda check: done.append("a"))
    worker.submit("b", lambda check: done.append("b"))
    worker.submit("a", lambda check: done.append("a again"))
    first.go.set()
    assert worker.wait(LONG)
    assert done == ["first", "b", "a again"]


def test_cancelled_work_that_waits_is_never_started(worker):
    done = []
    first = Held(done, "first")
    worker.submit("first", first)
    assert first.started.wait(LONG)
    worker.submit("kind", lambda check: done.append("cancelled"))
    worker.cancel("kind")
    first.go.set()
    assert worker.wait(LONG)
    assert done == ["first"]


def test_cancelled_work_that_runs_stops_at_its_next_check_and_what_follows_does_not(worker, failures):
    done = []
    running = Held(done, "cancelled")
    worker.submit("kind", running)
    assert running.started.wait(LONG)
    worker.cancel("kind")
    worker.submit("other", lambda check: (check(), done.append("other")))
    running.go.set()
    assert worker.wait(LONG)
    assert done == ["other"]
    worker.submit("kind", lambda check: (check(), done.append("anew")))
    assert worker.wait(LONG)
    assert done == ["other", "anew"]
    assert failures == []


def test_cancelling_what_is_not_there_does_nothing(worker):
    done = []
    worker.cancel("kind")
    worker.submit("kind", lambda check: (check(), done.append("done")))
    assert worker.wait(LONG)
    assert done == ["done"]


def test_work_may_hand_on_more_work_and_waiting_covers_it(worker):
    done = []

    def more(check):
        worker.submit("layers", lambda check: done.append("layers"))
        done.append("method")

    worker.submit("method", more)
    assert worker.wait(LONG)
    assert done == ["method", "layers"]


def test_work_that_submits_its_own_kind_is_superseded_by_it(worker, failures):
    done = []

    def again(check):
        worker.submit("kind", lambda check: done.append("second"))
        with pytest.raises(Superseded):
            check()
        raise Superseded

    worker.submit("kind", again)
    assert worker.wait(LONG)
    assert done == ["second"]
    assert failures == []


def test_an_error_is_reported_with_its_kind_and_the_rest_goes_on(worker, failures):
    done = []
    error = ValueError("of the work")

    def fail(check):
        raise error

    worker.submit("bad", fail)
    worker.submit("good", lambda check: done.append("good"))
    assert worker.wait(LONG)
    assert failures == [("bad", error)]
    assert done == ["good"]


@pytest.fixture
def thread_errors(monkeypatch):
    """What ended threads."""
    errors = []
    monkeypatch.setattr(threading, "excepthook", lambda ended: errors.append(ended.exc_type))
    return errors


def test_a_failing_report_ends_the_thread_and_nobody_waits_for_good(thread_errors):
    def report(kind, error):
        raise RuntimeError("of the report")

    worker = Worker(report)
    worker.submit("bad", lambda check: 1 / 0)
    assert worker.wait(LONG)
    done = []
    worker.submit("good", lambda check: done.append("good"))
    assert worker.wait(LONG)
    assert done == ["good"]


def test_an_exit_inside_the_work_leaves_a_worker_that_works(worker, failures, thread_errors):
    done = []

    def leave(check):
        raise SystemExit

    worker.submit("kind", leave)
    assert worker.wait(LONG)
    worker.submit("kind", lambda check: done.append("done"))
    assert worker.wait(LONG)
    assert done == ["done"]
    assert failures == []


def test_the_thread_lives_only_while_there_is_work(worker):
    threads = []
    worker.submit("kind", lambda check: threads.append(threading.current_thread()))
    worker.submit("other", lambda check: threads.append(threading.current_thread()))
    assert worker.wait(LONG)
    for thread in threads:
        assert thread is not threading.current_thread()
        assert thread.daemon
        thread.join(LONG)
        assert not thread.is_alive()
    worker.submit("kind", lambda check: threads.append(threading.current_thread()))
    assert worker.wait(LONG)
    assert threads[-1] not in threads[:-1]


def test_waiting_gives_up_after_its_time_and_says_so(worker):
    work = Held([], "work")
    worker.submit("kind", work)
    assert not worker.wait(0.01)
    work.go.set()
    assert worker.wait(LONG)
    assert worker.wait(0)


def test_many_threads_may_submit_at_once(worker, failures):
    done = []

    def submit(number):
        for turn in range(50):
            worker.submit(f"kind {number}", lambda check, turn=turn: done.append((number, turn)))

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert worker.wait(LONG)
    assert failures == []
    for number in range(4):
        turns = [turn for who, turn in done if who == number]
        assert turns == sorted(turns)
        assert turns[-1] == 49


def test_one_kind_is_waited_for_alone_and_its_own_thread_waits_for_nothing(worker):
    done = []
    first, second = Held(done, "first"), Held(done, "second")
    worker.submit("first", first)
    worker.submit("second", second)
    assert not worker.wait(0, "first")
    first.go.set()
    assert worker.wait(LONG, "first")
    assert not worker.wait(0, "second")
    assert not worker.wait(0)
    second.go.set()
    assert worker.wait(LONG, "second")
    assert done == ["first", "second"]
    worker.submit(
        "own", lambda check: done.append((worker.wait(), worker.wait(kind="own"), worker.wait(kind="second")))
    )
    assert worker.wait(LONG)
    assert done[2] == (False, False, True)

import threading
import time

from nbviz.widgets.scheduling.thread_throttle import GAP, SHARE, ThreadThrottle

LONG = 60  # seconds, for what must happen


def test_requests_share_a_run_and_the_last_one_is_served():
    state, seen = [0], []
    throttle = ThreadThrottle(lambda: seen.append(state[0]))
    begun = time.monotonic()
    for value in range(1, 200):
        state[0] = value
        throttle.request()
        time.sleep(0.002)
    assert throttle.wait(LONG)
    assert seen[-1] == 199
    assert len(seen) <= 1 + (time.monotonic() - begun) / GAP


def test_a_dear_job_runs_less_often():
    times = []

    def job():
        times.append(time.monotonic())
        time.sleep(0.02)

    throttle = ThreadThrottle(job)
    throttle.request()
    while len(times) < 2:
        throttle.request()
        time.sleep(0.01)
    throttle.stop()
    assert throttle.wait(LONG)
    assert times[1] - times[0] >= 0.02 / SHARE


def test_no_thread_stays_and_none_begins_after_stop():
    throttle = ThreadThrottle(lambda: None)
    throttle.request()
    assert throttle.wait(LONG)
    assert not [thread for thread in threading.enumerate() if thread.name == "nbviz drawing"]
    ran = []
    throttle = ThreadThrottle(lambda: ran.append(1))
    throttle.stop()
    throttle.request()
    assert throttle.wait(LONG)
    assert ran == []

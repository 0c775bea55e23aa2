import asyncio
import itertools
import time

from nbviz.widgets.scheduling.event_loop_throttle import PAUSE, EventLoopThrottle


def test_of_many_requests_the_last_state_wins():
    state, seen, times = {"value": 0}, [], []

    def job():
        times.append(time.monotonic())
        seen.append(state["value"])

    async def drag():
        throttle = EventLoopThrottle(job)
        for value in range(100):
            state["value"] = value
            throttle.request()
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            while seen[-1:] != [99]:
                await asyncio.sleep(0.01)

    asyncio.run(drag())
    assert seen[-1] == 99
    assert all(later - sooner >= PAUSE for sooner, later in itertools.pairwise(times))


def test_a_cancelled_request_does_not_run():
    seen = []

    async def cancel():
        throttle = EventLoopThrottle(lambda: seen.append(1))
        throttle.request()
        throttle.cancel()
        await asyncio.sleep(0.05)

    asyncio.run(cancel())
    assert seen == []


def test_without_a_loop_the_job_runs_at_once():
    seen = []
    EventLoopThrottle(lambda: seen.append(1)).request()
    assert seen == [1]

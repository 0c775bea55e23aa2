import asyncio

from nbviz.widgets.scheduling.event_loop_throttle import EventLoopThrottle


def test_of_many_requests_the_last_state_wins():
    state, seen = {"value": 0}, []

    async def drag():
        throttle = EventLoopThrottle(lambda: seen.append(state["value"]))
        for value in range(100):
            state["value"] = value
            throttle.request()
            await asyncio.sleep(0)
        await asyncio.sleep(0.2)

    asyncio.run(drag())
    assert seen[-1] == 99
    assert len(seen) < 10


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

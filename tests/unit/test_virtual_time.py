"""On virtual time no wait takes any, and none is over before everything else has come to rest."""

import asyncio
import threading

import pytest

from tests.virtual_time import now

pytestmark = pytest.mark.virtual_time


async def test_an_hour_takes_no_time_and_passes_on_the_loops_clock() -> None:
    await asyncio.sleep(3600)
    assert now() == pytest.approx(3600)


async def test_waits_end_in_their_order_and_a_timeout_after_what_it_allows() -> None:
    ended: list[float] = []

    async def wait(seconds: float) -> None:
        await asyncio.sleep(seconds)
        ended.append(seconds)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2.5):
            await asyncio.gather(*(wait(seconds) for seconds in (3, 1, 2)))
    assert ended == [1, 2]


async def test_no_time_passes_while_a_thread_is_at_work() -> None:
    let = threading.Event()
    working = asyncio.create_task(asyncio.to_thread(let.wait))
    await asyncio.sleep(0)
    late = asyncio.create_task(asyncio.sleep(0.001))
    threading.Timer(0.05, let.set).start()
    assert await working
    assert not late.done()
    await late

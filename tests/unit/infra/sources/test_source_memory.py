"""No more bytes are reserved than there are, and nobody waits for ever."""

import asyncio

import pytest

from infra.sources.memory import ByteBudget

pytestmark = pytest.mark.virtual_time


async def test_who_finds_no_room_waits_until_there_is_some_in_the_order_of_asking() -> None:
    budget, order = ByteBudget(100), []

    async def ask(name: str, size: int) -> None:
        held = await budget.reserve(size)
        order.append(name)
        await asyncio.sleep(0.01)
        held.release()

    first = await budget.reserve(80)
    asking = [asyncio.create_task(ask(name, size)) for name, size in (("large", 60), ("small", 10))]
    await asyncio.sleep(0.02)
    assert order == []
    first.shrink(40)
    await asyncio.gather(*asking)
    assert order == ["large", "small"]


async def test_who_gives_up_waiting_takes_nothing_and_lets_the_next_one_in() -> None:
    budget = ByteBudget(100)
    held = await budget.reserve(90)
    impatient = asyncio.create_task(budget.reserve(50))
    modest = asyncio.create_task(budget.reserve(10))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait_for(modest, 1)
    held.release()
    held.release()
    (await modest).release()
    assert await asyncio.wait_for(budget.reserve(100), 1)


async def test_who_gives_up_in_the_moment_of_its_turn_gives_it_back() -> None:
    budget = ByteBudget(100)
    held = await budget.reserve(100)
    waiting = asyncio.create_task(budget.reserve(100))
    await asyncio.sleep(0)
    held.release()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert await asyncio.wait_for(budget.reserve(100), 1)

"""A concurrency limiter lets in so many, lets a few wait for a short while, and refuses the rest."""

import asyncio

import pytest

from api.admission.concurrency_limiter import ConcurrencyLimiter, Crowded
from tests.virtual_time import now

pytestmark = pytest.mark.virtual_time


async def test_whoever_leaves_lets_in_the_one_that_waited_longest() -> None:
    limiter = ConcurrencyLimiter(at_work=1, waiting=2, wait_s=5)
    await limiter.enter()
    entered: list[str] = []

    async def enter(name: str) -> None:
        await limiter.enter()
        entered.append(name)

    tasks = [asyncio.create_task(enter(name)) for name in ("first", "second")]
    await asyncio.sleep(0)
    assert limiter.is_full
    with pytest.raises(Crowded):
        await limiter.enter()
    limiter.leave()
    await tasks[0]
    assert entered == ["first"]
    limiter.leave()
    await tasks[1]
    limiter.leave()
    assert not limiter.is_full
    await asyncio.wait_for(limiter.enter(), 1)


async def test_nobody_waits_for_long_and_then_does_not_count() -> None:
    limiter = ConcurrencyLimiter(at_work=1, waiting=1, wait_s=0.02)
    await limiter.enter()
    began_at = now()
    with pytest.raises(Crowded):
        await limiter.enter()
    assert now() - began_at == pytest.approx(0.02)
    assert not limiter.is_full
    limiter.leave()
    await asyncio.wait_for(limiter.enter(), 1)


@pytest.mark.parametrize("had_its_turn", [False, True])
async def test_a_caller_who_goes_away_takes_no_place(had_its_turn: bool) -> None:
    limiter = ConcurrencyLimiter(at_work=1, waiting=1, wait_s=5)
    await limiter.enter()
    gone = asyncio.create_task(limiter.enter())
    await asyncio.sleep(0)
    if had_its_turn:
        limiter.leave()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    if not had_its_turn:
        limiter.leave()
    await asyncio.wait_for(limiter.enter(), 1)

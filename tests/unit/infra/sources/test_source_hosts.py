"""A slow web server costs its own images time, and nobody else's."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from infra.errors import Rejected, SourceUnavailable
from infra.lanes import Lane
from infra.sources import hosts
from infra.sources.contents import FetchedImage
from infra.sources.hosts import FAILURES_TOLERATED, Hosts
from schemas.dead_letters import Reason

pytestmark = pytest.mark.virtual_time

IMAGE = FetchedImage(b"x")


async def good() -> FetchedImage:
    return IMAGE


async def failing() -> FetchedImage:
    raise SourceUnavailable("It does not answer.")


async def missing() -> FetchedImage:
    raise Rejected(Reason.NOT_FOUND, "There is none.")


def lasting(seconds: float) -> Callable[[], Awaitable[FetchedImage]]:
    async def fetch() -> FetchedImage:
        await asyncio.sleep(seconds)
        return IMAGE

    return fetch


async def fail(known: Hosts, name: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(SourceUnavailable, match="does not answer"):
            await known.run(name, Lane.URGENT, failing)


async def test_a_server_that_fails_in_a_row_is_avoided_and_the_others_are_not() -> None:
    known = Hosts(8, patience_s=1)
    await fail(known, "slow.example", FAILURES_TOLERATED)
    with pytest.raises(SourceUnavailable, match="has not been answering"):
        await known.run("slow.example", Lane.BATCH, good)
    assert await known.run("fast.example", Lane.URGENT, good) is IMAGE


@pytest.mark.parametrize("answer", [good, missing])
async def test_any_answer_between_failures_keeps_a_server_in_use(
    answer: Callable[[], Awaitable[FetchedImage]],
) -> None:
    known = Hosts(8, patience_s=1)
    for _ in range(3):
        await fail(known, "a.example", FAILURES_TOLERATED - 1)
        if answer is good:
            await known.run("a.example", Lane.URGENT, good)
        else:
            with pytest.raises(Rejected):
                await known.run("a.example", Lane.URGENT, missing)


async def test_an_image_whose_turn_has_come_again_is_asked_for_and_a_quick_answer_ends_the_avoiding() -> None:
    known = Hosts(8, patience_s=0.05)
    await fail(known, "a.example", FAILURES_TOLERATED)
    await known.run("a.example", Lane.RETRY, lasting(0.1))
    with pytest.raises(SourceUnavailable, match="has not been answering"):
        await known.run("a.example", Lane.URGENT, good)
    await known.run("a.example", Lane.RETRY, good)
    assert await known.run("a.example", Lane.URGENT, good) is IMAGE


async def test_a_server_is_tried_anew_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "AVOIDED_S", 0.05)
    known = Hosts(8, patience_s=1)
    await fail(known, "a.example", FAILURES_TOLERATED)
    await asyncio.sleep(0.06)
    assert await known.run("a.example", Lane.URGENT, good) is IMAGE


async def test_one_server_is_asked_for_so_many_images_at_a_time_and_the_rest_are_put_off() -> None:
    known = Hosts(2, patience_s=0.05)
    asked = [known.run("a.example", Lane.URGENT, lasting(0.2)) for _ in range(5)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [outcome for outcome in outcomes if outcome is IMAGE] == [IMAGE, IMAGE]
    assert {str(outcome) for outcome in outcomes if outcome is not IMAGE} == {
        "The image's server is too busy with other images."
    }


async def test_no_number_of_servers_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "MOST_REMEMBERED", 10)
    known = Hosts(2, patience_s=1)
    for number in range(100):
        await known.run(f"{number}.example", Lane.URGENT, good)
    assert len(known._hosts) <= 10

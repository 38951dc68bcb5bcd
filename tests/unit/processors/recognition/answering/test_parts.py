"""A batch in parts: what is quick never waits for what is slow, and what waits is bounded."""

import asyncio
from contextlib import aclosing

import pytest

from infra.kafka.event_bus import Record
from processors.recognition.answering.parts import BatchInParts, Part, SlowAnswer, WaitingRoom

pytestmark = pytest.mark.virtual_time


def record(name: str) -> Record:
    return Record("recognition-results", value=name.encode())


async def part(delay_s: float, *names: str, slow: tuple[SlowAnswer, ...] = ()) -> Part:
    await asyncio.sleep(delay_s)
    return Part(tuple(map(record, names)), slow)


def slow(delay_s: float, name: str, size_bytes: int = 10) -> SlowAnswer:
    async def run() -> Record:
        await asyncio.sleep(delay_s)
        return record(name)

    return SlowAnswer(run, size_bytes)


class Told:
    """When a batch said that only slow answers are left of it."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def __call__(self) -> None:
        self.at.append(asyncio.get_running_loop().time())


async def published(batch: BatchInParts, *parts: object) -> list[tuple[float, list[str]]]:
    """Return when which records came."""
    began, came = asyncio.get_running_loop().time(), []
    async with aclosing(batch.as_they_come(parts)) as found:  # type: ignore[arg-type]
        async for records in found:
            names = sorted((one.value or b"").decode() for one in records)
            came.append((round(asyncio.get_running_loop().time() - began, 3), names))
    return came


async def test_each_part_comes_when_it_is_there_and_the_slow_answers_one_by_one() -> None:
    told, began = Told(), asyncio.get_running_loop().time()
    batch = BatchInParts(WaitingRoom(100), told)
    came = await published(batch, part(1, "a", "b", slow=(slow(10, "page"), slow(3, "sign"))), part(5, "late"))
    assert came == [(1, ["a", "b"]), (4, ["sign"]), (5, ["late"]), (11, ["page"])]
    assert [round(at - began, 3) for at in told.at] == [5]


async def test_a_batch_without_slow_answers_never_waits_apart() -> None:
    told = Told()
    assert await published(BatchInParts(WaitingRoom(100), told), part(1, "a"), part(1)) == [(1, ["a"])]
    assert told.at == []


async def test_what_waits_is_bounded_and_gives_its_room_back() -> None:
    room, first, second, third = WaitingRoom(25), Told(), Told(), Told()
    batches = [
        published(BatchInParts(room, told), part(delay, slow=(slow(10, "page", 20),)))
        for delay, told in ((1, first), (2, second), (12, third))
    ]
    await asyncio.gather(*batches)
    assert (len(first.at), len(second.at), len(third.at)) == (1, 0, 1)
    assert room.taken_bytes == 0


async def test_a_batch_begins_to_wait_apart_as_soon_as_there_is_room() -> None:
    room, told, began = WaitingRoom(25), Told(), asyncio.get_running_loop().time()
    assert room.enter(10)
    await published(BatchInParts(room, told), part(1, slow=(slow(2, "sign", 10), slow(9, "page", 10))))
    assert [round(at - began, 3) for at in told.at] == [3]


async def test_an_error_leaves_the_batch_and_nothing_running() -> None:
    stopped = []

    async def fails() -> Part:
        await asyncio.sleep(2)
        raise KeyError("a bug")

    async def goes_on() -> Record:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append("page")
        raise AssertionError

    room = WaitingRoom(100)
    with pytest.raises(KeyError):
        await published(BatchInParts(room, Told()), part(1, slow=(SlowAnswer(goes_on, 10),)), fails())
    await asyncio.sleep(0)
    assert stopped == ["page"]
    assert room.taken_bytes == 0

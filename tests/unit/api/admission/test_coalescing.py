"""What comes at the same time is asked or written once, and nobody gets another's error or end."""

import asyncio
from collections.abc import Sequence

import pytest

from api.admission.coalescing import SingleFlightCache, WriteBatcher
from infra.errors import TransientError

pytestmark = pytest.mark.virtual_time


async def test_many_who_ask_at_once_share_an_answer_even_if_the_first_goes_away() -> None:
    asked: list[str] = []

    async def ask(key: str) -> str:
        asked.append(key)
        await asyncio.sleep(0.01)
        return key.upper()

    known = SingleFlightCache(ask, seconds=5)
    first, *others = [asyncio.create_task(known.get("a")) for _ in range(4)]
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.gather(*others) == ["A"] * 3
    assert await known.get("b") == "B"
    assert asked == ["a", "b"]


async def test_an_error_is_not_remembered_and_an_answer_not_for_long() -> None:
    answers = [TransientError("down"), "old", "new"]

    async def ask(_key: str) -> str:
        answer = answers.pop(0)
        if isinstance(answer, TransientError):
            raise answer
        return answer

    known = SingleFlightCache(ask, seconds=0.02)
    with pytest.raises(TransientError):
        await known.get("a")
    assert [await known.get("a"), await known.get("a")] == ["old", "old"]
    await asyncio.sleep(0.03)
    assert await known.get("a") == "new"


async def test_what_was_forgotten_is_asked_anew_even_while_an_answer_is_under_way() -> None:
    answers = ["old", "new"]

    async def ask(_key: str) -> str:
        answer = answers.pop(0)
        await asyncio.sleep(0.01)
        return answer

    known = SingleFlightCache(ask, seconds=5)
    before = asyncio.create_task(known.get("a"))
    await asyncio.sleep(0)
    known.forget("a")
    assert [await known.get("a"), await before, await known.get("a")] == ["new", "old", "new"]
    known.forget("never asked")


async def test_what_comes_while_one_write_is_under_way_goes_into_the_next() -> None:
    written: list[list[int]] = []

    async def write(items: Sequence[int]) -> None:
        written.append(list(items))
        await asyncio.sleep(0.01)

    batcher = WriteBatcher(write)
    await asyncio.gather(*(batcher.add([number, -number]) for number in range(1, 5)))
    assert written == [[1, -1, 2, -2, 3, -3, 4, -4]]
    first = asyncio.create_task(batcher.add([9]))
    await asyncio.sleep(0.005)
    await asyncio.gather(first, batcher.add([8]), batcher.add([7]))
    assert written[1:] == [[9], [8, 7]]


async def test_an_error_is_told_to_those_whose_write_it_was() -> None:
    async def write(items: Sequence[int]) -> None:
        await asyncio.sleep(0.01)
        if 1 in items:
            raise TransientError("down")

    batcher = WriteBatcher(write)
    first = asyncio.create_task(batcher.add([1]))
    await asyncio.sleep(0.001)
    second, gone = (asyncio.create_task(batcher.add([number])) for number in (2, 3))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(TransientError):
        await first
    await second

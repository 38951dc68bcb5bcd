"""Events are gathered into batches in their order, held back neither by a timer nor by a batch that never fills."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from processors.streams.gathering import UnacknowledgedStream
from tests.virtual_time import now

pytestmark = pytest.mark.virtual_time


class Events:
    """A stream that yields its parts with a pause after each, and then ends or fails."""

    enable_acks = True

    def __init__(self, *parts: Sequence[int], pause_s: float = 0.0, error: Exception | None = None) -> None:
        self._parts, self._pause_s, self._error = parts, pause_s, error
        self.taken: list[int] = []
        self.acknowledged: list[int] = []

    async def events(self) -> AsyncIterator[int]:
        for part in self._parts:
            for event in part:
                self.taken.append(event)
                yield event
            await asyncio.sleep(self._pause_s)
        if self._error is not None:
            raise self._error

    async def ack(self, event: Any) -> bool:
        self.acknowledged.append(event)
        return True


async def batches_of(stream: Events, size: int, within: float) -> list[list[int]]:
    return [
        list(batch) async for batch in UnacknowledgedStream(stream, weigh=lambda _event: 1).noack_take(size, within)
    ]


async def test_a_full_batch_does_not_wait() -> None:
    assert await batches_of(Events(range(6)), 3, 60.0) == [[0, 1, 2], [3, 4, 5]]
    assert now() == 0


async def test_a_lone_event_waits_no_longer_than_it_may() -> None:
    assert await batches_of(Events([1], [2], pause_s=0.3), 100, 0.01) == [[1], [2]]
    assert await batches_of(Events([1], [2], pause_s=0.3), 100, 0.4) == [[1, 2]]


async def test_what_comes_within_the_wait_is_one_batch() -> None:
    assert await batches_of(Events([1], [2], [3], pause_s=0.001), 100, 5.0) == [[1, 2, 3]]


async def test_nobody_acknowledges_but_the_caller() -> None:
    stream = Events([1, 2])
    unacknowledged = UnacknowledgedStream(stream, weigh=lambda _event: 1)
    taken = [batch async for batch in unacknowledged.noack_take(1, 0.01)]

    assert stream.enable_acks is False
    assert stream.acknowledged == []
    await unacknowledged.ack(taken[1][0])
    assert stream.acknowledged == [2]


async def test_no_more_is_taken_from_the_stream_than_a_batch_and_one_event_while_nobody_asks() -> None:
    stream = Events(range(100))
    batches = UnacknowledgedStream(stream, weigh=lambda _event: 1).noack_take(10, 0.01)

    assert list(await anext(batches)) == list(range(10))
    await asyncio.sleep(0.05)
    assert len(stream.taken) == 21
    await batches.aclose()


async def test_what_the_stream_raises_is_raised_after_the_last_batch() -> None:
    batches = UnacknowledgedStream(Events([1, 2], error=KeyError("lost")), weigh=lambda _event: 1).noack_take(10, 0.01)

    assert await anext(batches) == [1, 2]
    with pytest.raises(KeyError, match="lost"):
        await anext(batches)

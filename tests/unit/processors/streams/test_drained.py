"""A backlog is taken in no further than there is use for, and nothing of it gets lost on the way."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest

from processors.streams.drained import DrainedStream
from tests.fakes.streams import FakeEvent, events

pytestmark = pytest.mark.virtual_time


class Topic:
    """A topic with ``count`` events, of which so many as there is room for are handed out while it is not paused."""

    def __init__(self, count: int, fault: Exception | None = None) -> None:
        self.left = events(*range(count))
        self.fault = fault
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.acknowledged: list[int] = []

    async def noack_take(self, max_: int, within: float) -> AsyncGenerator[Sequence[Any], None]:
        while self.left:
            await self.flowing.wait()
            batch, self.left = self.left[:max_], self.left[max_:]
            yield batch
        if self.fault is not None:
            raise self.fault
        await asyncio.Event().wait()

    async def ack(self, event: FakeEvent) -> bool:
        self.acknowledged.append(event.message.offset)
        return True


def drained(topic: Topic) -> DrainedStream:
    return DrainedStream(topic, topic.flowing.clear, topic.flowing.set, enough=10, weigh=lambda _event: 1)


async def test_every_event_comes_once_and_in_order_and_the_topic_is_emptied_as_it_is_used() -> None:
    topic, seen = Topic(95), []
    stream = drained(topic)
    async for batch in stream.noack_take(7, within=0.001):
        assert 1 <= len(batch) <= 7
        seen += [event.message.offset for event in batch]
        assert 95 - len(topic.left) - len(seen) <= 20
        for event in batch:
            await stream.ack(event)
        if len(seen) == 95:
            break
    assert seen == topic.acknowledged == list(range(95))


async def test_who_takes_nothing_lets_the_topic_rest() -> None:
    topic = Topic(95)
    batches = drained(topic).noack_take(7, within=0.001)
    await anext(batches)
    await asyncio.sleep(0.05)
    assert len(topic.left) >= 75
    assert not topic.flowing.is_set()
    await batches.aclose()


async def test_an_error_of_the_stream_is_not_swallowed() -> None:
    batches = drained(Topic(3, KeyError("a bug"))).noack_take(7, within=0.001)
    with pytest.raises(KeyError):
        async for _ in batches:
            pass

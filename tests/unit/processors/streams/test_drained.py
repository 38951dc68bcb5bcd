"""A backlog is taken in no further than there is use for, and nothing of it gets lost on the way."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from infra.kafka.polling import Polled
from processors.streams.drained import DrainedStream
from tests.fakes.streams import polled

pytestmark = pytest.mark.virtual_time


class Topic:
    """A topic with ``count`` events, of which so many as there is room for are handed out while it is not paused."""

    def __init__(self, count: int, fault: Exception | None = None) -> None:
        self.left = polled(*range(count))
        self.fault = fault
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.committed: list[int] = []

    async def poll(self, most: int, within_s: float) -> AsyncGenerator[Sequence[Polled], None]:
        while self.left:
            await self.flowing.wait()
            batch, self.left = self.left[:most], self.left[most:]
            yield batch
        if self.fault is not None:
            raise self.fault
        await asyncio.Event().wait()

    async def commit(self, polled: Sequence[Polled]) -> None:
        self.committed += [one.message.origin.offset for one in polled]

    def pause(self) -> None:
        self.flowing.clear()

    def resume(self) -> None:
        self.flowing.set()


def drained(topic: Topic) -> DrainedStream:
    return DrainedStream(topic, enough=10)


async def test_every_event_comes_once_and_in_order_and_the_topic_is_emptied_as_it_is_used() -> None:
    topic, seen = Topic(95), []
    stream = drained(topic)
    async for batch in stream.poll(7, 0.001):
        assert 1 <= len(batch) <= 7
        seen += [one.message.origin.offset for one in batch]
        assert 95 - len(topic.left) - len(seen) <= 20
        await stream.commit(batch)
        if len(seen) == 95:
            break
    assert seen == topic.committed == list(range(95))


async def test_who_takes_nothing_lets_the_topic_rest() -> None:
    topic = Topic(95)
    batches = drained(topic).poll(7, 0.001)
    await anext(batches)
    await asyncio.sleep(0.05)
    assert len(topic.left) >= 75
    assert not topic.flowing.is_set()
    await batches.aclose()


async def test_an_error_of_the_stream_is_not_swallowed() -> None:
    batches = drained(Topic(3, KeyError("a bug"))).poll(7, 0.001)
    with pytest.raises(KeyError):
        async for _ in batches:
            pass

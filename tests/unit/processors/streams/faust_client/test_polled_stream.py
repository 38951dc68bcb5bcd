"""Events are gathered into batches in their order, held back neither by a timer nor by a batch that never fills."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from infra.kafka.polling import Polled
from processors.streams.faust_client.polled_stream import PolledStream, topic_message
from tests.virtual_time import now

pytestmark = pytest.mark.virtual_time


@dataclass
class FaustMessage:
    """The fields of a Faust message that are read."""

    topic: str
    partition: int
    offset: int
    timestamp: float | None
    value: bytes | None
    key: bytes | None = None
    headers: Any = None


@dataclass
class FaustEvent:
    message: FaustMessage


class Events:
    """A Faust stream that yields its parts with a pause after each, and then ends or fails."""

    enable_acks = True

    def __init__(self, *parts: Sequence[int], pause_s: float = 0.0, error: Exception | None = None) -> None:
        self._parts, self._pause_s, self._error = parts, pause_s, error
        self.taken: list[int] = []
        self.acknowledged: list[int] = []

    async def events(self) -> AsyncIterator[FaustEvent]:
        for part in self._parts:
            for offset in part:
                self.taken.append(offset)
                yield FaustEvent(FaustMessage("image-references", 0, offset, 1.5, b"{}"))
            await asyncio.sleep(self._pause_s)
        if self._error is not None:
            raise self._error

    async def ack(self, event: FaustEvent) -> bool:
        self.acknowledged.append(event.message.offset)
        return True


def stream_of(events: Events) -> PolledStream:
    return PolledStream(events, pause=pytest.fail, resume=pytest.fail)


def offsets(batch: Sequence[Polled]) -> list[int]:
    return [one.message.origin.offset for one in batch]


async def batches_of(events: Events, size: int, within_s: float) -> list[list[int]]:
    return [offsets(batch) async for batch in stream_of(events).poll(size, within_s)]


async def test_a_full_batch_does_not_wait() -> None:
    assert await batches_of(Events(range(6)), 3, 60.0) == [[0, 1, 2], [3, 4, 5]]
    assert now() == 0


async def test_a_lone_event_waits_no_longer_than_it_may() -> None:
    assert await batches_of(Events([1], [2], pause_s=0.3), 100, 0.01) == [[1], [2]]
    assert await batches_of(Events([1], [2], pause_s=0.3), 100, 0.4) == [[1, 2]]


async def test_what_comes_within_the_wait_is_one_batch() -> None:
    assert await batches_of(Events([1], [2], [3], pause_s=0.001), 100, 5.0) == [[1, 2, 3]]


async def test_nobody_acknowledges_but_the_caller() -> None:
    events = Events([1, 2])
    stream = stream_of(events)
    batches = [batch async for batch in stream.poll(1, 0.01)]

    assert events.enable_acks is False
    assert events.acknowledged == []
    await stream.commit(batches[1])
    assert events.acknowledged == [2]


async def test_no_more_is_taken_from_the_stream_than_a_batch_and_one_event_while_nobody_asks() -> None:
    events = Events(range(100))
    batches = stream_of(events).poll(10, 0.01)

    assert offsets(await anext(batches)) == list(range(10))
    await asyncio.sleep(0.05)
    assert len(events.taken) == 21
    await batches.aclose()


async def test_what_the_stream_raises_is_raised_after_the_last_batch() -> None:
    batches = stream_of(Events([1, 2], error=KeyError("lost"))).poll(10, 0.01)

    assert offsets(await anext(batches)) == [1, 2]
    with pytest.raises(KeyError, match="lost"):
        await anext(batches)


def test_headers_are_read_whether_faust_gives_a_list_or_a_mapping() -> None:
    as_list = FaustMessage("t", 1, 2, 3.004, b"v", b"k", [("a", b"1")])
    as_mapping = FaustMessage("t", 1, 2, 3.004, b"v", b"k", {"a": b"1"})
    assert topic_message(as_list) == topic_message(as_mapping)
    assert topic_message(as_list).origin.appended_at_ms == 3004


@pytest.mark.parametrize(("timestamp_s", "kept_ms"), [(None, 0), (-0.001, 0), (1e15, 253_402_300_799_999)])
def test_a_producers_odd_timestamp_is_brought_into_range(timestamp_s: float | None, kept_ms: int) -> None:
    odd = FaustMessage("t", 1, 2, timestamp_s, b"v")
    assert topic_message(odd).origin.appended_at_ms == kept_ms

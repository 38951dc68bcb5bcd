"""Readers of a topic's end, without a broker."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

import pytest

from infra.kafka.topic_reader import Partition
from infra.kafka.topic_tail import Tail, TopicTail
from infra.settings.servers import KafkaSettings
from tests.contracts.topic_tail_contract import TopicTailContract
from tests.fakes.topic_tail import FakeTopic, FakeTopicTail

NOBODY = KafkaSettings(bootstrap_servers="127.0.0.1:1")


class TopicInMemory:
    """A ``FakeTopic`` as the contract uses it."""

    def __init__(self) -> None:
        self._topic = FakeTopic("in-memory", partitions=2)
        self.name = self._topic.name

    async def append(self, partition: int, *values: str) -> None:
        for value in values:
            self._topic.append(value.encode(), partition)

    async def add_partition(self) -> None:
        self._topic.add_partition()

    def tail(self, starts: Mapping[Partition, int] | None = None) -> AbstractAsyncContextManager[Tail]:
        return FakeTopicTail(self._topic, starts)


class TestFakeTopicTail(TopicTailContract):
    """The one in memory keeps the same promises."""

    @pytest.fixture
    async def topic(self) -> TopicInMemory:
        return TopicInMemory()


async def test_a_tail_that_reaches_no_broker_waits_and_is_closed_at_once() -> None:
    async with TopicTail(NOBODY, ["answers"]) as tail:
        begun = asyncio.ensure_future(tail.begun())
        await asyncio.sleep(0.1)
        assert not begun.done()
        begun.cancel()
    await tail.close()
    assert [batch async for batch in tail.batches()] == []


async def test_an_error_that_is_no_outage_is_told_to_whoever_reads() -> None:
    class BrokenTail(TopicTail):
        async def _read(self) -> None:
            raise LookupError("a bug")

    async with BrokenTail(NOBODY, ["answers"]) as tail:
        with pytest.raises(LookupError):
            await tail.begun()
        with pytest.raises(LookupError):
            await anext(tail.batches())

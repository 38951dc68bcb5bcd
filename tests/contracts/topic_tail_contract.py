"""What every reader of a topic's end promises: ``TopicTail``, and the one in memory that stands in for it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Partition
from infra.kafka.topic_tail import Tail

WAIT_S = 120.0


class TopicUnderTest(Protocol):
    """A topic of two partitions that only one test knows."""

    name: str

    async def append(self, partition: int, *values: str) -> None: ...

    async def add_partition(self) -> None: ...

    def tail(self, starts: Mapping[Partition, int] | None = None) -> AbstractAsyncContextManager[Tail]: ...


class Reading:
    """What a tail has handed over, in the order in which it came."""

    def __init__(self, tail: Tail) -> None:
        self._batches = tail.batches()
        self.messages: list[TopicMessage] = []

    async def until(self, count: int) -> "Reading":
        """Read until so many messages have come."""
        async with asyncio.timeout(WAIT_S):
            while len(self.messages) < count:
                self.messages += await anext(self._batches)
        return self

    def values(self, partition: int) -> list[str]:
        """Return what came of a partition, in its order."""
        return [text(one) for one in self.messages if one.origin.partition == partition]


def text(message: TopicMessage) -> str:
    return (message.value or b"").decode()


def numbered(prefix: str, count: int) -> Sequence[str]:
    return [f"{prefix}-{number}" for number in range(count)]


class TopicTailContract:
    """Tests on the fixture ``topic``."""

    async def test_only_what_is_appended_from_now_on_is_handed_over(self, topic: TopicUnderTest) -> None:
        await topic.append(0, "old")
        async with topic.tail() as tail:
            assert await tail.begun() == {(topic.name, 0): 1, (topic.name, 1): 0}
            await topic.append(0, "new")
            assert (await Reading(tail).until(1)).values(0) == ["new"]

    async def test_each_partition_comes_in_its_order_and_whole(self, topic: TopicUnderTest) -> None:
        async with topic.tail() as tail:
            await tail.begun()
            for partition in (0, 1):
                await topic.append(partition, *numbered(f"p{partition}", 2500))
            reading = await Reading(tail).until(5000)
        assert [reading.values(partition) for partition in (0, 1)] == [numbered("p0", 2500), numbered("p1", 2500)]

    async def test_what_stood_before_is_read_from_given_offsets(self, topic: TopicUnderTest) -> None:
        await topic.append(0, "a", "b", "c")
        await topic.append(1, "d")
        async with topic.tail({(topic.name, 0): 1, (topic.name, 1): 1}) as tail:
            assert await tail.begun() == {(topic.name, 0): 1, (topic.name, 1): 1}
            await topic.append(1, "e")
            reading = await Reading(tail).until(3)
        assert (reading.values(0), reading.values(1)) == (["b", "c"], ["e"])

    async def test_a_partition_that_given_offsets_do_not_name_is_read_from_its_beginning(
        self, topic: TopicUnderTest
    ) -> None:
        await topic.append(0, "a")
        await topic.append(1, "b", "c")
        async with topic.tail({(topic.name, 0): 1}) as tail:
            reading = await Reading(tail).until(2)
        assert (reading.values(0), reading.values(1)) == ([], ["b", "c"])

    async def test_partitions_that_are_added_are_read_from_their_beginning(self, topic: TopicUnderTest) -> None:
        async with topic.tail() as tail:
            await tail.begun()
            await topic.append(0, "before")
            await topic.add_partition()
            await topic.append(2, *numbered("added", 3))
            await topic.append(0, "after")
            reading = await Reading(tail).until(5)
        assert (reading.values(0), reading.values(2)) == (["before", "after"], numbered("added", 3))

    async def test_closing_ends_what_waits_for_messages(self, topic: TopicUnderTest) -> None:
        async with topic.tail() as tail:
            await tail.begun()
            waiting = asyncio.ensure_future(anext(tail.batches(), None))
            await asyncio.sleep(0)
            await tail.close()
            async with asyncio.timeout(WAIT_S):
                assert await waiting is None

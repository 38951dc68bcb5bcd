"""The end of a topic, read on a real broker that is killed, cut and changed meanwhile."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from uuid import uuid4

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic

from infra.kafka.event_bus import client_configuration
from infra.kafka.topic_facts import TopicFacts
from infra.kafka.topic_reader import Partition
from infra.kafka.topic_tail import BATCHES_WAITING, MESSAGES_AT_ONCE, Tail, TopicTail
from schemas.dead_letters import Reason
from tests.contracts.topic_tail_contract import Reading, TopicTailContract, numbered
from tests.platforms import eventually
from tests.stacks import RunningStack


class TopicOnKafka:
    """A topic on the broker of the tests."""

    def __init__(self, stack: RunningStack, partitions: int = 2) -> None:
        self.kafka = stack.settings.kafka
        self.name = f"tail-{uuid4().hex[:10]}"
        self.admin = AdminClient(client_configuration(self.kafka))
        self.facts = TopicFacts(self.kafka)
        self.create(partitions)

    def create(self, partitions: int) -> None:
        self.admin.create_topics([NewTopic(self.name, partitions)])[self.name].result(30)
        eventually(lambda: len(self.facts.ask_partitions([self.name])) == partitions)

    async def append(self, partition: int, *values: str) -> None:
        await asyncio.to_thread(self.append_bytes, partition, *(value.encode() for value in values))

    def append_bytes(self, partition: int, *values: bytes, codec: str = "none") -> None:
        producer = Producer(
            {**client_configuration(self.kafka), "compression.type": codec, "message.max.bytes": 200_000_000}
        )
        for value in values:
            producer.produce(self.name, value, partition=partition)
        assert producer.flush(60) == 0

    async def add_partition(self) -> None:
        count = 1 + len(self.facts.ask_partitions([self.name]))
        self.admin.create_partitions([NewPartitions(self.name, count)])[self.name].result(30)
        await asyncio.to_thread(eventually, lambda: len(self.facts.ask_partitions([self.name])) == count)

    def delete_before(self, offset: int) -> None:
        asked = TopicPartition(self.name, 0, offset)
        self.admin.delete_records([asked])[asked].result(30)

    def delete(self) -> None:
        self.admin.delete_topics([self.name])[self.name].result(30)
        eventually(lambda: not self.facts.ask_ids([self.name]))

    def tail(self, starts: Mapping[Partition, int] | None = None) -> AbstractAsyncContextManager[Tail]:
        return TopicTail(self.kafka, [self.name], starts)


@pytest.fixture
def topic(stack: RunningStack) -> TopicOnKafka:
    return TopicOnKafka(stack)


class TestTopicTail(TopicTailContract):
    """The promises of every reader of a topic's end."""


async def test_a_broker_that_is_killed_and_started_again_costs_no_message(
    stack: RunningStack, topic: TopicOnKafka
) -> None:
    async with topic.tail() as tail:
        await tail.begun()
        reading = Reading(tail)
        await topic.append(0, *numbered("before", 50))
        await reading.until(50)
        await asyncio.to_thread(stack.kill, "kafka")
        await asyncio.sleep(3)
        await asyncio.to_thread(stack.restart, "kafka")
        await topic.append(0, *numbered("after", 50))
        await reading.until(100)
    assert reading.values(0) == [*numbered("before", 50), *numbered("after", 50)]


async def test_a_topic_that_is_made_later_is_read_from_its_beginning(topic: TopicOnKafka) -> None:
    topic.delete()
    async with topic.tail() as tail:
        assert await tail.begun() == {}
        await asyncio.to_thread(topic.create, 1)
        await topic.append(0, "first")
        assert (await Reading(tail).until(1)).values(0) == ["first"]


async def test_where_what_was_next_is_deleted_reading_goes_on_with_what_is_kept(topic: TopicOnKafka) -> None:
    await topic.append(0, *numbered("n", 20))
    topic.delete_before(15)
    async with topic.tail({(topic.name, 0): 5, (topic.name, 1): 0}) as tail:
        assert (await Reading(tail).until(5)).values(0) == numbered("n", 20)[15:]


async def test_what_cannot_be_read_whole_is_handed_over_as_what_stands_for_it(topic: TopicOnKafka) -> None:
    async with topic.tail() as tail:
        await tail.begun()
        await asyncio.to_thread(topic.append_bytes, 0, bytes(100_000_000), codec="zstd")
        await topic.append(0, "next")
        first, last = (await Reading(tail).until(2)).messages
    assert first.unread is not None
    assert first.unread.reason is Reason.OVERSIZED_BATCH
    assert last.value == b"next"


async def test_a_reader_that_takes_nothing_is_handed_little(topic: TopicOnKafka) -> None:
    many = MESSAGES_AT_ONCE * (BATCHES_WAITING + 4)
    tail = TopicTail(topic.kafka, [topic.name])
    async with tail:
        await tail.begun()
        await topic.append(0, *numbered("n", many))
        await asyncio.sleep(2)
        assert tail._arrived.qsize() <= BATCHES_WAITING
        reading = await Reading(tail).until(many)
    assert reading.values(0) == numbered("n", many)

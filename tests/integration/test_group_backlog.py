"""How far a group has come, asked of a real Kafka."""

import asyncio
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from infra.errors import ConfigurationError, TransientError
from infra.kafka.event_bus import client_configuration
from infra.kafka.groups.backlog import GroupBacklog, Progress
from infra.kafka.topic_setup import create_topics
from infra.retries import retry_transient
from infra.settings.servers import KafkaSettings
from schemas.topics import Topic
from tests.stacks import RunningStack


@pytest.fixture
def topic(stack: RunningStack) -> str:
    """A topic of this test with five messages on each partition."""
    name = f"backlog-{uuid4().hex[:8]}"
    create_topics(stack.settings.kafka, [Topic(name, 100_000, 3_600_000)])
    producer = Producer(client_configuration(stack.settings.kafka))
    for number in range(5 * stack.settings.kafka.partitions):
        producer.produce(name, b"x", partition=number % stack.settings.kafka.partitions)
    assert producer.flush(30) == 0
    return name


async def test_what_a_group_has_not_acknowledged_waits(stack: RunningStack, topic: str) -> None:
    settings, partitions = stack.settings.kafka, stack.settings.kafka.partitions
    backlog = GroupBacklog(settings, f"group-{topic}", [topic])
    # A Kafka that never had a group makes the topic of groups first, which may take longer than a look waits.
    found = await retry_transient(backlog.look, doing="look at the backlog")
    assert found == {topic: Progress(0, 5 * partitions)}
    await asyncio.to_thread(acknowledge, settings, f"group-{topic}", [TopicPartition(topic, 0, 4)])
    assert await backlog.look() == {topic: Progress(4, 5 * partitions - 4)}


async def test_a_topic_that_is_missing_and_brokers_that_do_not_answer_are_told_apart(stack: RunningStack) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no topic no-such: run `vedette migrate`"):
        await GroupBacklog(stack.settings.kafka, "group", ["no-such"]).look()
    nowhere = KafkaSettings(bootstrap_servers="127.0.0.1:1")
    with pytest.raises(TransientError, match="Kafka does not answer"):
        await GroupBacklog(nowhere, "group", ["no-such"]).look()


def acknowledge(settings: KafkaSettings, group: str, places: list[TopicPartition]) -> None:
    consumer = Consumer({**client_configuration(settings), "group.id": group})
    consumer.commit(offsets=places, asynchronous=False)
    consumer.close()

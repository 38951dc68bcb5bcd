"""Who is in a consumer group, asked of the real Kafka: also where it does not know, and where nobody answers."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from confluent_kafka import Consumer

from infra.errors import TransientError
from infra.kafka.event_bus import client_configuration
from infra.kafka.groups.members import GroupMember, group_members
from infra.kafka.topic_setup import create_topics
from infra.settings.servers import KafkaSettings
from schemas.topics import FOREIGN_BATCH_BYTES, Topic
from tests.stacks import RunningStack

TOPIC = "members-of-a-group"


@pytest.fixture
def kafka(stack: RunningStack) -> KafkaSettings:
    create_topics(stack.settings.kafka, [Topic(TOPIC, FOREIGN_BATCH_BYTES, 3_600_000)])
    return stack.settings.kafka


@pytest.fixture
def member(kafka: KafkaSettings) -> Iterator[Consumer]:
    own = {"group.id": "vedette-members-test", "client.id": "the-only-one", "auto.offset.reset": "earliest"}
    with closing(Consumer({**client_configuration(kafka), **own})) as consumer:
        consumer.subscribe([TOPIC])
        while not consumer.assignment():
            consumer.poll(0.1)
        yield consumer


def test_each_member_is_told_with_what_it_was_given(kafka: KafkaSettings, member: Consumer) -> None:
    told = group_members(kafka, ["vedette-members-test", "vedette-of-nobody"])
    given = {(one.topic, one.partition) for one in member.assignment()}
    [only] = told["vedette-members-test"]
    assert (only.client_id, set(only.partitions)) == ("the-only-one", given)
    assert told["vedette-of-nobody"] == ()


async def test_it_can_be_asked_where_an_event_loop_runs(kafka: KafkaSettings) -> None:
    told: dict[str, tuple[GroupMember, ...]] = group_members(kafka, ["vedette-of-nobody"])
    assert told == {"vedette-of-nobody": ()}


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1:9"])
def test_brokers_that_do_not_answer_are_a_passing_trouble(address: str) -> None:
    for _ in range(5):
        with pytest.raises(TransientError, match="Kafka does not answer"):
            group_members(KafkaSettings(bootstrap_servers=address), ["vedette-recognise"], timeout_s=0.2)

"""How far groups lag behind, and where they begin, on a real broker."""

import asyncio
import time
from contextlib import closing

import pytest
from confluent_kafka import Producer

from infra.kafka.event_bus import client_configuration, open_group_view
from infra.kafka.groups.commit_notes import read_committed
from infra.kafka.groups.lag import GroupLags, Lag
from infra.kafka.groups.starts import begin_groups
from infra.kafka.topic_facts import TopicFacts
from infra.kafka.topic_log import Span, TopicLog
from infra.kafka.topic_setup import create_topics
from schemas.topics import ACTIVITY, TOPICS
from tests.stacks import RunningStack

GROUP = "vedette-audit"


async def lag_of(stack: RunningStack) -> Lag:
    lags = await GroupLags(stack.settings.kafka).look()
    return next(lag for lag in lags if (lag.group, lag.topic) == (GROUP, ACTIVITY))


@pytest.fixture(autouse=True)
def topics(stack: RunningStack) -> None:
    create_topics(stack.settings.kafka)


def test_a_group_that_has_not_begun_begins_with_what_is_there(stack: RunningStack) -> None:
    begin_groups(stack.settings.kafka)
    facts = TopicFacts(stack.settings.kafka)
    places = facts.ask_partitions([ACTIVITY])
    with closing(open_group_view(stack.settings.kafka, GROUP)) as view:
        committed = read_committed(view, places)
    assert set(committed) == set(places)
    assert begin_groups(stack.settings.kafka) == []


async def test_the_lag_is_told_in_messages_and_in_time(stack: RunningStack) -> None:
    begin_groups(stack.settings.kafka)
    before = await lag_of(stack)
    producer = Producer(client_configuration(stack.settings.kafka))
    producer.produce(ACTIVITY, b"{}")
    assert producer.flush(30) == 0
    found = await lag_of(stack)
    assert found.waiting == before.waiting + 1
    assert found.oldest_s is not None
    retention_ms = next(topic.retention_ms for topic in TOPICS if topic.name == ACTIVITY)
    assert found.retention_s == retention_ms / 1000
    assert found.retention_used < 0.5


async def test_the_age_is_that_of_the_oldest_unread_message(stack: RunningStack) -> None:
    begin_groups(stack.settings.kafka)
    producer = Producer(client_configuration(stack.settings.kafka))
    producer.produce(ACTIVITY, b"{}")
    assert producer.flush(30) == 0
    await asyncio.sleep(2)
    facts = TopicFacts(stack.settings.kafka)
    held = facts.ask_holdings(facts.ask_partitions([ACTIVITY]))
    with closing(open_group_view(stack.settings.kafka, GROUP)) as view:
        unread = {at: max(one.offset, held[at].first) for at, one in read_committed(view, list(held)).items()}
    spans = {at: Span(offset, min(offset + 1, held[at].end)) for at, offset in unread.items()}
    with closing(TopicLog(stack.settings.kafka)) as log:
        oldest_ms = min(message.origin.appended_at_ms for message in log.read(spans))
    asked_at = time.time()
    found = await lag_of(stack)
    assert found.oldest_s is not None
    # Never told younger than it is, and older by two in a hundred at most; the broker rounds its times to milliseconds.
    assert asked_at - oldest_ms / 1000 - 0.01 <= found.oldest_s
    assert found.oldest_s <= (time.time() - oldest_ms / 1000) * 1.03 + 0.01

"""What was deleted unread on topics whose messages wait, on a real broker."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from uuid import uuid4

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from infra.kafka.event_bus import Record, client_configuration, open_group_view
from infra.kafka.groups.commit_notes import read_committed
from infra.kafka.groups.delayed_consumer import DelayedConsumer
from infra.kafka.topic_facts import TopicFacts
from processors.streams.gap_keeper import GapKeeper
from schemas.dead_letters import Rejection, decode_headers
from tests.platforms import eventually
from tests.stacks import RunningStack

WAIT_S = 240.0


class Trial:
    """A topic, the group that reads it, and what that group tells."""

    def __init__(self, stack: RunningStack) -> None:
        self.kafka = stack.settings.kafka
        self.topic = f"delayed-{uuid4().hex[:10]}"
        self.admin = AdminClient(client_configuration(self.kafka))
        self.facts = TopicFacts(self.kafka)
        self.letters: list[Rejection] = []
        self.create()

    def create(self) -> None:
        self.admin.create_topics([NewTopic(self.topic, 1)])[self.topic].result(30)
        eventually(lambda: self.facts.ask_ids([self.topic]))

    def append(self, prefix: str, count: int) -> None:
        producer = Producer(client_configuration(self.kafka))
        for number in range(count):
            producer.produce(self.topic, f"{prefix}-{number}".encode())
        assert producer.flush(30) == 0

    def delete_before(self, offset: int) -> None:
        asked = TopicPartition(self.topic, 0, offset)
        self.admin.delete_records([asked])[asked].result(30)

    def make_anew(self) -> None:
        self.admin.delete_topics([self.topic])[self.topic].result(30)
        eventually(lambda: not self.facts.ask_ids([self.topic]))
        self.create()

    async def tell(self, records: Sequence[Record]) -> None:
        self.letters += [decode_headers(record.headers) for record in records]

    @asynccontextmanager
    async def consumer(self) -> AsyncIterator["Reading"]:
        gaps = GapKeeper(self.topic, [self.topic], self.facts, self.tell)
        async with DelayedConsumer(self.kafka, self.topic, [self.topic], lambda _message: 0.0, gaps) as consumer:
            yield Reading(consumer)


class Reading:
    """What a consumer hands out, committed at once."""

    def __init__(self, consumer: DelayedConsumer) -> None:
        self._consumer = consumer
        self._batches = consumer.poll(8, 0)

    async def until(self, last: str) -> list[str]:
        """Take and commit until ``last`` was read."""
        found: list[str] = []
        async with asyncio.timeout(WAIT_S):
            while last not in found:
                polled = await anext(self._batches)
                found += [(one.message.value or b"").decode() for one in polled]
                await self._consumer.commit(polled)
        # Commits are made between two reads.
        await asyncio.sleep(1)
        return found


@pytest.fixture
def trial(stack: RunningStack) -> Trial:
    return Trial(stack)


async def test_what_was_deleted_while_nobody_read_is_told(trial: Trial) -> None:
    trial.append("old", 5)
    async with trial.consumer() as reading:
        await reading.until("old-4")
    trial.append("new", 10)
    trial.delete_before(12)
    async with trial.consumer() as reading:
        assert await reading.until("new-9") == ["new-7", "new-8", "new-9"]
    [letter] = trial.letters
    assert (letter.origin.offset, letter.last_offset, letter.group) == (5, 11, trial.topic)


async def test_a_topic_made_anew_under_its_reader_is_read_from_its_beginning(trial: Trial) -> None:
    trial.append("old", 5)
    async with trial.consumer() as reading:
        await reading.until("old-4")
        await asyncio.to_thread(trial.make_anew)
        trial.append("new", 3)
        assert set(await reading.until("new-2")) == {"new-0", "new-1", "new-2"}
    [letter] = trial.letters
    assert letter.last_offset is None


async def test_a_group_that_begins_has_missed_nothing(trial: Trial) -> None:
    trial.append("old", 5)
    trial.delete_before(3)
    async with trial.consumer() as reading:
        assert await reading.until("old-4") == ["old-3", "old-4"]
    assert trial.letters == []


async def test_commits_carry_the_ids_of_topics(trial: Trial) -> None:
    trial.append("old", 2)
    async with trial.consumer() as reading:
        await reading.until("old-1")
    with closing(open_group_view(trial.kafka, trial.topic)) as view:
        [stands] = read_committed(view, [(trial.topic, 0)]).values()
    assert (stands.offset, stands.note.topic_id) == (2, trial.facts.ask_ids([trial.topic])[trial.topic])

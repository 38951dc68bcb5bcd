"""What is told and committed where partitions are assigned, and in which order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from infra.kafka.event_bus import Record
from infra.kafka.groups.gaps import Holding
from processors.streams.gap_keeper import GapKeeper
from schemas.dead_letters import Reason, Rejection, decode_headers
from schemas.messages.commit_notes import CommitNote, CommittedOffset, Place
from schemas.topics import DEAD_LETTERS

GROUP, TOPIC, OTHER = "vedette-recognise", "image-references", "object-created"
FIRST, SECOND, BESIDE = (TOPIC, 0), (TOPIC, 1), (OTHER, 0)


class Died(Exception):
    """The worker was killed here."""


@dataclass
class Kafka:
    """Topics, and where one group stands in them; it dies at the step that is named."""

    held: dict[Place, Holding]
    stands: dict[Place, CommittedOffset] = field(default_factory=dict)
    letters: list[Rejection] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    dies_at: str = ""

    async def ids(self, topics: Collection[str]) -> Mapping[str, str]:
        return {topic: one.topic_id for (topic, _), one in self.held.items() if topic in topics}

    async def partitions(self, topics: Collection[str]) -> Sequence[Place]:
        return [place for place in self.held if place[0] in topics]

    async def holdings(self, places: Collection[Place]) -> Mapping[Place, Holding]:
        return {place: one for place, one in self.held.items() if place in places}

    async def committed(self, places: Collection[Place]) -> dict[Place, CommittedOffset | None]:
        return {place: self.stands.get(place) for place in places}

    async def commit_as_told(self, offsets: Mapping[Place, CommittedOffset]) -> None:
        noticing = any(one.note.noticed_at_ms for one in offsets.values())
        self._step("notice" if noticing else "commit")
        self.stands.update(offsets)

    async def publish(self, records: Sequence[Record]) -> None:
        assert {record.topic for record in records} == {DEAD_LETTERS}
        self._step("publish")
        self.letters += [decode_headers(record.headers) for record in records]

    def _step(self, name: str) -> None:
        self.steps.append(name)
        if name == self.dies_at:
            raise Died(name)


def keeper(kafka: Kafka) -> GapKeeper:
    return GapKeeper(GROUP, {TOPIC, OTHER}, kafka, kafka.publish)


async def settle(kafka: Kafka, *places: Place) -> Mapping[Place, CommittedOffset | None]:
    assigned = places or tuple(kafka.held)
    return await keeper(kafka).settle(await kafka.committed(assigned), kafka)


def kafka(**fields: object) -> Kafka:
    held = {FIRST: Holding("a", 0, 50), SECOND: Holding("a", 0, 50), BESIDE: Holding("o", 0, 0)}
    return Kafka(**{"held": held, **fields})  # type: ignore[arg-type]  # whatever a test says


async def test_where_a_group_begins_is_committed_with_the_ids_of_its_topics() -> None:
    broker = kafka(held={FIRST: Holding("a", 7, 50), BESIDE: Holding("o", 0, 0)})
    assert await settle(broker) == broker.stands
    assert {place: one.offset for place, one in broker.stands.items()} == {FIRST: 7, BESIDE: 0}
    assert broker.stands[FIRST].note.known_ids == {TOPIC: "a", OTHER: "o"}
    assert (broker.letters, broker.steps) == ([], ["commit"])


async def test_a_group_that_goes_on_where_it_stood_commits_nothing() -> None:
    broker = kafka()
    await settle(broker)
    await settle(broker)
    assert broker.steps == ["commit"]


async def test_what_was_deleted_is_told_before_the_offset_moves_on() -> None:
    broker = kafka()
    await settle(broker)
    broker.stands[FIRST] = CommittedOffset(10, CommitNote(sequence=5, topic_id="a"))
    broker.held[FIRST] = Holding("a", 35, 50)
    went_on = await settle(broker)
    assert broker.steps == ["commit", "notice", "publish", "commit"]
    [letter] = broker.letters
    assert letter.reason is Reason.EXPIRED_UNREAD
    assert (letter.origin.offset, letter.last_offset, letter.group, letter.topic_id) == (10, 34, GROUP, "a")
    assert went_on[FIRST] == broker.stands[FIRST]
    stands = broker.stands[FIRST]
    assert (stands.offset, stands.note.sequence, stands.note.noticed_at_ms) == (35, 5, None)


@pytest.mark.parametrize("step", ["notice", "publish", "commit"])
async def test_a_worker_that_dies_at_any_step_leaves_one_dead_letter_by_name(step: str) -> None:
    broker = kafka()
    await settle(broker)
    broker.stands[FIRST] = CommittedOffset(10, CommitNote(topic_id="a"))
    broker.held[FIRST] = Holding("a", 35, 50)
    broker.dies_at = step
    with pytest.raises(Died):
        await settle(broker)
    broker.dies_at = ""
    broker.held[FIRST] = Holding("a", 40, 50)
    await settle(broker)
    assert len({letter.known_as.id for letter in broker.letters}) == 1
    assert broker.letters[-1].last_offset == 39
    assert broker.stands[FIRST].offset == 40


async def test_a_topic_that_kafka_forgot_with_its_offsets_is_known_from_the_notes_beside_another() -> None:
    broker = kafka()
    await settle(broker)
    for place in (FIRST, SECOND):
        del broker.stands[place]
        broker.held[place] = Holding("b", 0, 3)
    await settle(broker)
    assert [(letter.topic_id, letter.last_offset) for letter in broker.letters] == [("a", None)] * 2
    assert {broker.stands[place].offset for place in (FIRST, SECOND)} == {0}
    await settle(broker)
    assert len(broker.letters) == 2


async def test_a_partition_that_was_added_is_begun_and_nothing_is_told() -> None:
    broker = kafka()
    await settle(broker)
    broker.held[TOPIC, 2] = Holding("a", 0, 1)
    await settle(broker)
    assert broker.letters == []
    assert broker.stands[TOPIC, 2].offset == 0


async def test_two_members_that_begin_together_have_missed_nothing() -> None:
    broker = kafka()
    await settle(broker, FIRST)
    await settle(broker, SECOND, BESIDE)
    assert broker.letters == []


async def test_a_topic_that_is_gone_is_left_as_it_was() -> None:
    broker = kafka()
    await settle(broker)
    stood = dict(broker.stands)
    del broker.held[FIRST]
    assert await keeper(broker).settle(dict(stood), broker) == stood


async def test_a_reader_of_one_topic_remembers_it_while_it_is_gone() -> None:
    broker = kafka(held={FIRST: Holding("a", 0, 50)})
    gaps = keeper(broker)
    await gaps.settle(await broker.committed([FIRST]), broker)
    broker.held.clear()
    broker.stands.clear()
    await gaps.settle({}, broker)
    broker.held[FIRST] = Holding("b", 0, 3)
    await gaps.settle(await broker.committed([FIRST]), broker)
    assert [(letter.topic_id, letter.last_offset) for letter in broker.letters] == [("a", None)]


async def test_every_commit_carries_the_ids_of_what_is_read() -> None:
    broker = kafka()
    gaps = keeper(broker)
    await gaps.settle(await broker.committed(tuple(broker.held)), broker)
    note = gaps.note(FIRST, 12, CommitNote(sequence=9))
    assert (note.sequence, note.topic_id, note.known_ids) == (9, "a", {TOPIC: "a", OTHER: "o"})

"""The private parts of Faust and aiokafka that notes beside committed offsets rely on."""

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer

from infra.kafka.groups.sequences import TimeIndex
from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from processors.streams.faust_client.consumer import NotingConsumer, NotingConsumerThread, noting
from processors.streams.worker import create_worker
from schemas.messages.commit_notes import CommitNote, CommittedOffset, Place

AT = TopicPartition("references", 3)


class Keeper:
    """Notes of every partition that its sequence is a hundred times its offset."""

    async def take_up(self, committed: Mapping[Place, CommittedOffset | None], index: TimeIndex) -> None:
        raise NotImplementedError

    def note(self, place: Place, offset: int, note: CommitNote) -> CommitNote:
        return note.model_copy(update={"sequence": 100 * offset})


class TopicKeeper(Keeper):
    """Notes the topic's id."""

    def note(self, place: Place, offset: int, note: CommitNote) -> CommitNote:
        return note.model_copy(update={"topic_id": f"id-of-{place[0]}"})


class Commits:
    """What reached the client."""

    def __init__(self) -> None:
        self.offsets: dict[TopicPartition, OffsetAndMetadata] = {}

    async def commit(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        self.offsets.update(offsets)


@pytest.fixture
def thread(tmp_path: Path) -> Iterator[NotingConsumerThread]:
    """What a worker with a keeper talks to its brokers with, before it has begun."""
    settings = Settings(home=tmp_path, kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1"))
    app = create_worker("noted", settings)
    app.note_keepers.append(Keeper())
    consumer = app._new_consumer()
    assert isinstance(consumer, NotingConsumer)
    yield consumer._thread
    # The client was never connected; it complains where nobody says that it is closed.
    if (client := consumer._thread._consumer) is not None:
        client._closed = True
    consumer._thread.thread_loop.close()
    consumer.loop.close()


async def test_every_keeper_adds_to_the_note_of_each_commit() -> None:
    client = Commits()
    await noting(client.commit, [Keeper(), TopicKeeper()])({AT: OffsetAndMetadata(7, "")})
    [committed] = client.offsets.values()
    assert committed.offset == 7
    assert CommitNote.parse(committed.metadata) == CommitNote(sequence=700, topic_id="id-of-references")


async def test_faust_commits_through_the_client_that_its_thread_makes(
    thread: NotingConsumerThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = Commits()
    monkeypatch.setattr(AIOKafkaConsumer, "commit", lambda _client, offsets: reached.commit(offsets))
    monkeypatch.setattr(AIOKafkaConsumer, "assignment", lambda _client: {AT})
    thread._consumer = thread._create_worker_consumer(thread.transport)
    assert await thread._commit({AT: 7})
    assert reached.offsets == {AT: OffsetAndMetadata(7, CommitNote(sequence=700).text)}


def test_the_client_tells_the_text_beside_an_offset() -> None:
    assert list(inspect.signature(GroupCoordinator.fetch_committed_offsets).parameters) == ["self", "partitions"]
    assert OffsetAndMetadata._fields == ("offset", "metadata")


def test_faust_makes_its_thread_and_hands_out_partitions_where_this_is_extended() -> None:
    assert "_new_consumer_thread" in vars(Consumer)
    assert "_create_worker_consumer" in vars(AIOKafkaConsumerThread)
    assert list(inspect.signature(AIOKafkaConsumerThread._commit).parameters) == ["self", "offsets"]

"""Notes beside committed offsets, through a real broker: kept at each commit, given back before the first message."""

import json
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from infra.errors import TransientError
from infra.kafka.event_bus import client_configuration, open_group_view
from infra.kafka.groups.commit_notes import read_committed, with_note
from infra.settings.settings import Settings
from schemas.messages.commit_notes import CommitNote, CommittedOffset, Place
from tests.platforms import eventually
from tests.stacks import RunningStack
from tests.workers import RunningWorker, commit_once_empty, running_worker

PROGRAM = """
import json, sys
from infra.settings.settings import Settings
from processors.streams.delivery import Batching, consume_batches
from processors.streams.worker import create_worker, run_worker

topic, group = sys.argv[1:]

def say(what, **fields):
    print(json.dumps({"said": what, **fields}), flush=True)

class Keeper:
    async def take_up(self, committed, log):
        first = await log.first_at(dict.fromkeys(committed, 0))
        for (name, partition), found in committed.items():
            note = [found.offset, found.note.sequence]
            say("taken_up", partition=partition, note=note, first=first.get((name, partition), [None])[0])

    def note(self, place, offset, note):
        return note.model_copy(update={"sequence": 1000 * (place[1] + 1) + offset})

async def run(stream):
    async def handle(messages):
        for message in messages:
            say("read", partition=message.origin.partition, offset=message.origin.offset)
    async def publish(outcome):
        return None
    await consume_batches(stream, Batching(8, 0.02), handle, publish)

settings = Settings()
app = create_worker(group, settings)
app.note_keepers.append(Keeper())
app.consume([topic], run)
run_worker(app, settings)
"""
PARTITIONS = 2


@pytest.fixture
def topic(stack: RunningStack) -> str:
    name = f"noted-{uuid4().hex[:12]}"
    admin = AdminClient(client_configuration(stack.settings.kafka))
    admin.create_topics([NewTopic(name, PARTITIONS)])[name].result(30)
    return name


def append(settings: Settings, topic: str, count: int) -> None:
    producer = Producer(client_configuration(settings.kafka))
    for number in range(count * PARTITIONS):
        producer.produce(topic, b"value", partition=number % PARTITIONS)
    assert producer.flush(30) == 0


def committed(settings: Settings, topic: str) -> dict[Place, CommittedOffset]:
    with closing(open_group_view(settings.kafka, f"vedette-{topic}")) as view:
        return read_committed(view, [(topic, number) for number in range(PARTITIONS)])


def stands_at(settings: Settings, topic: str, offset: int) -> bool:
    try:
        return sequences(committed(settings, topic)) == sequences(noted(topic, offset))
    except TransientError:
        # The broker does not coordinate the group yet.
        return False


def sequences(stood: dict[Place, CommittedOffset]) -> dict[Place, tuple[int, int | None]]:
    """Leave out the ids of topics, which every worker notes."""
    return {place: (one.offset, one.note.sequence) for place, one in stood.items()}


def noted(topic: str, offset: int) -> dict[Place, CommittedOffset]:
    return {
        (topic, number): CommittedOffset(offset, CommitNote(sequence=1000 * (number + 1) + offset))
        for number in range(PARTITIONS)
    }


def said(worker: RunningWorker) -> list[dict[str, object]]:
    lines = worker.log.read_text(errors="replace").splitlines()
    return [json.loads(line) for line in lines if line.startswith('{"said"')]


def run(stack: RunningStack, folder: Path, topic: str, offset: int) -> list[dict[str, object]]:
    """Let a worker commit up to ``offset``; return what it said."""
    with running_worker(stack.settings, topic, folder, command=("-c", PROGRAM, topic, topic), wait=False) as worker:
        eventually(lambda: stands_at(stack.settings, topic, offset))
        assert worker.stop() == 0, worker.log.read_text()
    return said(worker)


def test_what_was_noted_at_a_commit_is_known_before_the_next_message(
    stack: RunningStack, tmp_path: Path, topic: str
) -> None:
    append(stack.settings, topic, 5)
    first = run(stack, tmp_path, topic, 5)
    fresh = [{"said": "taken_up", "partition": number, "note": [0, None], "first": 0} for number in range(PARTITIONS)]
    assert sorted(map(str, first[:PARTITIONS])) == sorted(map(str, fresh))
    append(stack.settings, topic, 3)
    second = run(stack, tmp_path, topic, 8)
    taken_up = [
        {"said": "taken_up", "partition": number, "note": [5, 1005 + 1000 * number], "first": 0}
        for number in range(PARTITIONS)
    ]
    assert sorted(map(str, second[:PARTITIONS])) == sorted(map(str, taken_up))
    assert {event["said"] for event in second[PARTITIONS:]} == {"read"}


def test_the_second_consumer_commits_the_same_notes(stack: RunningStack, topic: str) -> None:
    append(stack.settings, topic, 5)
    with closing(open_group_view(stack.settings.kafka, f"vedette-{topic}")) as view:
        commit_once_empty(view, [with_note(place, one) for place, one in noted(topic, 4).items()])
    assert committed(stack.settings, topic) == noted(topic, 4)


def test_an_offset_committed_by_another_tool_has_an_empty_note(stack: RunningStack, topic: str) -> None:
    append(stack.settings, topic, 5)
    with closing(open_group_view(stack.settings.kafka, f"vedette-{topic}")) as view:
        commit_once_empty(view, [TopicPartition(topic, 0, 2)])
    assert committed(stack.settings, topic) == {(topic, 0): CommittedOffset(2, CommitNote())}

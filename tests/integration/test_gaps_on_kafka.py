"""What was deleted unread, on a real broker: told once, and nothing else is missed or taken for something else."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic

from infra.errors import TransientError
from infra.kafka.event_bus import client_configuration, open_group_view
from infra.kafka.groups.commit_notes import read_committed
from infra.kafka.topic_facts import TopicFacts
from infra.kafka.topic_log import TopicLog
from infra.kafka.topic_setup import create_topics
from infra.settings.settings import Settings
from schemas.dead_letters import Reason, Rejection, decode_headers
from schemas.topics import DEAD_LETTERS
from tests.platforms import eventually
from tests.stacks import RunningStack
from tests.workers import RunningWorker, running_worker

pytestmark = pytest.mark.long

PROGRAM = """
import asyncio, json, sys
from infra.settings.settings import Settings
from processors.streams.delivery import Batching, consume_batches
from processors.streams.worker import create_worker, run_worker

group, pause_s, *topics = sys.argv[1:]

async def run(stream):
    async def handle(messages):
        for message in messages:
            origin = message.origin
            told = {"topic": origin.topic, "partition": origin.partition, "offset": origin.offset}
            print(json.dumps({"said": "read", "value": message.value.decode(), **told}), flush=True)
        await asyncio.sleep(float(pause_s))
    async def publish(outcome):
        return None
    await consume_batches(stream, Batching(8, 0.02), handle, publish)

settings = Settings()
app = create_worker(group, settings, poll_records=8)
app.consume(topics, run)
run_worker(app, settings)
"""


class Trial:
    """One or two topics of their own, and the group that reads them."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.name = f"gaps-{uuid4().hex[:10]}"
        self.topic, self.other = f"{self.name}-a", f"{self.name}-b"
        self.group = f"vedette-{self.name}"
        self.admin = AdminClient(client_configuration(settings.kafka))
        self.facts = TopicFacts(settings.kafka)
        self._folder = folder

    def create(self, *topics: str, partitions: int = 1) -> None:
        for topic, made in self.admin.create_topics([NewTopic(topic, partitions) for topic in topics]).items():
            made.result(30)
            eventually(lambda topic=topic: topic in self.facts.ask_ids([topic]))

    def recreate(self, topic: str) -> None:
        before = self.facts.ask_ids([topic])
        self.admin.delete_topics([topic])[topic].result(30)
        eventually(lambda: not self.facts.ask_ids([topic]))
        self.create(topic)
        assert self.facts.ask_ids([topic]) != before

    def append(self, topic: str, count: int, prefix: str, partition: int = 0, size: int = 0) -> None:
        producer = Producer(client_configuration(self.settings.kafka))
        for number in range(count):
            producer.produce(topic, f"{prefix}-{number}".ljust(size).encode(), partition=partition)
        assert producer.flush(30) == 0

    def delete_before(self, topic: str, offset: int, partition: int = 0) -> None:
        asked = TopicPartition(topic, partition, offset)
        self.admin.delete_records([asked])[asked].result(30)

    def stands_at(self, topic: str, offset: int, partition: int = 0) -> bool:
        place = (topic, partition)
        with closing(open_group_view(self.settings.kafka, self.group)) as view:
            try:
                found = read_committed(view, [place])
            except TransientError:
                # The broker does not coordinate the group yet.
                return False
        return place in found and found[place].offset == offset

    @contextmanager
    def worker(self, *topics: str, pause_s: float = 0) -> Iterator[RunningWorker]:
        command = ("-c", PROGRAM, self.name, str(pause_s), *(topics or (self.topic, self.other)))
        with running_worker(self.settings, self.name, self._folder, command=command, wait=False) as worker:
            yield worker
            assert worker.stop() == 0, worker.log.read_text()

    def letters(self) -> list[Rejection]:
        with closing(TopicLog(self.settings.kafka)) as log:
            found = [decode_headers(one.headers) for one in log.read(log.spans([DEAD_LETTERS]))]
        return [letter for letter in found if letter.origin.topic in (self.topic, self.other)]


@pytest.fixture
def trial(stack: RunningStack, tmp_path: Path) -> Trial:
    create_topics(stack.settings.kafka)
    return Trial(stack.settings, tmp_path)


def read(worker: RunningWorker) -> list[str]:
    lines = worker.log.read_text(errors="replace").splitlines()
    return [json.loads(line)["value"].strip() for line in lines if line.startswith('{"said"')]


def values(prefix: str, *numbers: int) -> list[str]:
    return [f"{prefix}-{number}" for number in range(*numbers)]


def test_what_was_deleted_while_no_worker_ran_is_told_once(trial: Trial) -> None:
    trial.create(trial.topic, trial.other)
    trial.append(trial.topic, 10, "old")
    with trial.worker():
        eventually(lambda: trial.stands_at(trial.topic, 10))
    trial.append(trial.topic, 40, "new")
    trial.delete_before(trial.topic, 35)
    with trial.worker() as worker:
        eventually(lambda: trial.stands_at(trial.topic, 50))
    assert read(worker) == values("new", 25, 40)
    with trial.worker() as again:
        trial.append(trial.topic, 1, "last")
        eventually(lambda: trial.stands_at(trial.topic, 51))
    assert read(again) == ["last-0"]
    [letter] = trial.letters()
    assert letter.reason is Reason.EXPIRED_UNREAD
    assert (letter.origin.offset, letter.last_offset, letter.messages) == (10, 34, 25)
    assert (letter.group, letter.topic_id) == (trial.group, trial.facts.ask_ids([trial.topic])[trial.topic])


def test_a_group_that_begins_has_missed_nothing(trial: Trial) -> None:
    trial.create(trial.topic, trial.other)
    trial.append(trial.topic, 10, "old")
    trial.delete_before(trial.topic, 4)
    with trial.worker() as worker:
        eventually(lambda: trial.stands_at(trial.topic, 10))
    assert read(worker) == values("old", 4, 10)
    assert trial.letters() == []


def test_what_overtakes_a_worker_that_runs_is_told(trial: Trial) -> None:
    trial.create(trial.topic, trial.other)
    # Large enough that the worker holds a small part of them.
    trial.append(trial.topic, 300, "old", size=100_000)
    with trial.worker(pause_s=0.5) as worker:
        eventually(lambda: len(read(worker)) >= 8)
        trial.delete_before(trial.topic, 290)
        eventually(lambda: trial.stands_at(trial.topic, 300), timeout_s=90)
    [letter] = trial.letters()
    assert letter.last_offset == 289
    assert sorted(set(read(worker)), key=lambda value: int(value[4:])) == [
        *values("old", letter.origin.offset),
        *values("old", 290, 300),
    ]


@pytest.mark.parametrize("appended", [3, 30])
def test_a_topic_made_anew_while_no_worker_ran_is_read_from_its_beginning(trial: Trial, appended: int) -> None:
    trial.create(trial.topic, trial.other)
    trial.append(trial.topic, 10, "old")
    with trial.worker():
        eventually(lambda: trial.stands_at(trial.topic, 10))
    gone = trial.facts.ask_ids([trial.topic])[trial.topic]
    trial.recreate(trial.topic)
    trial.append(trial.topic, appended, "new")
    with trial.worker() as worker:
        eventually(lambda: trial.stands_at(trial.topic, appended))
    assert read(worker) == values("new", appended)
    [letter] = trial.letters()
    assert (letter.topic_id, letter.last_offset, letter.group) == (gone, None, trial.group)


@pytest.mark.parametrize("appended", [3, 30])
def test_a_topic_made_anew_under_a_running_worker_is_read_from_its_beginning(trial: Trial, appended: int) -> None:
    trial.create(trial.topic, trial.other)
    trial.append(trial.topic, 10, "old")
    with trial.worker() as worker:
        eventually(lambda: trial.stands_at(trial.topic, 10))
        gone = trial.facts.ask_ids([trial.topic])[trial.topic]
        trial.recreate(trial.topic)
        trial.append(trial.topic, appended, "new")
        eventually(lambda: trial.stands_at(trial.topic, appended))
    assert set(read(worker)) == {*values("old", 10), *values("new", appended)}
    [letter] = trial.letters()
    assert (letter.topic_id, letter.last_offset, letter.group) == (gone, None, trial.group)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_partition_that_is_added_is_read_by_the_workers_that_run(trial: Trial, workers: int) -> None:
    trial.create(trial.topic, trial.other)
    trial.append(trial.topic, 3, "old")
    with ExitStack() as stack:
        running = [stack.enter_context(trial.worker()) for _ in range(workers)]
        eventually(lambda: trial.stands_at(trial.topic, 3))
        trial.admin.create_partitions([NewPartitions(trial.topic, 3)])[trial.topic].result(30)
        eventually(lambda: len(trial.facts.ask_partitions([trial.topic])) == 3)
        for partition in (1, 2):
            trial.append(trial.topic, 1, f"added-{partition}", partition=partition)
        eventually(lambda: {"added-1-0", "added-2-0"} <= {value for worker in running for value in read(worker)})
    assert trial.letters() == []

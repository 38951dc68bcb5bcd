"""Worker processes of tests, on servers that run already."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from infra.embedded.platform import Platform
from infra.kafka.event_bus import open_group_view
from infra.settings.settings import Settings
from schemas.topics import (
    DEAD_LETTERS,
    OBJECT_CREATED,
    RECOGNITION_RESULTS,
    REFERENCE_TOPICS,
    RETRY_TOPICS,
)

READY_S = 240.0
STOP_S = 240.0
REQUEST_TIMEOUT_S = 30.0
EMPTY_GROUP_S = 240.0
"""A group keeps a killed worker for as long as its session lasts (ten seconds, processors/streams/worker.py)."""
GROUP_HAS_MEMBERS = {KafkaError.UNKNOWN_MEMBER_ID, KafkaError.REBALANCE_IN_PROGRESS}
TOPICS_OF = {
    "vedette-recognise": (*REFERENCE_TOPICS, OBJECT_CREATED),
    "vedette-recognise-retry": RETRY_TOPICS,
    "vedette-store": (*REFERENCE_TOPICS, RECOGNITION_RESULTS, DEAD_LETTERS),
    "vedette-index": (RECOGNITION_RESULTS, DEAD_LETTERS),
}


@dataclass
class RunningWorker:
    """A worker of a test."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def stop(self) -> int:
        """Tell it to stop, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOP_S)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=STOP_S)

    def said(self, what: str) -> int:
        """Return how often the log says ``what``."""
        return self.log.read_text(errors="replace").count(what)


@contextmanager
def running_worker(
    settings: Settings,
    name: str,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    command: Sequence[str] = (),
    wait: bool = True,
) -> Iterator[RunningWorker]:
    """Run ``vedette worker NAME`` or ``command``; it has its partitions when this is entered."""
    log = folder / f"{name}-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(command or ("-m", "infra.cli", "worker", name))],
            env={**os.environ, "VEDETTE_HOME": str(settings.home), **(environment or {})},
            stdout=output,
            stderr=output,
        )
    worker = RunningWorker(process, log)
    try:
        if wait:
            wait_until_consuming(settings, name, worker)
        yield worker
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                worker.kill()


def wait_until_consuming(settings: Settings, name: str, worker: RunningWorker) -> None:
    platform = Platform(settings)
    deadline = time.monotonic() + READY_S
    while not platform.is_consuming(name):
        assert worker.process.poll() is None, worker.log.read_text()
        assert time.monotonic() < deadline, worker.log.read_text()
        time.sleep(0.2)


def skip_backlog(settings: Settings) -> None:
    """Let the workers that are started next begin with what is published from now on; none may run yet.

    All tests share one Kafka, where some of them leave thousands of references that nobody has answered.
    """
    for group, topics in TOPICS_OF.items():
        with closing(open_group_view(settings.kafka, group)) as consumer:
            known = consumer.list_topics(timeout=REQUEST_TIMEOUT_S).topics
            places = [TopicPartition(topic, number) for topic in topics for number in known[topic].partitions]
            for place in places:
                _, place.offset = consumer.get_watermark_offsets(place, REQUEST_TIMEOUT_S)
            commit_once_empty(consumer, places)


def commit_once_empty(consumer: Consumer, places: Sequence[TopicPartition]) -> None:
    """Commit for a group that a killed worker may still be a member of, until Kafka takes it for dead."""
    deadline = time.monotonic() + EMPTY_GROUP_S
    while True:
        try:
            for committed in consumer.commit(offsets=list(places), asynchronous=False) or ():
                assert committed.error is None, committed
        except KafkaException as error:
            if error.args[0].code() not in GROUP_HAS_MEMBERS or time.monotonic() > deadline:
                error.add_note("Does a worker run still, or a platform? The tests that start it come last (Makefile).")
                raise
            time.sleep(0.5)
        else:
            return

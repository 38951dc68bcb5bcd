"""Processes of one consumer group, started for a measurement and ended after it."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from infra.child_python import child_python
from infra.embedded.homes.home import Home
from infra.embedded.processes import ServerProcess
from infra.errors import TransientError
from infra.kafka.groups.members import group_members
from infra.kafka.topic_setup import create_topics
from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from processors.bench.measures.result_flow import BenchFailed
from schemas.topics import FOREIGN_BATCH_BYTES, Topic

TOPIC_RETENTION_MS = 3_600_000
START_TIMEOUT_S = 90.0
STOP_GRACE_S = 15.0
PROBE_INTERVAL_S = 0.2


@dataclass(frozen=True)
class Consumers:
    """A Python module that goes from a topic to another, as a consumer group with topics of its own."""

    name: str
    module: str
    group: str

    @property
    def references(self) -> str:
        return f"bench-{self.name}-references"

    @property
    def answers(self) -> str:
        return f"bench-{self.name}-answers"


def create_own_topics(kafka: KafkaSettings, consumers: Consumers) -> None:
    """Create the topics that ``consumers`` read and write, where they are missing."""
    names = (consumers.references, consumers.answers)
    create_topics(kafka, [Topic(name, FOREIGN_BATCH_BYTES, TOPIC_RETENTION_MS) for name in names])


@contextmanager
def running(
    settings: Settings,
    consumers: Consumers,
    count: int,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Start ``count`` processes, wait until each has partitions, and end them again.

    Raises ``BenchFailed`` if one of them dies or none are given out.
    """
    home = Home(settings.home)
    processes = [ServerProcess(home, f"{consumers.name}-{number}") for number in range(count)]
    variables = {**os.environ, **(environment or {}), "VEDETTE_HOME": str(settings.home)}
    try:
        for process in processes:
            process.start([*_command(consumers, process.mark), *arguments], variables)
        _await_partitions(settings, consumers, processes)
        yield
    finally:
        for process in processes:
            process.stop(STOP_GRACE_S)


def _command(consumers: Consumers, mark: str) -> list[str]:
    topics = ("--references", consumers.references, "--answers", consumers.answers, "--group", consumers.group)
    return child_python("-X", mark, "-m", consumers.module, *topics)


def _await_partitions(settings: Settings, consumers: Consumers, processes: Sequence[ServerProcess]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while _members(settings.kafka, consumers.group) < len(processes):
        for process in processes:
            if process.find() is None:
                raise BenchFailed(f"{process.server} died while starting. {process.end_of_log()}")
        if time.monotonic() > deadline:
            end = processes[0].end_of_log()
            raise BenchFailed(f"{consumers.name} is not ready after {START_TIMEOUT_S:.0f} s. {end}")
        time.sleep(PROBE_INTERVAL_S)


def _members(settings: KafkaSettings, group: str) -> int:
    """Return how many members of the group have been given partitions; none while nobody knows."""
    try:
        return sum(bool(member.partitions) for member in group_members(settings, [group])[group])
    except TransientError:
        return 0

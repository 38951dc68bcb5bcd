"""A platform that is backed up and restored: a Kafka, a keyspace and an index of its own, on stores that are shared."""

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from rich.progress import Progress

from infra.cassandra.migrations import migrate_tables
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.results import ResultIndex
from infra.elasticsearch.session import ElasticsearchSession
from infra.embedded.stack import EmbeddedStack
from infra.errors import TransientError
from infra.kafka.event_bus import EventPublisher, Record
from infra.kafka.topic_log import TopicLog
from infra.kafka.topic_setup import create_topics
from infra.objects.local_folder import LocalFolder
from infra.settings.operations import BackupSettings
from infra.settings.settings import Settings
from schemas.dead_letters import encode_headers
from schemas.images import Origin
from schemas.topics import DEAD_LETTERS, IMAGE_REFERENCES, RECOGNITION_RESULTS
from tests.samples import reference, rejection, result
from tests.stacks import RunningStack, kafka_variables
from tests.store_contents import wipe

KEY = base64.b64encode(bytes(range(32))).decode()
CATCH_UP_S = 200
QUIET = Progress(disable=True)


@dataclass
class World:
    """A platform without a recogniser: a Kafka of its own, a keyspace and an index of its own on the shared stores."""

    settings: Settings
    environment: dict[str, str]

    def vedette(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "infra.cli", *arguments],
            env={**os.environ, **self.environment, "VEDETTE_HOME": str(self.settings.home), **more},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def backup(self, *arguments: str) -> str:
        return self.done("backup", *arguments)

    def done(self, *arguments: str) -> str:
        ended = self.vedette(*arguments)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    async def publish(self, first: int, count: int) -> None:
        """Publish references with their outcomes: results, and every tenth a rejection."""
        async with EventPublisher(self.settings.kafka) as publisher:
            numbers = range(first, first + count)
            references = [reference("shop", f"{number}.jpg") for number in numbers]
            origins = await publisher.publish(
                [Record(IMAGE_REFERENCES, one.model_dump_json(exclude_none=True).encode()) for one in references]
            )
            await publisher.publish([_outcome(number, at) for number, at in zip(numbers, origins, strict=True)])

    async def delete(self, numbers: Sequence[int]) -> None:
        async with EventPublisher(self.settings.kafka) as publisher:
            await publisher.publish([_deletion(number) for number in numbers])

    async def caught_up(self) -> None:
        """Return once both sinks have acknowledged everything that the topics hold."""
        deadline = time.monotonic() + CATCH_UP_S
        while left := await asyncio.to_thread(self._unread):
            assert time.monotonic() < deadline, left
            await asyncio.sleep(0.3)

    @asynccontextmanager
    async def stores(self) -> AsyncIterator[tuple[CassandraSession, ElasticsearchSession]]:
        async with AsyncExitStack() as opened:
            cassandra = await CassandraSession.connect_without_keyspace(self.settings.cassandra)
            opened.push_async_callback(cassandra.close)
            elasticsearch = ElasticsearchSession.open(self.settings.elasticsearch)
            opened.push_async_callback(elasticsearch.close)
            yield cassandra, elasticsearch

    def _unread(self) -> dict[str, int]:
        log = TopicLog(self.settings.kafka)
        try:
            left = {}
            for group, topics in {
                "vedette-store": (IMAGE_REFERENCES, RECOGNITION_RESULTS, DEAD_LETTERS),
                "vedette-index": (RECOGNITION_RESULTS, DEAD_LETTERS),
            }.items():
                spans = log.spans(topics)
                read = log.acknowledged(group, list(spans))
                left[group] = sum(span.end - read.get(at, 0) for at, span in spans.items())
            return {group: count for group, count in left.items() if count}
        finally:
            log.close()


@contextmanager
def own_kafka(home: Path) -> Iterator[Settings]:
    """Run a Kafka with the platform's topics; its settings are what is given."""
    servers = EmbeddedStack(Settings(home=home))
    try:
        servers.start(only=["kafka"])
        settings = Settings(home=home)
        create_topics(settings.kafka)
        yield settings
    finally:
        servers.stop()


@asynccontextmanager
async def backup_world(kafka: Settings, stack: RunningStack, folder: Path) -> AsyncIterator[World]:
    """Give a platform that is new, and lose its stores at the end."""
    name = f"b{uuid4().hex[:8]}"
    cassandra = stack.settings.cassandra.model_copy(update={"keyspace": name})
    elasticsearch = stack.settings.elasticsearch.model_copy(update={"index": name})
    backup = BackupSettings.model_validate({"place": str(folder / "backups"), "key": KEY})
    settings = stack.settings.model_copy(
        update={"kafka": kafka.kafka, "cassandra": cassandra, "elasticsearch": elasticsearch, "backup": backup}
    )
    world = World(
        settings,
        {
            **kafka_variables(kafka.kafka),
            "VEDETTE_CASSANDRA__KEYSPACE": name,
            "VEDETTE_ELASTICSEARCH__INDEX": name,
            "VEDETTE_BACKUP__PLACE": str(backup.place),
            "VEDETTE_BACKUP__KEY": KEY,
        },
    )
    await migrate(world)
    yield world
    await wipe(world.settings)


async def migrate(world: World) -> None:
    await migrate_tables(world.settings.cassandra)
    index = ResultIndex.connect(world.settings.elasticsearch)
    await index.migrate()
    await index.close()


def _outcome(number: int, origin: Origin) -> Record:
    if number % 10 == 0:
        rejected = rejection("shop", f"{number}.jpg", of=origin)
        return Record(DEAD_LETTERS, b"{}", rejected.key.encode(), encode_headers(rejected, ()))
    found = result("shop", f"{number}.jpg", of=origin)
    return Record(RECOGNITION_RESULTS, found.model_dump_json(exclude_none=True).encode(), found.image_key.encode())


def _deletion(number: int) -> Record:
    found = result("shop", f"{number}.jpg")
    event = {
        "event": "deleted",
        "owner": "shop",
        "image_id": found.image_id,
        "image_key": found.image_key,
        "deleted_at": "2026-11-25T00:00:00Z",
    }
    return Record(RECOGNITION_RESULTS, json.dumps(event).encode(), found.image_key.encode())


class BreakingFolder(LocalFolder):
    """The real folder, until so many parts have been read."""

    def __init__(self, folder: Path, parts_before_the_break: int) -> None:
        super().__init__(folder, "VEDETTE_BACKUP__PLACE")
        self._left = parts_before_the_break

    def download(self, name: str, target: Path) -> bool:
        self._left -= 1
        if self._left < 0:
            raise TransientError("the line is cut")
        return super().download(name, target)

"""Backup and restore on real servers: what was there before, and what came after, is there again, byte for byte."""

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from rich.progress import Progress

from infra.account_store import AccountStore
from infra.backup.catalogue import Catalogue, open_catalogue
from infra.backup.comparison import differences
from infra.backup.creation import create_backup
from infra.backup.group_offsets import GroupOffsets, Rewound
from infra.backup.raw_session import RawSession
from infra.backup.restoration import Restored, restore_backup
from infra.cassandra_session import CassandraSession
from infra.elasticsearch_session import ElasticsearchSession
from infra.embedded.stack import EmbeddedStack
from infra.errors import ConfigurationError, TransientError
from infra.event_bus import EventPublisher, Record, client_configuration
from infra.local_folder import LocalFolder
from infra.migrations import migrate_tables
from infra.pipeline_store import PipelineStore
from infra.reconciliation.topic_log import TopicLog
from infra.result_index import ResultIndex
from infra.settings import BackupSettings, Settings
from infra.topic_setup import create_topics
from schemas.backups import Committed
from schemas.dead_letters import encode_headers
from schemas.images import Origin
from schemas.topics import DEAD_LETTERS, IMAGE_REFERENCES, RECOGNITION_RESULTS
from tests.s3_server import running_s3
from tests.samples import account, promotion, reference, rejection, result, workspace
from tests.stacks import RunningStack, kafka_variables
from tests.store_contents import contents, wipe
from tests.workers import running_worker

KEY = base64.b64encode(bytes(range(32))).decode()
IMAGES = 300
CATCH_UP_S = 60.0
QUIET = Progress(disable=True)
S3 = {"region": "us-east-1", "access_key_id": "AKIATEST", "secret_access_key": "hush-hush-hush", "allow_http": "true"}


@dataclass
class World:
    """A platform without a recogniser: a Kafka of its own, a keyspace and an index of its own on the shared stores."""

    settings: Settings
    environment: dict[str, str]

    def vedette(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "infra.cli", *arguments],
            env={**os.environ, **self.environment, "VEDETTE_HOME": str(self.settings.home)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def backup(self, *arguments: str) -> str:
        ended = self.vedette("backup", *arguments)
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


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A Kafka of these tests alone: a restore puts groups back that other tests use."""
    home = tmp_path_factory.mktemp("kafka")
    servers = EmbeddedStack(Settings(home=home))
    try:
        servers.start(only=["kafka"])
        settings = Settings(home=home)
        create_topics(settings.kafka)
        yield settings
    finally:
        servers.stop()


@pytest.fixture
async def world(kafka: Settings, stack: RunningStack, tmp_path: Path) -> AsyncIterator[World]:
    name = f"b{uuid4().hex[:8]}"
    cassandra = stack.settings.cassandra.model_copy(update={"keyspace": name})
    elasticsearch = stack.settings.elasticsearch.model_copy(update={"index": name})
    backup = BackupSettings.model_validate({"place": str(tmp_path / "backups"), "key": KEY})
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


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    with running_s3(tmp_path) as url:
        httpx.put(f"{url}/away", trust_env=False).raise_for_status()
        yield url


async def test_what_was_there_before_and_what_came_after_a_backup_is_there_again(
    world: World, endpoint: str, tmp_path: Path
) -> None:
    world.environment["VEDETTE_BACKUP__PLACE"] = "s3://away/vedette"
    world.environment["VEDETTE_BACKUP__S3"] = json.dumps({**S3, "endpoint": endpoint})
    await fill_by_hand(world.settings)
    with workers(world, tmp_path):
        await world.publish(0, IMAGES)
        await world.caught_up()
        await world.delete(range(11, 19))
        await world.caught_up()
        world.backup("create")
        await world.publish(IMAGES, IMAGES // 3)
        # Some of what the backup holds changes, and some is deleted: it must not come back as it was.
        await world.publish(0, 20)
        await world.delete(range(21, 29))
        await world.caught_up()
        refused = world.vedette("backup", "restore", "--replace", "--yes")
    assert refused.returncode == 1
    assert "workers run (vedette-index, vedette-store)" in refused.stderr
    before = await contents(world.settings)
    refused = world.vedette("backup", "restore")
    assert refused.returncode == 1
    assert "the stores are not empty" in refused.stderr
    await wipe(world.settings)
    assert "whole" in world.backup("verify")
    told = world.backup("restore")
    assert "MISSING" not in told
    with workers(world, tmp_path):
        await world.caught_up()
    assert await contents(world.settings) == before
    assert before["images"][0] == IMAGES + IMAGES // 3
    assert "complete" in world.backup("list")


async def test_a_restore_that_was_interrupted_goes_on_where_it_was(world: World, tmp_path: Path) -> None:
    await fill_by_hand(world.settings)
    manifest = await create_backup(world.settings, open_catalogue(world.settings), QUIET)
    await wipe(world.settings)
    with pytest.raises(TransientError, match="the line is cut"):
        await restored(world, BreakingFolder(tmp_path / "backups", parts_before_the_break=len(manifest.parts) + 2))
    resumed = await restored(world)
    assert resumed.is_resumed
    async with world.stores() as (_, elasticsearch):
        raw = await RawSession.connect_without_keyspace(world.settings.cassandra)
        assert await differences(manifest, raw, elasticsearch, world.settings.elasticsearch.index, QUIET) == []
        await raw.close()
    # It is done: another one finds the stores full.
    with pytest.raises(ConfigurationError, match="not empty"):
        await restored(world)


async def test_a_cell_keeps_its_write_time_and_what_is_left_of_its_life(world: World) -> None:
    async with world.stores() as (cassandra, _):
        await cassandra.execute(
            "INSERT INTO {keyspace}.images (image_key, owner, image_id, accepted) VALUES ('k', '', 'a', 'new')"
            " USING TIMESTAMP 2000"
        )
        await cassandra.execute(
            "INSERT INTO {keyspace}.images (image_key, rejected) VALUES ('k', 'old') USING TIMESTAMP 1000 AND TTL 5000"
        )
    manifest = await create_backup(world.settings, open_catalogue(world.settings), QUIET)
    assert manifest.tables[[copy.name for copy in manifest.tables].index("images")].content.rows == 1
    await restored(world, replace=True)
    async with world.stores() as (cassandra, _):
        await cassandra.execute(
            "INSERT INTO {keyspace}.images (image_key, accepted) VALUES ('k', 'older') USING TIMESTAMP 1999"
        )
        (row,) = await cassandra.execute(
            "SELECT owner, accepted, rejected, recognised, writetime(accepted) AS a, writetime(rejected) AS r,"
            " ttl(accepted) AS ta, ttl(rejected) AS tr FROM {keyspace}.images WHERE image_key = 'k'"
        )
    assert (row.owner, row.accepted, row.rejected, row.recognised) == ("", "new", "old", None)
    assert (row.a, row.r, row.ta) == (2000, 1000, None)
    assert 4900 < row.tr <= 5000


async def test_what_the_topics_no_longer_hold_is_told_and_a_new_topic_is_read_from_its_beginning(world: World) -> None:
    await world.publish(0, 60)
    groups = GroupOffsets(world.settings.kafka)
    manifest = await create_backup(world.settings, open_catalogue(world.settings), QUIET)
    at = end_of(world, RECOGNITION_RESULTS)
    recorded = manifest.model_copy(
        update={
            "offsets": (
                Committed(
                    group="vedette-index", topic=RECOGNITION_RESULTS, partition=at.partition, offset=at.offset - 5
                ),
                Committed(group="vedette-index", topic=DEAD_LETTERS, partition=0, offset=10**9),
            )
        }
    )
    # As if the sink had read everything: it must go back, and stands beyond what is deleted.
    groups.rewind([Rewound("vedette-index", at.topic, at.partition, at.offset, behind=0)])
    admin = AdminClient(client_configuration(world.settings.kafka))
    for done in admin.delete_records([TopicPartition(at.topic, at.partition, at.offset - 2)]).values():
        done.result(20)
    plan = {(one.topic, one.partition): one for one in groups.plan(recorded) if one.group == "vedette-index"}
    forgotten, anew = plan[RECOGNITION_RESULTS, at.partition], plan[DEAD_LETTERS, 0]
    assert (forgotten.offset, forgotten.forgotten, forgotten.behind) == (at.offset - 2, 3, 2)
    assert (anew.is_new_topic, anew.offset) == (True, 0)


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


def workers(world: World, folder: Path) -> ExitStack:
    with ExitStack() as opened:
        for name in ("store", "index"):
            opened.enter_context(running_worker(world.settings, name, folder, world.environment))
        return opened.pop_all()


async def migrate(world: World) -> None:
    await migrate_tables(world.settings.cassandra)
    index = ResultIndex.connect(world.settings.elasticsearch)
    await index.migrate()
    await index.close()


async def fill_by_hand(settings: Settings) -> None:
    """What no topic holds: accounts, workspaces, promotions."""
    accounts = await AccountStore.connect(settings.cassandra)
    await accounts.create_workspace(workspace("shop"))
    await accounts.create_account(account("ada@shop.example"))
    await accounts.close()
    pipelines = await PipelineStore.connect(settings.cassandra)
    await pipelines.add_promotion(promotion(1, "standard@2"))
    await pipelines.close()


async def restored(world: World, place: LocalFolder | None = None, *, replace: bool = False) -> Restored:
    catalogue = open_catalogue(world.settings)
    if place is not None:
        catalogue = Catalogue(place, world.settings.backup.key_bytes())

    def may_replace(_found: Sequence[str]) -> bool:
        return replace

    return await restore_backup(world.settings, catalogue, "latest", QUIET, may_replace, stores_only=True)


def end_of(world: World, topic: str) -> TopicPartition:
    """Return the end of a partition that holds at least five messages."""
    log = TopicLog(world.settings.kafka)
    spans = log.spans([topic])
    log.close()
    (_, number), span = next((at, span) for at, span in spans.items() if span.end - span.start >= 5)
    return TopicPartition(topic, number, span.end)


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

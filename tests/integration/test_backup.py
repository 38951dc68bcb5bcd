"""Backup and restore on real servers: what was there before, and what came after, is there again, byte for byte."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from rich.progress import Progress

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.pipelines import PipelineStore
from infra.errors import ConfigurationError, TransientError
from infra.kafka.event_bus import client_configuration
from infra.kafka.topic_log import TopicLog
from infra.objects.local_folder import LocalFolder
from infra.operations.backup.contents.comparison import differences
from infra.operations.backup.contents.group_offsets import GroupPositions, Rewound
from infra.operations.backup.contents.raw_session import RawSession
from infra.operations.backup.creation import create_backup
from infra.operations.backup.format.catalogue import Catalogue, open_catalogue
from infra.operations.backup.restore.restoration import Restored, restore_backup
from infra.settings.settings import Settings
from schemas.records.backups import Committed
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS
from tests.backup_world import BreakingFolder, World, backup_world, own_kafka
from tests.s3_server import running_s3
from tests.samples import account, promotion, workspace
from tests.stacks import RunningStack
from tests.store_contents import contents, wipe
from tests.workers import running_worker

pytestmark = pytest.mark.long

IMAGES = 300
QUIET = Progress(disable=True)
S3 = {"region": "us-east-1", "access_key_id": "AKIATEST", "secret_access_key": "hush-hush-hush", "allow_http": "true"}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A Kafka of these tests alone: a restore puts groups back that other tests use."""
    with own_kafka(tmp_path_factory.mktemp("kafka")) as settings:
        yield settings


@pytest.fixture
async def world(kafka: Settings, stack: RunningStack, tmp_path: Path) -> AsyncIterator[World]:
    async with backup_world(kafka, stack, tmp_path) as world:
        yield world


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
        assert await differences(manifest.copies, raw, elasticsearch, world.settings.elasticsearch.index, QUIET) == []
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
    groups = GroupPositions(world.settings.kafka)
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


def workers(world: World, folder: Path) -> ExitStack:
    with ExitStack() as opened:
        for name in ("store", "index"):
            opened.enter_context(running_worker(world.settings, name, folder, world.environment))
        return opened.pop_all()


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

    return await restore_backup(world.settings, catalogue, "latest", QUIET, may_replace)


def end_of(world: World, topic: str) -> TopicPartition:
    """Return the end of a partition that holds at least five messages."""
    log = TopicLog(world.settings.kafka)
    spans = log.spans([topic])
    log.close()
    (_, number), span = next((at, span) for at, span in spans.items() if span.end - span.start >= 5)
    return TopicPartition(topic, number, span.end)

"""A restore of an older backup brings nothing back that was deleted since, though no topic knows of the deletions."""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from rich.progress import Progress

from infra.cassandra.images.results import ResultStore
from infra.elasticsearch.results import ResultIndex
from infra.operations.backup.creation import create_backup
from infra.operations.backup.format.catalogue import open_catalogue
from infra.operations.backup.restore.restoration import Restored, restore_backup
from infra.settings.settings import Settings
from schemas.queries import ImageStatus, ResultQuery
from schemas.records.backups import Manifest
from schemas.results import RecognitionResult
from tests.backup_world import World, backup_world, own_kafka
from tests.samples import deletion, identity, origin, result
from tests.stacks import RunningStack
from tests.store_contents import wipe

pytestmark = pytest.mark.long

QUIET = Progress(disable=True)
GONE, LEFT = [f"gone-{number}.jpg" for number in range(30)], [f"left-{number}.jpg" for number in range(20)]


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A Kafka of these tests alone: a restore puts groups back that other tests use."""
    with own_kafka(tmp_path_factory.mktemp("kafka")) as settings:
        yield settings


@pytest.fixture
async def world(kafka: Settings, stack: RunningStack, tmp_path: Path) -> AsyncIterator[World]:
    async with backup_world(kafka, stack, tmp_path) as world:
        yield world


async def recognise(world: World, results: Sequence[RecognitionResult]) -> None:
    store, index = (
        await ResultStore.connect(world.settings.cassandra),
        ResultIndex.connect(world.settings.elasticsearch),
    )
    await store.save_results(results)
    await index.save_results(results)
    await store.close()
    await index.close()


async def delete(world: World, image_ids: Sequence[str]) -> None:
    store, index = (
        await ResultStore.connect(world.settings.cassandra),
        ResultIndex.connect(world.settings.elasticsearch),
    )
    deletions = [deletion("shop", image_id, of=origin(10**8)) for image_id in image_ids]
    await store.save_deletions(deletions)
    await index.save_deletions(deletions)
    await store.close()
    await index.close()


async def alive(world: World) -> tuple[set[str], set[str]]:
    """Return the ids of the images that Cassandra shows, and of those that a search finds."""
    store, index = (
        await ResultStore.connect(world.settings.cassandra),
        ResultIndex.connect(world.settings.elasticsearch),
    )
    await index.refresh()
    found = {item.image_id for item in (await index.search(ResultQuery(owners=None, limit=200))).items}
    records = await store.find_many([identity("shop", image_id).image_key for image_id in (*GONE, *LEFT)])
    listed = {record.image_id for record in records if record.status is ImageStatus.RECOGNISED}
    answered = {image.image_id async for image in store.scan_results()}
    await store.close()
    await index.close()
    assert answered == listed
    return listed, found


async def restored(world: World, manifest: Manifest) -> Restored:
    return await restore_backup(world.settings, open_catalogue(world.settings), manifest.id, QUIET, lambda _: True)


async def test_what_was_deleted_since_the_backup_stays_deleted(world: World) -> None:
    await recognise(world, [result("shop", image_id) for image_id in (*GONE, *LEFT)])
    before = await create_backup(world.settings, open_catalogue(world.settings), QUIET)
    await delete(world, GONE)
    left = (set(LEFT), set(LEFT))
    assert await alive(world) == left
    # The stores that are replaced know what was deleted.
    assert (await restored(world, before)).deleted_again == len(GONE)
    assert await alive(world) == left
    await create_backup(world.settings, open_catalogue(world.settings), QUIET)
    # They are lost: a later backup knows.
    await wipe(world.settings)
    done = await restored(world, before)
    assert (done.deleted_again, done.unread_backups) == (len(GONE), ())
    assert await alive(world) == left

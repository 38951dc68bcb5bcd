"""An erasure on real servers while traffic runs: nothing of what was found is left."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.activity.auditing import AuditTrail
from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.accounts.api_keys import ApiKeyStore
from infra.cassandra.accounts.invitations import InvitationStore
from infra.cassandra.accounts.oauth import OAuthClientStore
from infra.cassandra.erasures.retention_runs import RetentionRunStore
from infra.cassandra.images.results import ResultStore
from infra.cassandra.jobs.jobs import JobStore
from infra.cassandra.session import CassandraSession
from infra.cassandra.webhooks.deliveries import WebhookDeliveryStore
from infra.cassandra.webhooks.endpoints import WebhookEndpointStore
from infra.kafka.event_bus import EventPublisher
from infra.objects.job_files import JobFiles
from infra.objects.upload_place import UploadPlace
from infra.objects.upload_store import UploadStore
from infra.operations.audit.acts import ActRecorder
from infra.operations.backup.creation import create_backup
from infra.operations.backup.format.catalogue import open_catalogue
from infra.operations.backup.restore.restoration import restore_backup
from infra.settings.api import UploadSettings
from infra.settings.operations import ErasureSettings
from infra.settings.settings import Settings
from schemas.access.keeping import RetentionRun
from schemas.queries import ImageStatus
from schemas.records.erasures import ErasureSearch
from schemas.records.jobs import JobItem
from schemas.texts.uploads import Upload
from tests import samples
from tests.backup_world import KEY, QUIET, World, backup_world, own_kafka
from tests.contracts.job_store_contract import job
from tests.erasing import CANARY, erasing, left, places_with_canaries, publish, workers
from tests.samples import reference
from tests.stacks import RunningStack

pytestmark = pytest.mark.long

PICTURE = b"a picture with canary-customer-1042 in it"
SHA = "c" * 64
THEIRS, OTHERS = 240, 160


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A Kafka of these tests alone: a restore puts groups back that other tests use."""
    with own_kafka(tmp_path_factory.mktemp("kafka")) as settings:
        yield settings


@pytest.fixture
async def world(kafka: Settings, stack: RunningStack, tmp_path: Path) -> AsyncIterator[World]:
    async with backup_world(kafka, stack, tmp_path) as world:
        own = {
            "uploads": UploadSettings(place=str(tmp_path / "uploads")),
            "erasure": ErasureSettings(key=SecretStr(KEY)),
        }
        world.settings = world.settings.model_copy(update=own)
        world.environment |= {"VEDETTE_UPLOADS__PLACE": str(tmp_path / "uploads"), "VEDETTE_ERASURE__KEY": KEY}
        yield world


async def erase(world: World, confirm: int, *, busy: bool = True) -> str:
    """Erase all of the customer, with ``busy`` while images come in, and return the erasure's id."""

    @asynccontextmanager
    async def unrecorded(*_act: object, **_more: object) -> AsyncIterator[None]:
        yield

    async with erasing(world) as (erasures, loop):
        search = ErasureSearch(owner="shop", metadata={"customer": CANARY})
        begun = await erasures.begin(search, confirm, "ops@desk", unrecorded)
        await asyncio.gather(loop.look(), traffic(world) if busy else asyncio.sleep(0))
        done = await erasures.find(begun.id)
        assert done.is_done
        return str(begun.id)


async def traffic(world: World) -> None:
    for batch in range(5):
        await publish(world, 10_000 + 20 * batch, 20, {"customer": "somebody"})
        await publish(world, 20_000 + 2 * batch, 2, {"customer": CANARY})


async def test_nothing_that_was_found_is_left_and_no_rebuilt_index_brings_it_back(world: World, tmp_path: Path) -> None:
    uploads = UploadStore(UploadPlace.of(world.settings))
    with workers(world, tmp_path):
        theirs = await publish(world, 0, THEIRS, {"customer": CANARY})
        await publish(world, THEIRS, OTHERS, {"customer": "somebody"})
        await uploads.save(Upload("shop", theirs[0].image_key, SHA), PICTURE)
        await world.caught_up()
        assert await places_with_canaries(world) == ["index", "results"]
        erasure_id = await erase(world, THEIRS)
        await world.caught_up()
        # What the traffic brought after the erasure had closed is there; what it brought before is gone.
        if late := await left(world):
            await erase(world, late, busy=False)
            await world.caught_up()
    await uploads.close()
    assert await places_with_canaries(world) == []
    assert UploadPlace.of(world.settings).open().list_names() == []
    require_list(world, erasure_id, tmp_path / "gone.jsonl")
    world.done("rebuild", "index")
    assert await places_with_canaries(world) == []


def require_list(world: World, erasure_id: str, file: Path) -> None:
    world.done("erasure", "save", erasure_id, str(file))
    told = world.done("erasure", "verify", str(file))
    assert "topic recognition-results: until" in told
    assert CANARY not in file.read_text()
    names = [f'"image_id":"{number}.jpg"' for number in range(THEIRS)]
    text = file.read_text()
    assert [name for name in names if name not in text] == []
    file.write_text(text.replace("shop", "ship", 1))
    changed = world.vedette("erasure", "verify", str(file))
    assert changed.returncode == 1


WORKSPACE = "canary-customer-1042"
"""Named like the canary: wherever the workspace has anything, the canary is found."""

FILLED = {
    "accounts",
    "api_keys",
    "images",
    "images_by_owner",
    "index",
    "invitations",
    "job_items",
    "jobs",
    "list_slices",
    "oauth_clients",
    "results",
    "retention_runs",
    "webhook_deliveries",
    "webhook_endpoints",
    "workspaces",
}
# Marks of deleted images, the record of the deletion, the ten minutes just now, and a revoked application's name.
STAYS = {"erased_images", "erasures", "images", "index", "list_slices", "oauth_clients"}


async def test_nothing_of_a_deleted_workspace_is_left_nor_brought_back_by_an_older_backup(
    world: World, tmp_path: Path
) -> None:
    await give_one_of_everything(world)
    with workers(world, tmp_path):
        await publish(world, 50_000, 30, {}, WORKSPACE)
        others = await publish(world, 60_000, 5, {})
        await world.caught_up()
        assert set(await places_with_canaries(world)) >= FILLED
        backup = await create_backup(world.settings, open_catalogue(world.settings), QUIET)
        async with erasing(world) as (erasures, loop), EventPublisher(world.settings.kafka) as publisher:
            act = ActRecorder(AuditTrail(publisher)).act
            begun = await erasures.delete_workspace(WORKSPACE, WORKSPACE, "ops@desk", act)
            await loop.look()
            done = await erasures.find(begun.id)
        await world.caught_up()
    # Thirty were recognised, one was accepted, and one was announced and never sent.
    assert (done.is_done, done.erased, set((done.belongings or {}).values())) == (True, 32, {1})
    assert set(await places_with_canaries(world)) <= STAYS
    assert UploadPlace.of(world.settings).open(WORKSPACE).list_names() == []
    await restore_backup(world.settings, open_catalogue(world.settings), backup.id, QUIET, lambda _: True)
    # What came back is closed at once, and gone once the API has looked.
    with workers(world, tmp_path):
        async with erasing(world) as (erasures, loop):
            assert [one.id for one in await erasures.unattended()] == [WORKSPACE]
            await loop.look()
        await world.caught_up()
    assert set(await places_with_canaries(world)) <= STAYS
    store = await ResultStore.connect(world.settings.cassandra)
    left = await store.find_many([one.image_key for one in others])
    await store.close()
    assert [record.status for record in left] == [ImageStatus.RECOGNISED] * len(others)


async def give_one_of_everything(world: World) -> None:
    settings, only = world.settings, frozenset({WORKSPACE})
    session = await CassandraSession.connect(settings.cassandra)
    place = UploadPlace.of(settings)
    uploads, files = UploadStore(place), JobFiles(place)
    member = samples.account("canary@shop.example", workspaces=only)
    accounts, images = AccountStore(session), ResultStore(session)
    await accounts.create_workspace(samples.workspace(WORKSPACE))
    await accounts.create_account(member)
    await ApiKeyStore(session).create(samples.api_key(account_id=member.id, workspaces=only))
    await OAuthClientStore(session).create_client(samples.client(workspaces=only))
    await InvitationStore(session).add(samples.invitation(workspaces=only), 3600)
    endpoint = samples.endpoint(WORKSPACE)
    await WebhookEndpointStore(session).create(endpoint)
    await WebhookDeliveryStore(session, 30).save([(samples.delivery(endpoint), f'{{"owner": "{WORKSPACE}"}}')])
    kept = job(WORKSPACE)
    await JobStore(session).create(kept)
    await JobStore(session).save_items(kept.id, [JobItem(number=1, source=f"{CANARY}.jpg", image_id="a.jpg")])
    await files.write(WORKSPACE, kept.id, "manifest", CANARY.encode())
    await uploads.save(Upload(WORKSPACE, "f" * 64, SHA), PICTURE)
    await RetentionRunStore(session).save(WORKSPACE, RetentionRun(began_at=samples.START))
    now = datetime.now(UTC)
    at = samples.origin((now - samples.START).total_seconds())
    await images.save_accepted([(reference(WORKSPACE, "pending.jpg"), at)])
    await images.announce([(samples.identity(WORKSPACE, "announced.jpg"), f"s3://{CANARY}/a.jpg", now)])
    for store in (uploads, files, session):
        await store.close()

"""An erasure on real servers while traffic runs: nothing of what was found is left."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from pydantic import SecretStr

from api.activity.auditing import AuditTrail
from api.erasures.running import erasure_loop
from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.accounts.api_keys import ApiKeyStore
from infra.cassandra.accounts.invitations import InvitationStore
from infra.cassandra.accounts.oauth import OAuthClientStore
from infra.cassandra.erasures.erasures import ErasureStore
from infra.cassandra.erasures.retention_runs import RetentionRunStore
from infra.cassandra.images.results import ResultStore
from infra.cassandra.jobs.jobs import JobStore
from infra.cassandra.session import CassandraSession
from infra.cassandra.webhooks.deliveries import WebhookDeliveryStore
from infra.cassandra.webhooks.endpoints import WebhookEndpointStore
from infra.elasticsearch.results import ResultIndex
from infra.kafka.event_bus import EventPublisher, Record, open_group_view
from infra.kafka.topic_log import TopicLog
from infra.objects.job_files import JobFiles
from infra.objects.upload_place import UploadPlace
from infra.objects.upload_store import UploadStore
from infra.operations.audit.acts import ActRecorder
from infra.operations.backup.contents.documents import count_documents, read_documents
from infra.operations.backup.contents.raw_session import RawSession
from infra.operations.backup.contents.tables import describe_tables, read_rows
from infra.operations.backup.creation import create_backup
from infra.operations.backup.format.catalogue import open_catalogue
from infra.operations.backup.restore.restoration import restore_backup
from infra.operations.erasure.loop import ErasureLoop
from infra.operations.erasure.service import Erasures
from infra.operations.erasure.sinks import REFERENCES
from infra.settings.api import UploadSettings
from infra.settings.operations import ErasureSettings
from infra.settings.settings import Settings
from schemas.access.keeping import RetentionRun
from schemas.images import ImageIdentity, Origin
from schemas.queries import ImageStatus
from schemas.records.erasures import ErasureSearch
from schemas.records.jobs import JobItem
from schemas.results import RecognitionResult
from schemas.texts.uploads import Upload
from schemas.topics import IMAGE_REFERENCES, RECOGNISE_GROUP, RECOGNITION_RESULTS
from tests import samples
from tests.backup_world import KEY, QUIET, World, backup_world, own_kafka
from tests.contracts.job_store_contract import job
from tests.samples import reference, result
from tests.stacks import RunningStack
from tests.workers import running_worker

pytestmark = pytest.mark.long

CANARY = "canary-customer-1042"
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


def workers(world: World, folder: Path) -> ExitStack:
    with ExitStack() as opened:
        for name in ("store", "index"):
            opened.enter_context(running_worker(world.settings, name, folder, world.environment))
        return opened.pop_all()


async def publish(
    world: World, first: int, count: int, metadata: dict[str, str], owner: str = "shop"
) -> list[RecognitionResult]:
    """Publish references with their results, as a recogniser would have answered them; return the results."""
    async with EventPublisher(world.settings.kafka) as publisher:
        asked = [reference(owner, f"{number}.jpg", metadata=metadata) for number in range(first, first + count)]
        origins = await publisher.publish(
            [Record(IMAGE_REFERENCES, one.model_dump_json(exclude_none=True).encode()) for one in asked]
        )
        found = [_answer(one.identity, at, metadata) for one, at in zip(asked, origins, strict=True)]
        await publisher.publish(
            [Record(RECOGNITION_RESULTS, one.model_dump_json(exclude_none=True).encode()) for one in found]
        )
    await asyncio.to_thread(acknowledge_references, world.settings)
    return found


def _answer(image: ImageIdentity, at: Origin, metadata: dict[str, str]) -> RecognitionResult:
    uri = f"s3://photos/{image.image_id}"
    return result(image.owner, image.image_id, of=at, metadata=metadata, uri=uri, recognised_at=at.appended_at)


def acknowledge_references(settings: Settings) -> None:
    """Do what recognition does once the outcomes are on their topic: acknowledge."""
    log = TopicLog(settings.kafka)
    ends = {at: span.end for at, span in log.spans(sorted(REFERENCES)).items()}
    log.close()
    view = open_group_view(settings.kafka, RECOGNISE_GROUP)
    view.commit(offsets=[TopicPartition(*at, end) for at, end in ends.items() if end], asynchronous=False)
    view.close()


@asynccontextmanager
async def erasing(world: World) -> AsyncIterator[tuple[Erasures, ErasureLoop]]:
    """Open what an API process opens to begin and carry out erasures."""
    settings = world.settings
    async with EventPublisher(settings.kafka) as publisher:
        session = await CassandraSession.connect(settings.cassandra)
        index, uploads = ResultIndex.connect(settings.elasticsearch), UploadStore(UploadPlace.of(settings))
        files = JobFiles(UploadPlace.of(settings))
        try:
            yield (
                Erasures(ErasureStore(session), index, AccountStore(session)),
                erasure_loop(settings, session, index, publisher, uploads, files),
            )
        finally:
            await files.close()
            await uploads.close()
            await index.close()
            await session.close()


async def places_with_canaries(world: World) -> list[str]:
    """Return every table that holds the canary in any row, and the index if a document does."""
    settings, found = world.settings, []
    cassandra = await CassandraSession.connect(settings.cassandra)
    raw = await RawSession.connect_without_keyspace(settings.cassandra)
    async with world.stores() as (_, elasticsearch):
        for table in await describe_tables(cassandra, settings.cassandra.keyspace):
            async for row in read_rows(raw, table, lambda _steps: None):
                values = [*row.key, *(cell.value for cell in row.cells if cell is not None)]
                found += [table[0]] if any(CANARY.encode() in value for value in values) else []
        await count_documents(elasticsearch, settings.elasticsearch.index)
        async for row in read_documents(elasticsearch, settings.elasticsearch.index):
            found += ["index"] if CANARY.encode() in row.cells[0].value else []  # type: ignore[union-attr]
    await raw.close()
    await cassandra.close()
    return sorted(set(found))


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


async def left(world: World) -> int:
    """Return how many of the customer's images a search finds."""
    async with erasing(world) as (erasures, _):
        return (await erasures.count(ErasureSearch(owner="shop", metadata={"customer": CANARY}))).images


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

"""An erasure on real servers while traffic runs: nothing of what was found is left."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from pydantic import SecretStr

from api.erasures.running import erasure_loop
from infra.cassandra.erasures.erasures import ErasureStore
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.results import ResultIndex
from infra.kafka.event_bus import EventPublisher, Record, open_group_view
from infra.kafka.topic_log import TopicLog
from infra.objects.upload_place import UploadPlace
from infra.objects.upload_store import UploadStore
from infra.operations.backup.contents.documents import count_documents, read_documents
from infra.operations.backup.contents.raw_session import RawSession
from infra.operations.backup.contents.tables import describe_tables, read_rows
from infra.operations.erasure.loop import ErasureLoop
from infra.operations.erasure.service import Erasures
from infra.operations.erasure.sinks import REFERENCES
from infra.settings.api import UploadSettings
from infra.settings.operations import ErasureSettings
from infra.settings.settings import Settings
from schemas.images import Origin
from schemas.records.erasures import ErasureSearch
from schemas.results import RecognitionResult
from schemas.texts.uploads import Upload
from schemas.topics import IMAGE_REFERENCES, RECOGNISE_GROUP, RECOGNITION_RESULTS
from tests.backup_world import KEY, World, backup_world, own_kafka
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


async def publish(world: World, first: int, count: int, metadata: dict[str, str]) -> list[RecognitionResult]:
    """Publish references with their results, as a recogniser would have answered them; return the results."""
    async with EventPublisher(world.settings.kafka) as publisher:
        asked = [reference("shop", f"{number}.jpg", metadata=metadata) for number in range(first, first + count)]
        origins = await publisher.publish(
            [Record(IMAGE_REFERENCES, one.model_dump_json(exclude_none=True).encode()) for one in asked]
        )
        found = [_answer(one.identity.image_id, at, metadata) for one, at in zip(asked, origins, strict=True)]
        await publisher.publish(
            [Record(RECOGNITION_RESULTS, one.model_dump_json(exclude_none=True).encode()) for one in found]
        )
    await asyncio.to_thread(acknowledge_references, world.settings)
    return found


def _answer(image_id: str, at: Origin, metadata: dict[str, str]) -> RecognitionResult:
    uri = f"s3://photos/{image_id}"
    return result("shop", image_id, of=at, metadata=metadata, uri=uri, recognised_at=at.appended_at)


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
        try:
            yield (
                Erasures(ErasureStore(session), index),
                erasure_loop(settings, session, index, publisher, uploads),
            )
        finally:
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

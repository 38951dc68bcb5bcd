"""Erasures on real stores: images of one customer, what carries an erasure out, and what is left afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from confluent_kafka import TopicPartition

from api.erasures.running import erasure_loop
from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.erasures.erasures import ErasureStore
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.results import ResultIndex
from infra.kafka.event_bus import EventPublisher, Record, open_group_view
from infra.kafka.topic_log import TopicLog
from infra.objects.job_files import JobFiles
from infra.objects.upload_place import UploadPlace
from infra.objects.upload_store import UploadStore
from infra.operations.backup.contents.documents import count_documents, read_documents
from infra.operations.backup.contents.raw_session import RawSession
from infra.operations.backup.contents.tables import describe_tables, read_rows
from infra.operations.erasure.loop import ErasureLoop
from infra.operations.erasure.service import Erasures
from infra.operations.erasure.sinks import REFERENCES
from infra.settings.settings import Settings
from schemas.images import ImageIdentity, Origin
from schemas.records.erasures import ErasureSearch
from schemas.results import RecognitionResult
from schemas.topics import IMAGE_REFERENCES, RECOGNISE_GROUP, RECOGNITION_RESULTS
from tests.backup_world import World
from tests.samples import reference, result
from tests.workers import running_worker

CANARY = "canary-customer-1042"
"""Whom the images are about that are to be erased: wherever this is found, something of them is left."""


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


async def left(world: World) -> int:
    """Return how many of the customer's images a search finds."""
    async with erasing(world) as (erasures, _):
        return (await erasures.count(ErasureSearch(owner="shop", metadata={"customer": CANARY}))).images

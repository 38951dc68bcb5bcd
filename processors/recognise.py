"""``vedette worker recognise``: references in, results and dead letters out."""

import os
import platform
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from infra.account_store import AccountStore
from infra.event_bus import EventPublisher, Record
from infra.image_source import ImageSource
from infra.retries import retry_transient
from infra.settings import Settings
from processors.delivery import Batching, EventStream, Message, consume_batches
from processors.intake import Intake
from processors.models.providers import choose_device
from processors.notifications import NotificationReader
from processors.outcomes import Outcome
from processors.pipeline import load_pipeline
from processors.recogniser import Pipeline, Recogniser
from processors.worker import WorkerApp, consume, create_worker
from processors.workspaces import WorkspaceDirectory
from schemas.topics import OBJECT_CREATED, REFERENCE_TOPICS

log = structlog.get_logger(__name__)


def create_app(settings: Settings) -> WorkerApp:
    """Return the app that recognises references and turns bucket notifications into references."""
    app = create_worker("recognise", settings)

    async def recognise(stream: EventStream) -> None:
        pipeline = await load_pipeline(settings)
        async with open_recogniser(settings, pipeline) as recogniser, EventPublisher(settings.kafka) as publisher:
            batching = Batching(
                settings.worker.batch_size, settings.worker.batch_wait_s, in_flight=settings.worker.batches_in_flight
            )

            async def publish(outcome: Outcome) -> None:
                await publisher.publish(outcome.records)
                log.info("batch_published", recognised=outcome.recognised, rejected=outcome.rejected)

            await consume_batches(stream, batching, recogniser.recognise, publish)

    async def translate(stream: EventStream) -> None:
        reader = NotificationReader(settings.sources.bucket_owners, platform.node())

        async def read(messages: Sequence[Message]) -> list[Record]:
            return reader.read(messages)

        async with EventPublisher(settings.kafka) as publisher:

            async def publish(records: list[Record]) -> None:
                await publisher.publish(records)

            batching = Batching(settings.worker.sink_batch_size, settings.worker.batch_wait_s)
            await consume_batches(stream, batching, read, publish)

    consume(app, REFERENCE_TOPICS, recognise)
    consume(app, [OBJECT_CREATED], translate)
    return app


@asynccontextmanager
async def open_recogniser(settings: Settings, pipeline: Pipeline) -> AsyncIterator[Recogniser]:
    """Yield a recogniser on the real sources and workspaces; waits until the stores answer."""
    accounts = await retry_transient(lambda: AccountStore.connect(settings.cassandra), doing="connect to Cassandra")
    source = ImageSource(settings.sources)
    device, processors = choose_device(settings.models), os.cpu_count() or 1
    recogniser = Recogniser(
        Intake(settings.kafka.topic_owners),
        source,
        WorkspaceDirectory(accounts),
        pipeline,
        decoding_threads=settings.models.threads or processors,
        inference_threads=device.runs_at_once(settings.models, processors),
        inference_batch=device.batch_size(settings.models),
        host=platform.node(),
    )
    try:
        yield recogniser
    finally:
        recogniser.close()
        await source.close()
        await accounts.close()

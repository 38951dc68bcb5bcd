"""``vedette worker recognise``: references in, results and dead letters out."""

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from functools import partial

import structlog

from infra.account_store import AccountStore
from infra.cassandra_session import CassandraSession
from infra.event_bus import EventPublisher, Record
from infra.image_source import ImageSource
from infra.pipeline_store import PipelineStore
from infra.retries import retry_transient
from infra.settings import Settings
from processors.delivery import Batching, EventStream, Message, consume_batches, end_process_on_bug
from processors.imaging.decoder_pool import open_decoders
from processors.intake import Intake
from processors.models.providers import choose_device
from processors.notifications import NotificationReader
from processors.outcomes import Outcome
from processors.pipeline import build_pipeline
from processors.pipelines import PipelineLoader, PipelineLookup, Pipelines
from processors.recogniser import Pipeline as RunnablePipeline
from processors.recogniser import Recogniser
from processors.worker import WorkerApp, consume, create_worker
from processors.workspaces import WorkspaceDirectory
from schemas.pipelines import Pipeline
from schemas.topics import OBJECT_CREATED, REFERENCE_TOPICS

Build = Callable[[Settings, Pipeline], RunnablePipeline]

log = structlog.get_logger(__name__)


def create_app(settings: Settings) -> WorkerApp:
    """Return the app that recognises references and turns bucket notifications into references."""
    app = create_worker("recognise", settings)

    async def recognise(stream: EventStream) -> None:
        with closing(open_decoders(settings.models)) as processes:
            build = partial(build_pipeline, processes=processes)
            async with open_recogniser(settings, build) as recogniser, EventPublisher(settings.kafka) as publisher:
                batching = Batching(
                    settings.worker.batch_size,
                    settings.worker.batch_wait_s,
                    in_flight=settings.worker.batches_in_flight,
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
async def open_recogniser(settings: Settings, build: Build = build_pipeline) -> AsyncIterator[Recogniser]:
    """Yield a recogniser on real sources and workspaces and the pipelines that ``build`` loads.

    Waits until the stores answer.
    """
    session = await retry_transient(lambda: CassandraSession.connect(settings.cassandra), doing="connect to Cassandra")
    source = ImageSource(settings.sources)
    device, processors = choose_device(settings.models), os.cpu_count() or 1
    async with open_pipelines(settings, PipelineStore(session), build) as pipelines:
        recogniser = Recogniser(
            Intake(settings.kafka.topic_owners),
            source,
            WorkspaceDirectory(AccountStore(session)),
            pipelines,
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
            await session.close()


@asynccontextmanager
async def open_pipelines(settings: Settings, store: PipelineLookup, build: Build) -> AsyncIterator[Pipelines]:
    """Yield the promoted pipeline and others on demand, and follow every promotion meanwhile."""
    loader = PipelineLoader(store, partial(build, settings))
    pipelines = await retry_transient(
        lambda: Pipelines.open(store, loader, settings.models.more_pipelines), doing="load the promoted pipeline"
    )
    following = asyncio.create_task(pipelines.follow(), name="follow-promotions")
    following.add_done_callback(end_process_on_bug)
    try:
        yield pipelines
    finally:
        following.cancel()
        loader.close()

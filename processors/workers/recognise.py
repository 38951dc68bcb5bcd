"""``vedette worker recognise``: references in, results and dead letters out."""

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Protocol, Self

import structlog

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.model_records import ModelRecordStore
from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.session import CassandraSession
from infra.kafka.delayed_consumer import DelayedConsumer
from infra.kafka.event_bus import EventPublisher, Record
from infra.kafka.polling import MessageStream, PausableStream
from infra.lanes import Lane
from infra.objects.upload_place import UploadPlace
from infra.retries import retry_transient
from infra.settings.settings import Settings
from infra.sources.image_source import ImageSource
from infra.telemetry.metrics import OUTCOMES, outages
from processors.imaging.decoding.processes.pool import DecoderPool, open_decoders
from processors.models.runtime.providers import choose_device
from processors.pipelines.live import PipelineLoader, PipelineLookup, Pipelines
from processors.pipelines.loaded import build_pipeline
from processors.pipelines.recorded import RecordedPipelines
from processors.recognition.batch import RunnablePipeline
from processors.recognition.cutting import CuttingPublisher
from processors.recognition.intake import Intake
from processors.recognition.isolation import NO_SUSPECTS, Isolation
from processors.recognition.journal import Journal
from processors.recognition.notifications import NotificationReader
from processors.recognition.outcomes import Outcome
from processors.recognition.recogniser import Recogniser
from processors.recognition.retrying import RetryPlan, due_at, read_retry
from processors.recognition.workspaces import WorkspaceDirectory
from processors.streams.delivery import Batching, Message, consume_batches
from processors.streams.drained import DrainedStream
from processors.streams.endings import end_process_on_bug
from processors.streams.faust_client.app import WorkerApp
from processors.streams.gap_keeper import GapKeeper
from processors.streams.worker import create_worker
from schemas.records.pipelines import PipelineSpec
from schemas.topics import IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH, OBJECT_CREATED, RETRY_GROUP, RETRY_TOPICS

log = structlog.get_logger(__name__)

Build = Callable[[Settings, PipelineSpec], RunnablePipeline]
Handle = Callable[[Sequence[Message]], Awaitable[None]]

POLL_RECORDS = 64


class BuildPipeline(Protocol):
    """Loads a pipeline that decodes in ``processes`` whatever may take too long; a function that a module holds."""

    def __call__(
        self, settings: Settings, pipeline: PipelineSpec, /, *, processes: DecoderPool | None
    ) -> RunnablePipeline: ...


def create_app(settings: Settings, build: BuildPipeline = build_pipeline) -> WorkerApp:
    """Return the app that recognises references and turns bucket notifications into references.

    One recogniser, on the pipelines that ``build`` loads, serves three lanes: both topics for references, and beside
    Faust the retry topics, whose messages wait for their time.
    """
    worker = settings.worker
    app = create_worker("recognise", settings, poll_records=POLL_RECORDS)
    recognition = SharedRecognition(settings, build)

    async def retry() -> None:
        gaps = GapKeeper.open(RETRY_GROUP, RETRY_TOPICS, settings.kafka, app.facts)
        async with recognition, DelayedConsumer(settings.kafka, RETRY_GROUP, RETRY_TOPICS, due_at, gaps) as due:
            handle = await recognition.handler(Lane.RETRY)
            await consume_batches(due, Batching(worker.batch_size, 0), handle, _already_published, read_retry)

    async def recognise(stream: MessageStream) -> None:
        handle = await recognition.handler(Lane.URGENT)
        batching = Batching(worker.batch_size, worker.batch_wait_s, in_flight=worker.batches_in_flight)
        await consume_batches(stream, batching, handle, _already_published, app.sequences.number)

    async def recognise_backlog(stream: PausableStream) -> None:
        handle = await recognition.handler(Lane.BATCH)
        drained = DrainedStream(stream, enough=worker.batch_size)
        # Two at once keep all threads busy; more would only make a rebalance wait longer.
        in_flight = min(2, worker.batches_in_flight)
        batching = Batching(worker.batch_size, worker.batch_wait_s, in_flight=in_flight)
        await consume_batches(drained, batching, handle, _already_published, app.sequences.number)

    async def translate(stream: MessageStream) -> None:
        reader = NotificationReader(settings.sources.bucket_owners, platform.node())

        async def read(messages: Sequence[Message]) -> list[Record]:
            return reader.read(messages)

        async with EventPublisher(settings.kafka) as publisher:
            batching = Batching(settings.worker.sink_batch_size, settings.worker.batch_wait_s)
            cutting = CuttingPublisher(publisher, platform.node())
            await consume_batches(stream, batching, read, cutting.publish)

    app.consume([IMAGE_REFERENCES], recognise)
    app.consume([IMAGE_REFERENCES_BATCH], recognise_backlog)
    app.consume([OBJECT_CREATED], translate)
    app.run_beside(retry)
    return app


async def _already_published(_handled: None) -> None:
    """Each part of a batch is made durable as soon as it is there."""


class SharedRecognition:
    """One recogniser, its publisher and its journal: what all lanes of a worker share, from its opening to its end.

    Where it cannot be opened, the error leaves ``async with``; the lanes wait meanwhile.
    """

    def __init__(self, settings: Settings, build: BuildPipeline) -> None:
        self._settings = settings
        self._build = build
        self._stack = AsyncExitStack()
        self._is_open = asyncio.Event()
        self._recognition: _Recognition | None = None

    async def handler(self, lane: Lane) -> Handle:
        """Return what makes the outcome of a lane's batch durable, part by part; waits until all is open."""
        while self._recognition is None:
            await self._is_open.wait()
        return partial(self._recognition.handle, lane)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            processes = open_decoders(self._settings.models)
            stack.callback(processes.close)
            journal = Journal(self._settings.home / "run" / "in-flight")
            stack.callback(journal.close)
            build, build_alone = partial(self._build, processes=processes), partial(self._build, processes=None)
            with outages.during("load the pipeline"):
                recogniser = await stack.enter_async_context(
                    open_recogniser(self._settings, build, build_alone, journal)
                )
            publisher = await stack.enter_async_context(EventPublisher(self._settings.kafka))
            self._recognition = _Recognition(recogniser, CuttingPublisher(publisher, platform.node()), journal)
            self._stack = stack.pop_all()
        self._is_open.set()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()


@dataclass(frozen=True)
class _Recognition:
    """A recogniser, and where its outcomes go."""

    recogniser: Recogniser
    publisher: CuttingPublisher
    journal: Journal

    async def handle(self, lane: Lane, messages: Sequence[Message]) -> None:
        """Make the outcome of a lane's batch durable, part by part."""
        names = [message.origin.name for message in messages]
        self.journal.begin(names)
        async with aclosing(self.recogniser.recognise_in_parts(messages, lane)) as parts:
            async for part in parts:
                await self._publish(part, lane)
        self.journal.end(names)

    async def _publish(self, part: Outcome, lane: Lane) -> None:
        await retry_transient(lambda: self.publisher.publish(part.records), doing="publish results")
        counts = {"recognised": part.recognised, "rejected": part.rejected, "put_off": part.put_off}
        for outcome, count in counts.items():
            OUTCOMES.labels(outcome).inc(count)
        log.info("batch_published", lane=lane.value, **counts)


@asynccontextmanager
async def open_recogniser(
    settings: Settings,
    build: Build = build_pipeline,
    build_alone: Build = build_pipeline,
    journal: Journal | None = None,
) -> AsyncIterator[Recogniser]:
    """Yield a recogniser on real sources and workspaces and the pipelines that ``build`` loads.

    What ``journal`` suspects is tried alone, on what ``build_alone`` loads. Waits until the stores answer.
    """
    session = await retry_transient(lambda: CassandraSession.connect(settings.cassandra), doing="connect to Cassandra")
    source = ImageSource(settings.sources, uploads=UploadPlace.of(settings))
    device = choose_device(settings.models)
    store = RecordedPipelines(PipelineStore(session), ModelRecordStore(session))
    isolation = Isolation(settings, build_alone, store.find, journal.is_suspect) if journal else None
    async with open_pipelines(settings, store, build) as pipelines:
        recogniser = Recogniser(
            Intake(settings.kafka.topic_owners),
            source,
            WorkspaceDirectory(AccountStore(session)),
            pipelines,
            decoding_threads=settings.models.threads or os.cpu_count() or 1,
            inference_threads=device.threads(settings.models),
            inference_batch=device.batch_size(settings.models),
            host=platform.node(),
            retries=RetryPlan(settings.sources.retry_delays_s),
            batch_share=settings.worker.batch_share,
            suspects=isolation or NO_SUSPECTS,
        )
        try:
            yield recogniser
        finally:
            recogniser.close()
            if isolation:
                isolation.close()
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

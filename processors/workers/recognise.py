"""``vedette worker recognise``: references in, results and dead letters out; questions in, answers out."""

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from types import TracebackType
from typing import Protocol, Self

import structlog

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.model_records import ModelRecordStore
from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.session import CassandraSession
from infra.cassandra.worker_reports import WorkerReportStore
from infra.kafka.event_bus import EventPublisher, Record
from infra.kafka.groups.delayed_consumer import DelayedConsumer
from infra.kafka.groups.sharing import GroupShare
from infra.kafka.polling import MessageStream, PausableStream
from infra.kafka.topic_tail import TopicTail
from infra.lanes import Lane
from infra.objects.upload_place import UploadPlace
from infra.retries import retry_transient
from infra.settings.settings import Settings
from infra.sources.image_source import ImageSource
from infra.telemetry.metrics import outages
from processors.imaging.decoding.processes.pool import DecoderPool, open_decoders
from processors.models.runtime.providers import choose_device
from processors.pipelines.live import PipelineLoader, PipelineLookup, Pipelines
from processors.pipelines.loaded import build_pipeline
from processors.pipelines.recorded import RecordedPipelines
from processors.recognition.answering.durable import DurableRecognition
from processors.recognition.batch import RunnablePipeline
from processors.recognition.cutting import CuttingPublisher
from processors.recognition.intake import Intake
from processors.recognition.isolation import NO_SUSPECTS, Isolation
from processors.recognition.journal import Journal
from processors.recognition.notifications import NotificationReader
from processors.recognition.questions.answering import QuestionAnswering
from processors.recognition.questions.assembly import Assembly
from processors.recognition.questions.reading import QuestionReader
from processors.recognition.recogniser import Recogniser
from processors.recognition.retrying import RetryPlan, due_at, read_retry
from processors.recognition.workspaces import WorkspaceDirectory
from processors.streams.delivery import Batching, Message, consume_batches
from processors.streams.drained import DrainedStream
from processors.streams.endings import end_process_on_bug
from processors.streams.faust_client.app import WorkerApp
from processors.streams.gap_keeper import GapKeeper
from processors.streams.worker import create_worker
from processors.workers.reporting import reporting
from schemas.messages.topic_owners import TopicOwners
from schemas.records.pipelines import PipelineSpec
from schemas.topics import (
    IMAGE_REFERENCES,
    IMAGE_REFERENCES_BATCH,
    MIB,
    OBJECT_CREATED,
    QUESTION_GROUP,
    QUESTIONS,
    RETRY_GROUP,
    RETRY_TOPICS,
)

log = structlog.get_logger(__name__)

Build = Callable[[Settings, PipelineSpec], RunnablePipeline]
Handle = Callable[[Sequence[Message]], Awaitable[asyncio.Task[None]]]

POLL_RECORDS = 64
# Batches of a lane of which only text is left: others are begun meanwhile.
MOST_WAITING = 8
# Of pictures of questions that have not come whole; one always fits.
MOST_PARTS_BYTES = 128 * MIB
# Whoever asked has given up by then.
ANSWER_TIMEOUT_S = 10


class BuildPipeline(Protocol):
    """Loads a pipeline that decodes in ``processes`` whatever may take too long; a function that a module holds."""

    def __call__(
        self, settings: Settings, pipeline: PipelineSpec, /, *, processes: DecoderPool | None
    ) -> RunnablePipeline: ...


def create_app(settings: Settings, build: BuildPipeline = build_pipeline) -> WorkerApp:
    """Return the app that recognises references and turns bucket notifications into references.

    One recogniser, on the pipelines that ``build`` loads, serves four lanes: both topics for references, and beside
    Faust the retry topics, whose messages wait for their time, and questions, which go before everything else.
    """
    worker = settings.worker
    app = create_worker("recognise", settings, poll_records=POLL_RECORDS)
    recognition = SharedRecognition(settings, build, app.pulse.move)

    async def retry() -> None:
        gaps = GapKeeper.open(RETRY_GROUP, RETRY_TOPICS, settings.kafka, app.facts)
        async with recognition, DelayedConsumer(settings.kafka, RETRY_GROUP, RETRY_TOPICS, due_at, gaps) as due:
            handle = await recognition.handler(Lane.RETRY)
            batching = Batching(worker.batch_size, 0, waiting=MOST_WAITING)
            await consume_batches(due, batching, handle, _durable, read_retry)

    async def answer() -> None:
        opened = await recognition.opened()
        assembly = Assembly(max(MOST_PARTS_BYTES, settings.sources.max_bytes))
        reader = QuestionReader(TopicOwners(settings.kafka.topic_owners), assembly)
        async with (
            EventPublisher(settings.kafka, linger_ms=0, delivery_timeout_s=ANSWER_TIMEOUT_S) as publisher,
            TopicTail(settings.kafka, [QUESTIONS], placement=GroupShare([QUESTIONS], QUESTION_GROUP)) as questions,
        ):
            host = platform.node()
            await QuestionAnswering(opened.recogniser, reader, publisher, opened.journal, host).run(questions)

    async def recognise(stream: MessageStream) -> None:
        handle = await recognition.handler(Lane.URGENT)
        in_flight = worker.batches_in_flight
        batching = Batching(worker.batch_size, worker.batch_wait_s, in_flight=in_flight, waiting=MOST_WAITING)
        await consume_batches(stream, batching, handle, _durable, app.sequences.number)

    async def recognise_backlog(stream: PausableStream) -> None:
        handle = await recognition.handler(Lane.BATCH)
        drained = DrainedStream(stream, enough=worker.batch_size)
        # Two at once keep all threads busy; more would only make a rebalance wait longer.
        in_flight = min(2, worker.batches_in_flight)
        batching = Batching(worker.batch_size, worker.batch_wait_s, in_flight=in_flight, waiting=MOST_WAITING)
        await consume_batches(drained, batching, handle, _durable, app.sequences.number)

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
    app.run_beside(answer)
    return app


async def _durable(rest: "asyncio.Task[None]") -> None:
    """Return once the rest of a batch is durable; each part was as soon as it was there."""
    await rest


class SharedRecognition:
    """One recogniser, its publisher and its journal: what all lanes of a worker share, from its opening to its end.

    Where it cannot be opened, the error leaves ``async with``; the lanes wait meanwhile.
    """

    def __init__(self, settings: Settings, build: BuildPipeline, moved: Callable[[], None]) -> None:
        """``moved`` is called whenever outcomes were published."""
        self._settings = settings
        self._build = build
        self._moved = moved
        self._stack = AsyncExitStack()
        self._is_open = asyncio.Event()
        self._recognition: DurableRecognition | None = None

    async def handler(self, lane: Lane) -> Handle:
        """Return what makes the outcome of a lane's batch durable, part by part; waits until all is open."""
        return partial((await self.opened()).handle, lane)

    async def opened(self) -> DurableRecognition:
        """Return what all lanes share; waits until it is open."""
        while self._recognition is None:
            await self._is_open.wait()
        return self._recognition

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
            self._recognition = DurableRecognition(
                recogniser, CuttingPublisher(publisher, platform.node()), journal, self._moved
            )
            stack.push_async_callback(self._recognition.cancel)
            self._stack = stack.pop_all()
        self._is_open.set()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()


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
            text_threads=settings.models.threads or os.cpu_count() or 1,
            inference_batch=device.batch_size(settings.models),
            host=platform.node(),
            retries=RetryPlan(settings.sources.retry_delays_s),
            batch_share=settings.worker.batch_share,
            suspects=isolation or NO_SUSPECTS,
        )
        try:
            async with reporting(WorkerReportStore(session), settings.cache):
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

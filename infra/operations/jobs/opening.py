"""What carrying out jobs needs, opened once there is a job: whoever has none pays for a look now and then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.accounts.submitted_images import SubmittedImagesStore
from infra.cassandra.images.results import ResultStore
from infra.cassandra.jobs.jobs import JobStore
from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.results import ResultIndex
from infra.kafka.event_bus import EventPublisher
from infra.kafka.outcomes.job_endings import publish_job_finished
from infra.kafka.topic_log import TopicLog
from infra.objects.job_files import JobFiles
from infra.objects.upload_place import UploadPlace
from infra.operations.jobs.allowance import JobAllowance
from infra.operations.jobs.carrier import JobCarrier
from infra.operations.jobs.ending import ending_of
from infra.operations.jobs.items.choosing import ItemSources
from infra.operations.jobs.outcomes import ItemOutcomes
from infra.operations.jobs.results import JobResults
from infra.operations.jobs.runner import JobRunner
from infra.operations.replay.lane import BatchLane
from infra.retries import retry_transient
from infra.settings.settings import Settings
from infra.sources.rules import SourceRules
from schemas.records.jobs import JobProgress, StoredJob

# As a replay: so many references of jobs wait in the batch lane at most, which gives way to live traffic.
MOST_WAITING = 500


async def carry_out_jobs(settings: Settings) -> None:
    """Carry out jobs as they come, until cancelled; raises what a bug in one raises."""
    session = await retry_transient(lambda: CassandraSession.connect(settings.cassandra), doing="connect to Cassandra")
    try:
        async with _runners(settings, session) as runners:
            await JobCarrier(JobStore(session), runners.make, runners.ended).run()
    finally:
        await session.close()


@asynccontextmanager
async def _runners(settings: Settings, session: CassandraSession) -> AsyncIterator["_Runners"]:
    async with AsyncExitStack() as opened:
        yield _Runners(settings, session, opened)


@dataclass(frozen=True)
class _Connections:
    """What is open."""

    publisher: EventPublisher
    lane: BatchLane
    index: ResultIndex
    files: JobFiles


class _Runners:
    """Makes runners on connections that all jobs of this process share."""

    def __init__(self, settings: Settings, session: CassandraSession, opened: AsyncExitStack) -> None:
        self._settings = settings
        self._session = session
        self._opened = opened
        self._opening = asyncio.Lock()
        self._connections: _Connections | None = None

    async def make(self, stored: StoredJob, holder: UUID) -> JobRunner:
        """Return the runner of a job that ``holder`` holds."""
        connections = await self._opened_connections()
        images = ResultStore(self._session)
        source = await retry_transient(
            lambda: self._sources(connections, images).open(stored.job), doing="find where a job may read"
        )
        return JobRunner(
            stored,
            holder,
            JobStore(self._session),
            source,
            connections.publisher,
            connections.lane,
            ItemOutcomes(stored.job, images),
            JobResults(JobStore(self._session), images, PipelineStore(self._session), connections.files),
            JobAllowance(stored.job, SubmittedImagesStore(self._session), self._settings.api),
        )

    async def ended(self, stored: StoredJob, progress: JobProgress) -> None:
        """Tell whoever waits for a job that it is at its end; once more after a crash, as the same event."""
        connections = await self._opened_connections()
        await publish_job_finished(connections.publisher, ending_of(stored.job, progress))

    async def _opened_connections(self) -> _Connections:
        async with self._opening:
            self._connections = self._connections or await self._connect()
            return self._connections

    def _sources(self, connections: _Connections, images: ResultStore) -> ItemSources:
        rules = SourceRules(self._settings.sources, UploadPlace.of(self._settings))
        stores = self._settings.sources
        return ItemSources(AccountStore(self._session), rules, stores, connections.files, connections.index, images)

    async def _connect(self) -> _Connections:
        publisher = await self._opened.enter_async_context(EventPublisher(self._settings.kafka))
        topics = await asyncio.to_thread(TopicLog, self._settings.kafka)
        self._opened.callback(topics.close)
        index = ResultIndex.connect(self._settings.elasticsearch)
        self._opened.push_async_callback(index.close)
        files = JobFiles(UploadPlace.of(self._settings))
        self._opened.push_async_callback(files.close)
        return _Connections(publisher, BatchLane(topics, None, MOST_WAITING), index, files)

"""Carries out one job, from wherever it stands to its end."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from infra.errors import ConfigurationError, VedetteError
from infra.kafka.confirmation import PublishFailed
from infra.kafka.event_bus import Publisher, Record
from infra.operations.jobs.allowance import JobAllowance
from infra.operations.jobs.items.sources import Entry, ItemSource, JobFailed
from infra.operations.jobs.outcomes import ItemOutcomes
from infra.operations.jobs.settling import ItemRecords, Settling
from infra.operations.replay.replayer import ReplayLane, replay_of
from infra.retries import retry_transient
from schemas.images import ImageReference, Origin
from schemas.messages.cloud_events import JOBS_SOURCE, REFERENCE_TYPE, headers_for
from schemas.records.exports import ExportFormat
from schemas.records.jobs import Job, JobItem, JobProgress, JobStage, StoredJob
from schemas.topics import IMAGE_REFERENCES_BATCH

AT_ONCE = 100
LOOK_S = 1.0
QUOTA_LOOK_S = 10.0
MOST_ATTEMPTS = 5
# What the one who carries out a job cannot mend, and tells.
FAILURES = (JobFailed, ConfigurationError, PublishFailed)

Answer = TypeVar("Answer")


class LeaseLost(VedetteError):
    """Another process carries out the job by now, or it was deleted: this one leaves off."""


class JobRecords(ItemRecords, Protocol):
    """Where jobs and items are kept."""

    async def find(self, owner: str, job_id: UUID) -> StoredJob | None: ...
    async def save_progress(self, place: tuple[str, UUID], holder: UUID, progress: JobProgress) -> bool: ...
    async def save_items(self, job_id: UUID, items: Sequence[JobItem]) -> None: ...


class ResultWriter(Protocol):
    """Writes a job's result files; returns the formats that are there then."""

    async def write(self, job: Job, items: int) -> tuple[ExportFormat, ...]: ...


class JobRunner:
    """Publishes, follows and writes; it holds the job, and nobody else carries it out meanwhile.

    Items are kept before they are published, their places after that, and how far the job has come last. Killed at any
    point, the next one reads the same items once more and publishes those again that nobody knows to be published:
    under the same names, so that no item is there twice. Waits while a store does not answer.
    """

    def __init__(
        self,
        stored: StoredJob,
        holder: UUID,
        records: JobRecords,
        source: ItemSource,
        publisher: Publisher,
        lane: ReplayLane,
        outcomes: ItemOutcomes,
        results: ResultWriter,
        allowance: JobAllowance,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._job = stored.job
        self._progress = stored.progress
        self._place = (stored.job.owner, stored.job.id)
        self._holder = holder
        self._records = records
        self._source = source
        self._publisher = publisher
        self._lane = lane
        self._results = results
        self._allowance = allowance
        self._pause = pause
        self._settling = Settling(stored.job, stored.progress, records, outcomes)

    async def run(self) -> JobProgress:
        """Return once the job is at its end, however it ended; raises ``LeaseLost``."""
        if self._progress.stage is JobStage.ENDED:
            return self._progress
        attempts = self._progress.attempts + 1
        await self._save(attempts=attempts, began_at=self._progress.began_at or _now())
        try:
            if attempts > MOST_ATTEMPTS:
                raise JobFailed("The job ended its worker several times at the same point. See the worker's log.")
            if self._progress.stage in (JobStage.WAITING, JobStage.PUBLISHING):
                await self._publish_all()
            await self._settle_all()
            await self._write()
        except FAILURES as error:
            await self._save(stage=JobStage.ENDED, error=str(error), ended_at=_now())
        return self._progress

    async def _publish_all(self) -> None:
        while True:
            if await self._is_cancelled() and not await self._has_begun(self._progress.found + 1):
                await self._save(stage=JobStage.RECOGNISING, cancelled=True)
                return
            room = await _patient(lambda: self._allowance.room(AT_ONCE), "ask for a job's quota")
            if room == 0:
                await self._wait_for_quota()
            elif await self._publish_some(room):
                return
            await self._settle_some()

    async def _wait_for_quota(self) -> None:
        if self._progress.quota_until != self._allowance.renewed_at:
            await self._save(quota_until=self._allowance.renewed_at)
        await self._pause(QUOTA_LOOK_S)

    async def _publish_some(self, count: int) -> bool:
        """Publish the next items, ``count`` at most; True where they are the last."""
        position, found = self._progress.position, self._progress.found
        taken = await _patient(lambda: self._source.read(position, count), "read a job's source")
        items = [_item(found + number, entry) for number, entry in enumerate(taken.entries, 1)]
        await self._keep_items(items)
        published = await self._publish(taken.entries, items)
        await self._keep_items(published)
        await self._save(
            stage=JobStage.RECOGNISING if taken.is_end else JobStage.PUBLISHING,
            position=taken.position,
            found=found + len(items),
            accepted=self._progress.accepted + sum(item.published is not None for item in published),
            attempts=0,
            quota_until=None,
        )
        self._settling.reach(self._progress.found)
        return taken.is_end

    async def _publish(self, entries: Sequence[Entry], items: Sequence[JobItem]) -> list[JobItem]:
        """Return the items with their places, which the brokers have confirmed."""
        records = [
            self._record(item.number, entry)
            for entry, item in zip(entries, items, strict=True)
            if entry.problem is None
        ]
        if not records:
            return list(items)
        await _patient(lambda: self._allowance.take(len(records)), "count a job's images")
        await _patient(lambda: self._lane.make_room(len(records)), "wait for room in the batch lane")
        places = iter(await _patient(lambda: self._publisher.publish(records), "publish a job's references"))
        return [item if item.problem is not None else _placed(item, next(places)) for item in items]

    def _record(self, number: int, entry: Entry) -> Record:
        if entry.replayed is not None:
            return replay_of(entry.replayed, self._job.pipeline or entry.replayed.pipeline)
        if entry.reference is None:
            raise AssertionError("an item without a problem has a reference")
        reference = entry.reference.model_copy(update={"submitted_at": entry.reference.submitted_at or _now()})
        return _record_of(reference, self._job, number)

    async def _settle_all(self) -> None:
        await self._settle_some()
        while not self._settling.is_done:
            await self._pause(LOOK_S)
            await self._settle_some()

    async def _settle_some(self) -> None:
        is_complete = self._progress.stage not in (JobStage.WAITING, JobStage.PUBLISHING)
        known = await self._settling.look(self._progress.found, is_complete=is_complete)
        if any(getattr(self._progress, name) != value for name, value in known.items()):
            await self._save(**known)

    async def _write(self) -> None:
        await self._save(stage=JobStage.WRITING)
        results = await _patient(lambda: self._results.write(self._job, self._progress.found), "write a job's results")
        await self._save(stage=JobStage.ENDED, results=results, ended_at=_now())

    async def _keep_items(self, items: Sequence[JobItem]) -> None:
        await _patient(lambda: self._records.save_items(self._job.id, items), "keep a job's items")

    async def _is_cancelled(self) -> bool:
        stored = await _patient(lambda: self._records.find(*self._place), "read a job")
        if stored is None:
            raise LeaseLost("the job is gone")
        return stored.cancel_asked

    async def _has_begun(self, number: int) -> bool:
        """Whether an item was kept of which nobody knows whether it is published: then it is, first of all."""
        job_id = self._job.id
        return bool(await _patient(lambda: self._records.read_items(job_id, number, number), "read a job's items"))

    async def _save(self, **changes: Any) -> None:
        progress = self._progress.model_copy(update={**changes, "reached_at": _now()})
        saved = await _patient(
            lambda: self._records.save_progress(self._place, self._holder, progress), "keep how far a job has come"
        )
        if not saved:
            raise LeaseLost("another process carries out the job")
        self._progress = progress


def _item(number: int, entry: Entry) -> JobItem:
    if entry.replayed is not None:
        answer = entry.replayed
        return JobItem(
            number=number, source=entry.source, image_id=answer.image_id, uri=answer.uri, answers=answer.origin
        )
    reference = entry.reference
    return JobItem(
        number=number,
        source=entry.source,
        image_id=None if reference is None else reference.identity.image_id,
        uri=None if reference is None else reference.public_uri,
        problem=entry.problem,
    )


def _placed(item: JobItem, place: Origin) -> JobItem:
    return item.model_copy(update={"published": place})


def _record_of(reference: ImageReference, job: Job, number: int) -> Record:
    headers = headers_for(
        REFERENCE_TYPE,
        event_id=f"{job.id}:{number}",
        source=JOBS_SOURCE,
        time=_now(),
        correlation_id=str(job.id),
    )
    value = reference.model_dump_json(exclude_none=True).encode()
    return Record(IMAGE_REFERENCES_BATCH, value, reference.identity.image_key.encode(), headers)


async def _patient(operation: Callable[[], Awaitable[Answer]], doing: str) -> Answer:
    return await retry_transient(operation, doing=doing)


def _now() -> datetime:
    return datetime.now(UTC)

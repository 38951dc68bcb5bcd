"""Jobs, who carries each of them out, and their items, in Cassandra."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from infra.cassandra.session import CassandraSession, Write
from infra.cursors import MESSAGE, decode_cursor, encode_cursor
from infra.errors import InvalidCursor
from schemas.queries import Page
from schemas.records.jobs import ItemOutcome, Job, JobItem, JobProgress, JobStage, StoredJob, chunk_of

# Who carries a job out says so anew within this time; another may take it over afterwards.
HELD_S = 30
OPEN = "open"

# All are conditional, since Cassandra does not order conditional writes and others among each other.
CREATE = "INSERT INTO {keyspace}.jobs (owner, job_id, job) VALUES (?, ?, ?) IF NOT EXISTS"
FIND = "SELECT job, progress, cancel_asked FROM {keyspace}.jobs WHERE owner = ? AND job_id = ?"
LIST = "SELECT job, progress, cancel_asked FROM {keyspace}.jobs WHERE owner = ? LIMIT ?"
LIST_FROM = "SELECT job, progress, cancel_asked FROM {keyspace}.jobs WHERE owner = ? AND job_id < ? LIMIT ?"
IDS = "SELECT job_id FROM {keyspace}.jobs WHERE owner = ?"
_UPDATE = "UPDATE {keyspace}.jobs"
_ROW = "WHERE owner = ? AND job_id = ?"
ASK_CANCEL = f"{_UPDATE} SET cancel_asked = true {_ROW} IF job != null"
TAKE = f"{_UPDATE} USING TTL ? SET holder = ? {_ROW} IF job != null AND holder = null"
HOLD = f"{_UPDATE} USING TTL ? SET holder = ? {_ROW} IF holder = ?"
LET_GO = f"{_UPDATE} SET holder = null {_ROW} IF holder = ?"
SAVE_PROGRESS = f"{_UPDATE} SET progress = ? {_ROW} IF holder = ?"
REPLACE_PROGRESS = f"{_UPDATE} SET progress = ? {_ROW} IF progress = ?"
FORGET = "DELETE FROM {keyspace}.jobs WHERE owner = ? AND job_id = ? IF EXISTS"
OPEN_JOB = "INSERT INTO {keyspace}.open_jobs (part, job_id, owner) VALUES (?, ?, ?)"
CLOSE_JOB = "DELETE FROM {keyspace}.open_jobs WHERE part = ? AND job_id = ?"
LIST_OPEN = "SELECT job_id, owner FROM {keyspace}.open_jobs WHERE part = ?"
FIND_OPEN = "SELECT owner FROM {keyspace}.open_jobs WHERE part = ? AND job_id = ?"
SAVE_ITEM = "INSERT INTO {keyspace}.job_items (job_id, chunk, number, item) VALUES (?, ?, ?, ?)"
SAVE_OUTCOME = "INSERT INTO {keyspace}.job_items (job_id, chunk, number, outcome) VALUES (?, ?, ?, ?)"
ITEMS = (
    "SELECT item, outcome FROM {keyspace}.job_items"
    " WHERE job_id = ? AND chunk = ? AND number >= ? AND number <= ? LIMIT ?"
)
FIRST_OF_CHUNK = "SELECT number FROM {keyspace}.job_items WHERE job_id = ? AND chunk = ? LIMIT 1"
FORGET_ITEMS = "DELETE FROM {keyspace}.job_items WHERE job_id = ? AND chunk = ?"

Place = tuple[str, UUID]
"""A job's workspace and id."""


class JobStore:
    """Jobs and their items. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def create(self, job: Job) -> None:
        """Keep a new job, and let it be carried out; creating it again changes nothing."""
        await self._change(CREATE, (job.owner, job.id, job.model_dump_json()))
        await self._session.execute(OPEN_JOB, (OPEN, job.id, job.owner))

    async def find(self, owner: str, job_id: UUID) -> StoredJob | None:
        """Return a job of this workspace; None where there is none such."""
        rows = await self._session.execute(FIND, (owner, job_id))
        return _stored(rows[0]) if rows and rows[0].job else None

    async def list_jobs(self, owner: str, limit: int, cursor: str | None = None) -> Page[StoredJob]:
        """Return a workspace's jobs, the newest first; raises ``InvalidCursor``."""
        listing = ("jobs", owner)
        if cursor is None:
            rows = await self._session.execute(LIST, (owner, limit + 1))
        else:
            rows = await self._session.execute(LIST_FROM, (owner, _id_in(cursor, listing), limit + 1))
        jobs = [_stored(row) for row in rows if row.job]
        more = len(jobs) > limit
        next_cursor = encode_cursor(listing, [str(jobs[limit - 1].job.id)]) if more else None
        return Page(items=tuple(jobs[:limit]), next_cursor=next_cursor)

    async def ask_cancel(self, owner: str, job_id: UUID) -> bool:
        """Let a job be carried out no further; False where there is none such."""
        return await self._change(ASK_CANCEL, (owner, job_id))

    async def list_open(self) -> tuple[Place, ...]:
        """Return the jobs that are not at their end, of all workspaces, the oldest first."""
        return tuple([(row.owner, row.job_id) async for row in self._session.stream(LIST_OPEN, (OPEN,))])

    async def is_open(self, job_id: UUID) -> bool:
        """Whether the job is yet to be carried out to its end."""
        return bool(await self._session.execute(FIND_OPEN, (OPEN, job_id)))

    async def close_job(self, job_id: UUID) -> None:
        """Take note that a job is at its end, or gone."""
        await self._session.execute(CLOSE_JOB, (OPEN, job_id))

    async def take(self, place: Place, holder: UUID) -> bool:
        """Hold a job for ``HELD_S``; False where another holds it, or it is gone."""
        return await self._change(TAKE, (HELD_S, holder, *place))

    async def hold(self, place: Place, holder: UUID) -> bool:
        """Hold it for as long again; False where it was lost meanwhile."""
        return await self._change(HOLD, (HELD_S, holder, *place, holder))

    async def let_go(self, place: Place, holder: UUID) -> None:
        """Let others take the job; harmless where it is not held."""
        await self._change(LET_GO, (*place, holder))

    async def save_progress(self, place: Place, holder: UUID, progress: JobProgress) -> bool:
        """Keep how far the job has come; False where another holds it."""
        return await self._change(SAVE_PROGRESS, (progress.model_dump_json(exclude_defaults=True), *place, holder))

    async def save_items(self, job_id: UUID, items: Sequence[JobItem]) -> None:
        """Upsert items; their outcomes stay as they are."""
        await self._session.write(
            [Write(SAVE_ITEM, (job_id, chunk_of(item.number), item.number, _without_outcome(item)))] for item in items
        )

    async def save_outcomes(self, job_id: UUID, outcomes: Sequence[tuple[int, ItemOutcome]]) -> None:
        """Upsert how these items ended, by their numbers."""
        await self._session.write(
            [Write(SAVE_OUTCOME, (job_id, chunk_of(number), number, outcome.model_dump_json(exclude_none=True)))]
            for number, outcome in outcomes
        )

    async def read_items(self, job_id: UUID, first: int, last: int) -> list[JobItem]:
        """Return the items with these numbers, all of one chunk, in their order."""
        values = (job_id, chunk_of(first), first, last, last - first + 1)
        rows = [row async for row in self._session.stream(ITEMS, values)]
        return [_item(row) for row in rows if row.item]

    async def forget_results(self, place: Place) -> bool:
        """Take note that a job which has ended has no result files; False where it has not ended, or is gone."""
        rows = await self._session.execute(FIND, place)
        progress = rows[0].progress if rows else None
        known = JobProgress() if progress is None else JobProgress.model_validate_json(progress)
        if known.stage is not JobStage.ENDED:
            return False
        without = known.model_copy(update={"results": ()})
        return await self._change(REPLACE_PROGRESS, (without.model_dump_json(exclude_defaults=True), *place, progress))

    async def delete_job(self, place: Place) -> None:
        """Leave nothing of a job; a process that carries it out meanwhile loses it, and ends."""
        owner, job_id = place
        await self.close_job(job_id)
        await self._change(FORGET, (owner, job_id))
        chunk = 0
        while await self._session.execute(FIRST_OF_CHUNK, (job_id, chunk)):
            await self._session.execute(FORGET_ITEMS, (job_id, chunk))
            chunk += 1

    async def delete_all(self, owner: str) -> None:
        """Leave nothing of a workspace's jobs."""
        for row in [row async for row in self._session.stream(IDS, (owner,))]:
            await self.delete_job((owner, row.job_id))

    async def _change(self, statement: str, values: tuple[Any, ...]) -> bool:
        rows = await self._session.execute(statement, values, idempotent=False)
        return bool(rows[0].applied)


def _stored(row: Any) -> StoredJob:
    progress = JobProgress() if row.progress is None else JobProgress.model_validate_json(row.progress)
    return StoredJob(job=Job.model_validate_json(row.job), progress=progress, cancel_asked=bool(row.cancel_asked))


def _item(row: Any) -> JobItem:
    item = JobItem.model_validate_json(row.item)
    if not row.outcome:
        return item
    return item.model_copy(update={"outcome": ItemOutcome.model_validate_json(row.outcome)})


def _without_outcome(item: JobItem) -> str:
    return item.model_dump_json(exclude={"outcome"}, exclude_none=True)


def _id_in(cursor: str, listing: Sequence[object]) -> UUID:
    [text] = decode_cursor(listing, cursor, (str,))
    try:
        return UUID(str(text))
    except ValueError:
        raise InvalidCursor(MESSAGE) from None

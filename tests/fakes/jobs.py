"""Jobs and their files in memory: the same methods and the same promises as the real ones."""

from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from uuid import UUID

from infra.cursors import decode_cursor, encode_cursor
from schemas.queries import Page
from schemas.records.jobs import ItemOutcome, Job, JobItem, JobProgress, JobStage, StoredJob
from tests.fakes.stores import Fallible

Place = tuple[str, UUID]


def _nothing(_what: str) -> None:
    """Let it happen."""


class FakeJobStore(Fallible):
    """A ``JobStore`` in memory, in which a holder does not lapse by itself.

    ``before`` and ``after`` are called around each change with its name, and may raise as a crash would.
    """

    def __init__(self) -> None:
        self.jobs: dict[Place, StoredJob] = {}
        self.holders: dict[Place, UUID] = {}
        self.open: dict[UUID, str] = {}
        self.items: dict[UUID, dict[int, JobItem]] = {}
        self.outcomes: dict[UUID, dict[int, ItemOutcome]] = {}
        self.before: Callable[[str], None] = _nothing
        self.after: Callable[[str], None] = _nothing

    async def create(self, job: Job) -> None:
        self.require_up()
        self.jobs.setdefault((job.owner, job.id), StoredJob(job=job))
        self.open[job.id] = job.owner

    async def find(self, owner: str, job_id: UUID) -> StoredJob | None:
        self.require_up()
        return self.jobs.get((owner, job_id))

    async def list_jobs(self, owner: str, limit: int, cursor: str | None = None) -> Page[StoredJob]:
        self.require_up()
        after = None if cursor is None else UUID(str(decode_cursor(("jobs", owner), cursor, (str,))[0])).time
        newest_first = sorted(
            (job for (whose, _), job in self.jobs.items() if whose == owner), key=lambda job: -job.job.id.time
        )
        rest = [job for job in newest_first if after is None or job.job.id.time < after]
        more = len(rest) > limit
        next_cursor = encode_cursor(("jobs", owner), [str(rest[limit - 1].job.id)]) if more else None
        return Page(items=tuple(rest[:limit]), next_cursor=next_cursor)

    async def ask_cancel(self, owner: str, job_id: UUID) -> bool:
        return self._change((owner, job_id), cancel_asked=True)

    async def list_open(self) -> tuple[Place, ...]:
        self.require_up()
        return tuple((owner, job_id) for job_id, owner in sorted(self.open.items(), key=lambda one: one[0].time))

    async def is_open(self, job_id: UUID) -> bool:
        self.require_up()
        return job_id in self.open

    async def close_job(self, job_id: UUID) -> None:
        self.require_up()
        self.open.pop(job_id, None)

    async def take(self, place: Place, holder: UUID) -> bool:
        self.require_up()
        return place in self.jobs and self.holders.setdefault(place, holder) == holder

    async def hold(self, place: Place, holder: UUID) -> bool:
        self.require_up()
        return self.holders.get(place) == holder

    async def let_go(self, place: Place, holder: UUID) -> None:
        if self.holders.get(place) == holder:
            del self.holders[place]

    async def save_progress(self, place: Place, holder: UUID, progress: JobProgress) -> bool:
        self.require_up()
        self.before("progress")
        saved = self.holders.get(place) == holder and self._change(place, progress=progress)
        self.after("progress")
        return saved

    async def save_items(self, job_id: UUID, items: Sequence[JobItem]) -> None:
        self.require_up()
        self.before("items")
        for item in items:
            self.items.setdefault(job_id, {})[item.number] = item.model_copy(update={"outcome": None})
        self.after("items")

    async def save_outcomes(self, job_id: UUID, outcomes: Sequence[tuple[int, ItemOutcome]]) -> None:
        self.require_up()
        self.before("outcomes")
        self.outcomes.setdefault(job_id, {}).update(outcomes)
        self.after("outcomes")

    async def read_items(self, job_id: UUID, first: int, last: int) -> list[JobItem]:
        self.require_up()
        kept, ended = self.items.get(job_id, {}), self.outcomes.get(job_id, {})
        return [
            kept[number].model_copy(update={"outcome": ended.get(number)})
            for number in sorted(kept)
            if first <= number <= last
        ]

    async def forget_results(self, place: Place) -> bool:
        self.require_up()
        stored = self.jobs.get(place)
        if stored is None or stored.progress.stage is not JobStage.ENDED:
            return False
        return self._change(place, progress=stored.progress.model_copy(update={"results": ()}))

    async def delete_job(self, place: Place) -> None:
        self.require_up()
        self.open.pop(place[1], None)
        self.jobs.pop(place, None)
        self.items.pop(place[1], None)
        self.outcomes.pop(place[1], None)

    async def delete_all(self, owner: str) -> None:
        for place in [place for place in self.jobs if place[0] == owner]:
            await self.delete_job(place)

    def _change(self, place: Place, **fields: object) -> bool:
        self.require_up()
        if place not in self.jobs:
            return False
        self.jobs[place] = self.jobs[place].model_copy(update=fields)
        return True


class FakeJobFiles(Fallible):
    """``JobFiles`` in memory."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, UUID, str], bytes] = {}

    async def write(self, owner: str, job_id: UUID, name: str, content: bytes | Path) -> None:
        self.require_up()
        self.files[owner, job_id, name] = content if isinstance(content, bytes) else _read(content)

    async def delete(self, owner: str, job_id: UUID) -> None:
        self.require_up()
        self.files = {at: content for at, content in self.files.items() if at[:2] != (owner, job_id)}

    async def delete_all(self, owner: str) -> None:
        self.require_up()
        self.files = {at: content for at, content in self.files.items() if at[0] != owner}

    async def size_bytes(self, owner: str, job_id: UUID, name: str) -> int | None:
        self.require_up()
        found = self.files.get((owner, job_id, name))
        return None if found is None else len(found)

    async def read_part(self, owner: str, job_id: UUID, name: str, start: int, end: int) -> bytes:
        self.require_up()
        return self.files[owner, job_id, name][start:end]

    async def pieces(self, owner: str, job_id: UUID, name: str, size_bytes: int) -> AsyncGenerator[bytes, None]:
        for start in range(0, size_bytes, 10):
            yield await self.read_part(owner, job_id, name, start, min(start + 10, size_bytes))


def _read(path: Path) -> bytes:
    return path.read_bytes()

"""Carries out the jobs that there are, several at a time, and each in one process alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Protocol
from uuid import UUID, uuid4

import structlog

from infra.errors import TransientError
from infra.operations.jobs.runner import JobRunner, LeaseLost
from infra.retries import retry_transient
from schemas.records.jobs import JobProgress, StoredJob

Place = tuple[str, UUID]
POLL_S = 2.0
HOLD_EVERY_S = 8.0
# A small job shall not wait for a large one.
AT_ONCE = 4

log = structlog.get_logger(__name__)


class OpenJobs(Protocol):
    """Where jobs are kept, and who holds each of them."""

    async def list_open(self) -> Sequence[Place]: ...
    async def find(self, owner: str, job_id: UUID) -> StoredJob | None: ...
    async def take(self, place: Place, holder: UUID) -> bool: ...
    async def hold(self, place: Place, holder: UUID) -> bool: ...
    async def let_go(self, place: Place, holder: UUID) -> None: ...
    async def close_job(self, job_id: UUID) -> None: ...


MakeRunner = Callable[[StoredJob, UUID], Awaitable[JobRunner]]
Ended = Callable[[StoredJob, JobProgress], Awaitable[None]]


class JobCarrier:
    """Takes jobs as they come and carries them out. A job whose process died is free again within ``HELD_S``."""

    def __init__(self, jobs: OpenJobs, make_runner: MakeRunner, ended: Ended) -> None:
        """``ended`` is told of each job that came to its end, before it is closed: at least once."""
        self._jobs = jobs
        self._make_runner = make_runner
        self._ended = ended
        self._running: dict[Place, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Go on until cancelled; raises the error of a job that met a bug."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(POLL_S)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def look(self) -> None:
        """Begin jobs that nobody carries out, as many as there is room for."""
        for task in [task for task in self._running.values() if task.done()]:
            task.result()
        self._running = {place: task for place, task in self._running.items() if not task.done()}
        for place in await retry_transient(self._jobs.list_open, doing="look for jobs"):
            if len(self._running) >= AT_ONCE:
                return
            if place not in self._running:
                await self._begin(place)

    async def _begin(self, place: Place) -> None:
        holder = uuid4()
        if not await retry_transient(lambda: self._jobs.take(place, holder), doing="take a job"):
            stored = await retry_transient(lambda: self._jobs.find(*place), doing="read a job")
            if stored is None:
                await retry_transient(lambda: self._jobs.close_job(place[1]), doing="close a job")
            return
        self._running[place] = asyncio.create_task(self._carry_out(place, holder), name=f"job-{place[1]}")

    async def _carry_out(self, place: Place, holder: UUID) -> None:
        try:
            async with self._held(place, holder):
                await self._to_its_end(place, holder)
        except LeaseLost as error:
            log.warning("job_lost", job_id=str(place[1]), reason=str(error))
        finally:
            # What is not let go now is free once it lapses.
            with suppress(TransientError):
                await self._jobs.let_go(place, holder)

    async def _to_its_end(self, place: Place, holder: UUID) -> None:
        stored = await retry_transient(lambda: self._jobs.find(*place), doing="read a job")
        if stored is None:
            raise LeaseLost("the job is gone")
        log.info("job_begun", job_id=str(place[1]), owner=place[0], found=stored.progress.found)
        runner = await self._make_runner(stored, holder)
        progress = await runner.run()
        await retry_transient(lambda: self._ended(stored, progress), doing="tell of a job's end")
        await retry_transient(lambda: self._jobs.close_job(place[1]), doing="close a job")
        log.info("job_ended", job_id=str(place[1]), found=progress.found, error=progress.error)

    @asynccontextmanager
    async def _held(self, place: Place, holder: UUID) -> AsyncIterator[None]:
        """Hold the job for as long as the block lasts; where that fails the block is cancelled."""
        work = asyncio.current_task()
        lost: list[LeaseLost] = []

        async def keep() -> None:
            while True:
                await asyncio.sleep(HOLD_EVERY_S)
                if not await retry_transient(lambda: self._jobs.hold(place, holder), doing="hold a job"):
                    lost.append(LeaseLost("another process may carry it out by now"))
                    if work is not None:
                        work.cancel()
                    return

        keeping = asyncio.create_task(keep(), name="job-hold")
        try:
            yield
        except asyncio.CancelledError:
            if lost:
                raise lost[0] from None
            raise
        finally:
            keeping.cancel()

"""Of two processes one carries a job out; its end is told before it is closed; a dead one's job is taken over."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from infra.operations.jobs import carrier as carrier_module
from infra.operations.jobs.carrier import JobCarrier
from infra.operations.jobs.runner import LeaseLost
from infra.operations.jobs.service import new_job_id
from schemas.records.jobs import Job, JobProgress, JobStage, PrefixSource, StoredJob
from tests import samples
from tests.event_loop import turns_of_the_loop
from tests.fakes.jobs import FakeJobStore

ENDED = JobProgress(stage=JobStage.ENDED)


class Runner:
    """Waits until a test lets it go on."""

    def __init__(self, error: Exception | None = None) -> None:
        self.may_end = asyncio.Event()
        self.error = error

    async def run(self) -> JobProgress:
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        return ENDED


class Process:
    """One process that carries out jobs."""

    def __init__(self, store: FakeJobStore, error: Exception | None = None) -> None:
        self.began: list[UUID] = []
        self.told: list[UUID] = []
        self.runner = Runner(error)
        self._store = store
        self.carrier = JobCarrier(store, self._make, self._ended)

    async def _make(self, stored: StoredJob, holder: UUID) -> Any:
        self.began.append(stored.job.id)
        return self.runner

    async def _ended(self, stored: StoredJob, progress: JobProgress) -> None:
        assert await self._store.is_open(stored.job.id)
        self.told.append(stored.job.id)


async def a_job(store: FakeJobStore) -> UUID:
    job = Job(
        id=new_job_id(),
        owner="shop",
        source=PrefixSource(uri="s3://shop-media/"),
        created_at=samples.START,
        created_by="x",
    )
    await store.create(job)
    return job.id


async def test_one_process_of_two_carries_a_job_out_and_tells_of_its_end() -> None:
    store = FakeJobStore()
    first, second = Process(store), Process(store)
    job_id = await a_job(store)
    for process in (first, second):
        await process.carrier.look()
        await turns_of_the_loop()
    assert (first.began, second.began) == ([job_id], [])
    first.runner.may_end.set()
    await turns_of_the_loop()
    assert first.told == [job_id]
    assert (await store.list_open(), store.holders) == ((), {})


async def test_a_few_jobs_are_carried_out_side_by_side_and_the_others_wait() -> None:
    store = FakeJobStore()
    process = Process(store)
    ids = [await a_job(store) for _ in range(6)]
    await process.carrier.look()
    await turns_of_the_loop()
    assert process.began == ids[:4]
    process.runner.may_end.set()
    await turns_of_the_loop()
    await process.carrier.look()
    await turns_of_the_loop()
    assert process.began == ids


async def test_a_job_that_was_lost_is_left_and_may_be_taken_again() -> None:
    store = FakeJobStore()
    process = Process(store, LeaseLost("another process carries out the job"))
    job_id = await a_job(store)
    process.runner.may_end.set()
    for _ in range(2):
        await process.carrier.look()
        await turns_of_the_loop()
    assert process.began == [job_id, job_id]
    assert process.told == []


async def test_work_on_a_job_stops_once_it_is_no_longer_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier_module, "HOLD_EVERY_S", 0)
    store = FakeJobStore()
    process = Process(store)
    job_id = await a_job(store)
    await process.carrier.look()
    await turns_of_the_loop()
    store.holders["shop", job_id] = uuid4()
    await turns_of_the_loop()
    await process.carrier.look()
    assert process.told == []
    assert process.carrier._running == {}


async def test_a_bug_in_a_job_ends_the_process() -> None:
    store = FakeJobStore()
    process = Process(store, ZeroDivisionError())
    await a_job(store)
    process.runner.may_end.set()
    await process.carrier.look()
    await turns_of_the_loop()
    with pytest.raises(ZeroDivisionError):
        await process.carrier.look()


async def test_a_mark_of_a_job_that_is_gone_is_taken_away() -> None:
    store = FakeJobStore()
    job_id = await a_job(store)
    del store.jobs["shop", job_id]
    await Process(store).carrier.look()
    assert await store.list_open() == ()

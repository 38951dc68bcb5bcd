"""A job comes to its end from every point at which it can be killed: each item once, none left out."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.kafka.event_bus import Record
from infra.operations.jobs.allowance import JobAllowance
from infra.operations.jobs.items.sources import Entry, JobFailed, Taken
from infra.operations.jobs.outcomes import ItemOutcomes
from infra.operations.jobs.results import JobResults
from infra.operations.jobs.runner import QUOTA_LOOK_S, JobRunner, LeaseLost
from infra.operations.jobs.service import new_job_id
from infra.settings.api import ApiSettings
from schemas.images import Origin
from schemas.records.exports import ExportFormat
from schemas.records.jobs import ItemState, Job, JobProgress, JobStage, PrefixSource, StoredJob
from schemas.wire import parse_reference
from tests import samples
from tests.fakes.credentials import FakeSubmittedImagesStore
from tests.fakes.jobs import FakeJobFiles, FakeJobStore
from tests.fakes.stores import FakePipelineStore, FakeResultStore

SHOP = "shop"
DAY = timedelta(days=1)


class Killed(BaseException):
    """The process is gone."""


class Crashes:
    """Kills at the steps that a test has chosen, each once."""

    def __init__(self, *steps: int) -> None:
        self._steps = set(steps)
        self.step = 0
        self.on_step: Callable[[int], None] = lambda step: None

    def __call__(self, _what: str = "") -> None:
        self.step += 1
        self.on_step(self.step)
        if self.step in self._steps:
            raise Killed


class Listed:
    """Items that a test has written down."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    async def read(self, position: str | None, count: int) -> Taken:
        start = int(position or 0)
        some = tuple(self._entries[start : start + count])
        return Taken(some, str(start + len(some)), is_end=start + count >= len(self._entries))


class Broker:
    """Takes references, and has them recognised or rejected at once."""

    def __init__(self, images: FakeResultStore, crashes: Crashes) -> None:
        self._images = images
        self._crashes = crashes
        self.published: list[str] = []

    async def publish(self, records: Sequence[Record]) -> tuple[Origin, ...]:
        self._crashes("publish")
        origins = []
        for record in records:
            reference = parse_reference(record.value)
            origin = samples.origin(len(self.published) + 1, len(self.published))
            self.published.append(reference.identity.image_id)
            await self._images.save_accepted([(reference, origin)])
            if "torn" in reference.uri:
                torn = samples.rejection(SHOP, reference.identity.image_id, of=origin)
                await self._images.save_rejections([torn])
            else:
                await self._images.save_results([samples.result(SHOP, reference.identity.image_id, of=origin)])
            origins.append(origin)
        self._crashes("published")
        return tuple(origins)


class Lane:
    """Has room."""

    async def make_room(self, count: int) -> None:
        """Return at once."""


class World:
    """One job, and all that it is carried out with."""

    def __init__(self, entries: Sequence[Entry], *crashes: int) -> None:
        self.crashes = Crashes(*crashes)
        self.store = FakeJobStore()
        self.store.before = self.store.after = self.crashes
        self.images = FakeResultStore()
        self.broker = Broker(self.images, self.crashes)
        self.files = FakeJobFiles()
        self.source = Listed(entries)
        self.job = Job(
            id=new_job_id(),
            owner=SHOP,
            source=PrefixSource(uri="s3://shop-media/"),
            formats=tuple(ExportFormat),
            created_at=samples.START,
            created_by="somebody",
            charged_account="account of somebody",
            charged_program="key of somebody",
        )
        self.counts, self.limits, self.now = FakeSubmittedImagesStore(), ApiSettings(), samples.START
        self.published_by_day: list[int] = []
        self.place = (SHOP, self.job.id)

    @property
    def stored(self) -> StoredJob:
        return self.store.jobs[self.place]

    @property
    def progress(self) -> JobProgress:
        return self.stored.progress

    async def run(self) -> int:
        """Carry the job out, in one process after the other; returns how many died."""
        await self.store.create(self.job)
        deaths = 0
        while True:
            holder = uuid4()
            # What the dead one held lapses.
            self.store.holders[self.place] = holder
            try:
                await self.runner(holder).run()
                return deaths
            except Killed:
                deaths += 1

    def runner(self, holder: UUID) -> JobRunner:
        results = JobResults(self.store, self.images, FakePipelineStore(), self.files)
        outcomes = ItemOutcomes(self.job, self.images)
        allowance = JobAllowance(self.job, self.counts, self.limits, lambda: self.now)
        return JobRunner(
            self.stored,
            holder,
            self.store,
            self.source,
            self.broker,
            Lane(),
            outcomes,
            results,
            allowance,
            self.pause,
        )

    async def pause(self, seconds: float) -> None:
        """Let the day be over where the job waits for another one."""
        if seconds == QUOTA_LOOK_S:
            assert self.progress.quota_until == datetime.combine(self.now.date() + DAY, time.min, UTC)
            self.published_by_day.append(len(self.broker.published))
            self.now += DAY

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.files.files[SHOP, self.job.id, "results-jsonl.jsonl"].splitlines()]


def entry(number: int, kind: str) -> Entry:
    name = f"{number}-{kind}.jpg"
    if kind == "refused":
        return Entry(name, problem="uri: is missing")
    return Entry(name, reference=samples.reference(SHOP, name))


@contextmanager
def small() -> Iterator[None]:
    """Batches and chunks of which few items make several."""
    with (
        patch("infra.operations.jobs.runner.AT_ONCE", 3),
        patch("infra.operations.jobs.settling.CHUNK_ITEMS", 4),
        patch("infra.operations.jobs.results.AT_ONCE", 2),
        patch("schemas.records.jobs.CHUNK_ITEMS", 4),
    ):
        yield


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with small():
        yield


KINDS = st.lists(st.sampled_from(["good", "torn", "refused"]), max_size=14)


def require_whole(world: World, kinds: Sequence[str]) -> None:
    """Require that each item of the source is there once, with its outcome, everywhere."""
    items = world.store.items.get(world.job.id, {})
    assert [items[number].source for number in sorted(items)] == [f"{at}-{kind}.jpg" for at, kind in enumerate(kinds)]
    assert sorted(items) == list(range(1, len(kinds) + 1))
    wanted = {f"{at}-{kind}.jpg" for at, kind in enumerate(kinds) if kind != "refused"}
    assert set(world.broker.published) == wanted
    progress = world.progress
    assert (progress.stage, progress.error) == (JobStage.ENDED, None)
    assert (progress.found, progress.accepted) == (len(kinds), len(wanted))
    assert (progress.recognised, progress.rejected, progress.remaining) == (kinds.count("good"), kinds.count("torn"), 0)
    *lines, end = world.lines()
    assert end == {"end": True, "items": len(kinds)}
    assert [line["number"] for line in lines] == list(range(1, len(kinds) + 1))
    states = {"good": ItemState.RECOGNISED, "torn": ItemState.REJECTED, "refused": ItemState.REFUSED}
    assert [line["state"] for line in lines] == [states[kind].value for kind in kinds]


@given(KINDS)
@settings(deadline=None)
def test_a_job_that_nobody_kills_publishes_each_reference_once(kinds: list[str]) -> None:
    with small():
        world = World([entry(at, kind) for at, kind in enumerate(kinds)])
        assert asyncio.run(world.run()) == 0
    require_whole(world, kinds)
    assert len(world.broker.published) == len(set(world.broker.published))


KILLED_EVERYWHERE = ["good", "torn", "good", "refused", "good", "good", "torn", "good", "good", "refused"]


def steps_of(kinds: Sequence[str]) -> int:
    with small():
        world = World([entry(at, kind) for at, kind in enumerate(kinds)])
        asyncio.run(world.run())
    return world.crashes.step


@pytest.mark.parametrize("step", range(1, steps_of(KILLED_EVERYWHERE) + 1))
async def test_a_job_that_is_killed_at_any_step_is_gone_on_with(step: int) -> None:
    world = World([entry(at, kind) for at, kind in enumerate(KILLED_EVERYWHERE)], step)
    assert await world.run() == 1
    require_whole(world, KILLED_EVERYWHERE)
    assert len(world.broker.published) <= 8 + 3


@given(KINDS, st.lists(st.integers(1, 60), max_size=5))
@settings(deadline=None)
def test_a_job_that_is_killed_again_and_again_is_gone_on_with(kinds: list[str], steps: list[int]) -> None:
    with small():
        world = World([entry(at, kind) for at, kind in enumerate(kinds)], *steps)
        asyncio.run(world.run())
    require_whole(world, kinds)


@given(KINDS, st.integers(1, 40), st.lists(st.integers(1, 60), max_size=3))
@settings(deadline=None)
def test_a_cancelled_job_tells_of_everything_that_was_published(
    kinds: list[str], cancel_at: int, steps: list[int]
) -> None:
    with small():
        world = World([entry(at, kind) for at, kind in enumerate(kinds)], *steps)

        def cancel(step: int) -> None:
            if step == cancel_at and world.place in world.store.jobs:
                world.store.jobs[world.place] = world.stored.model_copy(update={"cancel_asked": True})

        world.crashes.on_step = cancel
        asyncio.run(world.run())
    progress = world.progress
    assert progress.stage is JobStage.ENDED
    require_told(world)
    assert progress.cancelled or progress.found == len(kinds)


def require_told(world: World) -> None:
    *lines, end = world.lines()
    told = {str(line["source"]) for line in lines if line["state"] != "refused"}
    assert told == set(world.broker.published)
    assert world.progress.accepted == len(told)
    assert end["items"] == len(lines) == world.progress.found


# Progress as the job begins, items, publishing, items again, progress.
LOST_AFTER = [*["progress"] * 2, *["items"] * 2, *["publish"] * 2, *["items"] * 2, *["progress"] * 2]


async def test_a_job_that_another_process_has_taken_over_is_left_alone() -> None:
    world = World([entry(at, "good") for at in range(9)])
    await world.store.create(world.job)
    mine = uuid4()
    world.store.holders[world.place] = mine

    def lose(step: int) -> None:
        if step == len(LOST_AFTER):
            world.store.holders[world.place] = uuid4()

    world.crashes.on_step = lose
    with pytest.raises(LeaseLost):
        await world.runner(mine).run()
    assert world.progress.stage is JobStage.PUBLISHING


async def test_a_job_that_is_deleted_meanwhile_is_left_alone() -> None:
    world = World([entry(at, "good") for at in range(9)])
    await world.store.create(world.job)
    mine = uuid4()
    world.store.holders[world.place] = mine
    runner = world.runner(mine)
    await world.store.delete_job(world.place)
    with pytest.raises(LeaseLost):
        await runner.run()
    assert world.broker.published == []


async def test_a_source_that_cannot_be_read_ends_the_job_with_the_reason() -> None:
    class Gone(Listed):
        async def read(self, position: str | None, count: int) -> Taken:
            raise JobFailed("there is no such bucket")

    world = World([])
    world.source = Gone([])
    await world.run()
    assert (world.progress.stage, world.progress.error) == (JobStage.ENDED, "there is no such bucket")


async def test_a_job_that_kills_its_workers_at_one_point_is_given_up() -> None:
    world = World([entry(0, "good")], *range(1, 1000))
    world.store.before = lambda _what: None
    world.store.after = lambda _what: None
    deaths = await world.run()
    assert deaths == 5
    assert "several times" in (world.progress.error or "")


async def test_the_other_formats_have_the_same_images() -> None:
    kinds = ["good", "torn", "refused", "good"]
    world = World([entry(at, kind) for at, kind in enumerate(kinds)])
    await world.run()
    table = world.files.files[SHOP, world.job.id, "results-csv.csv"].decode().splitlines()
    assert [row.split(",")[1] for row in table[1:-1]] == ["0-good.jpg", "1-torn.jpg", "3-good.jpg"]
    coco = json.loads(world.files.files[SHOP, world.job.id, "results-coco.json"])
    assert [image["image_id"] for image in coco["images"]] == ["0-good.jpg", "3-good.jpg"]
    assert world.progress.results == tuple(ExportFormat)


@given(kinds=KINDS, account=st.integers(1, 6), key=st.integers(1, 6), crashes=st.lists(st.integers(1, 30), max_size=3))
def test_a_job_publishes_on_each_day_what_the_quotas_leave_and_comes_to_its_end(
    kinds: Sequence[str], account: int, key: int, crashes: Sequence[int]
) -> None:
    with small():
        asyncio.run(carried_out_within_quotas(kinds, account, key, crashes))


async def carried_out_within_quotas(kinds: Sequence[str], account: int, key: int, crashes: Sequence[int]) -> None:
    world = World([entry(at, kind) for at, kind in enumerate(kinds)], *crashes)
    world.limits = ApiSettings(images_per_day=account, images_per_day_key=key)
    await world.run()
    require_whole(world, kinds)
    assert world.progress.quota_until is None
    published = [
        later - earlier for earlier, later in pairwise([0, *world.published_by_day, len(world.broker.published)])
    ]
    assert all(count <= min(account, key) for count in published)


async def test_what_others_of_the_account_sent_counts_for_a_job_and_the_job_counts_for_them() -> None:
    world = World([entry(at, "good") for at in range(3)])
    world.limits = ApiSettings(images_per_day=5)
    await world.counts.save("account of somebody", world.now.date(), uuid4(), 2)
    await world.run()
    assert sum((await world.counts.read("account of somebody", world.now.date())).values()) == 5
    assert await world.counts.read("key of somebody", world.now.date()) == {}


async def test_a_job_of_the_command_line_counts_for_nobody() -> None:
    world = World([entry(at, "good") for at in range(5)])
    world.job = world.job.model_copy(update={"charged_account": None, "charged_program": None})
    world.limits = ApiSettings(images_per_day=1, images_per_day_key=1)
    await world.run()
    assert (len(world.broker.published), world.counts.counts) == (5, {})

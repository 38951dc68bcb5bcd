"""Retention deletes what is old enough, never earlier, and nothing that came since, wherever it is interrupted."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.operations.erasure.deleting import ImageDeleter
from infra.operations.erasure.loop import RetentionLoop
from infra.operations.erasure.retention import Retention, count_concerned
from schemas.access.accounts import Workspace
from schemas.access.keeping import KeepingTimes, Removed, RetentionRun
from schemas.images import Origin
from schemas.queries import ImageStatus
from schemas.results import ImageDeleted, parse_result_event
from schemas.texts.uploads import Upload
from schemas.topics import IMAGE_REFERENCES
from tests.api_world import FakePublisher
from tests.fakes.erasures import FakeAges, FakeLease, FakeRetentionRuns
from tests.fakes.stores import FakeAccountStore, FakeResultIndex, FakeResultStore, FakeUploadStore
from tests.samples import identity, reference, rejection, result, workspace

NOW = datetime.now(UTC)
SIX_HOURS = timedelta(hours=6)
offsets: Iterator[int] = iter(range(1, 10**9))


def days_ago(days: float) -> Origin:
    moment = NOW - timedelta(days=days)
    at_ms = int(moment.timestamp() * 1000)
    return Origin(topic=IMAGE_REFERENCES, partition=0, offset=next(offsets) * 1000, appended_at_ms=at_ms)


class Killed(BaseException):
    """The process ends here."""


class World:
    """A platform in memory, of which one workspace keeps things for a time."""

    def __init__(self, keep: KeepingTimes) -> None:
        self.images, self.index, self.uploads = FakeResultStore(), FakeResultIndex(), FakeUploadStore()
        self.accounts, self.runs, self.publisher = FakeAccountStore(), FakeRetentionRuns(), FakePublisher()
        self.ages = FakeAges(self.images)
        self.workspace: Workspace = workspace("shop", keep=keep)
        self.left = -1
        deleter = ImageDeleter(self.images, self.publisher, self.uploads)
        self.retention = Retention(self.accounts, self.ages, self.images, deleter, self.uploads, self.runs, lambda: NOW)

    async def still_mine(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    async def run(self) -> RetentionRun:
        return await self.retention.run(self.workspace, self.still_mine)

    async def status(self, image_id: str, owner: str = "shop") -> ImageStatus:
        record = await self.images.find(identity(owner, image_id).image_key)
        assert record is not None
        return record.status

    async def recognise(self, image_id: str, days: float, owner: str = "shop") -> Origin:
        stood = days_ago(days)
        await self.images.save_accepted([(reference(owner, image_id), stood)])
        found = result(owner, image_id, of=stood)
        await self.images.save_results([found])
        await self.index.save_results([found])
        return stood

    async def follow(self) -> None:
        """Do what the sinks do, once more than is needed."""
        for offset, record in enumerate(self.publisher.records):
            event = parse_result_event(record.value or b"")
            assert isinstance(event, ImageDeleted)
            now_ms = int(datetime.now(UTC).timestamp() * 1000)
            at = event.numbered(Origin(topic=record.topic, partition=0, offset=offset, appended_at_ms=now_ms))
            await self.images.save_deletions([(event, at)])
            await self.index.save_deletions([(event, at)])


async def test_results_that_are_old_enough_go_and_no_others() -> None:
    world = World(KeepingTimes(results_days=30))
    await world.recognise("old.jpg", 30.1)
    await world.recognise("young.jpg", 29.9)
    await world.recognise("theirs.jpg", 300, owner="rival")
    assert (await world.run()).removed == Removed(results=1)
    assert await world.status("old.jpg") is ImageStatus.DELETED
    assert await world.status("young.jpg") is ImageStatus.RECOGNISED
    assert await world.status("theirs.jpg", "rival") is ImageStatus.RECOGNISED


async def test_an_image_that_was_sent_again_begins_anew() -> None:
    world = World(KeepingTimes(results_days=30))
    await world.recognise("a.jpg", 100)
    await world.recognise("a.jpg", 10)
    assert (await world.run()).removed == Removed()
    assert await world.status("a.jpg") is ImageStatus.RECOGNISED


async def test_a_reference_that_nobody_had_read_yet_outlives_the_deletion() -> None:
    world = World(KeepingTimes(results_days=30))
    await world.recognise("a.jpg", 100)
    await world.run()
    # It was appended before the deletion was published, and is read after it.
    await world.recognise("a.jpg", 0.001)
    await world.follow()
    assert await world.status("a.jpg") is ImageStatus.RECOGNISED
    [document] = [one for one in world.index.documents.values() if one.source["image_id"] == "a.jpg"]
    assert document.source["status"] == "recognised"


async def test_a_late_delivery_of_the_old_reference_brings_nothing_back() -> None:
    world = World(KeepingTimes(results_days=30))
    stood = await world.recognise("a.jpg", 100)
    await world.run()
    await world.images.save_results([result("shop", "a.jpg", of=stood)])
    await world.follow()
    assert await world.status("a.jpg") is ImageStatus.DELETED


async def test_images_without_a_result_have_a_time_of_their_own() -> None:
    world = World(KeepingTimes(references_days=7))
    await world.recognise("recognised.jpg", 100)
    await world.images.save_rejections([rejection("shop", "rejected.jpg", of=days_ago(8))])
    await world.images.save_accepted([(reference("shop", "pending.jpg"), days_ago(9))])
    await world.images.save_accepted([(reference("shop", "new.jpg"), days_ago(6))])
    assert (await world.run()).removed == Removed(references=2)
    assert await world.status("recognised.jpg") is ImageStatus.RECOGNISED
    assert await world.status("new.jpg") is ImageStatus.PENDING
    assert not world.images.rejections


async def test_pictures_go_alone_and_with_their_images() -> None:
    world = World(KeepingTimes(results_days=30, pictures_days=10))
    old, young = [Upload("shop", identity("shop", name).image_key, "a" * 64) for name in ("old.jpg", "young.jpg")]
    theirs = Upload("rival", identity("rival", "old.jpg").image_key, "a" * 64)
    for upload in (old, young, theirs):
        await world.uploads.save(upload, b"picture")
    world.uploads.written_at |= {old: NOW - timedelta(days=11), theirs: NOW - timedelta(days=11)}
    await world.recognise("old.jpg", 11)
    assert (await world.run()).removed == Removed(pictures=1)
    assert set(world.uploads.pictures) == {young, theirs}
    assert await world.status("old.jpg") is ImageStatus.RECOGNISED


async def test_with_an_image_go_the_pictures_of_before_and_not_one_that_was_uploaded_since() -> None:
    world = World(KeepingTimes(results_days=30))
    key = identity("shop", "a.jpg").image_key
    before, since = Upload("shop", key, "a" * 64), Upload("shop", key, "b" * 64)
    for upload in (before, since):
        await world.uploads.save(upload, b"picture")
    world.uploads.written_at[before] = NOW - timedelta(days=40)
    await world.recognise("a.jpg", 40)
    await world.run()
    assert set(world.uploads.pictures) == {since}


@settings(max_examples=60)
@given(
    ages=st.lists(st.tuples(st.integers(0, 4), st.sampled_from([1.0, 29.99, 30.01, 90.0])), max_size=12),
    dies_after=st.integers(1, 6),
)
def test_interrupted_anywhere_it_removes_what_is_old_and_nothing_else(
    ages: list[tuple[int, float]], dies_after: int
) -> None:
    asyncio.run(removed_in_spite_of(ages, dies_after))


async def removed_in_spite_of(ages: list[tuple[int, float]], dies_after: int) -> None:
    world = World(KeepingTimes(results_days=30))
    youngest: dict[str, float] = {}
    for number, days in ages:
        await world.recognise(f"{number}.jpg", days)
        youngest[f"{number}.jpg"] = min(days, youngest.get(f"{number}.jpg", days))
    world.left = dies_after
    while True:
        try:
            await world.run()
        except Killed:
            continue
        break
    await world.follow()
    gone = {name for name in youngest if await world.status(name) is ImageStatus.DELETED}
    assert gone == {name for name, days in youngest.items() if days > 30}


async def test_a_workspace_is_looked_at_again_when_its_time_comes_or_its_run_was_interrupted() -> None:
    world = World(KeepingTimes(results_days=30))
    await world.accounts.create_workspace(world.workspace)
    await world.accounts.create_workspace(workspace("keeps-all"))
    lease = FakeLease()
    loop = RetentionLoop(world.retention, lease, SIX_HOURS)
    lease.is_anothers = True
    await loop.look()
    assert world.runs.runs == {}
    lease.is_anothers = False
    await loop.look()
    assert world.runs.runs.keys() == {"shop"}
    assert await world.retention.due(SIX_HOURS) == []
    for began_at, ended_at in ((NOW - SIX_HOURS, NOW), (NOW, None)):
        await world.runs.save("shop", RetentionRun(began_at=began_at, ended_at=ended_at))
        assert await world.retention.due(SIX_HOURS) == [world.workspace]


@pytest.mark.parametrize(("keep", "concerned"), [({}, 0), ({"results_days": 30}, 2), ({"references_days": 5}, 3)])
async def test_it_is_told_how_many_images_a_change_concerns(keep: dict[str, int], concerned: int) -> None:
    world = World(KeepingTimes(**keep))
    for number, days in enumerate((1, 10, 40, 50)):
        await world.recognise(f"{number}.jpg", days)
    assert await count_concerned(world.ages, world.workspace) == concerned

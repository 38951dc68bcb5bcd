"""What every store of jobs promises: the one in Cassandra, and the one in memory that stands in for it."""

from uuid import uuid4

import pytest

from infra.cassandra.jobs.jobs import JobStore
from infra.errors import InvalidCursor
from infra.operations.jobs.service import new_job_id
from schemas.dead_letters import Reason
from schemas.records.exports import ExportFormat
from schemas.records.jobs import (
    CHUNK_ITEMS,
    ItemOutcome,
    ItemState,
    Job,
    JobItem,
    JobProgress,
    JobStage,
    ManifestSource,
    PrefixSource,
    SavedSearch,
    SearchSource,
)
from tests import samples


def job(owner: str, **fields: object) -> Job:
    known = {"id": new_job_id(), "source": PrefixSource(uri="s3://shop-media/"), "created_by": "somebody"}
    return Job.model_validate({"owner": owner, "created_at": samples.START, **known, **fields})


class JobStoreContract:
    """Tests on the fixture ``store``; each has a workspace of its own."""

    @pytest.fixture
    def owner(self) -> str:
        return f"shop-{uuid4().hex[:12]}"

    @pytest.mark.parametrize(
        "source",
        [
            PrefixSource(uri="s3://shop-media/"),
            ManifestSource(uri="s3://shop-media/m.csv"),
            SearchSource(search=SavedSearch(label="dog", since=samples.START, metadata={"a": "b"})),
        ],
    )
    async def test_a_job_is_kept_as_it_was_asked_for(self, store: JobStore, owner: str, source: object) -> None:
        kept = job(owner, source=source, pipeline="standard@1", features=["labels"])
        await store.create(kept)
        found = await store.find(owner, kept.id)
        assert found is not None
        assert (found.job, found.progress, found.cancel_asked) == (kept, JobProgress(), False)
        assert (owner, kept.id) in await store.list_open()
        assert await store.find(f"{owner}-other", kept.id) is None

    async def test_jobs_of_one_workspace_are_listed_newest_first(self, store: JobStore, owner: str) -> None:
        made = [job(owner) for _ in range(5)]
        for one in made:
            await store.create(one)
        await store.create(job(f"{owner}-other"))
        first = await store.list_jobs(owner, 3)
        rest = await store.list_jobs(owner, 3, first.next_cursor)
        assert [stored.job for stored in (*first.items, *rest.items)] == made[::-1]
        assert rest.next_cursor is None
        with pytest.raises(InvalidCursor):
            await store.list_jobs(f"{owner}-other", 3, first.next_cursor)

    async def test_one_holder_at_a_time_saves_progress(self, store: JobStore, owner: str) -> None:
        kept = job(owner)
        await store.create(kept)
        place, first, second = (owner, kept.id), uuid4(), uuid4()
        reached = JobProgress(stage=JobStage.PUBLISHING, position="a", found=3)
        assert not await store.save_progress(place, first, reached)
        assert await store.take(place, first)
        assert not await store.take(place, second)
        assert not await store.hold(place, second)
        assert await store.hold(place, first)
        assert await store.save_progress(place, first, reached)
        await store.let_go(place, second)
        assert not await store.take(place, second)
        await store.let_go(place, first)
        assert await store.take(place, second)
        assert not await store.save_progress(place, first, JobProgress())
        found = await store.find(owner, kept.id)
        assert found is not None
        assert found.progress == reached

    async def test_a_job_that_there_is_none_of_is_neither_held_nor_cancelled(self, store: JobStore, owner: str) -> None:
        place = (owner, new_job_id())
        assert not await store.take(place, uuid4())
        assert not await store.ask_cancel(*place)
        assert await store.find(*place) is None
        assert (await store.list_jobs(owner, 5)).items == ()

    async def test_a_cancelled_job_is_told_and_stays_open(self, store: JobStore, owner: str) -> None:
        kept = job(owner)
        await store.create(kept)
        assert await store.ask_cancel(owner, kept.id)
        found = await store.find(owner, kept.id)
        assert found is not None
        assert found.cancel_asked
        assert await store.is_open(kept.id)
        await store.close_job(kept.id)
        assert not await store.is_open(kept.id)

    async def test_items_are_kept_by_number_over_all_chunks(self, store: JobStore, owner: str) -> None:
        job_id = new_job_id()
        numbers = [1, 2, CHUNK_ITEMS, CHUNK_ITEMS + 1]
        items = [JobItem(number=number, source=f"{number}.jpg", image_id=f"{number}.jpg") for number in numbers]
        await store.save_items(job_id, items)
        outcome = ItemOutcome(state=ItemState.REJECTED, reason=Reason.EMPTY, detail="It is empty.")
        await store.save_outcomes(job_id, [(2, outcome)])
        placed = items[1].model_copy(update={"published": samples.origin(5)})
        await store.save_items(job_id, [placed])
        assert await store.read_items(job_id, 1, CHUNK_ITEMS) == [
            items[0],
            placed.model_copy(update={"outcome": outcome}),
            items[2],
        ]
        assert await store.read_items(job_id, 2, 2) == [placed.model_copy(update={"outcome": outcome})]
        assert await store.read_items(job_id, CHUNK_ITEMS + 1, 2 * CHUNK_ITEMS) == [items[3]]

    async def test_results_are_forgotten_of_a_job_that_has_ended(self, store: JobStore, owner: str) -> None:
        kept, holder = job(owner), uuid4()
        place = (owner, kept.id)
        assert not await store.forget_results(place)
        await store.create(kept)
        assert not await store.forget_results(place)
        ended = JobProgress(stage=JobStage.ENDED, found=3, results=(ExportFormat.CSV,))
        await store.take(place, holder)
        await store.save_progress(place, holder, ended)
        assert await store.forget_results(place)
        found = await store.find(*place)
        assert found is not None
        assert found.progress == ended.model_copy(update={"results": ()})

    async def test_nothing_is_left_of_a_deleted_workspaces_jobs(self, store: JobStore, owner: str) -> None:
        kept, others = job(owner), job(f"{owner}-other")
        for one in (kept, others):
            await store.create(one)
            await store.save_items(one.id, [JobItem(number=1, source="a"), JobItem(number=1001, source="b")])
        await store.delete_all(owner)
        assert await store.find(owner, kept.id) is None
        assert await store.read_items(kept.id, 1, 5) == await store.read_items(kept.id, 1001, 1005) == []
        assert (owner, kept.id) not in await store.list_open()
        assert not await store.take((owner, kept.id), uuid4())
        assert len(await store.read_items(others.id, 1, 5)) == 1

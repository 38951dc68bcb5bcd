"""What names an erased image besides the stores goes, and a job that names it stays a job that ends."""

from uuid import UUID

import pytest

from infra.cassandra.webhooks.remains import WebhookRemains
from infra.errors import TransientError
from infra.operations.erasure.traces import ImageTraces
from infra.operations.jobs.outcomes import ItemOutcomes
from infra.operations.jobs.settling import Settling
from schemas.dead_letters import Reason
from schemas.records.exports import ExportFormat
from schemas.records.jobs import (
    ItemOutcome,
    ItemState,
    Job,
    JobItem,
    JobProgress,
    JobStage,
    PrefixSource,
    SavedSearch,
    SearchSource,
    StoredJob,
)
from tests import samples
from tests.contracts.job_store_contract import job
from tests.fakes.jobs import FakeJobFiles, FakeJobStore
from tests.fakes.stores import FakeResultStore
from tests.fakes.webhooks import FakeWebhookDeliveryStore, FakeWebhookEndpointStore

ITEMS = 1001
HERS = "canary-1001.jpg"
REJECTED = ItemOutcome(state=ItemState.REJECTED, reason=Reason.EMPTY, detail="canary is empty")


class World:
    """A job with items of two chunks, of which the last names her image."""

    def __init__(self) -> None:
        self.jobs, self.files = FakeJobStore(), FakeJobFiles()
        self.endpoints, self.logs = FakeWebhookEndpointStore(), FakeWebhookDeliveryStore()
        self.traces = ImageTraces(WebhookRemains(self.endpoints, self.logs), self.jobs, self.files)

    async def fill(self, source: object, stage: JobStage, outcome: ItemOutcome | None) -> Job:
        kept = job("shop", source=source)
        progress = JobProgress(stage=stage, found=ITEMS, accepted=ITEMS, results=(ExportFormat.JSON_LINES,))
        self.jobs.jobs["shop", kept.id] = StoredJob(job=kept, progress=progress)
        others = [item(number, f"{number}.jpg") for number in range(1, ITEMS)]
        await self.jobs.save_items(kept.id, [*others, item(ITEMS, HERS)])
        await self.jobs.save_outcomes(
            kept.id, [(one.number, ItemOutcome(state=ItemState.RECOGNISED)) for one in others]
        )
        if outcome is not None:
            await self.jobs.save_outcomes(kept.id, [(ITEMS, outcome)])
        await self.files.write("shop", kept.id, "results-jsonl.jsonl", b"canary")
        return kept

    async def forget(self) -> None:
        for _ in range(2):
            await self.traces.forget("shop", frozenset({HERS}))

    def kept(self, job_id: UUID) -> str:
        return repr((self.jobs.items.get(job_id), self.jobs.outcomes.get(job_id), self.files.files))


def item(number: int, image_id: str) -> JobItem:
    uri = f"s3://photos/{image_id}"
    return JobItem(number=number, source=image_id, image_id=image_id, uri=uri, published=samples.origin(number))


@pytest.mark.parametrize("outcome", [None, REJECTED, ItemOutcome(state=ItemState.RECOGNISED)])
async def test_a_job_under_way_forgets_the_image_and_comes_to_its_end(outcome: ItemOutcome | None) -> None:
    world = World()
    kept = await world.fill(PrefixSource(uri="s3://photos/"), JobStage.RECOGNISING, outcome)
    await world.files.delete("shop", kept.id)
    await world.forget()
    assert "canary" not in world.kept(kept.id)
    [erased] = await world.jobs.read_items(kept.id, ITEMS, ITEMS)
    assert (erased.state, erased.problem, erased.is_open) == (ItemState.REFUSED, "The image was erased.", False)
    # Whoever carries it out counts the item as one that has ended.
    settling = Settling(kept, JobProgress(found=ITEMS), world.jobs, ItemOutcomes(kept, FakeResultStore()))
    known = await settling.look(ITEMS, is_complete=True)
    assert settling.is_done
    assert known["recognised"] + known["rejected"] + known["deleted"] == ITEMS


async def test_a_job_that_has_ended_loses_its_files_and_says_so() -> None:
    world = World()
    kept = await world.fill(PrefixSource(uri="s3://photos/"), JobStage.ENDED, REJECTED)
    await world.forget()
    assert "canary" not in world.kept(kept.id)
    stored = await world.jobs.find("shop", kept.id)
    assert stored is not None
    assert (stored.progress.results, stored.progress.found) == ((), ITEMS)


async def test_files_go_before_the_items_that_say_whom_they_name() -> None:
    world = World()
    kept = await world.fill(PrefixSource(uri="s3://photos/"), JobStage.ENDED, None)
    world.files.down = True
    with pytest.raises(TransientError):
        await world.forget()
    assert HERS in world.kept(kept.id)
    world.files.down = False
    await world.forget()
    assert "canary" not in world.kept(kept.id)


async def test_what_was_sought_for_a_job_may_name_a_person_and_goes_with_it() -> None:
    world = World()
    source = SearchSource(search=SavedSearch(metadata={"customer": "canary"}))
    kept = await world.fill(source, JobStage.ENDED, None)
    await world.forget()
    assert "canary" not in world.kept(kept.id)
    assert await world.jobs.find("shop", kept.id) is None


async def test_jobs_and_logs_that_name_no_erased_image_stay_as_they_are() -> None:
    world = World()
    kept = await world.fill(PrefixSource(uri="s3://photos/"), JobStage.ENDED, REJECTED)
    endpoint = samples.endpoint("shop")
    await world.endpoints.create(endpoint)
    await world.logs.save([(samples.delivery(endpoint, subject=name), "{}") for name in ("a.jpg", "b.jpg")])
    before = world.kept(kept.id)
    await world.traces.forget("shop", frozenset({"b.jpg"}))
    assert world.kept(kept.id) == before
    assert [one.subject for one, _ in world.logs.kept.values()] == ["a.jpg"]
    assert await world.traces.come_by_webhooks("shop")
    assert not await world.traces.come_by_webhooks("rival")

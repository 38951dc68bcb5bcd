"""Jobs through the API: what is created, shown, cancelled and returned, and what is refused with field and remedy."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from infra.operations.jobs import service
from infra.operations.jobs.service import new_job_id
from schemas.access.accounts import Role, Scope
from schemas.activity import Action
from schemas.records.exports import ExportFormat
from schemas.records.jobs import ItemOutcome, ItemState, JobItem, JobProgress, JobStage
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld

PREFIX = {"kind": "prefix", "uri": "s3://shop-media/2026/"}


async def create(client: httpx.AsyncClient, **wish: Any) -> dict[str, Any]:
    answer = await client.post("/v1/jobs", json={"source": PREFIX, **wish})
    assert answer.status_code == 202, answer.text
    created: dict[str, Any] = answer.json()
    return created


def reach(world: ApiWorld, job_id: str, **progress: Any) -> None:
    place = (SHOP, UUID(job_id))
    reached = JobProgress(**progress)
    world.jobs.jobs[place] = world.jobs.jobs[place].model_copy(update={"progress": reached})


async def test_a_job_waits_for_workers_and_is_recorded(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    created = await create(shop, pipeline="standard@3", features=["labels"], formats=["jsonl", "coco"])
    assert (created["state"], created["found"], created["remaining"]) == ("waiting", 0, 0)
    assert (await shop.get(f"/v1/jobs/{created['id']}")).json() == created
    assert (await shop.get("/v1/jobs")).json()["items"] == [created]
    assert list(await world.jobs.list_open()) == [(SHOP, UUID(created["id"]))]
    [event] = [event for event in await world.audited() if event.action is Action.JOB_CREATED]
    assert (event.subject, event.owner, event.detail) == (
        created["id"],
        SHOP,
        "s3://shop-media/2026/ by standard@3",
    )


async def test_the_images_of_a_job_count_for_whoever_creates_it(world: ApiWorld) -> None:
    account = await world.add_account(Role.USER, SHOP)
    key = await world.key_of(account, [Scope.IMAGES_WRITE, Scope.RESULTS_READ], SHOP)
    async with world.client(key) as program, await world.client_of(account) as person:
        by_program, by_person = await create(program), await create(person)
        uploaded = await program.post("/v1/jobs/upload", content=b"s3://shop-media/a.jpg")
    for created, has_program in ((by_program, True), (by_person, False), (uploaded.json(), True)):
        job = world.jobs.jobs[SHOP, UUID(created["id"])].job
        assert job.charged_account == f"account {account.id}"
        assert (job.charged_program is not None) is has_program


async def test_jobs_are_listed_newest_first_page_by_page(shop: httpx.AsyncClient) -> None:
    ids = [(await create(shop))["id"] for _ in range(5)]
    listed: list[str] = []
    asked: dict[str, Any] = {"limit": 2}
    while True:
        page = (await shop.get("/v1/jobs", params=asked)).json()
        listed += [job["id"] for job in page["items"]]
        if "next_cursor" not in page:
            break
        asked["cursor"] = page["next_cursor"]
    assert listed == ids[::-1]


@pytest.mark.parametrize(
    ("wish", "field", "told"),
    [
        (
            {"source": {"kind": "prefix", "uri": "s3://rival-media/"}},
            "source.prefix.uri",
            "vedette admin workspace allow",
        ),
        ({"source": {"kind": "prefix", "uri": "s3://shop"}}, "source.prefix.uri", "a slash"),
        ({"source": {"kind": "prefix", "uri": "https://img.example/"}}, "source.prefix.uri", "s3, gs or az"),
        ({"source": {"kind": "prefix", "uri": "file:///etc/"}}, "source.prefix.uri", "s3, gs or az"),
        ({"source": {"kind": "manifest", "uri": "s3://rival-media/m.jsonl"}}, "source.manifest.uri", "may not read"),
        ({"source": {"kind": "manifest"}}, "source.manifest.uri", "POST /v1/jobs/upload"),
        ({"source": {"kind": "search", "search": {}}}, "pipeline", "Name the pipeline"),
        (
            {"source": {"kind": "search", "search": {"labl": "x"}}, "pipeline": "standard@3"},
            "source.search.search.labl",
            "",
        ),
        (
            {"source": {"kind": "search"}, "pipeline": "standard@3", "features": ["labels"]},
            "features",
            "Leave this out",
        ),
        ({"source": PREFIX, "pipeline": "nobody@9"}, "pipeline", "no such pipeline"),
        ({"source": PREFIX, "formats": []}, "formats", ""),
        ({"source": {"kind": "bucket"}}, "source", ""),
    ],
)
async def test_what_cannot_be_carried_out_is_refused_when_it_is_asked(
    world: ApiWorld, shop: httpx.AsyncClient, wish: dict[str, Any], field: str, told: str
) -> None:
    answer = await shop.post("/v1/jobs", json=wish)
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert told in error["message"]
    assert world.jobs.jobs == {}


async def test_a_manifest_comes_with_its_job(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    answer = await shop.post("/v1/jobs/upload", params={"manifest": "csv"}, content=b"uri\ns3://shop-media/a.jpg\n")
    assert answer.status_code == 202, answer.text
    assert answer.json()["source"] == {"kind": "manifest", "format": "csv"}
    assert list(world.job_files.files.values()) == [b"uri\ns3://shop-media/a.jpg\n"]


async def test_a_manifest_without_anything_is_refused(shop: httpx.AsyncClient) -> None:
    answer = await shop.post("/v1/jobs/upload", content=b"")
    assert answer.status_code == 422


async def test_figures_pace_and_end_are_told(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    job_id = (await create(shop))["id"]
    reach(
        world,
        job_id,
        stage=JobStage.RECOGNISING,
        found=110,
        accepted=100,
        recognised=30,
        rejected=10,
        began_at=samples.START,
        reached_at=samples.START.replace(second=20),
    )
    job = (await shop.get(f"/v1/jobs/{job_id}")).json()
    figures = {name: job[name] for name in ("state", "found", "accepted", "refused", "recognised", "rejected")}
    assert figures == {
        "state": "recognising",
        "found": 110,
        "accepted": 100,
        "refused": 10,
        "recognised": 30,
        "rejected": 10,
    }
    assert (job["remaining"], job["pace"]) == (60, 2.0)
    assert job["expected_end"] == "2026-03-01T12:00:50Z"


async def test_items_are_listed_with_what_became_of_them(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    job_id = (await create(shop))["id"]
    items = [JobItem(number=number, source=f"{number}.jpg", image_id=f"{number}.jpg") for number in range(1, 1203)]
    items[1] = JobItem(number=2, source="line 2", problem="uri: is missing")
    await world.jobs.save_items(UUID(job_id), items)
    await world.jobs.save_outcomes(UUID(job_id), [(1, ItemOutcome(state=ItemState.RECOGNISED))])
    reach(world, job_id, found=1202)
    listed: list[dict[str, Any]] = []
    asked = {"limit": 150, "after": 0}
    while True:
        page = (await shop.get(f"/v1/jobs/{job_id}/items", params=asked)).json()
        listed += page["items"]
        if "next_after" not in page:
            break
        asked["after"] = page["next_after"]
    assert [item["number"] for item in listed] == list(range(1, 1203))
    assert [item["state"] for item in listed[:3]] == ["recognised", "refused", "accepted"]
    assert listed[1]["problem"] == "uri: is missing"


async def test_a_job_is_cancelled_once_and_not_after_its_end(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    job_id = (await create(shop))["id"]
    assert (await shop.post(f"/v1/jobs/{job_id}/cancel")).status_code == 200
    assert world.jobs.jobs[SHOP, UUID(job_id)].cancel_asked
    assert Action.JOB_CANCELLED in [event.action for event in await world.audited()]
    reach(world, job_id, stage=JobStage.ENDED, cancelled=True)
    assert (await shop.get(f"/v1/jobs/{job_id}")).json()["state"] == "cancelled"
    assert (await shop.post(f"/v1/jobs/{job_id}/cancel")).status_code == 409


async def test_results_are_there_once_the_job_has_ended(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    job_id = (await create(shop))["id"]
    assert (await shop.get(f"/v1/jobs/{job_id}/result")).status_code == 409
    content = b'{"end":true,"items":0}\n' * 3
    await world.job_files.write(SHOP, UUID(job_id), "results-jsonl.jsonl", content)
    reach(world, job_id, stage=JobStage.ENDED, results=(ExportFormat.JSON_LINES,))
    answer = await shop.get(f"/v1/jobs/{job_id}/result")
    assert (answer.content, answer.headers["content-type"]) == (content, "application/jsonl")
    assert (await shop.get(f"/v1/jobs/{job_id}/result", params={"format": "csv"})).status_code == 404


async def test_an_unfinished_job_out_of_a_backup_is_interrupted(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    job_id = (await create(shop))["id"]
    await world.jobs.close_job(UUID(job_id))
    assert (await shop.get(f"/v1/jobs/{job_id}")).json()["state"] == "interrupted"


async def test_a_workspace_has_no_more_than_its_share_of_open_jobs(
    shop: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_OPEN", 2)
    await create(shop)
    await create(shop)
    answer = await shop.post("/v1/jobs", json={"source": PREFIX})
    assert answer.status_code == 409
    assert "cancel one" in answer.json()["detail"]


@pytest.mark.parametrize("job_id", [str(new_job_id()), str(uuid4())], ids=["unknown", "of-another-kind"])
async def test_a_job_that_there_is_none_of_is_not_found(shop: httpx.AsyncClient, job_id: str) -> None:
    for path in ("", "/items", "/result"):
        assert (await shop.get(f"/v1/jobs/{job_id}{path}")).status_code == 404
    assert (await shop.post(f"/v1/jobs/{job_id}/cancel")).status_code == 404


async def test_anothers_job_is_no_job(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    job_id = (await create(shop))["id"]
    async with await world.log_in(Role.USER, RIVAL) as rival:
        for owner in (SHOP, RIVAL):
            answer = await rival.get(f"/v1/jobs/{job_id}", params={"owner": owner})
            assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such job.")
        assert (await rival.get("/v1/jobs")).json()["items"] == []

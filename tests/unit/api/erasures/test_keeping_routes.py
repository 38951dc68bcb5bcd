"""How long a workspace keeps what is set by administrators, recorded, and told in the status."""

from datetime import UTC, datetime

import httpx
import pytest

from schemas.access.keeping import Removed, RetentionRun
from tests.api_world import ApiWorld

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_times_that_are_left_out_stay_and_null_is_for_ever(admin: httpx.AsyncClient) -> None:
    made = await admin.post("/v1/workspaces", json={"id": "lab", "keep": {"pictures_days": 7}})
    changed = await admin.patch("/v1/workspaces/lab", json={"keep": {"results_days": 30}})
    named = await admin.patch("/v1/workspaces/lab", json={"name": "The lab"})
    ended = await admin.patch("/v1/workspaces/lab", json={"keep": {"results_days": None}})
    pictures = {"pictures_days": 7, "references_days": None}
    assert [answer.json()["keep"] for answer in (made, changed, named, ended)] == [
        {"results_days": None, **pictures},
        {"results_days": 30, **pictures},
        {"results_days": 30, **pictures},
        {"results_days": None, **pictures},
    ]


async def test_a_change_is_an_act_that_says_what_changed(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    await admin.patch("/v1/workspaces/shop", json={"keep": {"results_days": 30}})
    [event] = await world.audited()
    assert event.detail == (
        "kept: results for ever, pictures for ever, references for ever -> "
        "results 30 days, pictures for ever, references for ever"
    )


@pytest.mark.parametrize("keep", [{"results_days": 0}, {"results_days": -1}, {"days": 7}, {"pictures_days": "soon"}])
async def test_times_that_cannot_be_are_refused(admin: httpx.AsyncClient, keep: dict[str, object]) -> None:
    assert (await admin.patch("/v1/workspaces/shop", json={"keep": keep})).status_code == 422


async def test_the_status_tells_what_is_set_and_what_was_removed_last(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    assert (await admin.get("/v1/status")).json()["retention"] == []
    await admin.patch("/v1/workspaces/shop", json={"keep": {"results_days": 30}})
    [before] = (await admin.get("/v1/status")).json()["retention"]
    assert before == {"workspace": "shop", "keep": {"results_days": 30}}
    await world.retention_runs.save("shop", RetentionRun(began_at=BEGAN, ended_at=BEGAN, removed=Removed(results=4)))
    [after] = (await admin.get("/v1/status")).json()["retention"]
    assert after["last_run"]["removed"] == {"results": 4, "references": 0, "pictures": 0}

"""Pipelines and the platform's state, as administrators see and change them through the API."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from infra.errors import AlreadyExists
from infra.kafka.groups.backlog import Progress
from infra.kafka.groups.lag import Lag
from processors.pipelines.service import BUILT_IN
from schemas.access.accounts import Role
from schemas.activity import Action, Outcome
from schemas.dead_letters import Reason
from schemas.images import Feature
from schemas.records.pipelines import BUILT_IN_MODELS, DEFAULT_PIPELINE, ParitySummary, PipelineSpec, Promotion
from schemas.topics import IMAGE_REFERENCES
from tests import samples
from tests.api_world import SHOP, ApiWorld

SHOES = PipelineSpec(name="shoes", version=1, models={Feature.LABELS: "shoes@1", Feature.HASH: "phash@1"})
PIPELINE_ACTS = (Action.PIPELINE_PROMOTED, Action.PIPELINE_ROLLED_BACK)
BOOTS = PipelineSpec(name="boots", version=1, models={Feature.LABELS: "boots@1"})
PARITY = ParitySummary(
    model="shoes@1", sha256="0" * 64, pictures=12, passed=True, verified_at=datetime(2026, 11, 1, tzinfo=UTC)
)


@pytest.fixture
async def admin(world: ApiWorld) -> AsyncIterator[httpx.AsyncClient]:
    for pipeline in (SHOES, BOOTS):
        await world.pipelines.create(pipeline)
    async with await world.log_in(Role.ADMIN, SHOP) as client:
        yield client


async def test_what_was_verified_for_a_promotion_can_be_promoted_again(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    await world.pipelines.add_promotion(samples.promotion(1, SHOES.id, parity=(PARITY,)))
    back = await admin.post("/v1/pipelines/rollback")
    assert (back.status_code, back.json()["pipeline"]) == (200, DEFAULT_PIPELINE.id)
    again = await admin.post(f"/v1/pipelines/{SHOES.id}/promote")
    assert again.status_code == 200, again.text
    assert (again.json()["number"], again.json()["parity"][0]["model"]) == (3, "shoes@1")
    shown = (await admin.get("/v1/pipelines")).json()
    assert shown["promoted"] == SHOES.id
    assert [one["action"] for one in shown["promotions"]] == ["promote", "rollback", "promote"]
    assert {one["name"] for one in shown["items"]} == {"standard", "shoes", "boots"}
    acts = [event for event in await world.audited() if event.action.value.startswith("pipeline.")]
    assert [(act.action, act.subject, act.outcome) for act in acts] == [
        (Action.PIPELINE_ROLLED_BACK, DEFAULT_PIPELINE.id, None),
        (Action.PIPELINE_PROMOTED, SHOES.id, None),
    ]


async def test_what_comes_with_vedette_can_always_be_promoted(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    await world.pipelines.add_promotion(samples.promotion(1, SHOES.id, parity=(PARITY,)))
    assert (await admin.post(f"/v1/pipelines/{DEFAULT_PIPELINE.id}/promote")).status_code == 200


async def test_a_model_that_was_never_verified_is_not_promoted(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    answer = await admin.post(f"/v1/pipelines/{BOOTS.id}/promote")
    assert answer.status_code == 409
    assert "`vedette pipelines promote boots@1`" in answer.json()["detail"]
    assert world.pipelines.promotions == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("rollback", 409),
        (f"{DEFAULT_PIPELINE.id}/promote", 409),
        ("none@1/promote", 404),
        ("nonsense/promote", 422),
    ],
)
async def test_what_cannot_be_done_is_told(world: ApiWorld, admin: httpx.AsyncClient, path: str, status: int) -> None:
    assert (await admin.post(f"/v1/pipelines/{path}")).status_code == status
    assert world.pipelines.promotions == []


async def test_an_act_that_cannot_be_recorded_is_not_done(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    await world.pipelines.add_promotion(samples.promotion(1, SHOES.id, parity=(PARITY,)))
    world.publisher.down = True
    assert (await admin.post("/v1/pipelines/rollback")).status_code == 503
    world.publisher.down = False
    assert await world.pipelines.find_promoted() == SHOES.id


async def test_what_fails_after_it_was_recorded_is_recorded_once_more(
    world: ApiWorld, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def be_too_late(_promotion: Promotion) -> None:
        raise AlreadyExists("another pipeline was promoted at the same moment: look again, then decide")

    await world.pipelines.add_promotion(samples.promotion(1, SHOES.id, parity=(PARITY,)))
    monkeypatch.setattr(world.pipelines, "add_promotion", be_too_late)
    assert (await admin.post(f"/v1/pipelines/{DEFAULT_PIPELINE.id}/promote")).status_code == 409
    acts = [event.outcome for event in await world.audited() if event.action is Action.PIPELINE_PROMOTED]
    assert acts == [None, Outcome.FAILED]


async def test_what_is_refused_is_not_recorded(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    assert (await admin.post(f"/v1/pipelines/{DEFAULT_PIPELINE.id}/promote")).status_code == 409
    assert (await admin.post("/v1/pipelines/rollback")).status_code == 409
    assert [event for event in await world.audited() if event.action in PIPELINE_ACTS] == []


def test_what_needs_no_verification_is_what_workers_compute_by_themselves() -> None:
    assert BUILT_IN.keys() == BUILT_IN_MODELS


async def test_the_state_tells_what_answers_what_waits_and_what_counts(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    world.progress[IMAGE_REFERENCES] = Progress(acknowledged=10, waiting=7)
    await world.backlog.look_once()
    state = (await admin.get("/v1/status")).json()
    assert state["ready"]
    assert set(state["systems"]) == {"kafka", "cassandra", "elasticsearch"}
    assert state["backlog"][IMAGE_REFERENCES]["waiting"] == 7
    assert state["pipeline"] == DEFAULT_PIPELINE.id


async def test_the_state_tells_who_lags_behind_and_what_was_deleted_unread(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    assert "lag" not in (await admin.get("/v1/status")).json()
    day_s = 86_400.0
    world.lag = (
        Lag("vedette-store", "recognition-results", 7, 16 * day_s, 30 * day_s, 0),
        Lag("vedette-index", "recognition-results", 7, day_s, 30 * day_s, 0),
        Lag("vedette-recognise", IMAGE_REFERENCES, 0, None, 30 * day_s, 25),
    )
    await world.lags.look_once()
    missed = samples.rejection(None, None, reason=Reason.EXPIRED_UNREAD, group="vedette-recognise", topic_id="an-id")
    await world.images.save_rejections([missed.model_copy(update={"last_offset": missed.origin.offset + 24})])
    state = (await admin.get("/v1/status")).json()
    assert [(lag["group"], lag["warning"]) for lag in state["lag"]] == [
        ("vedette-store", True),
        ("vedette-index", False),
        ("vedette-recognise", True),
    ]
    [unread] = state["unread"]
    assert (unread["group"], unread["last_offset"] - unread["first_offset"]) == ("vedette-recognise", 24)


async def test_a_system_that_does_not_answer_is_named(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    world.index.down = True
    state = (await admin.get("/v1/status")).json()
    assert (state["ready"], state["systems"]["elasticsearch"]) == (False, {"ok": False, "error": "unreachable"})

"""Pictures that are recognised for one request: asked about within bounds, answered, and kept nowhere."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.settings.api import UploadSettings
from infra.settings.recognition import SourceSettings
from schemas.access.accounts import Role
from schemas.answers import EmbeddingAnswer, FeatureAnswers
from schemas.dead_letters import Reason
from schemas.images import Feature
from schemas.messages.questions import MOST_INQUIRY_BYTES, PART_BYTES, Refused
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld
from tests.fakes.pictures import encoded, quarters

pytestmark = pytest.mark.virtual_time

PICTURE = encoded(quarters(32), "PNG")
LOOKS = FeatureAnswers(
    embedding=EmbeddingAnswer(model="lite0@1", dimensions=256, values=samples.EMBEDDING), hash=samples.HASH
)
PATHS = ["/v1/recognise", "/v1/images/similar"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    """Questions are given up soon, and one is asked at a time."""
    world = ApiWorld(tmp_path, upload_settings=UploadSettings(question_timeout_s=0.3, questions_at_once=1))
    for workspace in (SHOP, RIVAL):
        await world.add_workspace(workspace)
    yield world
    world.passwords.close()


async def recognise(client: httpx.AsyncClient, content: Any = PICTURE, **params: Any) -> httpx.Response:
    return await client.post("/v1/recognise", content=content, params=params)


def is_kept_nowhere(world: ApiWorld) -> bool:
    return not (world.uploads.pictures or world.images.images or world.published_for_stores)


async def test_a_picture_is_answered_and_kept_nowhere(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    world.let_workers_see(LOOKS)
    answer = await recognise(shop)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["features"]["hash"] == {"model": "phash@1", "perceptual": samples.HASH.perceptual}
    assert {"owner", "image_id", "origin", "event"}.isdisjoint(shown)
    [(question, picture)] = world.asked
    assert (question.owner, question.features, picture) == (SHOP, None, PICTURE)
    assert is_kept_nowhere(world)


async def test_features_options_and_pipeline_are_asked_for(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    world.let_workers_see(LOOKS)
    options = '{"labels":{"max_labels":3,"include":["cat"]}}'
    answer = await recognise(shop, features=["labels", "text"], options=options, pipeline="standard@2")
    assert answer.status_code == 200, answer.text
    [(question, _)] = world.asked
    assert question.features == (Feature.LABELS, Feature.TEXT)
    assert (question.options.labels.max_labels, question.options.labels.include) == (3, ("cat",))
    assert question.pipeline == "standard@2"


async def test_a_large_picture_comes_whole(tmp_path: Path) -> None:
    world = ApiWorld(tmp_path)
    await world.add_workspace(SHOP)
    world.let_workers_see(LOOKS)
    large = PICTURE + bytes(range(256)) * (3 * PART_BYTES // 256)
    async with await world.log_in(Role.USER, SHOP) as shop:
        assert (await recognise(shop, large)).status_code == 200
    [(question, picture)] = world.asked
    assert (question.parts, picture) == (4, large)
    assert all(len(record.value or b"") <= PART_BYTES for record in world.published)
    world.passwords.close()


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"pipeline": "nobody@7"}, "pipeline"),
        ({"features": ["all"]}, "features[0]"),
        ({"options": "{"}, "options"),
        ({"options": "[]"}, "options"),
        ({"options": '{"labels":{"max_labels":0}}'}, "options.labels.max_labels"),
        ({"options": '{"lables":{}}'}, "options.lables"),
        ({"owner": "no-such"}, "owner"),
    ],
)
async def test_what_is_wrong_is_named_before_anybody_is_asked(
    world: ApiWorld, admin: httpx.AsyncClient, params: dict[str, Any], field: str
) -> None:
    answer = await recognise(admin, **{"owner": SHOP, **params})
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not world.published


async def test_options_that_are_too_long_to_travel_with_a_picture_are_refused(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    name = "é" * 250
    options = json.dumps({"labels": {"include": [name] * (2 + MOST_INQUIRY_BYTES // 500)}}, ensure_ascii=False)
    answer = await recognise(shop, options=options)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["options"]
    assert not world.published


@pytest.mark.parametrize(("data", "status"), [(b"", 422), (b"%PDF-1.7 and so on", 415)])
async def test_what_is_no_picture_is_not_asked_about(
    world: ApiWorld, shop: httpx.AsyncClient, data: bytes, status: int
) -> None:
    assert (await recognise(shop, data)).status_code == status
    assert not world.published


async def test_a_picture_above_the_limit_of_uploads_is_refused(tmp_path: Path) -> None:
    world = ApiWorld(tmp_path, sources=SourceSettings(max_bytes=4096))
    await world.add_workspace(SHOP)
    async with await world.log_in(Role.USER, SHOP) as shop:
        assert (await recognise(shop, PICTURE + bytes(4096))).status_code == 413
    assert not world.published
    world.passwords.close()


@pytest.mark.parametrize(
    ("reason", "field"),
    [
        (Reason.CORRUPT_IMAGE, "body"),
        (Reason.UNKNOWN_PIPELINE, "pipeline"),
        (Reason.UNKNOWN_WORKSPACE, "owner"),
        (Reason.MESSAGE_TOO_LARGE, "body"),
    ],
)
async def test_what_the_workers_refuse_says_why(
    world: ApiWorld, shop: httpx.AsyncClient, reason: Reason, field: str
) -> None:
    world.let_workers_answer(Refused(reason=reason, detail="So it is."))
    answer = await recognise(shop)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": field, "message": f"So it is. ({reason.value})"}]


async def test_workers_that_cannot_answer_now_are_told_as_such(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    world.let_workers_answer(Refused(detail="Not now."))
    answer = await recognise(shop)
    assert (answer.status_code, answer.json()["part"]) == (503, "recognition")
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize("path", PATHS)
async def test_a_question_that_no_worker_answers_is_given_up(
    world: ApiWorld, shop: httpx.AsyncClient, path: str
) -> None:
    answer = await shop.post(path, content=PICTURE)
    assert (answer.status_code, answer.json()["part"]) == (503, "recognition")
    assert "Retry-After" in answer.headers
    assert is_kept_nowhere(world)


@pytest.mark.parametrize("path", PATHS)
async def test_a_question_that_cannot_be_published_leaves_nothing(
    world: ApiWorld, shop: httpx.AsyncClient, path: str
) -> None:
    world.publisher.down = True
    assert (await shop.post(path, content=PICTURE)).status_code == 503
    assert is_kept_nowhere(world)


@pytest.mark.parametrize("path", PATHS)
async def test_more_questions_than_are_asked_at_once_are_refused(
    world: ApiWorld, shop: httpx.AsyncClient, path: str
) -> None:
    answers = await asyncio.gather(*(shop.post(path, content=PICTURE) for _ in range(100)))
    assert sorted(answer.status_code for answer in answers) == [429] * 99 + [503]
    assert all("Retry-After" in answer.headers for answer in answers)
    assert len(world.asked) == 1
    assert is_kept_nowhere(world)


async def test_one_account_asks_half_of_the_questions_at_once(tmp_path: Path) -> None:
    world = ApiWorld(tmp_path, upload_settings=UploadSettings(questions_at_once=4, question_timeout_s=0.3))
    await world.add_workspace(SHOP)
    async with await world.log_in(Role.USER, SHOP) as ada, await world.log_in(Role.USER, SHOP) as ben:
        answers = await asyncio.gather(*(recognise(client) for client in (ada, ada, ada, ben, ben)))
    assert sorted(answer.status_code for answer in answers[:3]) == [429, 503, 503]
    assert [answer.status_code for answer in answers[3:]] == [503, 503]
    world.passwords.close()


async def test_a_question_whose_picture_does_not_come_keeps_no_other_from_being_asked(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    world.let_workers_see(LOOKS)
    begun, freed = asyncio.Event(), asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield PICTURE[:20]
        begun.set()
        await freed.wait()
        yield PICTURE[20:]

    first = asyncio.create_task(recognise(shop, stalled()))
    await begun.wait()
    assert (await recognise(shop)).status_code == 200
    freed.set()
    assert (await first).status_code == 200


async def test_images_like_a_picture_are_found_and_the_picture_is_no_image(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    world.let_workers_see(LOOKS)
    for name, season in (("a.jpg", "spring"), ("b.jpg", "autumn")):
        await world.recognise(SHOP, name, features=LOOKS, metadata={"season": season})
    answer = await shop.post("/v1/images/similar", content=PICTURE)
    assert answer.status_code == 200, answer.text
    assert sorted(item["image_id"] for item in answer.json()["items"]) == ["a.jpg", "b.jpg"]
    filtered = await shop.post("/v1/images/similar", content=PICTURE, params={"metadata": "season=spring"})
    assert [item["image_id"] for item in filtered.json()["items"]] == ["a.jpg"]
    assert [question.features for question, _ in world.asked] == [(Feature.EMBEDDING,)] * 2
    assert not world.uploads.pictures
    assert sorted(image["image_id"] for image in (await shop.get("/v1/images")).json()["items"]) == ["a.jpg", "b.jpg"]


async def test_a_pipeline_without_embeddings_says_what_to_do(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    world.let_workers_see(FeatureAnswers(hash=samples.HASH))
    answer = await shop.post("/v1/images/similar", content=PICTURE)
    assert answer.status_code == 422
    assert "no embedding" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("path", PATHS)
async def test_analysts_ask_nothing(world: ApiWorld, path: str) -> None:
    async with await world.log_in(Role.ANALYST) as analyst:
        assert (await analyst.post(path, content=PICTURE, params={"owner": SHOP})).status_code == 403
    assert not world.published

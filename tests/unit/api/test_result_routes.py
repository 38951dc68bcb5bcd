"""Lists and searches over results, features, workspaces and dead letters."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from schemas.access.accounts import Role
from schemas.answers import Category, FeatureAnswers, Label, LabelsAnswer, TreeNode
from schemas.images import Feature
from schemas.records.pipelines import PipelineSpec
from schemas.records.worker_reports import WorkerReport
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld

ESPRESSO = Label(name="espresso", confidence=0.95)
MUG = Label(name="coffee mug", confidence=0.6)


@pytest.fixture
async def filled(world: ApiWorld) -> ApiWorld:
    await world.recognise(SHOP, "cat.jpg", of=samples.origin(0))
    await world.recognise(SHOP, "cup.jpg", of=samples.origin(60), labels=(ESPRESSO, MUG))
    await world.recognise(SHOP, "new.jpg", of=samples.origin(120), labels=(MUG,), pipeline="standard@2")
    await world.recognise(RIVAL, "theirs.jpg", of=samples.origin(180), labels=(ESPRESSO,))
    torn = samples.rejection(SHOP, "torn.jpg", of=samples.origin(240))
    await world.images.save_rejections([torn])
    await world.index.save_rejections([torn])
    return world


async def names(client: httpx.AsyncClient, path: str = "/v1/results", **params: Any) -> list[str]:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return [item["image_id"] for item in answer.json()["items"]]


def moment(at_s: float) -> str:
    return samples.origin(at_s).appended_at.isoformat()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["torn.jpg", "new.jpg", "cup.jpg", "cat.jpg"]),
        ({"label": "coffee mug"}, ["new.jpg", "cup.jpg"]),
        ({"label": "espresso", "min_confidence": 0.9}, ["cup.jpg"]),
        ({"label": "espresso", "min_confidence": 0.96}, []),
        ({"label_exact": "espresso"}, ["cup.jpg"]),
        ({"exclude_label": "espresso", "status": "recognised"}, ["new.jpg", "cat.jpg"]),
        ({"exclude_label": ["espresso", "Egyptian cat"], "status": "recognised"}, ["new.jpg"]),
        ({"pipeline": "standard@2"}, ["new.jpg"]),
        ({"status": "rejected"}, ["torn.jpg"]),
        ({"status": "recognised", "owner": SHOP}, ["new.jpg", "cup.jpg", "cat.jpg"]),
        ({"since": moment(60), "until": moment(180)}, ["new.jpg", "cup.jpg"]),
        ({"limit": 1}, ["torn.jpg"]),
    ],
)
async def test_results_are_filtered(
    filled: ApiWorld, shop: httpx.AsyncClient, asked: dict[str, Any], expected: list[str]
) -> None:
    assert await names(shop, **asked) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"label": "dog"}, ["pug.jpg"]),
        ({"label": "dog", "min_confidence": 0.91}, []),
        ({"label_exact": "dog"}, []),
        ({"label": "dog", "exclude_label": "animal"}, []),
        ({"category": "animals and pets"}, ["pug.jpg"]),
        ({"category": "Animals"}, []),
    ],
)
async def test_results_are_filtered_by_what_is_more_general(
    filled: ApiWorld, shop: httpx.AsyncClient, asked: dict[str, Any], expected: list[str]
) -> None:
    tree = (TreeNode(name="animal", confidence=0.95), TreeNode(name="dog", confidence=0.9))
    category = Category(name="Animals and Pets", confidence=0.95)
    pug = LabelsAnswer(
        model="lite0@2", labels=(Label(name="pug", confidence=0.4),), label_tree=tree, categories=(category,)
    )
    await filled.recognise(SHOP, "pug.jpg", features=FeatureAnswers(labels=pug))
    assert await names(shop, **asked) == expected
    counts = (await shop.get("/v1/stats", params=asked)).json()
    told = [("animal", 1), ("dog", 1)] if expected else []
    assert [(each["key"], each["count"]) for each in counts["label_tree"]] == told
    assert [each["key"] for each in counts["categories"]] == (["Animals and Pets"] if expected else [])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"object": "dog"}, ["dogs.jpg"]),
        ({"object": "Car", "min_confidence": 0.6}, ["dogs.jpg"]),
        ({"object": "car", "min_confidence": 0.61}, []),
        ({"object": "dog", "label": "espresso"}, []),
        ({"object": "cat"}, []),
    ],
)
async def test_results_are_filtered_by_objects(
    filled: ApiWorld, shop: httpx.AsyncClient, asked: dict[str, Any], expected: list[str]
) -> None:
    await filled.recognise(SHOP, "dogs.jpg", features=FeatureAnswers(objects=samples.OBJECTS, text=samples.TEXT))
    assert await names(shop, **asked) == expected


async def test_results_are_filtered_by_moderation_and_tell_its_categories(
    filled: ApiWorld, shop: httpx.AsyncClient
) -> None:
    await filled.recognise(SHOP, "unfit.jpg", features=FeatureAnswers(moderation=samples.MODERATION))
    assert await names(shop, moderation="explicit", min_confidence=0.9) == ["unfit.jpg"]
    assert await names(shop, moderation="explicit", min_confidence=0.95) == []
    [summary] = (await shop.get("/v1/results", params={"moderation": "Explicit"})).json()["items"]
    assert summary["moderation"] == ["Explicit", "Explicit Nudity"]
    whole = (await shop.get("/v1/images/unfit.jpg", params={"owner": SHOP})).json()["result"]["features"]
    assert whole["moderation"]["categories"] == [
        {"name": "Explicit", "confidence": 0.9},
        {"name": "Explicit Nudity", "parent": "Explicit", "confidence": 0.7},
    ]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [({"min_faces": 1}, ["two.jpg"]), ({"max_faces": 0}, ["none.jpg"]), ({"max_faces": 2}, ["none.jpg", "two.jpg"])],
)
async def test_results_are_filtered_by_their_number_of_faces(
    filled: ApiWorld, shop: httpx.AsyncClient, asked: dict[str, Any], expected: list[str]
) -> None:
    await filled.recognise(SHOP, "two.jpg", features=FeatureAnswers(faces=samples.FACES))
    await filled.recognise(SHOP, "none.jpg", features=FeatureAnswers(faces=samples.NO_FACES))
    assert sorted(await names(shop, **asked)) == expected
    counted = (await shop.get("/v1/stats", params=asked)).json()
    assert sum(bucket["count"] for bucket in counted["faces"]) == counted["total"] == len(expected)


async def test_objects_and_text_are_told_and_found(filled: ApiWorld, shop: httpx.AsyncClient) -> None:
    await filled.recognise(SHOP, "dogs.jpg", features=FeatureAnswers(objects=samples.OBJECTS, text=samples.TEXT))
    answer = await shop.get("/v1/search", params={"q": "this side up"})
    [summary] = answer.json()["items"]
    assert summary["objects"][0] == {"name": "dog", "confidence": 0.9}
    whole = (await shop.get("/v1/images/dogs.jpg", params={"owner": SHOP})).json()["result"]["features"]
    assert whole["text"]["text"] == "Fragile\nThis side UP"
    assert whole["objects"]["objects"][0]["box"] == {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}


async def test_a_summary_tells_what_was_seen(filled: ApiWorld, shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/v1/results", params={"label": "espresso"})
    [summary] = answer.json()["items"]
    assert summary["labels"] == [
        {"name": "espresso", "confidence": 0.95},
        {"name": "coffee mug", "confidence": 0.6},
    ]
    assert (summary["owner"], summary["status"], summary["pipeline"]) == (SHOP, "recognised", "standard@1")


async def test_words_find_images(filled: ApiWorld, shop: httpx.AsyncClient) -> None:
    assert await names(shop, "/v1/search", q="egyptian") == ["cat.jpg"]
    assert await names(shop, "/v1/search", q="espresso", status="rejected") == []


async def test_an_analyst_sees_every_workspace(filled: ApiWorld) -> None:
    async with await filled.log_in(Role.ANALYST) as analyst:
        assert await names(analyst, label="espresso") == ["theirs.jpg", "cup.jpg"]
        assert await names(analyst, label="espresso", owner=RIVAL) == ["theirs.jpg"]


async def test_an_account_without_workspaces_finds_nothing(filled: ApiWorld) -> None:
    async with await filled.log_in(Role.USER) as client:
        assert await names(client) == []


async def test_another_workspace_is_refused_whether_or_not_there_is_one(
    filled: ApiWorld, shop: httpx.AsyncClient
) -> None:
    for path in ("/v1/results", "/v1/search?q=espresso", "/v1/images"):
        there = await shop.get(path, params={"owner": RIVAL} | dict(httpx.URL(path).params))
        nowhere = await shop.get(path, params={"owner": "nowhere"} | dict(httpx.URL(path).params))
        assert (there.status_code, there.content) == (403, nowhere.content)


async def test_pages_follow_each_other_and_a_cursor_fits_its_own_list_alone(
    filled: ApiWorld, shop: httpx.AsyncClient
) -> None:
    first = (await shop.get("/v1/results", params={"limit": 3})).json()
    rest = (await shop.get("/v1/results", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [item["image_id"] for item in first["items"] + rest["items"]] == [
        "torn.jpg",
        "new.jpg",
        "cup.jpg",
        "cat.jpg",
    ]
    assert "next_cursor" not in rest
    for wrong in ({"cursor": first["next_cursor"], "label": "espresso"}, {"cursor": "made up"}):
        answer = await shop.get("/v1/results", params=wrong)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("/v1/results", {"limit": 0}, "limit"),
        ("/v1/results", {"limit": 201}, "limit"),
        ("/v1/results", {"limit": "many"}, "limit"),
        ("/v1/results", {"min_confidence": 1.5}, "min_confidence"),
        ("/v1/results", {"min_confidence": "nan"}, "min_confidence"),
        ("/v1/results", {"since": "2026-03-01T12:00:00"}, "since"),
        ("/v1/results", {"since": moment(60), "until": moment(60)}, "until"),
        ("/v1/results", {"pipeline": "standard"}, "pipeline"),
        ("/v1/results", {"min_faces": -1}, "min_faces"),
        ("/v1/results", {"min_faces": 2, "max_faces": 1}, "max_faces"),
        ("/v1/results", {"status": "pending"}, "status"),
        ("/v1/results", {"owner": "Not A Workspace"}, "owner"),
        ("/v1/results", {"label": ""}, "label"),
        ("/v1/results", {"cursor": "c" * 2049}, "cursor"),
        ("/v1/search", {}, "q"),
        ("/v1/search", {"q": ""}, "q"),
        ("/v1/search", {"q": "q" * 501}, "q"),
        ("/v1/images", {"limit": 0}, "limit"),
    ],
)
async def test_a_wrong_parameter_is_named(
    shop: httpx.AsyncClient, path: str, params: dict[str, Any], field: str
) -> None:
    answer = await shop.get(path, params=params)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_elasticsearch_being_down_is_told(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    world.index.down = True
    for path in ("/v1/results", "/v1/search?q=cat"):
        answer = await shop.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "the store is down" not in answer.text


async def test_the_features_that_no_model_answers_are_told(shop: httpx.AsyncClient) -> None:
    told = (await shop.get("/v1/features", params={"pipeline": "standard@2"})).json()
    assert told["pipeline"] == "standard@2"
    assert told["features"] == [
        {"feature": "labels", "status": "live", "model": "lite0@1"},
        {"feature": "objects", "status": "not_installed"},
        {"feature": "properties", "status": "live", "model": "properties@1"},
        {"feature": "text", "status": "not_installed"},
        {"feature": "embedding", "status": "live", "model": "lite0@1"},
        {"feature": "hash", "status": "live", "model": "phash@1"},
        {"feature": "faces", "status": "not_installed"},
        {"feature": "moderation", "status": "not_installed"},
    ]


async def test_the_default_pipeline_answers_every_feature(shop: httpx.AsyncClient) -> None:
    told = (await shop.get("/v1/features")).json()
    assert told["pipeline"] == "standard@3"
    assert {one["feature"]: one["model"] for one in told["features"]} == {
        "labels": "lite0@2",
        "objects": "nanodet@2",
        "properties": "properties@1",
        "text": "ppocr@1",
        "embedding": "lite0@1",
        "hash": "phash@1",
        "faces": "blazeface@1",
        "moderation": "nsfw@1",
    }


async def test_the_promoted_pipelines_features_are_told_at_once(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await world.pipelines.create(PipelineSpec(name="shoes", version=3, models={Feature.HASH: "phash@1"}))
    told = (await shop.get("/v1/features", params={"pipeline": "shoes@3"})).json()
    await world.pipelines.add_promotion(samples.promotion(1, "shoes@3"))
    assert (await shop.get("/v1/features")).json() == told
    assert told["pipeline"] == "shoes@3"
    assert [one["feature"] for one in told["features"] if one["status"] == "live"] == ["hash"]


@pytest.mark.parametrize(
    ("lacking", "status", "count"),
    [
        ([], "live", None),
        ([()], "live", None),
        ([("nanodet@2",)], "not_installed", 1),
        ([("nanodet@2", "ppocr@1"), ()], "live", 1),
        ([("nanodet@2",), ("nanodet@2",)], "not_installed", 2),
        ([("nsfw@1",)], "live", None),
    ],
)
async def test_a_feature_is_live_while_a_running_worker_has_its_model(
    lacking: list[tuple[str, ...]], status: str, count: int | None, world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    for number, models in enumerate(lacking):
        await world.workers.save(
            WorkerReport(worker=f"host:{number}", version="1", lacking=models, at=datetime.now(UTC))
        )
    told = (await shop.get("/v1/features")).json()["features"]
    [objects] = [one for one in told if one["feature"] == "objects"]
    assert (objects["status"], objects.get("workers_lacking")) == (status, count)
    assert objects["model"] == "nanodet@2"


async def test_the_features_of_an_unknown_pipeline_are_not_found(shop: httpx.AsyncClient) -> None:
    assert (await shop.get("/v1/features", params={"pipeline": "shoes@9"})).status_code == httpx.codes.NOT_FOUND


async def test_callers_see_their_own_workspaces_and_administrators_all(
    world: ApiWorld, shop: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    own = (await shop.get("/v1/workspaces")).json()["items"]
    assert [(workspace["id"], workspace["allowed_prefixes"]) for workspace in own] == [(SHOP, ["s3://shop-*/"])]
    every = (await admin.get("/v1/workspaces")).json()["items"]
    assert [workspace["id"] for workspace in every] == [RIVAL, SHOP]


async def test_administrators_see_dead_letters_even_those_that_named_no_image(
    filled: ApiWorld, admin: httpx.AsyncClient
) -> None:
    nameless = samples.rejection(None, None, of=samples.origin(300), reason="invalid_json", uri=None)
    await filled.images.save_rejections([nameless])
    page = (await admin.get("/v1/dead-letters")).json()
    assert [(item["reason"], item.get("image_id")) for item in page["items"]] == [
        ("invalid_json", None),
        ("corrupt_image", "torn.jpg"),
    ]
    by_owner = (await admin.get("/v1/dead-letters", params={"owner": SHOP})).json()["items"]
    by_reason = (await admin.get("/v1/dead-letters", params={"reason": "invalid_json"})).json()["items"]
    assert ([item["reason"] for item in by_owner], len(by_reason)) == (["corrupt_image"], 1)


@pytest.mark.parametrize("params", [{"reason": "bad_weather"}, {"limit": 0}, {"cursor": "made up"}])
async def test_a_wrong_parameter_of_dead_letters_is_named(admin: httpx.AsyncClient, params: dict[str, Any]) -> None:
    answer = await admin.get("/v1/dead-letters", params=params)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(params)


async def test_a_search_counts_what_it_finds_where_asked_to(filled: ApiWorld, shop: httpx.AsyncClient) -> None:
    plain = (await shop.get("/v1/search", params={"q": "mug", "limit": 1})).json()
    counted = (await shop.get("/v1/search", params={"q": "mug", "limit": 1, "facets": True})).json()
    facets = counted.pop("facets")
    assert counted == plain
    assert "facets" not in plain
    assert facets["total"] == 2
    assert facets["labels"] == [{"key": "coffee mug", "count": 2}, {"key": "espresso", "count": 1}]
    assert {each["key"]: each["count"] for each in facets["pipelines"]} == {"standard@1": 1, "standard@2": 1}


async def test_names_are_suggested(filled: ApiWorld, shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/v1/search/suggestions", params={"q": "e"})
    assert answer.json() == {"items": [{"key": "Egyptian cat", "count": 1}, {"key": "espresso", "count": 1}]}
    one = await shop.get("/v1/search/suggestions", params={"q": "coffee m", "limit": 1})
    assert [each["key"] for each in one.json()["items"]] == ["coffee mug"]
    for wrong in ({"q": ""}, {"q": "x" * 101}, {"q": "x", "limit": 21}, {"q": "x", "label": "y"}, {}):
        assert (await shop.get("/v1/search/suggestions", params=wrong)).status_code == 422


@pytest.mark.parametrize("question", ["similar", "duplicates"])
async def test_look_alikes_are_filtered(world: ApiWorld, shop: httpx.AsyncClient, question: str) -> None:
    looks = FeatureAnswers(
        labels=samples.result(SHOP).features.labels,
        embedding=samples.result(SHOP).features.embedding,
        hash=samples.HASH,
    )
    await world.recognise(SHOP, "cat.jpg", features=looks)
    for number, season in enumerate(("spring", "autumn")):
        name, pipeline = f"{season}.jpg", f"standard@{number + 1}"
        stood = samples.origin(60 * number)
        await world.recognise(SHOP, name, features=looks, of=stood, metadata={"season": season}, pipeline=pipeline)
    path = f"/v1/images/cat.jpg/{question}"
    assert sorted(await names(shop, path)) == ["autumn.jpg", "spring.jpg"]
    assert await names(shop, path, metadata="season=spring") == ["spring.jpg"]
    assert await names(shop, path, pipeline="standard@2") == ["autumn.jpg"]
    assert await names(shop, path, since=moment(30)) == ["autumn.jpg"]
    assert await names(shop, path, label="Egyptian cat", min_confidence=0.9) == []
    assert len(await names(shop, path, label="Egyptian cat", min_confidence=0.8, limit=1)) == 1
    wrong = await shop.get(path, params={"since": moment(1), "until": moment(0)})
    assert wrong.status_code == 422


async def test_images_alike_are_found_by_the_answer_that_is_shown(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    stood, pair = samples.origin(1), ("cat.jpg", "kitten.jpg")
    seen_anew = FeatureAnswers(embedding=samples.embedding_of("next0@1"))
    for name in pair:
        await world.recognise(SHOP, name, of=stood)
    replays = [
        samples.result(
            SHOP, name, of=stood, replay=samples.origin(60), pipeline="next@1", promoted=False, features=seen_anew
        )
        for name in pair
    ]
    await world.images.save_results(replays)
    await world.pipelines.add_promotion(samples.promotion(1, "next@1"))
    await world.index.save_results([replay.model_copy(update={"promoted": True}) for replay in replays])
    assert await names(shop, "/v1/images/cat.jpg/similar") == ["kitten.jpg"]

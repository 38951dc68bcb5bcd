"""What became of an image: status, result, history and list."""

import httpx
import orjson

from schemas.access.accounts import Role
from schemas.answers import Label
from schemas.images import ImageIdentity
from schemas.results import ImageDeleted, parse_result_event
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld


async def test_a_recognised_image_comes_with_its_result(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await world.recognise(SHOP, "cat.jpg", metadata={"sku": "A-17"})
    view = (await shop.get("/v1/images/cat.jpg")).json()
    assert view["status"] == "recognised"
    assert view["result"]["pipeline"] == "standard@1"
    assert view["result"]["features"]["labels"] == {
        "model": "lite0@1",
        "labels": [{"name": "Egyptian cat", "confidence": 0.8}],
    }
    assert view["result"]["metadata"] == {"sku": "A-17"}
    assert view["result"]["origin"]["topic"] == "image-references"
    assert "text" not in view["result"]["features"]


async def test_a_rejected_image_tells_why(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await world.images.save_rejections([samples.rejection(SHOP, "torn.jpg")])
    view = (await shop.get("/v1/images/torn.jpg")).json()
    assert (view["status"], view["reason"]) == ("rejected", "corrupt_image")
    assert view["detail"] == "The image ends in the middle."
    assert "result" not in view


async def test_a_newer_reference_makes_an_image_pending_and_its_old_outcome_is_not_told(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    await world.images.save_rejections([samples.rejection(SHOP, "torn.jpg", of=samples.origin(1))])
    await world.images.save_accepted([(samples.reference(SHOP, "torn.jpg"), samples.origin(2))])
    view = (await shop.get("/v1/images/torn.jpg")).json()
    assert view["status"] == "pending"
    assert not view.keys() & {"reason", "detail", "rejected_at", "result"}


async def test_a_deleted_image_is_gone(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await world.recognise(SHOP, "cat.jpg", of=samples.origin(1))
    await world.images.save_deletions([samples.deletion(SHOP, "cat.jpg", of=samples.origin(2))])
    unknown = await shop.get("/v1/images/never.jpg")
    assert unknown.status_code == 404
    for path in ("/v1/images/cat.jpg", "/v1/images/cat.jpg/history"):
        assert (await shop.get(path)).content == unknown.content


async def test_a_deletion_is_published_audited_and_seen_at_once(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await world.recognise(SHOP, "cat.jpg", of=samples.origin(1))
    assert (await shop.delete("/v1/images/cat.jpg")).status_code == 204
    audit, deleted = world.publisher.records
    key = ImageIdentity(owner=SHOP, image_id="cat.jpg").image_key
    assert (deleted.topic, deleted.key) == ("recognition-results", key.encode())
    event = parse_result_event(deleted.value or b"")
    assert (event.event, event.image_key) == ("deleted", key)
    assert audit.topic == "activity"
    told = orjson.loads(audit.value or b"")
    assert (told["action"], told["subject"], told["owner"]) == ("image.deleted", "cat.jpg", SHOP)
    assert told["address"] == "127.0.0.1"
    assert (await shop.get("/v1/images/cat.jpg")).status_code == 404
    assert (await shop.delete("/v1/images/cat.jpg")).status_code == 404


async def test_a_deletion_counts_more_than_the_newest_reference_that_is_known(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    ahead = samples.numbered(10**9)
    await world.recognise(SHOP, "cat.jpg", of=ahead)
    assert (await shop.delete("/v1/images/cat.jpg")).status_code == 204
    event = parse_result_event(world.publisher.records[-1].value or b"")
    assert isinstance(event, ImageDeleted)
    assert event.follows == ahead.version
    assert event.numbered(samples.origin(0)).version == ahead.version + 1
    assert (await shop.get("/v1/images/cat.jpg")).status_code == 404


async def test_an_image_that_is_deleted_twice_can_be_sent_again_all_the_same(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    ahead = samples.numbered(10**9)
    await world.recognise(SHOP, "cat.jpg", of=ahead)
    key = ImageIdentity(owner=SHOP, image_id="cat.jpg").image_key
    for _ in range(3):
        record = await world.images.find(key)
        assert record is not None
        assert record.newest == ahead.version
        await shop.delete("/v1/images/cat.jpg")


async def test_a_deletion_is_promised_only_once_kafka_has_it(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await world.recognise(SHOP, "cat.jpg", of=samples.origin(1))
    world.publisher.down = True
    assert (await shop.delete("/v1/images/cat.jpg")).status_code == 503
    assert (await shop.get("/v1/images/cat.jpg")).status_code == 200


async def test_a_replayed_older_result_leaves_a_deleted_image_deleted(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await world.recognise(SHOP, "cat.jpg", of=samples.origin(1))
    await shop.delete("/v1/images/cat.jpg")
    await world.recognise(SHOP, "cat.jpg", of=samples.origin(1))
    assert (await shop.get("/v1/images/cat.jpg")).status_code == 404


async def test_a_timeline_tells_what_happened_in_order_and_from_which_message(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    first, second = samples.origin(1), samples.origin(60)
    await world.recognise(SHOP, "cat.jpg", of=first)
    await world.images.save_accepted([(samples.reference(SHOP, "cat.jpg"), second)])
    await world.images.save_rejections([samples.rejection(SHOP, "cat.jpg", of=second)])
    items = (await shop.get("/v1/images/cat.jpg/timeline")).json()["items"]
    assert [(item["stage"], item["origin"]) for item in items] == [
        ("recognised", first.name),
        ("accepted", second.name),
        ("rejected", second.name),
    ]
    assert items[0]["pipeline"] == "standard@1"
    assert items[2]["reason"] == "corrupt_image"


async def test_the_timeline_of_a_deleted_image_says_so_and_nothing_older(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    await world.recognise(SHOP, "cat.jpg", of=samples.origin(1))
    await shop.delete("/v1/images/cat.jpg")
    items = (await shop.get("/v1/images/cat.jpg/timeline")).json()["items"]
    assert [item["stage"] for item in items] == ["deleted"]


async def test_history_holds_every_pipelines_answer(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await world.recognise(SHOP, "cat.jpg", of=samples.origin(1))
    await world.recognise(SHOP, "cat.jpg", of=samples.origin(2), pipeline="standard@2")
    history = (await shop.get("/v1/images/cat.jpg/history")).json()
    assert [result["pipeline"] for result in history["items"]] == ["standard@2", "standard@1"]
    assert "next_cursor" not in history


async def test_the_workspace_is_needed_where_the_caller_has_not_just_one(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    await world.recognise(SHOP, "cat.jpg")
    unnamed = await admin.get("/v1/images/cat.jpg")
    assert (unnamed.status_code, unnamed.json()["errors"][0]["field"]) == (422, "owner")
    assert (await admin.get("/v1/images/cat.jpg", params={"owner": SHOP})).status_code == 200


async def test_images_of_one_name_in_two_workspaces_are_two(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await world.recognise(SHOP, "cat.jpg", labels=(Label(name="tabby", confidence=0.9),))
    await world.recognise(RIVAL, "cat.jpg", labels=(Label(name="espresso", confidence=0.9),))
    assert "espresso" not in (await shop.get("/v1/images/cat.jpg")).text
    async with await world.log_in(Role.USER, RIVAL) as rival:
        assert "espresso" in (await rival.get("/v1/images/cat.jpg")).text


async def test_a_name_that_no_image_can_have_is_refused(shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/v1/images/.hidden")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "image_id")


async def test_a_workspaces_images_come_newest_first_pending_ones_among_them(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    await world.recognise(SHOP, "first.jpg", of=samples.origin(1))
    await world.images.save_accepted([(samples.reference(SHOP, "second.jpg"), samples.origin(2))])
    await world.recognise(RIVAL, "theirs.jpg")
    page = (await shop.get("/v1/images")).json()
    assert [(item["image_id"], item["status"]) for item in page["items"]] == [
        ("second.jpg", "pending"),
        ("first.jpg", "recognised"),
    ]


async def test_pages_of_images_follow_each_other_without_gap_or_repeat(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    names = [f"{number}.jpg" for number in range(7)]
    for second, name in enumerate(names):
        await world.recognise(SHOP, name, of=samples.origin(second))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await shop.get("/v1/images", params={"limit": "3"} | cursor)).json()
        seen += [item["image_id"] for item in page["items"]]
        if "next_cursor" not in page:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == names[::-1]


async def test_another_workspaces_cursor_is_refused(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    for second in range(3):
        await world.recognise(RIVAL, f"{second}.jpg", of=samples.origin(second))
    async with await world.log_in(Role.USER, RIVAL) as rival:
        cursor = (await rival.get("/v1/images", params={"limit": 1})).json()["next_cursor"]
    answer = await shop.get("/v1/images", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_the_key_of_another_workspaces_image_opens_nothing(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await world.recognise(RIVAL, "theirs.jpg")
    key = ImageIdentity(owner=RIVAL, image_id="theirs.jpg").image_key
    assert (await shop.get(f"/v1/images/{key}")).status_code == 404


async def test_an_image_sent_anew_is_pending_straight_after(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await world.recognise(SHOP, "mug-1", of=samples.origin(1))
    assert (await shop.get("/v1/images/mug-1")).json()["status"] == "recognised"

    sent = await shop.post("/v1/images", json={"images": [{"uri": "s3://shop-media/mug.jpg", "image_id": "mug-1"}]})

    assert sent.status_code == httpx.codes.ACCEPTED
    assert (await shop.get("/v1/images/mug-1")).json()["status"] == "pending"


async def test_the_history_is_told_by_pipeline_and_by_version(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    for number, pipeline in enumerate(("standard@1", "standard@2", "shoes@2")):
        await world.recognise(SHOP, "cat.jpg", of=samples.origin(number), pipeline=pipeline)

    async def history(**params: str) -> list[str]:
        answer = await shop.get("/v1/images/cat.jpg/history", params=params)
        assert answer.status_code == 200, answer.text
        return [item["pipeline"] for item in answer.json()["items"]]

    assert await history() == ["shoes@2", "standard@2", "standard@1"]
    assert await history(pipeline="standard") == ["standard@2", "standard@1"]
    assert await history(pipeline="standard@1") == ["standard@1"]
    assert await history(pipeline="stand") == []
    for wrong in ("", "@", "standard@0", "standard@x", "STANDARD"):
        assert (await shop.get("/v1/images/cat.jpg/history", params={"pipeline": wrong})).status_code == 422, wrong


async def test_the_promoted_pipelines_answer_to_the_newest_reference_is_shown(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    stood = samples.origin(1)
    await world.recognise(SHOP, "cat.jpg", of=stood, pipeline="standard@2")
    replayed = samples.result(SHOP, "cat.jpg", of=stood, replay=samples.origin(60), pipeline="next@1", promoted=False)
    await world.images.save_results([replayed])

    async def shown() -> str:
        return str((await shop.get("/v1/images/cat.jpg")).json()["result"]["pipeline"])

    assert await shown() == "standard@2"
    await world.pipelines.add_promotion(samples.promotion(1, "next@1"))
    assert await shown() == "next@1"
    await world.recognise(SHOP, "cat.jpg", of=samples.origin(90), pipeline="standard@2")
    assert await shown() == "standard@2"

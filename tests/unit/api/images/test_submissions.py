"""Sending references: checked, announced, published, and only then accepted."""

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from infra.kafka.confirmation import PublishFailed
from infra.kafka.event_bus import Record
from infra.settings.api import ApiSettings
from schemas.access.accounts import Role
from schemas.images import Feature, ImageIdentity, Origin, derive_image_id
from schemas.messages.cloud_events import REFERENCE_TYPE
from schemas.topics import IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH
from schemas.wire import parse_reference
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld

URI = "s3://shop-media/mug.jpg"
SIGNED = "https://img.shop.example/mug.jpg?X-Amz-Signature=sEcReT"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def send(client: httpx.AsyncClient, *images: dict[str, Any], **more: Any) -> httpx.Response:
    return await client.post("/v1/images", json={"images": list(images)} | more)


def fields(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    return [error["field"] for error in answer.json()["errors"]]


async def test_a_read_straight_after_finds_the_image_pending(shop: httpx.AsyncClient) -> None:
    answer = await send(shop, {"uri": URI, "image_id": "mug-1"})
    assert answer.status_code == 202
    [image] = answer.json()["images"]
    assert (image["owner"], image["image_id"], image["status"]) == (SHOP, "mug-1", "pending")
    view = (await shop.get(image["links"]["self"])).json()
    assert (view["status"], view["uri"], view["image_id"]) == ("pending", URI, "mug-1")
    assert "result" not in view
    assert (await shop.get(image["links"]["history"])).json() == {"items": []}


async def test_what_is_published_is_what_workers_read(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await send(
        shop,
        {
            "uri": URI,
            "image_id": "mug-1",
            "features": ["labels"],
            "metadata": {"sku": "A-17", "price": 4.5, "sold": False},
            "deadline": "2031-01-01T00:00:00+01:00",
        },
    )
    [record] = world.published
    assert isinstance(record, Record)
    assert record.topic == IMAGE_REFERENCES
    assert record.key == ImageIdentity(owner=SHOP, image_id="mug-1").image_key.encode()
    reference = parse_reference(record.value or b"")
    assert (reference.owner, reference.uri, reference.image_id) == (SHOP, URI, "mug-1")
    assert reference.metadata == {"sku": "A-17", "price": 4.5, "sold": False}
    assert reference.features == (Feature.LABELS,)
    assert reference.submitted_at is not None
    assert reference.deadline is not None
    assert reference.deadline.isoformat() == "2030-12-31T23:00:00+00:00"


async def test_features_that_nobody_names_are_left_to_the_workers(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    """They know the workspace's default as it is when they answer."""
    await send(shop, {"uri": URI})
    assert "features" not in json.loads(world.published[0].value or b"")


async def test_an_image_without_a_name_gets_the_one_that_every_producer_derives(shop: httpx.AsyncClient) -> None:
    answer = await send(shop, {"uri": URI})
    assert answer.json()["images"][0]["image_id"] == derive_image_id(URI)


async def test_images_are_answered_in_their_order(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    names = [f"mug-{number}" for number in range(100)]
    answer = await send(shop, *({"uri": URI, "image_id": name} for name in names))
    assert [image["image_id"] for image in answer.json()["images"]] == names
    assert len(world.published) == 100


async def test_what_may_wait_goes_to_its_own_topic(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await send(shop, {"uri": URI}, priority="batch")
    assert [record.topic for record in world.published] == [IMAGE_REFERENCES_BATCH]


async def test_an_event_carries_the_trace_and_the_request_that_caused_it(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    await shop.post(
        "/v1/images", json={"images": [{"uri": URI}]}, headers={"X-Request-Id": "r-1", "traceparent": TRACE}
    )
    headers = dict(world.published[0].headers)
    assert headers["ce_type"] == REFERENCE_TYPE.encode()
    assert headers["traceparent"] == TRACE.encode()
    assert headers["correlation-id"] == b"r-1"


@pytest.mark.parametrize("trace", [None, "00-0-0-01", "x" * 300])
async def test_a_trace_is_begun_where_no_valid_one_comes(
    world: ApiWorld, shop: httpx.AsyncClient, trace: str | None
) -> None:
    headers = {} if trace is None else {"traceparent": trace}
    answer = await shop.post("/v1/images", json={"images": [{"uri": URI}]}, headers=headers)
    assert answer.status_code == 202
    begun = dict(world.published[0].headers)["traceparent"]
    assert begun is not None
    assert len(begun) == 55


async def test_a_signature_is_published_for_the_worker_and_shown_to_nobody(world: ApiWorld) -> None:
    await world.add_workspace("web", "https://img.shop.example/")
    async with await world.log_in(Role.USER, "web") as client:
        answer = await send(client, {"uri": SIGNED, "image_id": "mug-1"})
        view = await client.get("/v1/images/mug-1")
    assert b"sEcReT" in (world.published[0].value or b"")
    assert "sEcReT" not in answer.text + view.text
    assert view.json()["uri"] == "https://img.shop.example/mug.jpg"


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("s3://rival-media/mug.jpg", "source_not_allowed"),
        ("ftp://shop/mug.jpg", "unsupported_scheme"),
        ("http://img.shop.example/mug.jpg", "unsupported_scheme"),
        ("https://127.0.0.1/mug.jpg", "address_not_allowed"),
        ("https://[::ffff:127.0.0.1]/mug.jpg", "address_not_allowed"),
        ("https://localhost/mug.jpg", "address_not_allowed"),
        ("file:///etc/passwd", "source_not_allowed"),
        ("s3://shop-media/../rival/mug.jpg", "source_not_allowed"),
        ("mug.jpg", "invalid_reference"),
    ],
)
async def test_a_place_that_may_not_be_read_is_refused_by_the_name_of_its_field(
    world: ApiWorld, shop: httpx.AsyncClient, uri: str, reason: str
) -> None:
    answer = await send(shop, {"uri": URI}, {"uri": uri})
    assert fields(answer) == ["images[1].uri"]
    assert f"({reason})" in answer.json()["errors"][0]["message"]
    assert uri not in answer.text
    assert world.published == []
    assert world.images.images == {}


@pytest.mark.parametrize(
    ("image", "field"),
    [
        ({}, "images[0].uri"),
        ({"uri": ""}, "images[0].uri"),
        ({"uri": 7}, "images[0].uri"),
        ({"uri": "s3://shop-media/a b.jpg"}, "images[0].uri"),
        ({"uri": "s3://shop-media/" + "a" * 8192}, "images[0].uri"),
        ({"uri": URI, "image_id": "../etc"}, "images[0].image_id"),
        ({"uri": URI, "image_id": "m" * 129}, "images[0].image_id"),
        ({"uri": URI, "features": []}, "images[0].features"),
        ({"uri": URI, "features": ["telepathy"]}, "images[0].features[0]"),
        ({"uri": URI, "metadata": {"big": 2**63}}, "images[0].metadata"),
        ({"uri": URI, "metadata": {str(n): n for n in range(65)}}, "images[0].metadata"),
        ({"uri": URI, "deadline": "tomorrow"}, "images[0].deadline"),
        ({"uri": URI, "deadline": "2031-01-01T00:00:00"}, "images[0].deadline"),
        ({"uri": URI, "imageid": "mug-1"}, "images[0].imageid"),
    ],
)
async def test_a_wrong_field_is_named(shop: httpx.AsyncClient, image: dict[str, Any], field: str) -> None:
    assert fields(await send(shop, image)) == [field]


async def test_a_nested_value_of_metadata_is_refused_at_its_name(shop: httpx.AsyncClient) -> None:
    answer = await send(shop, {"uri": URI, "metadata": {"where": {"shelf": 3}}})
    assert {name.startswith("images[0].metadata.where") for name in fields(answer)} == {True}


async def test_a_number_that_is_none_is_refused(shop: httpx.AsyncClient) -> None:
    body = b'{"images": [{"uri": "s3://shop-media/mug.jpg", "metadata": {"price": NaN}}]}'
    answer = await shop.post("/v1/images", content=body, headers={"Content-Type": "application/json"})
    assert fields(answer) == ["images[0].metadata"]


async def test_metadata_that_a_message_cannot_hold_is_refused(world: ApiWorld) -> None:
    roomy = ApiWorld(world.home, api=ApiSettings(max_body_bytes=4_000_000))
    await roomy.add_workspace(SHOP)
    async with await roomy.log_in(Role.USER, SHOP) as client:
        answer = await send(client, {"uri": URI, "metadata": {f"{n:03}{'ключ' * 30}": "ж" * 1024 for n in range(64)}})
        assert answer.status_code == 202
        answer = await send(client, {"uri": URI, "metadata": {f"{n:03}": "\U0001f3fa" * 1024 for n in range(64)}})
    roomy.passwords.close()
    assert fields(answer) == ["images[0].metadata"]


async def test_every_wrong_image_is_named_at_once(shop: httpx.AsyncClient) -> None:
    answer = await send(shop, {"uri": "s3://rival-media/a.jpg"}, {"uri": URI}, {"uri": "https://10.0.0.1/"})
    assert fields(answer) == ["images[0].uri", "images[2].uri"]


@pytest.mark.parametrize("count", [0, 101])
async def test_no_images_or_too_many_are_refused(shop: httpx.AsyncClient, count: int) -> None:
    assert fields(await send(shop, *[{"uri": URI}] * count)) == ["images"]


async def test_the_workspace_must_be_named_where_there_are_several(world: ApiWorld) -> None:
    async with await world.log_in(Role.USER, SHOP, RIVAL) as client:
        assert fields(await send(client, {"uri": URI})) == ["owner"]
        assert (await send(client, {"uri": URI}, owner=SHOP)).status_code == 202


async def test_another_workspace_is_refused_whether_or_not_there_is_one(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    there = await send(shop, {"uri": "s3://rival-media/a.jpg"}, owner=RIVAL)
    nowhere = await send(shop, {"uri": "s3://rival-media/a.jpg"}, owner="nowhere")
    assert (there.status_code, there.content) == (403, nowhere.content)
    assert world.published == []


async def test_one_name_twice_in_one_submission_is_refused(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    other = "s3://shop-media/cup.jpg"
    assert fields(await send(shop, {"uri": URI, "image_id": "a"}, {"uri": other, "image_id": "a"})) == [
        "images[1].image_id"
    ]
    assert fields(await send(shop, {"uri": URI}, {"uri": other}, {"uri": URI})) == ["images[2].uri"]
    assert fields(await send(shop, {"uri": URI}, {"uri": other, "image_id": derive_image_id(URI)})) == [
        "images[1].image_id"
    ]
    assert (world.published, world.images.images) == ([], {})
    assert (await send(shop, {"uri": URI, "image_id": "a"}, {"uri": URI, "image_id": "b"})).status_code == 202


async def test_an_image_sent_anew_is_pending_at_once_whatever_became_of_it_before(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    await world.recognise(SHOP, "mug-1")
    await world.images.save_rejections([samples.rejection(SHOP, "torn", of=samples.origin(1))])
    await send(shop, {"uri": URI, "image_id": "mug-1"}, {"uri": URI, "image_id": "torn"})
    for name in ("mug-1", "torn"):
        view = (await shop.get(f"/v1/images/{name}")).json()
        assert (view["status"], view.get("result"), view.get("reason")) == ("pending", None, None)


async def test_references_that_kafka_has_are_accepted_although_the_store_went_away(
    world: ApiWorld, shop: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = world.publisher.publish

    async def publish_as_the_store_goes_away(records: Sequence[Record]) -> tuple[Origin, ...]:
        world.images.down = True
        return await publish(records)

    monkeypatch.setattr(world.publisher, "publish", publish_as_the_store_goes_away)
    assert (await send(shop, {"uri": URI, "image_id": "mug-1"})).status_code == 202
    assert len(world.published) == 1
    world.images.down = False
    assert (await shop.get("/v1/images/mug-1")).json()["status"] == "pending"


async def test_brokers_that_refuse_for_good_are_the_operators_to_put_right(
    world: ApiWorld, shop: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_records: Sequence[Record]) -> tuple[Origin, ...]:
        raise PublishFailed("Kafka refuses the message: Broker: Topic authorization failed")

    monkeypatch.setattr(world.publisher, "publish", refuse)
    answer = await send(shop, {"uri": URI})
    assert answer.status_code == 503
    assert "authorization" not in answer.text


async def test_an_administrator_is_told_of_a_workspace_that_is_none(admin: httpx.AsyncClient) -> None:
    assert fields(await send(admin, {"uri": URI}, owner="nowhere")) == ["owner"]


async def test_kafka_being_down_is_told_and_sending_again_is_right(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    world.publisher.down = True
    answer = await send(shop, {"uri": URI, "image_id": "mug-1"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    world.publisher.down = False
    assert (await send(shop, {"uri": URI, "image_id": "mug-1"})).status_code == 202
    assert len(world.published) == 1


async def test_nothing_is_published_that_could_not_be_announced(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    world.images.down = True
    assert (await send(shop, {"uri": URI})).status_code == 503
    assert world.published == []


async def test_an_image_may_name_its_pipeline(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    assert (await send(shop, {"uri": URI, "pipeline": "standard@2"})).status_code == 202
    [record] = world.published
    assert parse_reference(record.value or b"").pipeline == "standard@2"


async def test_an_unknown_pipeline_is_told_before_anything_happens(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    answer = await send(shop, {"uri": URI}, {"uri": SIGNED, "pipeline": "gone@1"})
    assert fields(answer) == ["images[1].uri"]
    answer = await send(shop, {"uri": URI}, {"uri": "s3://shop-media/b.jpg", "pipeline": "gone@1"})
    assert fields(answer) == ["images[1].pipeline"]
    assert world.published == []

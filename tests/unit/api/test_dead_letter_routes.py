"""Administrators look at dead letters, replay and discard them; nobody else does."""

import httpx
import pytest

from infra.kafka.event_bus import Record
from schemas.dead_letters import Rejection, Resolution, encode_headers
from schemas.images import Origin
from schemas.messages.cloud_events import correlation_id
from schemas.topics import ACTIVITY, DEAD_LETTERS, IMAGE_REFERENCES
from tests import samples
from tests.api_world import ApiWorld

LETTER_AT = Origin(topic=DEAD_LETTERS, partition=0, offset=0, appended_at_ms=1)


@pytest.fixture
async def rejection(world: ApiWorld) -> Rejection:
    rejection = samples.rejection("shop", letter=LETTER_AT)
    await world.images.save_rejections([rejection])
    value = b'{"owner": "shop", "uri": "s3://shop/a.jpg?X-Amz-Signature=secret"}'
    headers = encode_headers(rejection, [("correlation-id", b"c-1"), ("own", None)])
    world.messages.kept[LETTER_AT] = Record(DEAD_LETTERS, value, b"k", headers)
    return rejection


def path_of(rejection: Rejection) -> str:
    return f"/v1/dead-letters/{samples.letter(rejection).id}"


async def test_a_dead_letter_is_shown_with_its_message_and_no_signature(
    admin: httpx.AsyncClient, rejection: Rejection
) -> None:
    answer = await admin.get(path_of(rejection))
    assert answer.status_code == 200
    shown = answer.json()
    assert shown["letter"]["reason"] == "corrupt_image"
    assert shown["message"]["headers"] == [["correlation-id", "c-1"], ["own", None]]
    assert "secret" not in answer.text


async def test_replaying_publishes_the_message_again(
    world: ApiWorld, admin: httpx.AsyncClient, rejection: Rejection
) -> None:
    assert (await admin.post(f"{path_of(rejection)}/replay")).status_code == 204
    assert [record.topic for record in world.publisher.records] == [ACTIVITY, IMAGE_REFERENCES, DEAD_LETTERS]


async def test_discarding_marks_it(world: ApiWorld, admin: httpx.AsyncClient, rejection: Rejection) -> None:
    assert (await admin.post(f"{path_of(rejection)}/discard")).status_code == 204
    assert [record.topic for record in world.publisher.records] == [ACTIVITY, DEAD_LETTERS]


async def test_every_act_tells_the_request_and_from_where_it_came(
    world: ApiWorld, admin: httpx.AsyncClient, rejection: Rejection
) -> None:
    path = path_of(rejection)
    answers = [
        await admin.get(path),
        await admin.post(f"{path}/replay"),
        await admin.post(f"{path}/discard"),
        await admin.post("/v1/dead-letters/replay"),
        await admin.post("/v1/dead-letters/discard"),
    ]
    events = await world.audited()
    assert [event.address for event in events] == ["127.0.0.1"] * len(answers)
    told = [correlation_id(record.headers) for record in world.publisher.records if record.topic == ACTIVITY]
    assert told == [answer.headers["X-Request-Id"] for answer in answers]


@pytest.mark.parametrize("act", ["replay", "discard"])
async def test_all_that_match_can_be_dealt_with_at_once(
    admin: httpx.AsyncClient, rejection: Rejection, act: str
) -> None:
    none = await admin.post(f"/v1/dead-letters/{act}", params={"reason": "empty"})
    assert none.json() == {"resolved": 0, "skipped": 0}
    one = await admin.post(f"/v1/dead-letters/{act}", params={"owner": rejection.owner})
    assert one.json() == {"resolved": 1, "skipped": 0}


async def test_the_list_shows_what_is_open_unless_asked_for_more(
    world: ApiWorld, admin: httpx.AsyncClient, rejection: Rejection
) -> None:
    await world.images.save_resolutions([samples.resolved(rejection, Resolution.DISCARDED)])
    assert (await admin.get("/v1/dead-letters")).json() == {"items": []}
    (item,) = (await admin.get("/v1/dead-letters", params={"state": "all"})).json()["items"]
    assert (item["id"], item["resolution"]) == (samples.letter(rejection).id, "discarded")


@pytest.mark.parametrize("letter_id", ["nonsense", "image-references:0:77:1"])
async def test_what_does_not_exist_is_not_found(admin: httpx.AsyncClient, letter_id: str) -> None:
    path = f"/v1/dead-letters/{letter_id}"
    answers = [await admin.get(path), await admin.post(f"{path}/replay"), await admin.post(f"{path}/discard")]
    assert [answer.status_code for answer in answers] == [404] * 3


async def test_nobody_else_may(shop: httpx.AsyncClient, anonymous: httpx.AsyncClient, rejection: Rejection) -> None:
    path = path_of(rejection)
    for client, refused in ((shop, 403), (anonymous, 401)):
        answers = [
            await client.get(path),
            await client.post(f"{path}/replay"),
            await client.post(f"{path}/discard"),
            await client.post("/v1/dead-letters/replay"),
            await client.post("/v1/dead-letters/discard"),
        ]
        assert [answer.status_code for answer in answers] == [refused] * 5

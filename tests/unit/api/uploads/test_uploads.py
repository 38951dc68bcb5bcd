"""Pictures that are sent themselves: received within bounds, kept out of reach, sent on, and removed."""

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.http import receiving
from infra.settings.api import ApiSettings, UploadSettings
from infra.settings.recognition import SourceSettings
from schemas.access.accounts import Role
from schemas.activity import Outcome
from schemas.answers import EmbeddingAnswer, FeatureAnswers
from schemas.images import Feature, ImageIdentity
from schemas.texts.uploads import Upload
from schemas.wire import parse_reference
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld
from tests.fakes.heic import HeicForm, heic
from tests.fakes.pictures import encoded, quarters

pytestmark = pytest.mark.virtual_time

PICTURE = encoded(quarters(32), "PNG")
SHA256 = hashlib.sha256(PICTURE).hexdigest()
MAX_BYTES = 4096
LOOKS = FeatureAnswers(
    embedding=EmbeddingAnswer(model="lite0@1", dimensions=256, values=samples.EMBEDDING), hash=samples.HASH
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    """Pictures of up to ``MAX_BYTES`` are taken."""
    world = ApiWorld(
        tmp_path,
        upload_settings=UploadSettings(timeout_s=5),
        sources=SourceSettings(max_bytes=MAX_BYTES),
    )
    for workspace in (SHOP, RIVAL):
        await world.add_workspace(workspace)
    yield world
    world.passwords.close()


async def upload(client: httpx.AsyncClient, content: Any = PICTURE, **params: Any) -> httpx.Response:
    return await client.post("/v1/images/upload", content=content, params=params)


async def in_pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_an_upload_is_kept_and_its_reference_published(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    answer = await upload(
        shop, image_id="mug-1", features=["labels", "hash"], metadata=["sku=A-17", "note=a=b"], pipeline="standard@2"
    )
    assert answer.status_code == 202, answer.text
    [image] = answer.json()["images"]
    assert (image["owner"], image["image_id"], image["status"]) == (SHOP, "mug-1", "pending")
    kept = Upload(SHOP, ImageIdentity(owner=SHOP, image_id="mug-1").image_key, SHA256)
    assert world.uploads.pictures == {kept: PICTURE}
    [record] = world.published
    reference = parse_reference(record.value or b"")
    assert (reference.owner, reference.image_id, reference.uri) == (SHOP, "mug-1", kept.uri)
    assert reference.features == (Feature.LABELS, Feature.HASH)
    assert reference.metadata == {"sku": "A-17", "note": "a=b"}
    assert (await shop.get(image["links"]["self"])).json()["status"] == "pending"


async def test_an_upload_without_a_name_is_named_by_its_content(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    names = [(await upload(shop)).json()["images"][0]["image_id"] for _ in range(2)]
    assert names == [f"upload-{SHA256[:32]}"] * 2
    assert len(world.uploads.pictures) == 1


async def test_a_stream_without_a_length_is_cut_off_at_the_limit(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    whole = await upload(shop, in_pieces(PICTURE[:5], PICTURE[5:]), image_id="a")
    assert whole.status_code == 202
    read: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        yield PICTURE
        while True:
            read.append(1)
            yield bytes(1024)

    assert (await upload(shop, endless())).status_code == 413
    assert len(read) <= MAX_BYTES // 1024 + 1


async def test_an_announced_length_above_the_limit_is_refused_unread(shop: httpx.AsyncClient, world: ApiWorld) -> None:
    assert (await upload(shop, PICTURE + bytes(MAX_BYTES))).status_code == 413
    assert not world.uploads.pictures


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
async def test_every_kind_that_is_decoded_is_taken(shop: httpx.AsyncClient, kind: str) -> None:
    assert (await upload(shop, encoded(quarters(16), kind))).status_code == 202


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"heix", b"msf1"])
async def test_a_heic_of_any_brand_is_taken(shop: httpx.AsyncClient, brand: bytes) -> None:
    picture = heic(quarters(64), HeicForm(brands=(brand, b"mif1", b"heic")))
    assert (await upload(shop, picture)).status_code == 202


@pytest.mark.parametrize("data", [b"<svg xmlns=''/>", b"%PDF-1.7 and so on", b"MZ" * 20, b"x", b"RIFF1234WAVEfmt "])
async def test_what_is_no_picture_is_refused(world: ApiWorld, shop: httpx.AsyncClient, data: bytes) -> None:
    answer = await upload(shop, data)
    assert (answer.status_code, answer.headers["Content-Type"]) == (415, "application/problem+json")
    assert not world.uploads.pictures
    assert not world.published


async def test_no_bytes_at_all_are_refused(shop: httpx.AsyncClient) -> None:
    answer = await upload(shop, b"")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body")


async def test_a_picture_that_does_not_come_is_given_up(tmp_path: Path) -> None:
    world = ApiWorld(tmp_path, upload_settings=UploadSettings(timeout_s=0.05))
    await world.add_workspace(SHOP)

    async def stalled() -> AsyncIterator[bytes]:
        yield PICTURE[:20]
        await asyncio.sleep(60)

    async with await world.log_in(Role.USER, SHOP) as shop:
        assert (await upload(shop, stalled())).status_code == 408
    world.passwords.close()


async def test_a_picture_that_drips_is_given_up_long_before_its_time_is_over(
    world: ApiWorld, shop: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PACE_WINDOW_S", 0.1)
    given: list[int] = []

    async def drip() -> AsyncIterator[bytes]:
        for position in range(len(PICTURE)):
            given.append(position)
            yield PICTURE[position : position + 1]
            await asyncio.sleep(0.02)

    assert len(PICTURE) * 0.02 > 1
    answer = await upload(shop, drip())
    assert (answer.status_code, answer.headers["Connection"]) == (408, "close")
    assert len(given) < len(PICTURE)


async def test_a_picture_that_keeps_the_pace_may_take_longer_than_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PACE_WINDOW_S", 1.0)
    world = ApiWorld(tmp_path, upload_settings=UploadSettings(min_bytes_per_s=len(PICTURE) // 6))
    await world.add_workspace(SHOP)

    async def steady() -> AsyncIterator[bytes]:
        for start in range(0, len(PICTURE), len(PICTURE) // 6):
            yield PICTURE[start : start + len(PICTURE) // 6]
            await asyncio.sleep(0.25)

    async with await world.log_in(Role.USER, SHOP) as shop:
        assert (await upload(shop, steady())).status_code == 202
    world.passwords.close()


class Stalled:
    """A picture of which the first bytes come, and the rest once ``freed``."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.freed = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield PICTURE[:20]
        self.begun.set()
        await self.freed.wait()
        yield PICTURE[20:]


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    """There is room for two pictures of which nobody knows the size, one of each account."""
    world = ApiWorld(
        tmp_path,
        upload_settings=UploadSettings(memory_bytes=2 * MAX_BYTES, account_memory_bytes=MAX_BYTES),
        sources=SourceSettings(max_bytes=MAX_BYTES),
    )
    for workspace in (SHOP, RIVAL):
        await world.add_workspace(workspace)
    yield world
    world.passwords.close()


async def test_an_account_whose_pictures_do_not_come_keeps_no_other_from_sending(small: ApiWorld) -> None:
    stalled = Stalled()
    async with await small.log_in(Role.USER, SHOP) as shop, await small.log_in(Role.USER, RIVAL) as rival:
        first = asyncio.create_task(upload(shop, stalled))
        await stalled.begun.wait()
        for content in (PICTURE, in_pieces(PICTURE)):
            refused = await upload(shop, content)
            assert (refused.status_code, refused.json()["reason"]) == (429, "busy")
            assert refused.headers["Retry-After"] == "1"
        assert (await upload(rival, in_pieces(PICTURE))).status_code == 202
        stalled.freed.set()
        assert (await first).status_code == 202
        assert (await upload(shop)).status_code == 202


async def test_pictures_of_one_byte_fill_up_no_more_than_half_of_the_places_for_requests(tmp_path: Path) -> None:
    world = ApiWorld(tmp_path, api=ApiSettings(max_requests=16))
    await world.add_workspace(SHOP)
    freed = asyncio.Event()

    async def nothing_yet() -> AsyncIterator[bytes]:
        await freed.wait()
        yield b"x"

    clients = [await world.log_in(Role.USER, SHOP) for _ in range(4)]
    sent = [
        asyncio.create_task(client.post("/v1/images/upload", content=nothing_yet(), headers={"Content-Length": "1"}))
        for client in clients * 4
    ]
    refused = [await answer for answer in itertools.islice(asyncio.as_completed(sent, timeout=10), 8)]
    assert {answer.status_code for answer in refused} == {429}
    assert (await clients[0].get("/v1/images")).status_code == 200
    freed.set()
    assert sorted(answer.status_code for answer in await asyncio.gather(*sent)) == [415] * 8 + [429] * 8
    world.passwords.close()


async def test_a_caller_who_goes_away_in_between_is_no_fault_of_ours(world: ApiWorld) -> None:
    token = await world.token_of(await world.add_account(Role.USER, SHOP))
    coming: list[Any] = [
        {"type": "http.request", "body": PICTURE[:20], "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return coming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/images/upload",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
    }
    await world.app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert not world.uploads.pictures


@pytest.mark.parametrize(
    "params",
    [{"pipeline": "nobody@7"}, {"metadata": ["x=" + "é" * 1025]}, {"image_id": "../x"}, {"features": ["all"]}],
)
async def test_what_is_wrong_is_told_before_anything_is_kept(
    world: ApiWorld, shop: httpx.AsyncClient, params: dict[str, Any]
) -> None:
    assert (await upload(shop, **params)).status_code == 422
    assert not world.uploads.pictures
    assert not world.published


async def test_an_upload_that_cannot_be_kept_is_not_published(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    world.uploads.down = True
    assert (await upload(shop)).status_code == 503
    assert not world.published


async def test_nobody_can_name_an_upload(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await upload(shop, image_id="mug-1")
    [kept] = world.uploads.pictures
    folder = (world.home / "uploads" / kept.owner / kept.image_key / kept.sha256).as_uri()
    for uri in (kept.uri, folder):
        answer = await shop.post("/v1/images", json={"images": [{"uri": uri}]})
        assert answer.status_code == 422, uri


async def test_deleting_an_image_removes_what_was_uploaded_for_it_alone(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    world.let_workers_see(LOOKS)
    for image_id in ("a", "b"):
        await upload(shop, image_id=image_id)
    await upload(shop, encoded(quarters(16)), image_id="a")
    assert len(world.uploads.pictures) == 3
    assert (await shop.delete("/v1/images/a")).status_code == 204
    [kept] = world.uploads.pictures
    assert kept.image_key == ImageIdentity(owner=SHOP, image_id="b").image_key


async def test_an_image_is_not_deleted_by_half(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    world.let_workers_see(LOOKS)
    await upload(shop, image_id="a")
    world.uploads.down = True
    assert (await shop.delete("/v1/images/a")).status_code == 503
    assert (await shop.get("/v1/images/a")).status_code == 200
    world.uploads.down = False
    assert (await shop.delete("/v1/images/a")).status_code == 204
    assert (await shop.get("/v1/images/a")).status_code == 404


async def test_a_deletion_that_cannot_be_recorded_leaves_what_was_uploaded(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    await upload(shop, image_id="a")
    world.publisher.down = True
    assert (await shop.delete("/v1/images/a")).status_code == 503
    assert len(world.uploads.pictures) == 1


async def test_a_deletion_that_ends_half_way_is_told_as_unknown(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await upload(shop, image_id="a")
    world.uploads.down = True
    assert (await shop.delete("/v1/images/a")).status_code == 503
    assert [event.outcome for event in await world.audited()] == [None, Outcome.UNKNOWN]


async def test_analysts_look_on_and_send_nothing(world: ApiWorld) -> None:
    async with await world.log_in(Role.ANALYST) as analyst:
        assert (await upload(analyst, owner=SHOP)).status_code == 403
    assert not world.uploads.pictures

"""How many images an account and a key may send on one day, whichever process they come to."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from api.admission import coalescing
from api.admission.quotas import Quotas
from api.http.errors import Overloaded
from infra.errors import InvalidRequest, TransientError
from infra.settings.api import ApiSettings, UploadSettings
from schemas.access.accounts import Role, Scope
from tests import samples
from tests.api_world import SHOP, ApiWorld
from tests.fakes.credentials import FakeSubmittedImagesStore
from tests.fakes.pictures import encoded, quarters

FIVE = ApiSettings(images_per_day=5, images_per_day_key=3)
WRITE = frozenset({Scope.IMAGES_WRITE})
PICTURE = encoded(quarters(16), "PNG")


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ApiWorld]:
    """An API that takes five images a day of each account, and three of each key."""
    monkeypatch.setattr(coalescing, "REMEMBERED_S", 0.0)
    world = ApiWorld(tmp_path, api=FIVE)
    await world.add_workspace(SHOP)
    yield world
    world.passwords.close()


async def send(client: httpx.AsyncClient, images: int, **headers: str) -> httpx.Response:
    body = {"images": [{"uri": f"s3://shop-media/{number}.jpg"} for number in range(images)]}
    return await client.post("/v1/images", json=body, headers=headers)


def left(answer: httpx.Response) -> str:
    return answer.headers["RateLimit"].split(", ")[1].partition(";t=")[0]


async def test_images_of_a_day_are_counted_and_what_is_left_is_told(world: ApiWorld) -> None:
    async with await world.log_in(Role.USER, SHOP) as client:
        first, too_many, last = await send(client, 3), await send(client, 3), await send(client, 2)
        over = await client.post("/v1/images/upload", content=PICTURE)
    assert [answer.status_code for answer in (first, too_many, last, over)] == [202, 429, 202, 429]
    assert first.headers["RateLimit-Policy"] == '"requests";q=400;w=2, "images";q=5;qu="images";w=86400'
    assert [left(answer) for answer in (first, too_many, last, over)] == [f'"images";r={n}' for n in (2, 2, 0, 0)]
    assert over.json()["reason"] == "quota"
    assert 1 <= int(over.headers["Retry-After"]) <= 86_400
    assert len(world.published) == 5


async def test_uploads_count_like_references(world: ApiWorld) -> None:
    async with await world.log_in(Role.USER, SHOP) as client:
        uploaded = await client.post("/v1/images/upload", content=PICTURE)
        assert (uploaded.status_code, left(uploaded)) == (202, '"images";r=4')


async def test_what_is_refused_and_what_was_answered_before_does_not_count(world: ApiWorld) -> None:
    async with await world.log_in(Role.USER, SHOP) as client:
        wrong = await client.post("/v1/images", json={"images": [{"uri": "s3://rival-media/a.jpg"}]})
        no_picture = await client.post("/v1/images/upload", content=b"no picture")
        answers = [await send(client, 2, **{"Idempotency-Key": "one"}) for _ in range(3)]
        rest = await send(client, 3)
    assert (wrong.status_code, no_picture.status_code) == (422, 415)
    assert [answer.status_code for answer in (*answers, rest)] == [202] * 4


async def test_a_keys_share_leaves_the_rest_of_its_account_and_other_accounts_have_theirs(world: ApiWorld) -> None:
    account = await world.add_account(Role.USER, SHOP)
    async with world.client(await world.key_of(account, WRITE)) as key:
        assert [(await send(key, images)).status_code for images in (3, 1)] == [202, 429]
    async with world.client(await world.key_of(account, WRITE)) as another, await world.client_of(account) as owner:
        assert [(await send(another, 1)).status_code, (await send(owner, 2)).status_code] == [202, 429]
    async with await world.log_in(Role.USER, SHOP) as stranger:
        assert (await send(stranger, 5)).status_code == 202


async def test_two_processes_count_together(world: ApiWorld, tmp_path: Path) -> None:
    shared = {"accounts": world.accounts, "sessions": world.sessions, "submitted": world.submitted, "key": world.key}
    second = ApiWorld(tmp_path, api=FIVE, **shared)
    token = await world.token_of(await world.add_account(Role.USER, SHOP))
    async with world.client(token) as here, second.client(token) as there:
        sent = [(await send(client, 2)).status_code for client in (here, there, here, there)]
    second.passwords.close()
    assert sent == [202, 202, 429, 429]


async def test_what_cannot_be_counted_is_refused_and_not_counted(world: ApiWorld) -> None:
    async with await world.log_in(Role.USER, SHOP) as client:
        world.submitted.down = True
        assert (await send(client, 5)).status_code == 503
        world.submitted.down = False
        assert (await send(client, 5)).status_code == 202
    assert len(world.published) == 5


async def test_without_a_quota_nothing_is_counted(tmp_path: Path) -> None:
    world = ApiWorld(tmp_path)
    await world.add_workspace(SHOP)
    world.submitted.down = True
    async with await world.log_in(Role.USER, SHOP) as client:
        answer = await send(client, 5)
    world.passwords.close()
    assert (answer.status_code, answer.headers["RateLimit-Policy"]) == (202, '"requests";q=400;w=2')


async def break_off(world: ApiWorld, token: str, path: str) -> int | None:
    """Begin to send a picture, and go away; returns the status of an answer that nobody reads."""
    messages = iter(
        [
            {"type": "http.request", "body": PICTURE[:40], "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    answered: list[int] = []

    async def receive() -> dict[str, Any]:
        return next(messages, {"type": "http.disconnect"})

    async def send_back(message: MutableMapping[str, Any]) -> None:
        answered.extend([message["status"]] if message["type"] == "http.response.start" else [])

    headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-length", str(len(PICTURE)).encode())]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"headers": headers, "client": ("127.0.0.1", 1), "server": ("api.test", 80), "scheme": "http"}
    scope |= {"root_path": "", "http_version": "1.1", "asgi": {"version": "3.0"}}
    await world.app(scope, receive, send_back)
    return answered[0] if answered else None


@pytest.mark.parametrize("path", ["/v1/images/upload", "/v1/images/similar", "/v1/recognise"])
async def test_a_picture_that_broke_off_on_its_way_uses_nothing_up(world: ApiWorld, path: str) -> None:
    token = await world.token_of(await world.add_account(Role.USER, SHOP))
    for _ in range(8):
        assert await break_off(world, token, path) == 400
    async with world.client(token) as client:
        assert (await send(client, 5)).status_code == 202


@pytest.mark.parametrize("part", ["publisher", "images", "uploads", "pipelines"])
async def test_what_the_platform_cannot_take_at_the_moment_uses_nothing_up(world: ApiWorld, part: str) -> None:
    async with await world.log_in(Role.USER, SHOP) as client:
        getattr(world, part).down = True
        failed = [await client.post("/v1/images/upload?pipeline=standard@2", content=PICTURE) for _ in range(8)]
        getattr(world, part).down = False
        assert {answer.status_code for answer in failed} == {503}
        assert {left(answer) for answer in failed} == {'"images";r=5'}
        assert (await send(client, 5)).status_code == 202


@pytest.mark.virtual_time
@pytest.mark.parametrize("path", ["/v1/images/similar", "/v1/recognise"])
async def test_a_picture_that_workers_were_asked_about_counts_whatever_they_say(tmp_path: Path, path: str) -> None:
    world = ApiWorld(tmp_path, api=FIVE, upload_settings=UploadSettings(question_timeout_s=0.2))
    await world.add_workspace(SHOP)
    async with await world.log_in(Role.USER, SHOP) as client:
        answer = await client.post(path, content=PICTURE)
    world.passwords.close()
    assert (answer.status_code, left(answer)) == (503, '"images";r=4')


class Bug(Exception):
    """Something that nobody foresaw."""


ENDS = {
    "accepted": None,
    "refused": InvalidRequest([]),
    "broken off": ClientDisconnect(),
    "store down": TransientError("down"),
    "cancelled": asyncio.CancelledError(),
    "bug": Bug(),
}


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(ENDS)), st.integers(1, 3), st.booleans(), st.booleans()), max_size=12
    )
)
async def test_a_day_counts_exactly_what_was_accepted(steps: list[tuple[str, int, bool, bool]]) -> None:
    """However requests end, whether the count can be written back then, and where midnight falls."""
    store, now = FakeSubmittedImagesStore(), [datetime(2026, 3, 1, tzinfo=UTC)]
    quotas = Quotas(store, ApiSettings(images_per_day=1000), lambda: now[0])
    caller = samples.principal()
    accepted: dict[date, int] = {}
    for end, images, store_fails, midnight in steps:
        day = now[0].date()
        with suppress(InvalidRequest, ClientDisconnect, TransientError, asyncio.CancelledError, Bug):
            async with quotas.take(caller, images, lambda _: None):
                now[0] += timedelta(days=1) if midnight else timedelta()
                store.down = store_fails and ENDS[end] is not None
                if (error := ENDS[end]) is not None:
                    raise error
                accepted[day] = accepted.get(day, 0) + images
        store.down = False
    day = now[0].date()
    async with quotas.take(caller, 1, lambda _: None):
        accepted[day] = accepted.get(day, 0) + 1
    assert sum((await store.read(f"account {caller.account_id}", day)).values()) == accepted[day]


async def test_what_began_before_midnight_and_failed_after_it_takes_nothing_from_the_new_day() -> None:
    store, now = FakeSubmittedImagesStore(), [datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)]
    quotas, caller = Quotas(store, FIVE, lambda: now[0]), samples.principal()

    async def take(images: int) -> None:
        async with quotas.take(caller, images, lambda _: None):
            pass

    with suppress(Bug):
        async with quotas.take(caller, 3, lambda _: None):
            now[0] += timedelta(seconds=2)
            await take(4)
            raise Bug
    with pytest.raises(Overloaded):
        await take(2)


async def test_every_day_begins_anew_and_forgets_the_one_before() -> None:
    now = [datetime(2026, 3, 1, 23, 59, 30, tzinfo=UTC)]
    quotas = Quotas(FakeSubmittedImagesStore(), FIVE, lambda: now[0])
    caller = samples.principal()

    async def take(images: int) -> None:
        async with quotas.take(caller, images, lambda _: None):
            pass

    await take(5)
    with pytest.raises(Overloaded) as refusal:
        await take(1)
    assert refusal.value.retry_after_s == 30
    now[0] += timedelta(seconds=30)
    await take(5)

"""More than fits is refused with a reason and a time to come again, and reading goes on meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from api.http import bodies
from infra.kafka.groups.backlog import Progress
from infra.settings.api import ApiSettings
from schemas.access.accounts import Role
from schemas.topics import IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH
from tests.api_world import SHOP, ApiWorld
from tests.event_loop import turns_of_the_loop

pytestmark = pytest.mark.virtual_time

NARROW = ApiSettings(
    max_submissions=1,
    max_waiting_submissions=1,
    submission_wait_s=0.05,
    max_requests=8,
    max_backlog=10,
    password_hash_queue=1,
)
BODY = {"images": [{"uri": "s3://shop-media/mug.jpg"}]}


@pytest.fixture
async def narrow(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    """An API that takes one request with images at a time."""
    world = ApiWorld(tmp_path, api=NARROW)
    await world.add_workspace(SHOP)
    yield world
    world.passwords.close()


def require_refusal(answer: httpx.Response, reason: str) -> int:
    """See that this is a refusal as callers are promised; returns when they may come again, in seconds."""
    assert answer.status_code == 429, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["reason"]) == ("urn:vedette:problem:too-many-requests", reason)
    assert body["detail"]
    return int(answer.headers["Retry-After"])


def count_refused() -> float:
    return REGISTRY.get_sample_value("vedette_requests_refused_total", {"reason": "busy"}) or 0.0


class StuckPublisher:
    """Kafka confirms nothing until ``freed``."""

    def __init__(self, world: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        self.freed = asyncio.Event()
        self.asked = asyncio.Event()
        self._publish = world.publisher.publish
        monkeypatch.setattr(world.publisher, "publish", self.publish)

    async def publish(self, records: Any) -> Any:
        self.asked.set()
        await self.freed.wait()
        return await self._publish(records)


async def test_while_publishing_is_stuck_the_rest_is_refused_in_time_and_reads_are_answered(
    narrow: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = StuckPublisher(narrow, monkeypatch)
    async with await narrow.log_in(Role.USER, SHOP) as client:
        first = asyncio.create_task(client.post("/v1/images", json=BODY))
        await stuck.asked.wait()
        second, third = await asyncio.gather(*(client.post("/v1/images", json=BODY) for _ in range(2)))
        assert require_refusal(second, "busy") == require_refusal(third, "busy") == 1
        assert (await client.get("/v1/images")).status_code == 200
        stuck.freed.set()
        assert (await first).status_code == 202
        assert (await client.post("/v1/images", json=BODY)).status_code == 202


async def test_while_passwords_are_checked_more_log_ins_are_refused_before_anything_is_done_for_them(
    narrow: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    checking, freed = asyncio.Event(), asyncio.Event()
    find = narrow.accounts.find_account
    looked_for: list[str] = []

    async def wait_and_find(email: str) -> object:
        looked_for.append(email)
        checking.set()
        await freed.wait()
        return await find(email)

    async with await narrow.log_in(Role.USER, SHOP) as client:
        monkeypatch.setattr(narrow.accounts, "find_account", wait_and_find)
        body = {"email": "ada@shop.example", "password": "a guess, and no more"}
        tried = [asyncio.create_task(client.post("/v1/auth/token", json=body)) for _ in range(2)]
        await checking.wait()
        refused = await client.post("/v1/auth/token", json=body)
        assert require_refusal(refused, "busy") == 1
        assert (await client.get("/v1/images")).status_code == 200
        freed.set()
        assert [answer.status_code for answer in await asyncio.gather(*tried)] == [401, 401]
    assert len(looked_for) == 2


def hold_listing(world: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let nobody have a list of images until the event is set that this returns."""
    freed, listing = asyncio.Event(), world.images.list_images

    async def wait_and_list(*_: object) -> object:
        await freed.wait()
        return await listing(SHOP, 50)

    monkeypatch.setattr(world.images, "list_images", wait_and_list)
    return freed


async def test_all_requests_together_are_bounded_and_probes_are_always_answered(
    narrow: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed = hold_listing(narrow, monkeypatch)
    async with await narrow.log_in(Role.USER, SHOP) as client:
        reads = [asyncio.create_task(client.get("/v1/images")) for _ in range(8)]
        await asyncio.sleep(0.05)
        require_refusal(await client.get("/v1/images"), "busy")
        assert (await client.get("/healthz")).status_code == 200
        freed.set()
        assert {read.status_code for read in await asyncio.gather(*reads)} == {200}


async def test_a_slow_body_holds_up_nobody_and_is_not_waited_for_endlessly(
    narrow: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "TIMEOUT_S", 2.0)

    async def drip() -> AsyncIterator[bytes]:
        yield b'{"images": '
        await asyncio.sleep(5)
        yield b"[]}"

    async with await narrow.log_in(Role.USER, SHOP) as client:
        slow = [asyncio.create_task(client.post("/v1/images", content=drip())) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert (await client.post("/v1/images", json=BODY)).status_code == 202
        answers = await asyncio.gather(*slow)
    assert [(answer.status_code, answer.headers["Connection"]) for answer in answers] == [(408, "close")] * 3


@pytest.mark.parametrize("senders", [8, 20])
async def test_stalled_bodies_of_strangers_take_no_place_however_many_there_are(
    narrow: ApiWorld, monkeypatch: pytest.MonkeyPatch, senders: int
) -> None:
    monkeypatch.setattr(bodies, "TIMEOUT_S", 1.0)

    async def stall() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async def in_two_packets() -> AsyncIterator[bytes]:
        yield b'{"images": [{"uri": '
        for _ in range(3):
            await asyncio.sleep(0)
        yield b'"s3://shop-media/mug.jpg"}]}'

    paths = ["/v1/auth/refresh", "/v1/auth/password/forgot", "/v1/auth/password/reset", "/v1/auth/register"]
    async with await narrow.log_in(Role.USER, SHOP) as client:
        stranger = narrow.client()
        stalled = [
            asyncio.create_task(stranger.post(paths[number % len(paths)], content=stall())) for number in range(senders)
        ]
        await turns_of_the_loop()
        assert (await client.get("/v1/images")).status_code == 200
        assert (await client.post("/v1/images", json=BODY)).status_code == 202
        slower = await client.post("/v1/images", content=in_two_packets(), headers={"Content-Type": "application/json"})
        assert slower.status_code == 202
        answers = await asyncio.gather(*stalled)
    assert {(answer.status_code, answer.headers["Connection"]) for answer in answers} == {(408, "close")}


async def test_of_more_slow_bodies_than_are_waited_for_the_oldest_gives_way(narrow: ApiWorld) -> None:
    waited: list[int] = []
    freed = asyncio.Event()

    async def slow(number: int) -> AsyncIterator[bytes]:
        waited.append(number)
        await freed.wait()
        yield b'{"email": "ada@shop.example"}'

    async with narrow.client() as stranger:
        slow_ones = []
        for number in range(9):
            slow_ones.append(asyncio.create_task(stranger.post("/v1/auth/token", content=slow(number))))
            await turns_of_the_loop()
        assert waited == list(range(9))
        assert slow_ones[0].done()
        assert not any(each.done() for each in slow_ones[1:])
        freed.set()
        first, *others = await asyncio.gather(*slow_ones)
        assert (first.status_code, 408 in {answer.status_code for answer in others}) == (408, False)


async def test_a_body_that_was_read_meanwhile_takes_no_place_that_is_not_there(
    narrow: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, freed = asyncio.Event(), hold_listing(narrow, monkeypatch)

    async def slow() -> AsyncIterator[bytes]:
        await whole.wait()
        yield b"{}"

    async with await narrow.log_in(Role.USER, SHOP) as client:
        late = asyncio.create_task(client.post("/v1/auth/refresh", content=slow()))
        await turns_of_the_loop()
        reads = [asyncio.create_task(client.get("/v1/images")) for _ in range(8)]
        await turns_of_the_loop()
        whole.set()
        require_refusal(await late, "busy")
        freed.set()
        assert {read.status_code for read in await asyncio.gather(*reads)} == {200}


async def test_a_body_that_is_too_large_is_refused_before_it_takes_a_place(narrow: ApiWorld) -> None:
    async def too_much() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    async with await narrow.log_in(Role.USER, SHOP) as client:
        answer = await client.post("/v1/images", content=too_much())
        assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
        assert (await client.post("/v1/images", json=BODY)).status_code == 202


async def test_images_are_refused_while_too_many_wait_and_the_other_topic_is_not_meant(narrow: ApiWorld) -> None:
    narrow.progress |= {IMAGE_REFERENCES: Progress(0, 8), IMAGE_REFERENCES_BATCH: Progress(0, 0)}
    await narrow.backlog.look_once()
    async with await narrow.log_in(Role.USER, SHOP) as client:
        for _ in range(2):
            assert (await client.post("/v1/images", json=BODY)).status_code == 202
        refused = await client.post("/v1/images", json=BODY)
        assert 1 <= require_refusal(refused, "backlog") <= 60
        assert "at most 10" in refused.json()["detail"]
        assert (await client.post("/v1/images", json=BODY | {"priority": "batch"})).status_code == 202
        assert len(narrow.publisher.records) == 3
        assert REGISTRY.get_sample_value("vedette_backlog", {"topic": IMAGE_REFERENCES}) == 8
        narrow.progress[IMAGE_REFERENCES] = Progress(8, 2)
        await narrow.backlog.look_once()
        assert (await client.post("/v1/images", json=BODY)).status_code == 202


async def test_many_refusals_are_one_line_in_the_log(narrow: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = StuckPublisher(narrow, monkeypatch)
    async with await narrow.log_in(Role.USER, SHOP) as client:
        first = asyncio.create_task(client.post("/v1/images", json=BODY))
        await stuck.asked.wait()
        counted_before = count_refused()
        with capture_logs() as logs:
            answers = await asyncio.gather(*(client.post("/v1/images", json=BODY) for _ in range(6)))
        assert {answer.status_code for answer in answers} == {429}
        assert count_refused() == counted_before + 6
        assert [line["event"] for line in logs] == ["busy"]
        stuck.freed.set()
        await first

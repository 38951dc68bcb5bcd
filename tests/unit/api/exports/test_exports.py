"""``GET /v1/export``: what lists return page by page, as one stream that nobody takes for whole if it is not."""

import asyncio
import csv
import gzip
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.types import Message

from api.exports import service
from api.exports.responses import takes_gzip
from api.exports.service import Exports
from api.http.connections import ABORT, CALL
from infra.settings.api import ApiSettings
from schemas.access.accounts import Account, Role
from schemas.activity import Action
from schemas.answers import FeatureAnswers, Label
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld

ESPRESSO = Label(name="espresso", confidence=0.95)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    world = ApiWorld(tmp_path, api=ApiSettings(max_exports=3, max_exports_per_caller=2))
    world.index.snapshot_page_size = 2
    await world.add_workspace(SHOP)
    await world.add_workspace(RIVAL)
    for number in range(5):
        labels = (ESPRESSO,) if number % 2 else (samples.CAT,)
        await world.recognise(SHOP, f"{number}.jpg", of=samples.origin(number), labels=labels)
    await world.recognise(SHOP, "dogs.jpg", of=samples.origin(9), features=FeatureAnswers(objects=samples.OBJECTS))
    await world.recognise(RIVAL, "theirs.jpg", of=samples.origin(10))
    yield world
    world.passwords.close()


@dataclass
class Received:
    """What came of one request, and how it ended."""

    status: int = 0
    body: bytes = b""
    is_ended: bool = False
    is_cut: bool = False


class Caller:
    """Asks for an export over a connection that can be cut, and takes it as a test wants."""

    def __init__(self, world: ApiWorld, account: Account) -> None:
        self._world = world
        self.account = account
        self.received = Received()

    async def ask(self, **asked: Any) -> Received:
        token = await self._world.token_of(self.account)
        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": "/v1/export",
            "raw_path": b"/v1/export",
            "query_string": urlencode(asked, doseq=True).encode(),
            "root_path": "",
            "headers": [(b"host", b"api.test"), (b"authorization", f"Bearer {token}".encode())],
            "client": ("127.0.0.1", 1),
            "server": ("api.test", 80),
            "http_version": "1.1",
            "state": {},
            "extensions": {ABORT: {CALL: self._cut}},
        }
        await self._world.app(scope, self._receive, self.take)
        return self.received

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.received.status = message["status"]
            return
        self.received.body += message["body"]
        self.received.is_ended = not message.get("more_body", False)

    async def _receive(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    def _cut(self) -> None:
        self.received.is_cut = True


async def lines(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/export", params=asked)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"label": "espresso"},
        {"exclude_label": "espresso"},
        {"min_confidence": 0.9},
        {"status": "recognised"},
        {"object": samples.OBJECTS.objects[0].name},
        {"owner": SHOP, "since": samples.origin(2).appended_at.isoformat()},
    ],
)
async def test_an_export_has_what_lists_return(world: ApiWorld, shop: httpx.AsyncClient, asked: dict[str, Any]) -> None:
    listed = (await shop.get("/v1/results", params=asked)).json()["items"]
    assert listed
    *items, end = await lines(shop, **asked)
    assert items == listed
    assert end == {"end": True, "items": len(listed)}


async def test_words_are_searched_for_as_searches_do(shop: httpx.AsyncClient) -> None:
    found = (await shop.get("/v1/search", params={"q": "espresso"})).json()["items"]
    assert (await lines(shop, q="espresso"))[:-1] == found


async def test_nobody_gets_what_they_may_not_see(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    assert {item["owner"] for item in (await lines(shop))[:-1]} == {SHOP}
    async with await world.log_in(Role.ANALYST) as analyst:
        assert {item["owner"] for item in (await lines(analyst))[:-1]} == {SHOP, RIVAL}
    assert (await shop.get("/v1/export", params={"owner": RIVAL})).status_code == 403


async def test_it_comes_as_a_table_for_spreadsheets(shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/v1/export", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="results.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["image_id"] for row in rows[:2]] == ["dogs.jpg", "4.jpg"]
    assert (rows[-1]["owner"], rows[-1]["image_id"]) == ("#end", "6")


async def test_it_comes_as_objects_with_their_boxes(shop: httpx.AsyncClient) -> None:
    document = (await shop.get("/v1/export", params={"format": "coco"})).json()
    assert len(document["images"]) == 6
    assert len(document["annotations"]) == len(samples.OBJECTS.objects)


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP;q=0.5", "identity;q=0, x-gzip"])
async def test_it_comes_compressed_where_that_is_asked(shop: httpx.AsyncClient, accepted: str) -> None:
    async with shop.stream("GET", "/v1/export", headers={"Accept-Encoding": accepted}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    plain = await shop.get("/v1/export", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.000", "*", "notgzip"])
def test_it_is_not_compressed_otherwise(accepted: str) -> None:
    assert not takes_gzip(accepted)


async def test_an_export_that_breaks_off_has_no_end_and_its_connection_is_cut(world: ApiWorld) -> None:
    world.index.down_after_pages = 2
    received = await Caller(world, await world.add_account(Role.USER, SHOP)).ask()
    assert (received.status, received.is_cut, received.is_ended) == (200, True, False)
    assert b'"end"' not in received.body
    assert len(received.body.splitlines()) == 4


async def test_an_index_that_does_not_answer_is_told_before_anything_is_sent(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    world.index.down_after_pages = 0
    answer = await shop.get("/v1/export")
    assert answer.status_code == 503
    world.index.down_after_pages = None
    assert (await shop.get("/v1/export")).status_code == 200


async def test_a_caller_who_takes_nothing_is_cut_off(world: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Exports, "patience_s", 0.05)

    class Stuck(Caller):
        async def take(self, message: Message) -> None:
            await super().take(message)
            if message["type"] == "http.response.body":
                await asyncio.Event().wait()

    received = await Stuck(world, await world.add_account(Role.USER, SHOP)).ask()
    assert (received.is_cut, received.is_ended) == (True, False)


async def test_an_export_ends_where_the_account_is_closed_meanwhile(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RECHECK_S", 0.0)

    class Leaving(Caller):
        async def take(self, message: Message) -> None:
            await super().take(message)
            if message["type"] == "http.response.body":
                await world.accounts.change_account(self.account.model_copy(update={"active": False}))
                world.app.state.callers.forget(self.account.id)

    received = await Leaving(world, await world.add_account(Role.USER, SHOP)).ask()
    assert (received.is_cut, received.is_ended) == (True, False)
    assert len(received.body.splitlines()) == 2


async def test_no_caller_has_more_exports_than_their_share_and_places_are_given_back(world: ApiWorld) -> None:
    account = await world.add_account(Role.USER, SHOP)
    refused: list[httpx.Response] = []

    class Greedy(Caller):
        depth = 0

        async def take(self, message: Message) -> None:
            await super().take(message)
            if message["type"] == "http.response.start" and message["status"] == 200:
                Greedy.depth += 1
                if Greedy.depth < 2:
                    await Greedy(world, account).ask()
                else:
                    async with await world.client_of(account) as client:
                        refused.append(await client.get("/v1/export"))

    assert (await Greedy(world, account).ask()).is_ended
    [answer] = refused
    assert (answer.status_code, answer.json()["reason"]) == (429, "busy")
    async with await world.client_of(account) as client:
        assert (await client.get("/v1/export")).status_code == 200


async def test_each_export_is_recorded(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await lines(shop, owner=SHOP)
    [event] = [event for event in await world.audited() if event.action is Action.RESULTS_EXPORTED]
    assert (event.subject, event.owner, event.outcome) == ("jsonl", SHOP, None)


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"format": "xml"}, "format"), ({"limit": "5"}, "limit"), ({"min_confidence": "2"}, "min_confidence")],
)
async def test_what_cannot_be_asked_is_named(shop: httpx.AsyncClient, asked: dict[str, str], field: str) -> None:
    answer = await shop.get("/v1/export", params=asked)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]

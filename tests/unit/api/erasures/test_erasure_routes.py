"""Administrators erase what a search finds, if they know how much that is; nobody else does."""

from uuid import UUID

import httpx
import pytest

from infra.operations.erasure.deleting import ImageDeleter
from infra.operations.erasure.keys import ErasureKey
from infra.operations.erasure.signed_list import verify_list
from infra.operations.erasure.work import ErasureWork
from schemas.activity import Action
from schemas.records.erasures import Erasure
from tests.api_world import ApiWorld
from tests.fakes.erasures import FakeBelongings, FakeLease, FakeSinks, FakeTraces

KEY = ErasureKey(bytes(range(32)))
SEARCH = {"owner": "shop", "metadata": {"customer": "c-1042"}}


@pytest.fixture
async def images(world: ApiWorld) -> None:
    for number in range(3):
        await world.recognise("shop", f"{number}.jpg", metadata={"customer": "c-1042"})
    await world.recognise("rival", "theirs.jpg", metadata={"customer": "c-1042"})
    await world.recognise("shop", "other.jpg", metadata={"customer": "c-7"})


async def carried_out(world: ApiWorld, erasure_id: str) -> None:
    """Do what the API's loop does."""
    ended: list[Erasure] = []

    async def tell(done: Erasure) -> None:
        ended.append(done)

    sinks = FakeSinks(world.images, world.index, world.publisher.records)
    deleter = ImageDeleter(world.images, world.publisher, world.uploads)
    traces, belongings = FakeTraces(), FakeBelongings(world.images)
    work = ErasureWork(world.erasures, world.index, world.images, deleter, sinks, KEY, tell, traces, belongings)
    assert [await work.carry_out(UUID(erasure_id), FakeLease().renew)] == ended


@pytest.mark.usefixtures("images")
async def test_counting_changes_nothing(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    assert (await admin.post("/v1/erasures/count", json=SEARCH)).json() == {"images": 3}
    assert (await admin.post("/v1/erasures/count", json={"owner": "shop"})).json() == {"images": 4}
    assert world.published == []


@pytest.mark.usefixtures("images")
async def test_an_erasure_ends_with_a_list_that_verifies(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    begun = await admin.post("/v1/erasures", json={"search": SEARCH, "confirm": 3})
    assert begun.status_code == 202
    erasure_id = begun.json()["id"]
    assert begun.json()["sought"] == "owner shop, metadata customer"
    path = f"/v1/erasures/{erasure_id}"
    assert (await admin.get(f"{path}/list")).status_code == 409
    await carried_out(world, erasure_id)
    assert (await admin.get(path)).json()["phase"] == "done"
    assert [one["id"] for one in (await admin.get("/v1/erasures")).json()["items"]] == [erasure_id]
    listed = await admin.get(f"{path}/list")
    assert listed.headers["content-type"] == "application/jsonl"
    assert verify_list(iter(listed.content.splitlines(keepends=True)), KEY.public).images == 3
    left = await admin.get("/v1/results?metadata=customer=c-1042")
    assert [item["owner"] for item in left.json()["items"]] == ["rival"]


@pytest.mark.usefixtures("images")
async def test_the_act_is_recorded_without_whom_it_was_about(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    await admin.post("/v1/erasures", json={"search": SEARCH, "confirm": 3})
    [event] = await world.audited()
    assert (event.action, event.owner, event.detail) == (
        Action.ERASURE_BEGUN,
        "shop",
        "3 images: owner shop, metadata customer",
    )


@pytest.mark.usefixtures("images")
@pytest.mark.parametrize(
    ("search", "confirm", "told"),
    [
        (SEARCH, 4, "The search finds 3 images, not 4."),
        ({"owner": "nobody"}, 1, "finds no image"),
    ],
)
async def test_what_is_not_confirmed_exactly_is_refused(
    world: ApiWorld, admin: httpx.AsyncClient, search: dict[str, object], confirm: int, told: str
) -> None:
    refused = await admin.post("/v1/erasures", json={"search": search, "confirm": confirm})
    assert refused.status_code == 409
    assert told in refused.json()["detail"]
    assert world.erasures.erasures == {}


@pytest.mark.parametrize(
    "search",
    [
        {},
        {"metadata": {"customer": "c-1042"}},
        {"owner": "Shop"},
        {"owner": "shop", "limit": 5},
        {"owner": "shop", "metadata": {"": "c"}},
        {"owner": "shop", "until": 5},
    ],
)
async def test_a_search_that_means_nothing_is_refused(admin: httpx.AsyncClient, search: dict[str, object]) -> None:
    for path, body in (("/count", search), ("", {"search": search, "confirm": 1})):
        assert (await admin.post(f"/v1/erasures{path}", json=body)).status_code == 422


async def test_nobody_else_may(shop: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> None:
    for client, refused in ((shop, 403), (anonymous, 401)):
        answers = [
            await client.post("/v1/erasures/count", json=SEARCH),
            await client.post("/v1/erasures", json={"search": SEARCH, "confirm": 1}),
            await client.get("/v1/erasures"),
        ]
        assert [answer.status_code for answer in answers] == [refused] * 3

"""Cursors of every list: what was given out is taken back, and no other bytes do more than be refused."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.security.tokens.cursor_seal import PURPOSE, CursorSeal
from api.security.tokens.signing_keys import FixedKeys
from infra.cursors import decode_cursor, encode_cursor
from infra.errors import InvalidCursor
from schemas.access.accounts import Role
from tests import samples
from tests.api_world import SHOP, ApiWorld

FORGED = [2**63, "x"]
WORDS = {
    "/v1/search": {"q": "cat"},
    "/v1/images": {"owner": SHOP},
    "/v1/jobs": {"owner": SHOP},
    "/v1/webhooks/{endpoint_id}/deliveries": {"owner": SHOP},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=6,
)
POSITIONS = st.lists(JSON, max_size=4) | st.tuples(st.integers(), st.text(st.characters(codec="utf-8"))).map(list)
ENDPOINT = samples.endpoint(SHOP)
OF_LISTS = [["accounts", None], ["images", SHOP], ["audit"], ["results"], ["activity"]]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    world = ApiWorld(tmp_path)
    await world.add_workspace(SHOP)
    for number in range(3):
        await world.recognise(SHOP, f"{number}.jpg")
    await world.images.save_rejections([samples.rejection(SHOP, f"torn{number}.jpg") for number in range(3)])
    await world.webhook_endpoints.create(ENDPOINT)
    yield world
    world.passwords.close()


@pytest.fixture
async def admin(world: ApiWorld) -> AsyncIterator[httpx.AsyncClient]:
    async with await world.log_in(Role.ADMIN) as client:
        yield client


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Every route that takes a cursor, as the documentation tells."""
    world = ApiWorld(tmp_path_factory.mktemp("lists"))
    world.passwords.close()
    return [
        (method, path)
        for path, methods in world.app.openapi()["paths"].items()
        for method, operation in methods.items()
        if any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))
    ]


def seal_of(world: ApiWorld) -> CursorSeal:
    return CursorSeal(lambda: world.tokens.secrets_for(PURPOSE))


async def turn(client: httpx.AsyncClient, method: str, path: str, cursor: str) -> httpx.Response:
    words = {**WORDS.get(path, {}), "cursor": cursor}
    return await client.request(method, path.replace("{endpoint_id}", ENDPOINT.id), params=words)


def test_all_lists_are_known(lists: list[tuple[str, str]]) -> None:
    assert {path for _, path in lists} >= {
        *("/v1/images", "/v1/results", "/v1/search", "/v1/activity", "/v1/audit", "/v1/accounts"),
        *("/v1/dead-letters", "/v1/dead-letters/replay", "/v1/dead-letters/discard"),
    }


async def test_a_cursor_that_was_made_elsewhere_is_refused_by_every_list(
    world: ApiWorld, lists: list[tuple[str, str]], admin: httpx.AsyncClient
) -> None:
    listing = ["accounts", None]
    own, others = seal_of(world), CursorSeal(lambda: FixedKeys(Ed25519PrivateKey.generate()).keys().secrets_for(b"x"))
    real = own.seal(encode_cursor(listing, [1]))
    made = [encode_cursor(listing, FORGED), others.seal(encode_cursor(listing, FORGED)), real[:-1], real[1:], "."]
    for method, path in lists:
        for cursor in made:
            answer = await turn(admin, method, path, cursor)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor"), (path, cursor)


@given(text=st.text(max_size=200), bent=st.binary(max_size=30), listing=st.sampled_from(OF_LISTS), position=POSITIONS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_cursor_gets_anything_but_a_page_or_a_problem(
    tmp_path: Path, lists: list[tuple[str, str]], text: str, bent: bytes, listing: list[Any], position: list[Any]
) -> None:
    """Sealed ones among them: should the key be lost, positions are still held against what a store can hold."""
    cursors = [text, bent.decode("latin-1")]
    if is_writable(position):
        cursors.append(encode_cursor(listing, position))
    asyncio.run(ask_every_list(ApiWorld(tmp_path), lists, cursors))


async def ask_every_list(world: ApiWorld, lists: list[tuple[str, str]], cursors: list[str]) -> None:
    seal = seal_of(world)
    await world.webhook_endpoints.create(ENDPOINT)
    async with await world.log_in(Role.ADMIN) as client:
        for method, path in lists:
            for cursor in [*cursors, *map(seal.seal, cursors)]:
                answer = await turn(client, method, path, cursor)
                assert answer.status_code in (200, 422), answer.text
                assert answer.status_code == 200 or answer.headers["Content-Type"] == "application/problem+json"
    world.passwords.close()


def is_writable(position: list[Any]) -> bool:
    """Whether our own way of writing cursors has a form for this: numbers beyond 64 bits have none."""
    try:
        encode_cursor([], position)
    except TypeError:
        return False
    return True


@given(position=POSITIONS)
def test_a_position_is_taken_if_stores_can_hold_it(position: list[Any]) -> None:
    if not is_writable(position):
        return
    cursor = encode_cursor(["images"], position)
    fits = [type(part) for part in position] == [int, str] and -(2**63) <= position[0] < 2**63
    if fits:
        assert decode_cursor(["images"], cursor, (int, str)) == position
    else:
        with pytest.raises(InvalidCursor):
            decode_cursor(["images"], cursor, (int, str))


async def test_every_lists_own_cursor_leads_on_and_to_no_other_list(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    first = await admin.get("/v1/images", params={"owner": SHOP, "limit": 1})
    cursor = first.json()["next_cursor"]
    second = await admin.get("/v1/images", params={"owner": SHOP, "limit": 1, "cursor": cursor})
    assert first.json()["items"] != second.json()["items"]
    assert (await admin.get("/v1/dead-letters", params={"cursor": cursor})).status_code == 422


def test_a_cursor_outlives_a_rotation_and_not_two(world: ApiWorld) -> None:
    old, new, newer = (Ed25519PrivateKey.generate() for _ in range(3))
    sealed = CursorSeal(lambda: FixedKeys(old).keys().secrets_for(PURPOSE)).seal("place")
    assert CursorSeal(lambda: FixedKeys(new, old).keys().secrets_for(PURPOSE)).open(sealed) == "place"
    with pytest.raises(InvalidCursor):
        CursorSeal(lambda: FixedKeys(newer, new).keys().secrets_for(PURPOSE)).open(sealed)


def test_a_secret_for_one_purpose_is_none_for_another(world: ApiWorld) -> None:
    assert world.tokens.secrets_for(b"one") != world.tokens.secrets_for(b"two")

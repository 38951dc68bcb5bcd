"""Keys and clients that a restore has suspended: told to who uses one, listed, and released by administrators."""

from datetime import UTC, datetime

import httpx
import pytest

from schemas.access.accounts import Role, Scope
from schemas.access.oauth import Grant, OAuthClient
from schemas.activity import Action
from tests.api_world import SHOP, ApiWorld
from tests.oauth_flow import Application

SINCE = datetime(2026, 11, 29, 3, tzinfo=UTC)


@pytest.fixture
async def suspended_key(world: ApiWorld) -> str:
    """The text of a key that is suspended."""
    owner = await world.add_account(Role.USER, SHOP)
    text = await world.key_of(owner, [Scope.RESULTS_READ])
    suspend(world, text)
    return text


def suspend(world: ApiWorld, text: str) -> None:
    prefix = text[4:14]
    world.api_keys.keys[prefix] = world.api_keys.keys[prefix].model_copy(update={"suspended_at": SINCE})


async def make_client(world: ApiWorld) -> OAuthClient:
    client = OAuthClient(
        id="printer",
        name="Printer",
        grants=frozenset({Grant.AUTHORIZATION_CODE, Grant.REFRESH_TOKEN}),
        redirect_uris=("https://album.example/back",),
        scopes=frozenset({Scope.RESULTS_READ, Scope.PROFILE_READ}),
        created_at=SINCE,
        suspended_at=SINCE,
    )
    await world.oauth_clients.create_client(client)
    return client


async def test_who_uses_a_suspended_key_is_told_so_and_nobody_without_its_secret(
    world: ApiWorld, suspended_key: str
) -> None:
    async with world.client(suspended_key) as program:
        refused = await program.get("/v1/images")
    assert refused.status_code == 401
    assert "suspended since a backup was restored" in refused.json()["detail"]
    async with world.client(f"{suspended_key[:-1]}{'A' if suspended_key[-1] != 'A' else 'B'}") as stranger:
        assert "suspended" not in (await stranger.get("/v1/images")).text


async def test_an_administrator_sees_what_is_suspended_and_lets_it_count_again(
    world: ApiWorld, admin: httpx.AsyncClient, suspended_key: str
) -> None:
    client = await make_client(world)
    prefix = suspended_key[4:14]
    shown = (await admin.get("/v1/suspensions")).json()
    assert [key["prefix"] for key in shown["keys"]] == [prefix]
    assert [one["client_id"] for one in shown["clients"]] == [client.id]
    assert (await admin.get(f"/v1/api-keys/{prefix}")).json()["suspended_at"]
    assert (await admin.get(f"/v1/clients/{client.id}")).json()["active"] is False
    wish = {"keys": [prefix], "clients": [client.id]}
    assert (await admin.post("/v1/suspensions/release", json=wish)).json() == wish
    async with world.client(suspended_key) as program:
        assert (await program.get("/v1/images")).status_code == 200
    assert (await admin.get("/v1/suspensions")).json() == {"keys": [], "clients": []}
    acts = [(event.action, event.subject) for event in await world.audited()][-2:]
    assert acts == [(Action.KEY_RELEASED, prefix), (Action.CLIENT_RELEASED, client.id)]


async def test_what_is_not_suspended_is_not_released_and_named(
    world: ApiWorld, admin: httpx.AsyncClient, suspended_key: str
) -> None:
    wish = {"keys": [suspended_key[4:14], "nosuchkey0"]}
    refused = await admin.post("/v1/suspensions/release", json=wish)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "keys[1]"
    assert len((await admin.get("/v1/suspensions")).json()["keys"]) == 1


async def test_a_suspended_key_takes_its_place_and_can_be_revoked(world: ApiWorld, suspended_key: str) -> None:
    key = world.api_keys.keys[suspended_key[4:14]]
    assert key.lasts_at(datetime.now(UTC))
    assert not key.counts_at(datetime.now(UTC))
    account = await world.accounts.find_account_by_id(key.account_id)
    assert account is not None
    async with await world.client_of(account) as owner:
        assert (await owner.delete(f"/v1/api-keys/{key.prefix}")).status_code == 204
    assert await world.api_keys.list_suspended() == ()


async def test_a_suspended_client_asks_nobody_and_is_revoked_as_any_other(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    client = await make_client(world)
    page = await Application(world, client).open()
    assert page.status_code == 400
    assert "suspended since a backup was restored" in page.text
    assert (await admin.delete(f"/v1/clients/{client.id}")).status_code == 204
    assert (await admin.get("/v1/suspensions")).json()["clients"] == []

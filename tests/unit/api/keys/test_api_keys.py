"""API keys: shown once, for some actions and workspaces alone, never more than their owner, revoked at once."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.keys.service import MOST_FORGOTTEN, MOST_KEYS, MOST_PAST_KEYS
from api.security.api_keys import SHAPE
from schemas.access.accounts import Account, Role, Scope
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld

WISH = {"name": "Scanner", "scopes": ["images:write", "results:read"], "workspaces": [SHOP]}


async def make(client: httpx.AsyncClient, **changes: object) -> httpx.Response:
    return await client.post("/v1/api-keys", json=WISH | changes)


async def test_a_new_key_works_and_is_shown_this_once(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    made = await make(shop)
    assert made.status_code == 201
    text, prefix = made.json()["key"], made.json()["prefix"]
    assert SHAPE.fullmatch(text)
    assert text.startswith(f"vdt_{prefix}_")
    async with world.client(text) as program:
        assert (await program.get("/v1/images")).status_code == 200
        sent = {"images": [{"uri": "s3://shop-media/a.jpg"}]}
        assert (await program.post("/v1/images", json=sent)).status_code == 202
    listed = await shop.get("/v1/api-keys")
    assert [each["prefix"] for each in listed.json()["items"]] == [prefix]
    assert (await shop.get(f"/v1/api-keys/{prefix}")).json()["scopes"] == WISH["scopes"]
    assert text.removeprefix(f"vdt_{prefix}_") not in listed.text + repr(world.api_keys.keys)


async def test_a_key_lasts_a_year_unless_another_time_or_none_is_named(shop: httpx.AsyncClient) -> None:
    for wish, days in (({}, 365), ({"lifetime_days": 7}, 7)):
        made = (await make(shop, **wish)).json()
        created, expires = (datetime.fromisoformat(made[name]) for name in ("created_at", "expires_at"))
        assert expires - created == timedelta(days)
    assert "expires_at" not in (await make(shop, lifetime_days=None)).json()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scopes": ["accounts:admin"]}, "scopes[0]"),
        ({"scopes": ["results:read", "account"]}, "scopes[1]"),
        ({"scopes": ["everything"]}, "scopes[0]"),
        ({"scopes": []}, "scopes"),
        ({"workspaces": [RIVAL]}, "workspaces[0]"),
        ({"workspaces": ["nowhere"]}, "workspaces[0]"),
        ({"workspaces": []}, "workspaces"),
        ({"name": ""}, "name"),
        ({"lifetime_days": 0}, "lifetime_days"),
        ({"secret": "mine"}, "secret"),
    ],
)
async def test_a_key_for_what_its_owner_may_not_do_is_refused_by_field(
    world: ApiWorld, shop: httpx.AsyncClient, changes: dict[str, object], field: str
) -> None:
    answer = await make(shop, **changes)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert world.api_keys.keys == {}


async def test_there_are_only_so_many_keys_and_revoked_ones_do_not_count(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    made = (await make(shop)).json()
    owner = world.api_keys.keys[made["prefix"]].account_id
    for number in range(MOST_KEYS - 1):
        await world.api_keys.create(samples.api_key(prefix=f"key{number:07}", account_id=owner))
    assert (await make(shop)).status_code == 409
    assert (await shop.delete(f"/v1/api-keys/{made['prefix']}")).status_code == 204
    assert (await make(shop)).status_code == 201


async def test_making_and_revoking_without_end_leaves_the_newest_and_every_key_that_counts(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    kept = (await make(shop)).json()["prefix"]
    owner = world.api_keys.keys[kept].account_id
    begun = datetime(2025, 1, 1, tzinfo=UTC)
    past = [
        samples.api_key(
            prefix=f"old{number:07}",
            account_id=owner,
            created_at=begun + timedelta(minutes=number),
            **{"expires_at" if number % 2 else "revoked_at": begun + timedelta(days=1)},
        )
        for number in range(MOST_PAST_KEYS + MOST_FORGOTTEN + 5)
    ]
    for key in [*past, strangers := samples.api_key(revoked_at=begun)]:
        await world.api_keys.create(key)
    made = [kept]
    for left in (MOST_PAST_KEYS + 5, MOST_PAST_KEYS):
        made.append((await make(shop)).json()["prefix"])
        assert {*world.api_keys.keys} == {*made, strangers.prefix, *(key.prefix for key in past[-left:])}
    assert (await shop.delete(f"/v1/api-keys/{made[-1]}")).status_code == 204
    assert len((await shop.get("/v1/api-keys")).json()["items"]) == len(made) + MOST_PAST_KEYS


async def status_with(world: ApiWorld, text: str, path: str = "/v1/images") -> int:
    async with world.client(text) as client:
        return (await client.get(path)).status_code


async def test_a_revoked_key_is_refused_at_once_and_stays_in_the_list(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    made = (await make(shop)).json()
    assert await status_with(world, made["key"]) == 200
    assert (await shop.delete(f"/v1/api-keys/{made['prefix']}")).status_code == 204
    assert await status_with(world, made["key"]) == 401
    [shown] = (await shop.get("/v1/api-keys")).json()["items"]
    assert (shown["active"], "revoked_at" in shown) == (False, True)


@pytest.fixture
async def owner(world: ApiWorld) -> Account:
    return await world.add_account(Role.USER, SHOP)


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_at": datetime.now(UTC) - timedelta(seconds=1)},
        {"revoked_at": datetime.now(UTC)},
        {"digest": b"0" * 32},
    ],
)
async def test_a_key_that_ran_out_or_has_another_secret_is_refused(
    world: ApiWorld, owner: Account, changes: dict[str, object]
) -> None:
    assert await status_with(world, await world.key_of(owner, [Scope.RESULTS_READ], **changes)) == 401


@pytest.mark.parametrize("text", ["vdt_", "vdt_short_x", "vdt_AAAAAAAAAA_" + "a" * 43, "vdt_aaaaaaaaaa_" + "a" * 44])
async def test_what_only_looks_like_a_key_is_refused(world: ApiWorld, text: str) -> None:
    assert await status_with(world, text) == 401


async def test_trailing_bytes_make_no_second_spelling_of_a_key(world: ApiWorld, owner: Account) -> None:
    text = await world.key_of(owner, [Scope.RESULTS_READ])
    assert [await status_with(world, text + more) for more in ("", "=", "x", "\t.")] == [200, 401, 401, 401]


async def test_a_key_follows_its_owners_account(world: ApiWorld, owner: Account) -> None:
    text = await world.key_of(owner, [Scope.RESULTS_READ, Scope.IMAGES_WRITE])
    changed = await world.accounts.change_account(owner.model_copy(update={"workspaces": frozenset({RIVAL})}))
    assert await status_with(world, text, "/v1/images?owner=shop") == 403
    world.app.state.callers.forget(owner.id)
    await world.accounts.change_account(changed.model_copy(update={"active": False}))
    assert await status_with(world, text) == 401


async def test_a_demoted_owners_key_loses_what_the_new_role_has_not(world: ApiWorld) -> None:
    owner = await world.add_account(Role.ADMIN)
    text = await world.key_of(owner, [Scope.LETTERS_READ])
    assert await status_with(world, text, "/v1/dead-letters") == 200
    await world.accounts.change_account(owner.model_copy(update={"role": Role.USER}))
    world.app.state.callers.forget(owner.id)
    assert await status_with(world, text, "/v1/dead-letters") == 403


async def test_an_administrators_key_for_one_workspace_is_no_administrator(world: ApiWorld) -> None:
    owner = await world.add_account(Role.ADMIN)
    text = await world.key_of(owner, [Scope.ACTIVITY_READ, Scope.RESULTS_READ], SHOP)
    assert await status_with(world, text, "/v1/dead-letters") == 403
    assert await status_with(world, text, "/v1/results?owner=rival") == 403
    assert await status_with(world, text, "/v1/results?owner=shop") == 200


async def test_the_last_use_is_noted_once_an_hour_without_the_request_waiting(world: ApiWorld, owner: Account) -> None:
    text = await world.key_of(owner, [Scope.RESULTS_READ])
    prefix = text.split("_")[1]
    for _ in range(3):
        assert await status_with(world, text) == 200
    await asyncio.sleep(0)
    first = world.api_keys.keys[prefix].used_at
    assert first is not None
    assert await status_with(world, text) == 200
    await asyncio.sleep(0)
    assert world.api_keys.keys[prefix].used_at == first


async def test_a_use_that_cannot_be_noted_lets_the_program_in_all_the_same(world: ApiWorld, owner: Account) -> None:
    text = await world.key_of(owner, [Scope.RESULTS_READ])
    key = await world.api_keys.find(text.split("_")[1])
    assert key is not None
    callers = world.app.state.callers
    await callers._keys_read.get(key.prefix)
    world.api_keys.down = True
    assert await status_with(world, text) == 200
    await asyncio.sleep(0)
    world.api_keys.down = False
    assert await status_with(world, text) == 200
    await asyncio.sleep(0)
    assert world.api_keys.keys[key.prefix].used_at is not None

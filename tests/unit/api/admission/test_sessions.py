"""Sessions: refresh tokens count once, a second use ends everything, and so do log-out and changes of the account."""

import httpx
import pytest

from api.admission import coalescing
from schemas.access.accounts import Account, Role
from tests.api_world import PASSWORD, SHOP, ApiWorld

Pair = dict[str, str]


@pytest.fixture
async def account(world: ApiWorld) -> Account:
    return await world.add_account(Role.USER, SHOP)


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered between requests is tested elsewhere."""
    monkeypatch.setattr(coalescing, "REMEMBERED_S", 0.0)


async def log_in(client: httpx.AsyncClient, account: Account) -> Pair:
    answer = await client.post("/v1/auth/token", json={"email": account.email, "password": PASSWORD})
    assert answer.status_code == 200
    return dict(answer.json())


async def refresh(client: httpx.AsyncClient, pair: Pair) -> httpx.Response:
    return await client.post("/v1/auth/refresh", json={"refresh_token": pair["refresh_token"]})


async def lets_in(world: ApiWorld, pair: Pair) -> bool:
    async with world.client(pair["access_token"]) as client:
        return (await client.get("/v1/workspaces")).status_code == 200


async def test_a_refresh_token_gives_a_new_pair(
    world: ApiWorld, anonymous: httpx.AsyncClient, account: Account
) -> None:
    first = await log_in(anonymous, account)
    answer = await refresh(anonymous, first)
    assert answer.status_code == 200
    second = answer.json()
    assert second["refresh_token"] != first["refresh_token"]
    assert await lets_in(world, second)
    assert (await refresh(anonymous, second)).status_code == 200


async def test_a_refresh_token_that_is_used_again_ends_the_whole_log_in(
    world: ApiWorld, anonymous: httpx.AsyncClient, account: Account
) -> None:
    first, other = await log_in(anonymous, account), await log_in(anonymous, account)
    second = (await refresh(anonymous, first)).json()
    reused = await refresh(anonymous, first)
    assert reused.status_code == 401
    assert (await refresh(anonymous, second)).content == reused.content
    assert not await lets_in(world, second)
    assert await lets_in(world, other), "another log-in of the same account goes on"


async def test_log_out_ends_this_log_in_alone_and_at_once(
    world: ApiWorld, anonymous: httpx.AsyncClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coalescing, "REMEMBERED_S", 60.0)
    mine, other = await log_in(anonymous, account), await log_in(anonymous, account)
    async with world.client(mine["access_token"]) as client:
        assert (await client.post("/v1/auth/logout")).status_code == 204
        assert (await client.get("/v1/workspaces")).status_code == 401
    assert (await refresh(anonymous, mine)).status_code == 401
    assert await lets_in(world, other)


@pytest.mark.parametrize("change", [{"active": False}, {"generation": 1}])
async def test_what_an_account_ends_is_neither_used_nor_refreshed(
    world: ApiWorld, anonymous: httpx.AsyncClient, account: Account, change: dict[str, object]
) -> None:
    pair = await log_in(anonymous, account)
    await world.accounts.change_account(account.model_copy(update=change))
    assert not await lets_in(world, pair)
    assert (await refresh(anonymous, pair)).status_code == 401


async def test_every_refresh_that_does_not_count_gets_the_same_answer(
    anonymous: httpx.AsyncClient, account: Account
) -> None:
    pair = await log_in(anonymous, account)
    texts = [pair["access_token"][:256], "vdr_" + "A" * 43, "x", "ä"]
    answers = [await refresh(anonymous, {"refresh_token": text}) for text in texts]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert (await refresh(anonymous, pair)).status_code == 200, "guesses of others end nothing"


async def test_neither_password_nor_tokens_are_kept_in_the_clear(
    world: ApiWorld, anonymous: httpx.AsyncClient, account: Account
) -> None:
    pair = await log_in(anonymous, account)
    kept = repr(vars(world.sessions))
    assert pair["refresh_token"] not in kept
    assert pair["access_token"] not in kept

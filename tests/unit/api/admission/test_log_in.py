"""Log-in: one answer for every failure, and tokens that follow the account."""

import asyncio
import json
import threading

import httpx
import pytest
from pydantic import AfterValidator, BaseModel, SecretStr

from api.admission import coalescing
from api.security.passwords import hashing as passwords
from api.security.passwords.checks import PasswordChecks
from api.security.passwords.hashing import PasswordHashing
from api.security.throttle import Throttle
from schemas.access.accounts import Role
from tests.api_world import PASSWORD, SHOP, ApiWorld


async def ask(client: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await client.post("/v1/auth/token", json={"email": email, "password": password})


async def test_the_right_password_gives_a_token_that_lets_in(world: ApiWorld, anonymous: httpx.AsyncClient) -> None:
    account = await world.add_account(Role.USER, SHOP)
    answer = await ask(anonymous, account.email, PASSWORD)
    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 900)
    async with world.client(answer.json()["access_token"]) as client:
        assert (await client.get("/v1/workspaces")).status_code == 200


async def test_the_address_counts_in_any_case(world: ApiWorld, anonymous: httpx.AsyncClient) -> None:
    account = await world.add_account(Role.USER, SHOP)
    assert (await ask(anonymous, account.email.upper(), PASSWORD)).status_code == 200


async def test_every_failure_gets_the_same_answer(world: ApiWorld, anonymous: httpx.AsyncClient) -> None:
    account = await world.add_account(Role.USER, SHOP)
    closed = await world.add_account(Role.USER, SHOP, active=False)
    answers = [
        await ask(anonymous, account.email, "not the password"),
        await ask(anonymous, "nobody@shop.example", PASSWORD),
        await ask(anonymous, closed.email, PASSWORD),
        await ask(anonymous, "no address at all", PASSWORD),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert all(answer.headers["WWW-Authenticate"].startswith("Bearer") for answer in answers)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "ada@shop.example"}, "password"),
        ({"password": PASSWORD}, "email"),
        ({"email": "", "password": PASSWORD}, "email"),
        ({"email": "ada@shop.example", "password": "p" * 257}, "password"),
        ({"email": ["ada@shop.example"], "password": PASSWORD}, "email"),
        ({"email": "ada@shop.example", "password": PASSWORD, "otp": "1"}, "otp"),
    ],
)
async def test_a_malformed_log_in_names_the_field_and_repeats_nothing(
    anonymous: httpx.AsyncClient, body: dict[str, object], field: str
) -> None:
    answer = await anonymous.post("/v1/auth/token", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert PASSWORD not in answer.text
    assert "p" * 20 not in answer.text


async def test_too_many_log_ins_at_once_are_told_to_come_back(
    world: ApiWorld, anonymous: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await world.add_account(Role.USER, SHOP)
    gate, begun = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*_: str) -> bool:
        loop.call_soon_threadsafe(begun.set)
        return gate.wait(30)

    hashing = PasswordHashing(threads=1, queue=0)
    world.app.state.password_checks = PasswordChecks(world.accounts, hashing, Throttle(world.attempts, world.api))
    monkeypatch.setattr(passwords._HASHER, "verify", slow)
    first = asyncio.create_task(ask(anonymous, account.email, PASSWORD))
    await begun.wait()
    turned_away = await ask(anonymous, account.email, PASSWORD)
    gate.set()
    assert (turned_away.status_code, turned_away.headers["Retry-After"]) == (429, "1")
    assert turned_away.headers["Content-Type"] == "application/problem+json"
    assert (await first).status_code == 200
    hashing.close()


@pytest.mark.virtual_time
async def test_an_account_that_is_closed_is_out_within_seconds(world: ApiWorld) -> None:
    account = await world.add_account(Role.USER, SHOP)
    async with await world.client_of(account) as client:
        assert (await client.get("/v1/workspaces")).status_code == 200
        world.accounts.accounts[account.email] = account.model_copy(update={"active": False})
        await asyncio.sleep(coalescing.REMEMBERED_S)
        assert (await client.get("/v1/workspaces")).status_code == 401


@pytest.mark.virtual_time
async def test_a_new_role_counts_although_the_token_still_tells_the_old_one(world: ApiWorld) -> None:
    account = await world.add_account(Role.ADMIN)
    async with await world.client_of(account) as client:
        assert (await client.get("/v1/dead-letters")).status_code == 200
        world.accounts.accounts[account.email] = account.model_copy(update={"role": Role.USER})
        await asyncio.sleep(coalescing.REMEMBERED_S)
        assert (await client.get("/v1/dead-letters")).status_code == 403


async def test_an_account_that_was_never_there_is_not_let_in_by_a_good_signature(world: ApiWorld) -> None:
    account = await world.add_account(Role.ADMIN)
    stranger = account.model_copy(update={"id": "7d444840-9dc0-11d1-b245-5ffdce74fad2"})
    async with await world.client_of(stranger) as client:
        assert (await client.get("/v1/workspaces")).status_code == 401


async def test_accounts_that_cannot_be_read_are_not_a_wrong_password(
    world: ApiWorld, anonymous: httpx.AsyncClient
) -> None:
    account = await world.add_account(Role.USER, SHOP)
    world.accounts.down = True
    answer = await ask(anonymous, account.email, PASSWORD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


async def test_the_signing_key_is_published(world: ApiWorld, anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/.well-known/jwks.json")
    assert answer.json() == world.tokens.jwks()
    assert answer.headers["Cache-Control"] == "public, max-age=300"


HALF = "\ud800"
SECRETS = {
    "log-in": ("POST", "/v1/auth/token", {"email": "ada@shop.example"}, "password"),
    "refresh": ("POST", "/v1/auth/refresh", {}, "refresh_token"),
    "token of a registration": ("POST", "/v1/auth/register/confirm", {"password": PASSWORD}, "token"),
    "password of a registration": ("POST", "/v1/auth/register/confirm", {"token": "x"}, "password"),
    "token of a reset": ("POST", "/v1/auth/password/reset", {"password": PASSWORD}, "token"),
    "password of a reset": ("POST", "/v1/auth/password/reset", {"token": "x"}, "password"),
    "present password": ("PUT", "/v1/me/password", {"new_password": PASSWORD}, "password"),
    "new password": ("PUT", "/v1/me/password", {"password": PASSWORD}, "new_password"),
    "closing": ("POST", "/v1/me/close", {}, "password"),
    "account": ("POST", "/v1/accounts", {"email": "new@shop.example", "role": "user"}, "password"),
}


@pytest.mark.parametrize(("method", "path", "body", "field"), SECRETS.values(), ids=SECRETS.keys())
async def test_a_secret_that_is_no_text_names_its_field(
    world: ApiWorld, method: str, path: str, body: dict[str, str], field: str
) -> None:
    content = json.dumps({**body, field: HALF * 12})
    headers = {"Content-Type": "application/json"}
    async with await world.log_in(Role.ADMIN) as client:
        answer = await client.request(method, path, content=content, headers=headers)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["field"], "UTF-8" in error["message"]) == (field, True)
    assert "ud800" not in answer.text


def test_every_secret_that_a_request_may_hold_is_looked_at() -> None:
    bodies = [kind for kind in _models(BaseModel) if kind.__module__.startswith(("api.", "schemas."))]
    secrets = [
        (kind, name)
        for kind in bodies
        for name, known in kind.model_fields.items()
        if known.annotation in (SecretStr, SecretStr | None)
    ]
    assert len(secrets) >= 9
    for kind, name in secrets:
        assert any(isinstance(each, AfterValidator) for each in kind.model_fields[name].metadata), (kind, name)


def _models(kind: type[BaseModel]) -> set[type[BaseModel]]:
    return {kind}.union(*map(_models, kind.__subclasses__()))

"""Accounts that people make by a mailed token, and forgotten passwords: nothing tells who has an account."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.admission import coalescing
from infra.errors import ChangedMeanwhile, TransientError
from infra.mail.sending import Letter
from infra.settings.api import ApiSettings
from schemas.access.accounts import Role, Scope
from schemas.activity import Action
from tests.api_world import PASSWORD, RIVAL, SHOP, ApiWorld
from tests.oauth_flow import application, machine

NEW = "orchids whisper at noon"
SAME = {"x-request-id", "date"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    world = ApiWorld(tmp_path, api=ApiSettings(registration="open"))
    await world.add_workspace(SHOP)
    yield world
    world.passwords.close()


def token_of(letter: Letter) -> str:
    found = re.search(r"vdm_[A-Za-z0-9_-]{43}", letter.text)
    assert found is not None
    return found[0]


async def confirm(client: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    return await client.post("/v1/auth/register/confirm", json={"token": token, "password": password})


async def log_in(client: httpx.AsyncClient, email: str, password: str) -> int:
    return (await client.post("/v1/auth/token", json={"email": email, "password": password})).status_code


async def reset_token(world: ApiWorld, client: httpx.AsyncClient, email: str) -> str:
    assert (await client.post("/v1/auth/password/forgot", json={"email": email})).status_code == 202
    return token_of(world.mail.letters[-1])


def told(answer: httpx.Response) -> object:
    headers = [item for item in answer.headers.multi_items() if item[0] not in SAME]
    return answer.status_code, answer.content, headers


async def test_who_confirms_their_address_has_an_account_that_sees_nothing_yet(
    world: ApiWorld, anonymous: httpx.AsyncClient
) -> None:
    asked = await anonymous.post("/v1/auth/register", json={"email": "Ada@shop.example", "name": "Ada"})
    assert asked.status_code == 202
    [letter] = world.mail.letters
    assert letter.to == "Ada@shop.example"
    assert await world.accounts.find_account("ada@shop.example") is None
    made = await confirm(anonymous, token_of(letter))
    assert made.status_code == 201
    assert (made.json()["role"], made.json()["workspaces"], made.json()["name"]) == ("user", [], "Ada")
    assert await log_in(anonymous, "ada@shop.example", NEW) == 200


async def test_a_token_makes_one_account_and_tokens_sent_before_it_make_none(
    world: ApiWorld, anonymous: httpx.AsyncClient
) -> None:
    for _ in range(2):
        await anonymous.post("/v1/auth/register", json={"email": "ada@shop.example"})
    first, second = map(token_of, world.mail.letters)
    assert (await confirm(anonymous, first)).status_code == 201
    again = await confirm(anonymous, first)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "token")
    assert (await confirm(anonymous, second, "another password entirely")).content == again.content
    assert await log_in(anonymous, "ada@shop.example", NEW) == 200


@pytest.mark.parametrize("path", ["/v1/auth/register", "/v1/auth/password/forgot"])
async def test_asking_gets_one_answer_for_every_address_after_the_same_work(
    world: ApiWorld, anonymous: httpx.AsyncClient, path: str
) -> None:
    known = await world.add_account(Role.USER, SHOP)
    closed = await world.add_account(Role.USER, SHOP, active=False)
    answers = []
    for number, email in enumerate((known.email, closed.email, "nobody@shop.example")):
        answers.append(told(await anonymous.post(path, json={"email": email})))
        assert len(world.mailed_tokens.tokens) == number + 1, "a token is kept for every address"
    assert answers[0] == answers[1] == answers[2]


async def test_an_address_that_has_an_account_is_told_so_by_mail_and_gets_no_second_one(
    world: ApiWorld, anonymous: httpx.AsyncClient
) -> None:
    known = await world.add_account(Role.USER, SHOP)
    await anonymous.post("/v1/auth/register", json={"email": known.email})
    [letter] = world.mail.letters
    assert "already" in letter.text
    assert "vdm_" not in letter.text


async def test_a_weak_password_is_refused_and_the_token_still_counts(
    world: ApiWorld, anonymous: httpx.AsyncClient
) -> None:
    await anonymous.post("/v1/auth/register", json={"email": "ada@shop.example"})
    token = token_of(world.mail.letters[0])
    weak = await confirm(anonymous, token, "password12345")
    assert (weak.status_code, weak.json()["errors"][0]["field"]) == (422, "password")
    assert "password12345" not in weak.text
    assert (await confirm(anonymous, token)).status_code == 201


@pytest.mark.parametrize("registration", ["closed", "invitation"])
async def test_where_it_is_not_open_nobody_registers(tmp_path: Path, registration: str) -> None:
    world = ApiWorld(tmp_path, api=ApiSettings.model_validate({"registration": registration}))
    async with world.client() as client:
        assert (await client.post("/v1/auth/register", json={"email": "ada@shop.example"})).status_code == 403
    assert world.mail.letters == []
    world.passwords.close()


def test_nobody_registers_unless_a_setting_says_so() -> None:
    assert ApiSettings().registration == "closed"


async def test_a_forgotten_password_is_replaced_once_and_every_log_in_ends(
    world: ApiWorld, anonymous: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coalescing, "REMEMBERED_S", 60.0)
    account = await world.add_account(Role.USER, SHOP)
    before = await world.client_of(account)
    assert (await before.get("/v1/workspaces")).status_code == 200
    first = await reset_token(world, anonymous, account.email)
    second = await reset_token(world, anonymous, account.email)
    body = {"token": first, "password": NEW}
    assert (await anonymous.post("/v1/auth/password/reset", json=body)).status_code == 204
    assert (await before.get("/v1/workspaces")).status_code == 401
    assert (await log_in(anonymous, account.email, NEW), await log_in(anonymous, account.email, PASSWORD)) == (200, 401)
    for token in (first, second):
        again = await anonymous.post("/v1/auth/password/reset", json={"token": token, "password": PASSWORD})
        assert again.status_code == 422
    assert await log_in(anonymous, account.email, NEW) == 200
    await before.aclose()


async def test_a_closed_account_is_not_opened_by_a_new_password(world: ApiWorld, anonymous: httpx.AsyncClient) -> None:
    account = await world.add_account(Role.USER, SHOP)
    token = await reset_token(world, anonymous, account.email)
    await world.accounts.change_account(account.model_copy(update={"active": False}))
    refused = await anonymous.post("/v1/auth/password/reset", json={"token": token, "password": NEW})
    assert refused.status_code == 422


async def test_so_many_letters_go_to_one_address_whether_or_not_it_has_an_account(
    world: ApiWorld, anonymous: httpx.AsyncClient
) -> None:
    known = await world.add_account(Role.USER, SHOP)
    for email in (known.email, "nobody@shop.example"):
        asked = [await anonymous.post("/v1/auth/password/forgot", json={"email": email}) for _ in range(6)]
        assert [answer.status_code for answer in asked] == [202] * 5 + [429]
        assert int(asked[-1].headers["Retry-After"]) > 0
    assert len(world.mail.letters) == 5


async def test_a_full_mail_queue_is_a_503_for_everybody(world: ApiWorld, anonymous: httpx.AsyncClient) -> None:
    known = await world.add_account(Role.USER, SHOP)
    world.mail.down = True
    for email in (known.email, "nobody@shop.example"):
        assert (await anonymous.post("/v1/auth/password/forgot", json={"email": email})).status_code == 503


async def test_who_is_invited_gets_the_role_and_workspaces_that_were_meant(
    world: ApiWorld, admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    wish = {"email": "eve@shop.example", "role": "analyst", "workspaces": [SHOP]}
    assert (await admin.post("/v1/accounts/invitations", json=wish)).status_code == 202
    made = await confirm(anonymous, token_of(world.mail.letters[-1]))
    assert (made.json()["role"], made.json()["workspaces"]) == ("analyst", [SHOP])


async def test_an_invitation_ends_with_its_administrators_role(world: ApiWorld, anonymous: httpx.AsyncClient) -> None:
    inviter = await world.add_account(Role.ADMIN)
    async with await world.client_of(inviter) as client:
        await client.post("/v1/accounts/invitations", json={"email": "eve@shop.example", "role": "admin"})
    await world.accounts.change_account(inviter.model_copy(update={"role": Role.USER}))
    assert (await confirm(anonymous, token_of(world.mail.letters[-1]))).status_code == 422


async def test_a_client_that_acts_as_itself_invites_nobody_since_its_letter_would_not_count(world: ApiWorld) -> None:
    robot = await machine(world, Scope.ACCOUNTS_ADMIN)
    token = (await robot.token(grant_type="client_credentials")).json()["access_token"]
    before = len(await world.audited())
    async with world.client(token) as client:
        answer = await client.post("/v1/accounts/invitations", json={"email": "eve@shop.example"})
    assert answer.status_code == 403
    assert "POST /v1/accounts" in answer.json()["detail"]
    assert world.mail.letters == []
    assert len(await world.audited()) == before


async def test_a_client_invites_for_the_administrator_who_consented(
    world: ApiWorld, anonymous: httpx.AsyncClient
) -> None:
    album = await application(world, scopes=frozenset({Scope.ACCOUNTS_ADMIN}))
    lent = await album.tokens(await world.add_account(Role.ADMIN), scope="accounts:admin")
    async with world.client(lent["access_token"]) as client:
        answer = await client.post("/v1/accounts/invitations", json={"email": "eve@shop.example"})
    assert answer.status_code == 202
    assert (await confirm(anonymous, token_of(world.mail.letters[-1]))).status_code == 201


async def test_nobody_is_invited_into_a_workspace_that_does_not_exist(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    answer = await admin.post("/v1/accounts/invitations", json={"email": "eve@shop.example", "workspaces": [RIVAL]})
    assert answer.status_code == 422
    assert world.mail.letters == []


async def test_every_step_is_audited_without_addresses_or_tokens(world: ApiWorld, anonymous: httpx.AsyncClient) -> None:
    await anonymous.post("/v1/auth/register", json={"email": "ada@shop.example"})
    token = token_of(world.mail.letters[0])
    await confirm(anonymous, token)
    reset = await reset_token(world, anonymous, "ada@shop.example")
    await anonymous.post("/v1/auth/password/reset", json={"token": reset, "password": PASSWORD})
    events = await world.audited()
    assert sorted(event.action for event in events) == sorted(
        [Action.MAIL_ASKED, Action.ACCOUNT_REGISTERED, Action.MAIL_ASKED, Action.PASSWORD_RESET]
    )
    text = "".join(event.model_dump_json() for event in events)
    for secret in (token, reset, "ada@shop.example", NEW, PASSWORD):
        assert secret not in text


def failing_once(monkeypatch: pytest.MonkeyPatch, store: object, method: str, error: Exception) -> None:
    """Let the next call of a store's method fail."""
    real, errors = getattr(store, method), [error]

    async def fail_first(*arguments: object) -> object:
        if errors:
            raise errors.pop()
        return await real(*arguments)

    monkeypatch.setattr(store, method, fail_first)


@pytest.mark.parametrize(
    ("error", "status"), [(TransientError("no answer"), 503), (ChangedMeanwhile("another was first"), 409)]
)
async def test_a_reset_that_could_not_be_made_costs_nobody_their_letter(
    world: ApiWorld, anonymous: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    account = await world.add_account(Role.USER, SHOP)
    body = {"token": await reset_token(world, anonymous, account.email), "password": NEW}
    failing_once(monkeypatch, world.accounts, "change_account", error)
    assert (await anonymous.post("/v1/auth/password/reset", json=body)).status_code == status
    assert (await anonymous.post("/v1/auth/password/reset", json=body)).status_code == 204
    assert (await anonymous.post("/v1/auth/password/reset", json=body)).status_code == 422
    assert await log_in(anonymous, account.email, NEW) == 200


async def test_a_reset_waits_for_room_to_tell_of_it(world: ApiWorld, anonymous: httpx.AsyncClient) -> None:
    account = await world.add_account(Role.USER, SHOP)
    body = {"token": await reset_token(world, anonymous, account.email), "password": NEW}
    world.mail.down = True
    assert (await anonymous.post("/v1/auth/password/reset", json=body)).status_code == 503
    assert await log_in(anonymous, account.email, PASSWORD) == 200
    world.mail.down = False
    assert (await anonymous.post("/v1/auth/password/reset", json=body)).status_code == 204


async def test_an_account_that_could_not_be_made_costs_nobody_their_letter(
    world: ApiWorld, anonymous: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anonymous.post("/v1/auth/register", json={"email": "ada@shop.example"})
    token = token_of(world.mail.letters[0])
    failing_once(monkeypatch, world.accounts, "create_account", TransientError("no answer"))
    assert (await confirm(anonymous, token)).status_code == 503
    assert (await confirm(anonymous, token)).status_code == 201
    assert (await confirm(anonymous, token)).status_code == 422


async def test_a_token_that_could_not_be_forgotten_counts_no_longer_all_the_same(
    world: ApiWorld, anonymous: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await world.add_account(Role.USER, SHOP)
    await anonymous.post("/v1/auth/register", json={"email": "ada@shop.example"})
    registration = token_of(world.mail.letters[0])
    reset = {"token": await reset_token(world, anonymous, known.email), "password": NEW}

    async def fail(_digest: bytes) -> bool:
        raise TransientError("no answer")

    monkeypatch.setattr(world.mailed_tokens, "use", fail)
    assert (await confirm(anonymous, registration)).status_code == 201
    assert (await anonymous.post("/v1/auth/password/reset", json=reset)).status_code == 204
    assert (await confirm(anonymous, registration, "another password entirely")).status_code == 422
    again = await anonymous.post("/v1/auth/password/reset", json={**reset, "password": PASSWORD})
    assert again.status_code == 422
    assert (await log_in(anonymous, "ada@shop.example", NEW), await log_in(anonymous, known.email, NEW)) == (200, 200)


async def test_of_many_who_use_one_token_at_once_one_sets_the_password(
    world: ApiWorld, anonymous: httpx.AsyncClient
) -> None:
    account = await world.add_account(Role.USER, SHOP)
    token = await reset_token(world, anonymous, account.email)
    wishes = [{"token": token, "password": f"{NEW} {word}"} for word in ("ash", "oak")]
    answers = await asyncio.gather(*(anonymous.post("/v1/auth/password/reset", json=wish) for wish in wishes))
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses)[0] == 204
    assert sorted(statuses)[1] in (409, 422)
    won = wishes[statuses.index(204)]["password"]
    assert await log_in(anonymous, account.email, won) == 200
    assert sum("changed" in letter.subject for letter in world.mail.letters) == 1

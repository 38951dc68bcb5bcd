"""Invitations end with the rights of whoever made them, and can be found and withdrawn."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.security.makers_rights import MakersRights
from infra.settings.api import ApiSettings
from schemas.access.accounts import Account, Principal, Role, Scope
from schemas.access.oauth import Consent
from schemas.activity import Action
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld
from tests.fakes.credentials import FakeApiKeyStore
from tests.fakes.oauth import FakeOAuthClientStore, FakeOAuthGrantStore
from tests.fakes.stores import FakeAccountStore
from tests.oauth_flow import application
from tests.unit.api.accounts.test_registration import confirm, token_of

KEEP = frozenset({Scope.ACCOUNTS_ADMIN})
EVE = {"email": "eve@shop.example", "role": "admin", "workspaces": [SHOP]}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    world = ApiWorld(tmp_path, api=ApiSettings(registration="invitation"))
    for workspace in (SHOP, RIVAL):
        await world.add_workspace(workspace)
    yield world
    world.passwords.close()


async def invite(client: httpx.AsyncClient, **changes: object) -> str:
    answer = await client.post("/v1/accounts/invitations", json={**EVE, **changes})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def is_admitted(world: ApiWorld) -> bool:
    """Whether the newest letter makes an account."""
    async with world.client() as anonymous:
        answer = await confirm(anonymous, token_of(world.mail.letters[-1]))
    assert answer.status_code in (201, 422)
    return answer.status_code == 201


async def listed(world: ApiWorld) -> list[dict[str, object]]:
    async with await world.log_in(Role.ADMIN) as admin:
        return list((await admin.get("/v1/accounts/invitations")).json()["items"])


async def test_open_invitations_are_listed_without_their_tokens(world: ApiWorld) -> None:
    inviter = await world.add_account(Role.ADMIN)
    key = await world.key_of(inviter, KEEP)
    async with world.client(key) as client:
        made = await invite(client)
    [shown] = await listed(world)
    assert (shown["id"], shown["email"], shown["role"], shown["workspaces"]) == (made, *EVE.values())
    assert (shown["invited_by"], shown["program"]) == (str(inviter.id), f"key {key[4:14]}")
    assert shown["counts"] is True
    assert token_of(world.mail.letters[-1]) not in str(shown)
    assert await is_admitted(world)
    assert await listed(world) == []


async def test_who_may_not_invite_sees_and_withdraws_none(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    made = await invite(admin)
    for role in (Role.USER, Role.ANALYST):
        async with await world.log_in(role, SHOP) as other:
            assert (await other.get("/v1/accounts/invitations")).status_code == 403
            assert (await other.delete(f"/v1/accounts/invitations/{made}")).status_code == 403
    assert await is_admitted(world)


async def test_one_that_is_withdrawn_counts_no_longer_and_the_act_is_recorded(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    made = await invite(admin)
    assert (await admin.delete(f"/v1/accounts/invitations/{made}")).status_code == 204
    assert not await is_admitted(world)
    again = await admin.delete(f"/v1/accounts/invitations/{made}")
    assert again.status_code == 404
    invited, withdrawn = await world.audited()
    assert (invited.action, withdrawn.action) == (Action.ACCOUNT_INVITED, Action.INVITATION_WITHDRAWN)
    assert invited.subject == withdrawn.subject
    assert made in str(invited.detail)
    assert made in str(withdrawn.detail)
    assert "eve@" not in withdrawn.model_dump_json()


async def test_what_cannot_be_recorded_is_not_withdrawn(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    made = await invite(admin)
    world.publisher.down = True
    assert (await admin.delete(f"/v1/accounts/invitations/{made}")).status_code == 503
    world.publisher.down = False
    assert await is_admitted(world)


async def test_one_that_is_withdrawn_while_its_password_is_hashed_makes_no_account(
    world: ApiWorld, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, real = await invite(admin), world.passwords.hash

    async def withdraw_meanwhile(password: str) -> str:
        assert (await admin.delete(f"/v1/accounts/invitations/{made}")).status_code == 204
        return await real(password)

    monkeypatch.setattr(world.passwords, "hash", withdraw_meanwhile)
    assert not await is_admitted(world)
    assert await world.accounts.find_account("eve@shop.example") is None


@pytest.mark.parametrize(
    "change", ["closed", "closed and opened again", "demoted", "member no longer", "log-ins ended", "nothing"]
)
async def test_one_of_a_log_in_ends_with_what_its_administrator_may(world: ApiWorld, change: str) -> None:
    inviter, path = await world.add_account(Role.ADMIN, SHOP, RIVAL), "/v1/accounts/{}"
    async with await world.client_of(inviter) as client:
        await invite(client)
    async with await world.log_in(Role.ADMIN) as other:
        steps = {
            "closed": [{"active": False}],
            "closed and opened again": [{"active": False}, {"active": True}],
            "demoted": [{"role": "analyst"}],
            "member no longer": [{"workspaces": [RIVAL]}],
        }
        for step in steps.get(change, []):
            assert (await other.patch(path.format(inviter.id), json=step)).status_code == 200
        if change == "log-ins ended":
            assert (await other.delete(f"{path.format(inviter.id)}/sessions")).status_code == 204
    assert [each["counts"] for each in await listed(world)] == [change == "nothing"]
    assert await is_admitted(world) is (change == "nothing")


@pytest.mark.parametrize("change", ["revoked", "expired", "nothing", "another key revoked", "password replaced"])
async def test_one_of_an_api_key_ends_with_the_key(world: ApiWorld, change: str) -> None:
    inviter = await world.add_account(Role.ADMIN)
    key, another = await world.key_of(inviter, KEEP), await world.key_of(inviter, KEEP)
    async with world.client(key) as client:
        await invite(client)
    prefix = {"revoked": key, "another key revoked": another}.get(change, "")[4:14]
    if prefix:
        await world.api_keys.revoke(inviter.id, prefix, datetime.now(UTC))
    if change == "expired":
        found = world.api_keys.keys[key[4:14]]
        world.api_keys.keys[found.prefix] = found.model_copy(update={"expires_at": samples.START})
    if change == "password replaced":
        await world.accounts.change_account(inviter.model_copy(update={"generation": 1}))
    assert await is_admitted(world) is (change not in ("revoked", "expired"))


@pytest.mark.parametrize("change", ["revoked", "consent withdrawn", "consent given anew", "scope taken", "nothing"])
async def test_one_of_a_client_ends_with_the_client_and_the_consent(world: ApiWorld, change: str) -> None:
    album, inviter = await application(world, scopes=KEEP), await world.add_account(Role.ADMIN)
    lent = await album.tokens(inviter, scope="accounts:admin")
    async with world.client(lent["access_token"]) as client:
        await invite(client)
    if change == "revoked":
        await world.oauth_clients.revoke_client(album.client.id, datetime.now(UTC))
    if change.startswith("consent"):
        await world.oauth_grants.withdraw_consent(inviter.id, album.client.id)
    if change == "consent given anew":
        await album.tokens(inviter, scope="accounts:admin")
    if change == "scope taken":
        less = album.client.model_copy(update={"scopes": frozenset({Scope.PROFILE_READ})})
        await world.oauth_clients.change_client(less)
    assert await is_admitted(world) is (change == "nothing")


async def test_while_the_makers_rights_cannot_be_read_nobody_is_admitted_and_the_letter_is_not_used_up(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    await invite(admin)
    world.invitations.down = True
    async with world.client() as anonymous:
        assert (await confirm(anonymous, token_of(world.mail.letters[-1]))).status_code == 503
    world.invitations.down = False
    assert await is_admitted(world)


class RightsWorld:
    """An administrator, a key and a client of theirs, each as a drawn history left it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.accounts, self.keys = FakeAccountStore(), FakeApiKeyStore()
        self.clients, self.grants = FakeOAuthClientStore(), FakeOAuthGrantStore()
        self.rights = MakersRights(self.accounts, self.keys, self.clients, self.grants)

    async def begin(self) -> None:
        await self.accounts.create_account(self.account)
        await self.keys.create(samples.api_key(prefix="makerskey0", account_id=self.account.id, scopes=KEEP))
        await self.clients.create_client(samples.client(id="album", scopes=KEEP))
        await self.consent()

    async def consent(self) -> None:
        given = {"account_id": self.account.id, "client_id": "album", "scopes": KEEP, "given_at": samples.START}
        await self.grants.give_consent(Consent(id=uuid4(), **given))

    async def change(self, **fields: object) -> None:
        self.account = await self.accounts.change_account(self.account.model_copy(update=fields))

    async def step(self, name: str) -> None:
        if name == "close":
            await self.change(active=False, generation=self.account.generation + 1)
        elif name == "open":
            await self.change(active=True)
        elif name in ("admin", "analyst"):
            await self.change(role=Role(name))
        elif name == "new password":
            await self.change(generation=self.account.generation + 1)
        elif name in ("leave", "join"):
            await self.change(workspaces=frozenset({SHOP}) if name == "join" else frozenset())
        elif name == "revoke key":
            await self.keys.revoke(self.account.id, "makerskey0", datetime.now(UTC))
        elif name == "revoke client":
            await self.clients.revoke_client("album", datetime.now(UTC))
        else:
            await self.grants.withdraw_consent(self.account.id, "album")
            await self.consent()


STEPS = ("close", "open", "admin", "analyst", "new password", "leave", "join", "revoke key", "revoke client", "consent")
CREDENTIALS = {"log-in": {}, "key": {"api_key": "makerskey0"}, "client": {"client_id": "album"}}


@given(steps=st.lists(st.sampled_from(STEPS), max_size=6), by=st.sampled_from(sorted(CREDENTIALS)))
async def test_after_any_history_a_right_stands_if_all_that_gave_it_does(steps: list[str], by: str) -> None:
    world = RightsWorld(samples.account("ada@shop.example", role=Role.ADMIN, workspaces=frozenset({SHOP})))
    await world.begin()
    caller: Principal = samples.principal(Role.ADMIN, account_id=world.account.id, **CREDENTIALS[by])
    maker = await world.rights.maker_of(caller, frozenset({SHOP, RIVAL}))
    assert maker is not None
    for step in steps:
        await world.step(step)
    now, ended = world.account, {"close", "new password"} & {*steps}
    expected = now.active and now.role is Role.ADMIN and SHOP in now.workspaces
    lasting = {
        "log-in": not ended,
        "key": "revoke key" not in steps,
        "client": not ended and "revoke client" not in steps and "consent" not in steps,
    }
    assert await world.rights.stand(maker) is (expected and lasting[by])

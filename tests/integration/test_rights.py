"""Cursors and invitations on real servers, by the API's own process and the command line."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from api.invitations.service import InvitationWish, new_invitation
from api.security.tokens.cursor_seal import PURPOSE, CursorSeal
from api.security.tokens.signing_keys import open_key_file
from infra.cassandra.accounts.invitations import InvitationStore
from infra.cassandra.session import CassandraSession
from infra.cursors import encode_cursor
from infra.embedded.platform import Platform
from schemas.access.invitations import Invitation, Maker
from schemas.queries import DeadLetterQuery
from tests.served import Served, served
from tests.stacks import RunningStack

EXTREMES = (-(2**63), -1, 0, 1, 253_402_300_799_999_999, 253_402_300_800_000_000, 2**63 - 1)
OWNER = {"/v1/images": {"owner": "shop"}}
TEXTS = ("", "x", "\x00", "\N{SNOWMAN}" * 200)


@pytest.fixture(scope="module")
def api(stack: RunningStack) -> Iterator[Served]:
    Platform(stack.settings).migrate()
    with served(stack.settings, VEDETTE_API__REQUESTS_PER_S="10000", VEDETTE_API__REQUEST_BURST="10000") as api:
        yield api


@pytest.fixture(scope="module")
def admin(api: Served) -> Iterator[httpx.Client]:
    with api.log_in(api.create_account(f"w{uuid4().hex[:10]}", "admin")) as client:
        yield client


def seal(api: Served, listing: list[object], *position: object) -> str:
    keys = open_key_file(api.settings)
    return CursorSeal(lambda: keys.keys().secrets_for(PURPOSE)).seal(encode_cursor(listing, position))


@pytest.mark.parametrize(
    ("path", "listing"),
    [
        ("/v1/images", ["images", "shop"]),
        ("/v1/dead-letters", ["rejections", DeadLetterQuery().model_dump_json()]),
        ("/v1/accounts", ["accounts", None]),
        ("/v1/accounts/invitations", ["invitations"]),
    ],
)
def test_whatever_place_a_signed_cursor_names_gets_a_page_or_is_refused(
    api: Served, admin: httpx.Client, path: str, listing: list[object]
) -> None:
    """Should the key be lost, a store is still asked for no place that it cannot hold."""
    statuses = set()
    for number in EXTREMES:
        for position in [(number,), *((number, text) for text in TEXTS)]:
            answer = admin.get(path, params={**OWNER.get(path, {}), "cursor": seal(api, listing, *position)})
            statuses.add(answer.status_code)
            assert answer.status_code in (200, 422), answer.text
    assert statuses == {200, 422}


def test_an_unsigned_cursor_is_refused(admin: httpx.Client) -> None:
    forged = encode_cursor(["accounts", None], [1])
    assert admin.get("/v1/accounts", params={"cursor": forged}).status_code == 422


def test_pages_of_accounts_follow_each_other(admin: httpx.Client) -> None:
    first = admin.get("/v1/accounts", params={"limit": 1}).json()
    second = admin.get("/v1/accounts", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert first["items"] != second["items"]


def test_the_command_line_lists_and_withdraws_invitations(api: Served, admin: httpx.Client) -> None:
    maker = Maker(account_id=admin.get("/v1/me").json()["id"], generation=0)
    made = new_invitation(InvitationWish(email="eve@shop.example"), maker, 600)
    asyncio.run(keep(api, made))
    run = Platform(api.settings).run
    shown = run("admin", "invitations", "list", environment={"COLUMNS": "80"})
    assert str(made.id) in shown
    assert "eve@shop.example" in shown
    run("admin", "invitations", "withdraw", str(made.id))
    assert str(made.id) not in run("admin", "invitations", "list")
    assert str(made.id) not in admin.get("/v1/accounts/invitations", params={"limit": 200}).text


async def keep(api: Served, invitation: Invitation) -> None:
    session = await CassandraSession.connect(api.settings.cassandra)
    try:
        await InvitationStore(session).add(invitation, 600)
    finally:
        await session.close()

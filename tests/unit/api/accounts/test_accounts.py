"""Accounts and workspaces by HTTP: administrators change them, at once, and never without a record."""

import asyncio
import uuid

import httpx
import pytest

from api.accounts import last_administrator
from api.accounts.last_administrator import Administrators
from api.admission import coalescing
from infra.errors import ChangedMeanwhile, Conflict, NotAllowed, TransientError
from schemas.access.accounts import Account, Role, Scope
from schemas.activity import Action, Outcome
from schemas.queries import Page
from tests.api_world import PASSWORD, RIVAL, SHOP, ApiWorld
from tests.fakes.stores import FakeAccountStore
from tests.oauth_flow import application, machine

NEW = "orchids whisper at noon"


@pytest.fixture(autouse=True)
def mindful(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered would last for the whole test: a change counts at once because it is forgotten."""
    monkeypatch.setattr(coalescing, "REMEMBERED_S", 600.0)


@pytest.fixture
async def ada(world: ApiWorld) -> Account:
    return await world.add_account(Role.USER, SHOP)


async def status(client: httpx.AsyncClient, path: str = "/v1/workspaces") -> int:
    return (await client.get(path)).status_code


async def test_an_administrator_makes_an_account_that_logs_in(
    world: ApiWorld, admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    wish = {"email": "eve@shop.example", "password": NEW, "role": "analyst", "workspaces": [SHOP], "name": "Eve"}
    made = await admin.post("/v1/accounts", json=wish)
    assert made.status_code == 201
    assert NEW not in made.text
    assert (await admin.get(f"/v1/accounts/{made.json()['id']}")).json() == made.json()
    log_in = await anonymous.post("/v1/auth/token", json={"email": "eve@shop.example", "password": NEW})
    assert log_in.status_code == 200
    assert (await admin.post("/v1/accounts", json=wish)).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "password12345"}, "password"),
        ({"workspaces": ["nowhere"]}, "workspaces"),
        ({"email": "no address"}, "email"),
        ({"role": "root"}, "role"),
        ({"active": True}, "active"),
    ],
)
async def test_an_account_that_cannot_be_is_refused(
    admin: httpx.AsyncClient, change: dict[str, object], field: str
) -> None:
    answer = await admin.post("/v1/accounts", json={"email": "eve@shop.example", "password": NEW} | change)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_new_role_counts_at_once(world: ApiWorld, admin: httpx.AsyncClient, ada: Account) -> None:
    async with await world.client_of(ada) as client:
        assert await status(client, "/v1/accounts") == 403
        assert (await admin.patch(f"/v1/accounts/{ada.id}", json={"role": "admin"})).status_code == 200
        assert await status(client, "/v1/accounts") == 200
        assert (await admin.patch(f"/v1/accounts/{ada.id}", json={"role": "user"})).status_code == 200
        assert await status(client, "/v1/accounts") == 403


async def test_a_closed_account_is_out_at_once_with_its_keys_and_opening_it_revives_no_log_in(
    world: ApiWorld, admin: httpx.AsyncClient, ada: Account
) -> None:
    key = await world.key_of(ada, {"results:read"})  # type: ignore[arg-type]
    async with await world.client_of(ada) as client, world.client(key) as program:
        assert (await status(client), await status(program)) == (200, 200)
        await admin.patch(f"/v1/accounts/{ada.id}", json={"active": False})
        assert (await status(client), await status(program)) == (401, 401)
        await admin.patch(f"/v1/accounts/{ada.id}", json={"active": True})
        assert (await status(client), await status(program)) == (401, 200)


async def test_every_log_in_of_an_account_is_ended_at_once(
    world: ApiWorld, admin: httpx.AsyncClient, ada: Account
) -> None:
    async with await world.client_of(ada) as client:
        assert await status(client) == 200
        assert (await admin.delete(f"/v1/accounts/{ada.id}/sessions")).status_code == 204
        assert await status(client) == 401


async def test_membership_counts_at_once(world: ApiWorld, admin: httpx.AsyncClient, ada: Account) -> None:
    path = f"/v1/workspaces/{RIVAL}/members/{ada.id}"
    async with await world.client_of(ada) as client:
        assert await status(client, f"/v1/images?owner={RIVAL}") == 403
        for _ in range(2):
            assert (await admin.put(path)).status_code == 204
        assert await status(client, f"/v1/images?owner={RIVAL}") == 200
        listed = (await admin.get(f"/v1/accounts?workspace={RIVAL}")).json()["items"]
        assert [item["id"] for item in listed] == [str(ada.id)]
        for _ in range(2):
            assert (await admin.delete(path)).status_code == 204
        assert await status(client, f"/v1/images?owner={RIVAL}") == 403


async def test_administrators_neither_close_nor_demote_themselves(world: ApiWorld) -> None:
    me = await world.add_account(Role.ADMIN)
    async with await world.client_of(me) as client:
        for changes in ({"active": False}, {"role": "user"}):
            assert (await client.patch(f"/v1/accounts/{me.id}", json=changes)).status_code == 409
        assert (await client.post("/v1/me/close", json={"password": PASSWORD})).status_code == 409
        assert (await client.patch(f"/v1/accounts/{me.id}", json={"name": "Me"})).status_code == 200


TAKES_AWAY: list[dict[str, object]] = [{"active": False}, {"role": "user"}]


def administrators(world: ApiWorld) -> int:
    return sum(account.active and account.role is Role.ADMIN for account in world.accounts.accounts.values())


@pytest.mark.parametrize("change", TAKES_AWAY)
async def test_administrators_who_take_each_other_away_at_the_same_moment_leave_one(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    both = [await world.add_account(Role.ADMIN) for _ in range(2)]
    keep, met = world.accounts.change_account, asyncio.Barrier(2)

    async def together_with_the_other(account: Account) -> Account:
        if not (account.active and account.role is Role.ADMIN):
            await met.wait()
            kept = await keep(account)
            await met.wait()
            return kept
        return await keep(account)

    monkeypatch.setattr(world.accounts, "change_account", together_with_the_other)
    clients = [await world.client_of(account) for account in both]
    answers = await asyncio.gather(
        clients[0].patch(f"/v1/accounts/{both[1].id}", json=change),
        clients[1].patch(f"/v1/accounts/{both[0].id}", json=change),
    )
    refused = [answer.status_code for answer in answers].count(409)
    assert refused >= 1
    assert administrators(world) == refused
    assert [event.outcome for event in await world.audited()] == [None, None, *[Outcome.FAILED] * refused]


@pytest.mark.parametrize("change", TAKES_AWAY)
async def test_a_program_that_acts_as_itself_takes_all_administrators_away_but_one(
    world: ApiWorld, change: dict[str, object]
) -> None:
    for _ in range(3):
        await world.add_account(Role.ADMIN)
    # Neither of these is an active administrator who would be left.
    await world.add_account(Role.ADMIN, active=False)
    await world.add_account(Role.USER)
    robot = await machine(world, Scope.ACCOUNTS_ADMIN)
    token = (await robot.token(grant_type="client_credentials")).json()["access_token"]
    async with world.client(token) as client:
        answers = [
            await client.patch(f"/v1/accounts/{account.id}", json=change)
            for account in list(world.accounts.accounts.values())[:3]
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert administrators(world) == 1
    # What is refused beforehand is no act.
    assert len([event for event in await world.audited() if event.actor == robot.client.id]) == 3


async def test_an_administrator_who_is_left_may_be_on_a_later_page(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_administrator, "MAX_PAGE_SIZE", 2)
    first = await world.add_account(Role.ADMIN)
    for role in [Role.USER] * 4 + [Role.ADMIN]:
        await world.add_account(role)
    robot = await machine(world, Scope.ACCOUNTS_ADMIN)
    token = (await robot.token(grant_type="client_credentials")).json()["access_token"]
    async with world.client(token) as client:
        assert (await client.patch(f"/v1/accounts/{first.id}", json={"active": False})).status_code == 200


async def test_an_administrator_stays_where_nobody_can_look_whether_another_is_left(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, other = [await world.add_account(Role.ADMIN) for _ in range(2)]
    keep = world.accounts.change_account

    async def goes_and_nobody_can_look(account: Account) -> Account:
        kept = await keep(account)
        monkeypatch.setattr(world.accounts, "find_account_by_id", no_answer)
        monkeypatch.setattr(world.accounts, "list_accounts", no_answer)
        monkeypatch.setattr(world.accounts, "change_account", keep)
        return kept

    async def no_answer(*_: object) -> object:
        raise TransientError("no answer in time")

    async with await world.client_of(me) as client:
        monkeypatch.setattr(world.accounts, "change_account", goes_and_nobody_can_look)
        assert (await client.patch(f"/v1/accounts/{other.id}", json={"role": "user"})).status_code == 503
    assert administrators(world) == 2


async def test_what_another_changed_meanwhile_is_kept_where_an_administrator_is_taken_back(world: ApiWorld) -> None:
    last = await world.add_account(Role.ADMIN)
    keep = world.accounts.change_account

    class ChangedBetween(FakeAccountStore):
        async def list_accounts(self, *_: object) -> Page[Account]:  # type: ignore[override]
            found = await world.accounts.find_account(last.email)
            assert found is not None
            if not found.active:
                await keep(found.model_copy(update={"name": "Renamed"}))
            return Page(items=())

    between = ChangedBetween()
    between.accounts = world.accounts.accounts
    with pytest.raises(Conflict):
        await Administrators(between).take_away(last, last.model_copy(update={"active": False}), uuid.uuid4())
    now = await world.accounts.find_account(last.email)
    assert now is not None
    assert (now.active, now.role, now.name) == (True, Role.ADMIN, "Renamed")


async def test_who_was_made_an_administrator_a_moment_ago_does_not_close_their_account(
    world: ApiWorld, ada: Account
) -> None:
    async with await world.client_of(ada) as client:
        assert await status(client) == 200
        await world.accounts.change_account(ada.model_copy(update={"role": Role.ADMIN}))
        assert (await client.post("/v1/me/close", json={"password": PASSWORD})).status_code == 409


async def test_a_workspace_is_made_and_changed(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    made = await admin.post("/v1/workspaces", json={"id": "lab", "allowed_prefixes": ["s3://lab-*/"]})
    assert (made.status_code, made.json()["name"]) == (201, "lab")
    assert (await admin.post("/v1/workspaces", json={"id": "lab"})).status_code == 409
    changes = {"name": "The lab", "allowed_prefixes": ["gs://lab/", "gs://lab/"]}
    changed = (await admin.patch("/v1/workspaces/lab", json=changes)).json()
    assert (changed["name"], changed["allowed_prefixes"]) == ("The lab", ["gs://lab/"])
    kept = await world.accounts.find_workspace("lab")
    assert kept is not None
    assert (kept.name, kept.allowed_prefixes) == ("The lab", ("gs://lab/",))


async def test_where_a_workspace_may_have_images_fetched_from_counts_at_once(admin: httpx.AsyncClient) -> None:
    async def send() -> int:
        sent = {"owner": "lab", "images": [{"uri": "s3://lab-media/mug.jpg"}]}
        return (await admin.post("/v1/images", json=sent)).status_code

    assert await send() == 422
    await admin.post("/v1/workspaces", json={"id": "lab", "allowed_prefixes": ["s3://lab-*/"]})
    assert await send() == 202
    await admin.patch("/v1/workspaces/lab", json={"allowed_prefixes": ["gs://lab/"]})
    assert await send() == 422


@pytest.mark.parametrize("prefix", ["s3://", "ftp://a/", "https://*.example/", "*"])
async def test_a_prefix_that_is_none_or_too_wide_is_refused(admin: httpx.AsyncClient, prefix: str) -> None:
    answer = await admin.patch("/v1/workspaces/shop", json={"allowed_prefixes": [prefix]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "allowed_prefixes[0]")


async def test_a_workspaces_default_features_are_shown_set_and_left_as_they_are(admin: httpx.AsyncClient) -> None:
    made = await admin.post("/v1/workspaces", json={"id": "lab"})
    assert made.json()["default_features"] == ["labels", "embedding"]
    await admin.patch("/v1/workspaces/lab", json={"default_features": ["text", "objects", "text"]})
    await admin.patch("/v1/workspaces/lab", json={"name": "The lab", "default_features": None})
    shown = {each["id"]: each for each in (await admin.get("/v1/workspaces")).json()["items"]}
    assert shown["lab"]["default_features"] == ["text", "objects"]


async def test_a_workspace_keeps_no_locations_until_it_is_told_to(admin: httpx.AsyncClient) -> None:
    made = await admin.post("/v1/workspaces", json={"id": "lab"})
    kept = await admin.patch("/v1/workspaces/lab", json={"keep_location": True})
    named = await admin.patch("/v1/workspaces/lab", json={"name": "The lab"})
    assert [answer.json()["keep_location"] for answer in (made, kept, named)] == [False, True, True]


@pytest.mark.parametrize(
    ("features", "field", "remedy"),
    [
        ([], "default_features", "Name at least one feature: labels, objects"),
        (["labels", "telepathy"], "default_features[1]", "one of 'labels', 'objects'"),
        ("labels", "default_features", "not a list"),
    ],
)
async def test_default_features_that_cannot_be_are_refused_by_name(
    admin: httpx.AsyncClient, features: object, field: str, remedy: str
) -> None:
    for answer in (
        await admin.patch("/v1/workspaces/shop", json={"default_features": features}),
        await admin.post("/v1/workspaces", json={"id": "lab", "default_features": features}),
    ):
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["field"]) == (422, field)
        assert remedy in error["message"]


async def test_what_there_is_not_is_a_404(admin: httpx.AsyncClient, ada: Account) -> None:
    nobody = uuid.uuid4()
    assert await status(admin, f"/v1/accounts/{nobody}") == 404
    assert (await admin.patch("/v1/workspaces/nowhere", json={})).status_code == 404
    assert (await admin.put(f"/v1/workspaces/nowhere/members/{ada.id}")).status_code == 404
    assert (await admin.put(f"/v1/workspaces/{SHOP}/members/{nobody}")).status_code == 404


async def test_a_key_of_an_administrator_for_one_workspace_administers_nothing(world: ApiWorld) -> None:
    owner = await world.add_account(Role.ADMIN)
    async with world.client(await world.key_of(owner, {"accounts:admin"}, SHOP)) as program:  # type: ignore[arg-type]
        assert await status(program, "/v1/accounts") == 403
    async with world.client(await world.key_of(owner, {"accounts:admin"})) as program:  # type: ignore[arg-type]
        assert await status(program, "/v1/accounts") == 200


async def test_people_read_and_name_themselves_and_change_nothing_else(world: ApiWorld, ada: Account) -> None:
    async with await world.client_of(ada) as client:
        assert (await client.patch("/v1/me", json={"name": "Ada"})).status_code == 200
        mine = (await client.get("/v1/me")).json()
        assert (mine["name"], mine["email"], mine["role"]) == ("Ada", ada.email, "user")
        assert "password_hash" not in mine
        assert (await client.patch("/v1/me", json={"name": "Ada", "role": "admin"})).status_code == 422


async def test_a_password_is_changed_by_who_knows_it_and_ends_every_log_in(
    world: ApiWorld, anonymous: httpx.AsyncClient, ada: Account
) -> None:
    async with await world.client_of(ada) as client:
        wrong = await client.put("/v1/me/password", json={"password": "not the password", "new_password": NEW})
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "password")
        weak = await client.put("/v1/me/password", json={"password": PASSWORD, "new_password": "password12345"})
        assert (weak.status_code, weak.json()["errors"][0]["field"]) == (422, "new_password")
        changed = await client.put("/v1/me/password", json={"password": PASSWORD, "new_password": NEW})
        assert changed.status_code == 204
        assert await status(client) == 401
    body = {"email": ada.email, "password": NEW}
    assert (await anonymous.post("/v1/auth/token", json=body)).status_code == 200
    assert [letter.to for letter in world.mail.letters] == [ada.email]


async def test_people_close_their_own_account_with_their_password(world: ApiWorld, ada: Account) -> None:
    async with await world.client_of(ada) as client:
        assert (await client.post("/v1/me/close", json={"password": "not the password"})).status_code == 422
        assert (await client.post("/v1/me/close", json={"password": PASSWORD})).status_code == 204
        assert await status(client) == 401


ACTS = {
    "POST /v1/accounts": {"email": "eve@shop.example", "password": NEW},
    "PATCH /v1/accounts/{id}": {"role": "analyst"},
    "DELETE /v1/accounts/{id}/sessions": None,
    "POST /v1/workspaces": {"id": "lab"},
    "PATCH /v1/workspaces/shop": {"allowed_prefixes": ["gs://lab/"]},
    "PUT /v1/workspaces/rival/members/{id}": None,
    "DELETE /v1/workspaces/shop/members/{id}": None,
    "POST /v1/api-keys": {"name": "Scanner", "scopes": ["results:read"]},
}


@pytest.mark.parametrize("act", ACTS)
async def test_an_act_that_cannot_be_recorded_is_refused_and_changes_nothing(
    world: ApiWorld, admin: httpx.AsyncClient, ada: Account, act: str
) -> None:
    def kept() -> object:
        return dict(world.accounts.accounts), dict(world.accounts.workspaces), dict(world.api_keys.keys)

    method, path = act.replace("{id}", str(ada.id)).split(" ")
    before = kept()
    world.publisher.down = True
    assert (await admin.request(method, path, json=ACTS[act])).status_code == 503
    assert kept() == before
    world.publisher.down = False
    assert (await admin.request(method, path, json=ACTS[act])).is_success
    [event] = await world.audited()
    assert event.outcome is None


async def test_what_was_changed_and_by_whom_is_told(world: ApiWorld, ada: Account) -> None:
    me = await world.add_account(Role.ADMIN)
    async with await world.client_of(me) as client:
        await client.patch(f"/v1/accounts/{ada.id}", json={"role": "analyst", "workspaces": [RIVAL]})
        await client.patch(f"/v1/accounts/{ada.id}", json={"role": "analyst"})
        await client.patch(f"/v1/accounts/{ada.id}", json={"active": False})
    first, second = await world.audited()
    assert (first.action, first.actor, first.subject) == (Action.ACCOUNT_CHANGED, str(me.id), str(ada.id))
    assert first.detail == "role: user -> analyst; workspaces: shop -> rival"
    assert second.action is Action.ACCOUNT_CLOSED


@pytest.mark.parametrize(
    ("error", "answered", "outcome"),
    [
        (ChangedMeanwhile("by another"), 409, Outcome.FAILED),
        (NotAllowed("not this one"), 403, Outcome.FAILED),
        (TransientError("no answer in time"), 503, Outcome.UNKNOWN),
        (KeyError("a bug"), 500, Outcome.UNKNOWN),
    ],
)
async def test_an_act_that_fails_after_it_was_recorded_or_may_have_says_so(
    world: ApiWorld,
    admin: httpx.AsyncClient,
    ada: Account,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    answered: int,
    outcome: Outcome,
) -> None:
    async def fails(_account: Account) -> Account:
        raise error

    monkeypatch.setattr(world.accounts, "change_account", fails)
    assert (await admin.patch(f"/v1/accounts/{ada.id}", json={"role": "analyst"})).status_code == answered
    assert [event.outcome for event in await world.audited()] == [None, outcome]


async def test_what_acted_for_an_administrator_is_told(world: ApiWorld, ada: Account) -> None:
    me = await world.add_account(Role.ADMIN)
    key = await world.key_of(me, {Scope.ACCOUNTS_ADMIN})
    [prefix] = world.api_keys.keys
    robot = await machine(world, Scope.ACCOUNTS_ADMIN)
    token = (await robot.token(grant_type="client_credentials")).json()["access_token"]
    album = await application(world, scopes=frozenset({Scope.ACCOUNTS_ADMIN}))
    lent = (await album.tokens(me, scope="accounts:admin"))["access_token"]
    before = len(await world.audited())
    for number, client in enumerate([await world.client_of(me), *map(world.client, (key, lent, token))]):
        async with client:
            answer = await client.patch(f"/v1/accounts/{ada.id}", json={"name": f"Ada {number}"})
            assert answer.status_code == 200
    events = (await world.audited())[before:]
    assert [(event.actor, event.program) for event in events] == [
        (str(me.id), None),
        (str(me.id), f"key {prefix}"),
        (str(me.id), f"client {album.client.id}"),
        (robot.client.id, f"client {robot.client.id}"),
    ]


async def test_every_authentication_is_recorded_and_waits_for_no_record(
    world: ApiWorld, anonymous: httpx.AsyncClient, ada: Account
) -> None:
    good = {"email": ada.email, "password": PASSWORD}
    pair = (await anonymous.post("/v1/auth/token", json=good)).json()
    await anonymous.post("/v1/auth/token", json=good | {"password": "not the password"})
    await anonymous.post("/v1/auth/token", json=good | {"email": "nobody@shop.example"})
    for _ in range(2):
        await anonymous.post("/v1/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    fresh = (await anonymous.post("/v1/auth/token", json=good)).json()
    async with world.client(fresh["access_token"]) as client:
        await client.post("/v1/auth/logout")
    events = await world.audited()
    assert sorted(event.action.value for event in events) == [
        "account.log_in_failed",
        "account.log_in_failed",
        "account.logged_in",
        "account.logged_in",
        "account.logged_out",
        "session.refresh_reused",
        "session.refreshed",
    ]
    text = "".join(event.model_dump_json() for event in events)
    for secret in (ada.email, "nobody@shop.example", PASSWORD, pair["refresh_token"], pair["access_token"]):
        assert secret not in text
    assert all(event.address == "127.0.0.1" for event in events)
    world.publisher.down = True
    assert (await anonymous.post("/v1/auth/token", json=good)).status_code == 200
    await world.audited()
    assert world.app.state.audit.lost == 1

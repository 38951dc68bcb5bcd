"""OAuth clients as administrators keep them, and consents as people do."""

import httpx
import pytest

from api.oauth.clients.service import MOST_CLIENTS
from schemas.access.accounts import Role
from schemas.activity import Action
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld
from tests.oauth_flow import Application, application

WISH = {
    "name": "The shop's album",
    "redirect_uris": ["https://album.example/back"],
    "scopes": ["results:read", "profile:read"],
}
ITSELF = {"name": "Robot", "grants": ["client_credentials"], "scopes": ["images:write"], "workspaces": [SHOP]}


async def make(client: httpx.AsyncClient, **changes: object) -> httpx.Response:
    return await client.post("/v1/clients", json=WISH | changes)


async def test_a_new_client_works_and_its_secret_is_shown_this_once(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    made = await make(admin)
    assert made.status_code == 201
    secret, name = made.json()["client_secret"], made.json()["client_id"]
    assert (made.json()["confidential"], made.json()["grants"]) == (True, ["authorization_code", "refresh_token"])
    shown = [await admin.get(f"/v1/clients/{name}"), await admin.get("/v1/clients")]
    assert secret not in shown[0].text + shown[1].text + repr(world.oauth_clients.clients)
    assert [each["client_id"] for each in shown[1].json()["items"]] == [name]
    album = Application(world, world.oauth_clients.clients[name], secret)
    person = await world.add_account(Role.USER, SHOP)
    assert await album.status((await album.tokens(person))["access_token"]) == 200


async def test_a_public_client_has_no_secret(admin: httpx.AsyncClient) -> None:
    made = (await make(admin, confidential=False, native=True, redirect_uris=["http://127.0.0.1/back"])).json()
    assert (made["native"], made["confidential"], "client_secret" in made) == (True, False, False)


async def test_a_client_that_acts_as_itself_works(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    made = (await admin.post("/v1/clients", json=ITSELF)).json()
    robot = Application(world, world.oauth_clients.clients[made["client_id"]], made["client_secret"])
    token = (await robot.token(grant_type="client_credentials")).json()["access_token"]
    async with world.client(token) as client:
        sent = {"images": [{"uri": "s3://shop-media/a.jpg"}]}
        assert (await client.post("/v1/images", json=sent)).status_code == 202
        assert (await client.post("/v1/images", json={**sent, "owner": RIVAL})).status_code == 403


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["account"]}, "scopes"),
        ({"scopes": ["everything"]}, "scopes[0]"),
        ({"grants": []}, "grants"),
        ({"grants": ["password"]}, "grants[0]"),
        ({"grants": ["refresh_token"], "redirect_uris": []}, "grants"),
        ({"grants": ["authorization_code", "client_credentials"], "confidential": False}, "grants"),
        ({"grants": ["client_credentials"]}, "redirect_uris"),
        ({"grants": ["client_credentials"], "redirect_uris": []}, "scopes"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"workspaces": ["nowhere"]}, "workspaces"),
        ({"workspaces": []}, "workspaces"),
        ({**ITSELF, "redirect_uris": [], "workspaces": None}, "workspaces"),
        ({"native": True}, "native"),
        ({"secret": "mine"}, "secret"),
    ],
)
async def test_a_client_that_cannot_be_is_refused_by_field(
    world: ApiWorld, admin: httpx.AsyncClient, changes: dict[str, object], field: str
) -> None:
    answer = await make(admin, **changes)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert world.oauth_clients.clients == {}


async def test_what_changes_counts_and_what_is_left_out_stays(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    made = (await make(admin, workspaces=[SHOP])).json()
    path = f"/v1/clients/{made['client_id']}"
    changed = (await admin.patch(path, json={"name": "Album", "workspaces": None})).json()
    assert (changed["name"], "workspaces" in changed, changed["scopes"]) == ("Album", False, made["scopes"])
    assert (await admin.patch(path, json={"redirect_uris": ["javascript:alert(1)"]})).status_code == 422
    assert (await admin.patch(path, json={"grants": ["client_credentials"]})).status_code == 422
    assert (await admin.patch("/v1/clients/nobody", json={"name": "x"})).status_code == 404


async def test_a_revoked_client_stays_in_the_list(admin: httpx.AsyncClient) -> None:
    path = f"/v1/clients/{(await make(admin)).json()['client_id']}"
    assert [(await admin.delete(path)).status_code for _ in range(2)] == [204, 204]
    shown = (await admin.get(path)).json()
    assert (shown["active"], "revoked_at" in shown) == (False, True)
    assert (await admin.delete("/v1/clients/nobody")).status_code == 404


async def test_there_are_only_so_many_clients_and_revoked_ones_do_not_count(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    clients = [samples.client() for _ in range(MOST_CLIENTS)]
    for client in clients:
        await world.oauth_clients.create_client(client)
    assert (await make(admin)).status_code == 409
    assert (await admin.delete(f"/v1/clients/{clients[0].id}")).status_code == 204
    assert (await make(admin)).status_code == 201
    assert (await make(admin)).status_code == 409


async def test_each_act_is_recorded_first_or_does_not_happen(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    path = f"/v1/clients/{(await make(admin)).json()['client_id']}"
    world.publisher.down = True
    refused = [await make(admin), await admin.patch(path, json={"name": "x"}), await admin.delete(path)]
    assert [answer.status_code for answer in refused] == [503, 503, 503]
    [client] = world.oauth_clients.clients.values()
    assert (client.name, client.counts) == (WISH["name"], True)
    world.publisher.down = False
    await admin.patch(path, json={"name": "x"})
    await admin.delete(path)
    recorded = [event.action for event in await world.audited()]
    assert recorded == [Action.CLIENT_CREATED, Action.CLIENT_CHANGED, Action.CLIENT_REVOKED]


async def test_people_see_what_they_consented_to_and_withdraw_it(world: ApiWorld) -> None:
    person, album = await world.add_account(Role.USER, SHOP), await application(world)
    await album.tokens(person, scope="results:read")
    await album.tokens(person, scope="profile:read")
    async with await world.client_of(person) as client:
        [shown] = (await client.get("/v1/me/consents")).json()["items"]
        assert (shown["client_id"], shown["name"]) == (album.client.id, album.client.name)
        assert shown["scopes"] == ["profile:read", "results:read"]
        path = f"/v1/me/consents/{album.client.id}"
        assert [(await client.delete(path)).status_code for _ in range(2)] == [204, 404]
        assert (await client.get("/v1/me/consents")).json()["items"] == []
    assert Action.CONSENT_WITHDRAWN in [event.action for event in await world.audited()]


async def test_nobody_withdraws_anothers_consent(world: ApiWorld) -> None:
    person, album = await world.add_account(Role.USER, SHOP), await application(world)
    token = (await album.tokens(person))["access_token"]
    async with await world.log_in(Role.ADMIN) as other:
        assert (await other.delete(f"/v1/me/consents/{album.client.id}")).status_code == 404
    assert await album.status(token) == 200

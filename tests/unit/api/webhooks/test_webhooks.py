"""Endpoints of webhooks over the API: made, shown without their secrets, changed, and never to a private address."""

from typing import Any

import httpx
import pytest

from api.webhooks.service import MOST_ENDPOINTS
from infra.settings.settings import Settings
from infra.webhooks.secrets import WebhookKeys
from schemas.access.accounts import Role
from schemas.activity import Action
from schemas.webhooks.deliveries import Attempt, DeliveryState
from schemas.webhooks.endpoints import Endpoint
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld

URL = "https://hooks.shop.example/vedette?token=tell-nobody"
WISH = {"url": URL, "events": ["image.recognised", "job.finished"], "filters": {"label": "dog"}, "description": "stock"}
OF_SHOP = {"owner": SHOP}


async def make(admin: httpx.AsyncClient, **changes: object) -> httpx.Response:
    return await admin.post("/v1/webhooks", params=OF_SHOP, json=WISH | changes)


async def made(admin: httpx.AsyncClient, **changes: object) -> dict[str, Any]:
    answer = await make(admin, **changes)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def kept(world: ApiWorld, endpoint_id: str) -> Endpoint:
    return world.webhook_endpoints.endpoints[SHOP, endpoint_id]


def secrets_of(world: ApiWorld, endpoint_id: str) -> list[str]:
    box = WebhookKeys(Settings(home=world.home, webhooks=world.webhooks)).box()
    return [box.open(one.sealed) for one in kept(world, endpoint_id).secrets]


async def test_a_secret_is_shown_once_and_stored_encrypted(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    endpoint = await made(admin)
    secret = endpoint["secret"]
    assert secret.startswith("whsec_")
    assert secrets_of(world, endpoint["id"]) == [secret]
    one = await admin.get(f"/v1/webhooks/{endpoint['id']}", params=OF_SHOP)
    listed = await admin.get("/v1/webhooks", params=OF_SHOP)
    assert listed.json()["items"] == [one.json()]
    assert secret.removeprefix("whsec_") not in one.text + listed.text + kept(world, endpoint["id"]).model_dump_json()
    shown = {name: one.json()[name] for name in ("url", "events", "description", "enabled", "replayed", "unpromoted")}
    assert shown == {
        **{"url": URL, "events": ["image.recognised", "job.finished"], "description": "stock"},
        **{"enabled": True, "replayed": False, "unpromoted": False},
    }
    assert one.json()["filters"]["label"] == "dog"


async def test_every_act_is_recorded_without_a_secret(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    endpoint = await made(admin)
    path = f"/v1/webhooks/{endpoint['id']}"
    rotated = await admin.post(f"{path}/secret", params=OF_SHOP, json={})
    await admin.patch(path, params=OF_SHOP, json={"description": "other"})
    await admin.patch(path, params=OF_SHOP, json={"description": "other"})
    await admin.post(f"{path}/test", params=OF_SHOP)
    await admin.delete(path, params=OF_SHOP)
    events = await world.audited()
    assert [event.action for event in events] == [
        Action.WEBHOOK_CREATED,
        Action.WEBHOOK_ROTATED,
        Action.WEBHOOK_CHANGED,
        Action.WEBHOOK_TESTED,
        Action.WEBHOOK_DELETED,
    ]
    assert {(event.subject, event.owner) for event in events} == {(endpoint["id"], SHOP)}
    told = "".join(event.model_dump_json() for event in events)
    for secret in (endpoint["secret"], rotated.json()["secret"], "tell-nobody"):
        assert secret not in told


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "http://hooks.example/"}, "url"),
        ({"url": "https://trap.example/"}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"url": ""}, "url"),
        ({"url": "https://hooks.example/" + "x" * 2048}, "url"),
        ({"events": []}, "events"),
        ({"events": ["image.painted"]}, "events[0]"),
        ({"filters": {"q": "dog"}}, "filters.q"),
        ({"filters": {"min_confidence": 2}}, "filters.min_confidence"),
        ({"filters": {"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}}, "filters"),
        ({"filters": {"metadata": {"": "x"}}}, None),
        ({"description": "x" * 501}, "description"),
        ({"secret": "mine"}, "secret"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(
    world: ApiWorld, admin: httpx.AsyncClient, changes: dict[str, object], field: str | None
) -> None:
    world.resolver.addresses = {"trap.example": ["93.184.216.34", "10.0.0.8"]}
    answer = await make(admin, **changes)
    assert answer.status_code == 422
    assert field is None or [error["field"] for error in answer.json()["errors"]] == [field]
    assert world.webhook_endpoints.endpoints == {}


async def test_a_name_that_leads_nowhere_yet_is_taken_since_it_is_judged_at_every_connection(
    admin: httpx.AsyncClient,
) -> None:
    assert (await make(admin)).status_code == 201


async def test_an_address_is_judged_again_when_it_is_changed(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    endpoint = await made(admin)
    path = f"/v1/webhooks/{endpoint['id']}"
    answer = await admin.patch(path, params=OF_SHOP, json={"url": "https://[::1]/"})
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, ["url"])
    assert kept(world, endpoint["id"]).url == URL


async def test_a_rotation_keeps_the_earlier_secret_for_a_while_or_drops_it(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    endpoint = await made(admin)
    path = f"/v1/webhooks/{endpoint['id']}/secret"
    second = (await admin.post(path, params=OF_SHOP, json={"overlap_h": 1})).json()
    assert second["old_secret_until"]
    assert secrets_of(world, endpoint["id"]) == [second["secret"], endpoint["secret"]]
    third = (await admin.post(path, params=OF_SHOP, json={"overlap_h": 0})).json()
    assert "old_secret_until" not in third
    assert secrets_of(world, endpoint["id"]) == [third["secret"]]
    for _ in range(5):
        await admin.post(path, params=OF_SHOP, json={})
    assert len(secrets_of(world, endpoint["id"])) == 3


async def test_a_disabled_endpoint_is_enabled_again(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    endpoint = await made(admin)
    path = f"/v1/webhooks/{endpoint['id']}"
    await world.webhook_endpoints.disable(kept(world, endpoint["id"]), samples.START, "it failed")
    shown = (await admin.get(path, params=OF_SHOP)).json()
    assert (shown["enabled"], shown["disabled_because"]) == (True, "it failed")
    assert (await admin.post(f"{path}/test", params=OF_SHOP)).status_code == 409
    renamed = (await admin.patch(path, params=OF_SHOP, json={"description": "x"})).json()
    assert "disabled_at" in renamed
    enabled = (await admin.patch(path, params=OF_SHOP, json={"enabled": True})).json()
    assert "disabled_at" not in enabled
    assert (await admin.post(f"{path}/test", params=OF_SHOP)).status_code == 202


async def test_a_workspace_has_only_so_many_endpoints(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    for _ in range(MOST_ENDPOINTS):
        await world.webhook_endpoints.create(samples.endpoint(SHOP))
    assert (await make(admin)).status_code == 409


async def test_another_workspaces_endpoint_is_not_found_and_neither_is_an_absent_workspace(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    endpoint = await made(admin)
    for params in ({"owner": RIVAL}, {"owner": "nowhere"}):
        assert (await admin.get(f"/v1/webhooks/{endpoint['id']}", params=params)).status_code == 404
    assert (await admin.get("/v1/webhooks", params={"owner": "nowhere"})).status_code == 404
    assert (await admin.get("/v1/webhooks")).status_code == 422


async def test_a_user_of_the_workspace_manages_no_endpoints(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    assert (await shop.get("/v1/webhooks", params=OF_SHOP)).status_code == 403
    assert (await shop.post("/v1/webhooks", params=OF_SHOP, json=WISH)).status_code == 403
    async with await world.log_in(Role.ANALYST) as analyst:
        assert (await analyst.get("/v1/webhooks", params=OF_SHOP)).status_code == 403


async def logged(world: ApiWorld, endpoint_id: str, state: DeliveryState, **fields: object) -> str:
    last = Attempt(at=samples.START, duration_ms=12.5, code=500, error="The endpoint answers with status 500.")
    known = {"state": state, "last": last, "tries": 10, "next_at": None}
    delivery = samples.delivery(kept(world, endpoint_id), **known | fields)
    await world.webhook_deliveries.save([(delivery, '{"type":"image.recognised"}')])
    return delivery.id


async def test_the_log_says_what_was_tried_and_how_it_went(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    endpoint = await made(admin)
    path = f"/v1/webhooks/{endpoint['id']}/deliveries"
    failed = await logged(world, endpoint["id"], DeliveryState.FAILED)
    await logged(world, endpoint["id"], DeliveryState.DELIVERED)
    listed = (await admin.get(path, params=OF_SHOP | {"state": "failed"})).json()["items"]
    assert [one["id"] for one in listed] == [failed]
    assert listed[0]["last"] == {
        "at": "2026-03-01T12:00:00Z",
        "duration_ms": 12.5,
        "code": 500,
        "error": "The endpoint answers with status 500.",
    }
    assert (listed[0]["state"], listed[0]["tries"]) == ("failed", 10)
    assert (await admin.get(f"{path}/{failed}", params=OF_SHOP)).json()["body"] == '{"type":"image.recognised"}'
    first = (await admin.get(path, params=OF_SHOP | {"limit": 1})).json()
    rest = (await admin.get(path, params=OF_SHOP | {"limit": 5, "cursor": first["next_cursor"]})).json()
    assert len({one["id"] for one in (*first["items"], *rest["items"])}) == 2


async def test_a_delivery_is_sent_again_under_the_same_id(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    endpoint = await made(admin)
    path = f"/v1/webhooks/{endpoint['id']}/deliveries"
    failed = await logged(world, endpoint["id"], DeliveryState.FAILED)
    before, _ = world.webhook_deliveries.kept[endpoint["id"], failed]
    answer = await admin.post(f"{path}/{failed}/resend", params=OF_SHOP)
    assert (answer.status_code, answer.json()["state"]) == (202, "due")
    assert answer.json()["message_id"] == before.message_id
    assert {due.delivery_id for due in world.webhook_deliveries.dues} == {failed}
    assert (await admin.post(f"{path}/{failed}/resend", params={"owner": RIVAL})).status_code == 404
    assert (
        await admin.post(f"{path}/{samples.delivery(samples.endpoint()).id}/resend", params=OF_SHOP)
    ).status_code == 404


async def test_what_was_missed_is_sent_again(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    endpoint = await made(admin)
    failed = {await logged(world, endpoint["id"], DeliveryState.FAILED) for _ in range(3)}
    await logged(world, endpoint["id"], DeliveryState.DELIVERED)
    await logged(world, endpoint["id"], DeliveryState.FAILED, created_at=samples.START)
    path = f"/v1/webhooks/{endpoint['id']}/recover"
    answer = await admin.post(path, params=OF_SHOP, json={"since": "2026-03-02T00:00:00Z"})
    assert (answer.status_code, answer.json()) == (202, {"deliveries": 3, "complete": True})
    assert {due.delivery_id for due in world.webhook_deliveries.dues} == failed


async def test_a_test_delivery_is_due_at_once(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    endpoint = await made(admin)
    answer = (await admin.post(f"/v1/webhooks/{endpoint['id']}/test", params=OF_SHOP)).json()
    assert (answer["type"], answer["state"], answer["tries"]) == ("webhook.test", "due", 0)
    [due] = world.webhook_deliveries.dues
    assert due.delivery_id == answer["id"]


async def test_a_deleted_endpoint_takes_its_log_with_it(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    endpoint = await made(admin)
    await logged(world, endpoint["id"], DeliveryState.FAILED)
    assert (await admin.delete(f"/v1/webhooks/{endpoint['id']}", params=OF_SHOP)).status_code == 204
    assert (world.webhook_deliveries.kept, world.webhook_endpoints.endpoints) == ({}, {})
    assert (await admin.delete(f"/v1/webhooks/{endpoint['id']}", params=OF_SHOP)).status_code == 404


async def test_nothing_changes_where_the_act_cannot_be_recorded(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    world.publisher.down = True
    assert (await make(admin)).status_code == 503
    assert world.webhook_endpoints.endpoints == {}

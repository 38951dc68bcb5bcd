"""Analysts and administrators ask what happened; administrators read the audit trail itself."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from infra.operations.audit.chain import chained
from schemas.access.accounts import Role, Scope
from schemas.activity import AccessEvent, Action, AuditEvent
from tests.api_world import ApiWorld
from tests.contracts.activity_index_contract import ADA, NOON, document, request
from tests.fakes.audit import KEY, published


@pytest.fixture
async def saved(world: ApiWorld) -> None:
    """One administrative act, and then three requests."""
    audit = AuditEvent(action=Action.ACCOUNT_CLOSED, actor=str(ADA), at=NOON, subject="x", owner="shop")
    access = [AccessEvent(**request(number + 1, actor=ADA)) for number in range(3)]
    await world.activity.save([document(event, offset) for offset, event in enumerate([audit, *access])])


@pytest.fixture
async def analyst(world: ApiWorld, saved: None) -> AsyncIterator[httpx.AsyncClient]:
    async with await world.log_in(Role.ANALYST) as client:
        yield client


async def test_activity_is_listed_newest_first_in_pages(admin: httpx.AsyncClient, saved: None) -> None:
    first = (await admin.get("/v1/activity", params={"limit": 3})).json()
    assert [item["id"] for item in first["items"]] == ["activity:0:3", "activity:0:2", "activity:0:1"]
    rest = (await admin.get("/v1/activity", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert rest["items"] == [
        {
            "id": "activity:0:0",
            "event": "audit",
            "at": "2026-03-01T12:00:00Z",
            "action": "account.closed",
            "outcome": "success",
            "actor": str(ADA),
            "subject": "x",
            "owner": "shop",
            "request_id": "request-0",
        }
    ]
    assert "next_cursor" not in rest


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"event": "audit"}, 1),
        ({"owner": "shop"}, 1),
        ({"owner": "rival"}, 0),
        ({"actor": str(ADA), "action": "access"}, 3),
        ({"since": (NOON + timedelta(seconds=2)).isoformat()}, 2),
    ],
)
async def test_activity_is_narrowed(admin: httpx.AsyncClient, saved: None, query: dict[str, Any], found: int) -> None:
    answer = await admin.get("/v1/activity", params=query)
    assert len(answer.json()["items"]) == found


async def test_analysts_see_activity_without_log_ins_and_administrative_acts(analyst: httpx.AsyncClient) -> None:
    listed = (await analyst.get("/v1/activity")).json()["items"]
    assert {item["event"] for item in listed} == {"access"}
    assert (await analyst.get("/v1/activity", params={"owner": "shop"})).json()["items"] == []
    refused = await analyst.get("/v1/activity", params={"event": "audit"})
    assert (refused.status_code, "audit:read" in refused.json()["detail"]) == (403, True)
    assert (await analyst.get("/v1/audit")).status_code == 403


@pytest.mark.parametrize(
    ("scopes", "acts"), [({Scope.ACTIVITY_READ}, False), ({Scope.ACTIVITY_READ, Scope.AUDIT_READ}, True)]
)
async def test_an_administrators_key_sees_acts_with_the_scope_for_them_alone(
    world: ApiWorld, saved: None, scopes: set[Scope], acts: bool
) -> None:
    key = await world.key_of(await world.add_account(Role.ADMIN), scopes)
    async with world.client(key) as program:
        listed = (await program.get("/v1/activity")).json()["items"]
        statuses = {path: (await program.get(path)).status_code for path in ("/v1/audit", "/v1/dead-letters")}
    assert ("audit" in {item["event"] for item in listed}) is acts
    assert statuses == {"/v1/audit": 200 if acts else 403, "/v1/dead-letters": 403}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"event": "gossip"}, "event"),
        ({"cursor": "AAAA"}, "cursor"),
        ({"since": NOON.isoformat(), "until": NOON.isoformat()}, "until"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/activity", "/v1/audit"])
async def test_a_question_that_cannot_be_is_refused_and_the_field_named(
    admin: httpx.AsyncClient, path: str, query: dict[str, Any], field: str
) -> None:
    answer = await admin.get(path, params=query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_the_audit_trail_is_listed_with_how_far_its_chains_reach(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    for partition in (0, 1):
        entries = list(chained(f"t:{partition}", None, published(*range(partition, 10, 2)), KEY))
        await world.audit_trail.append(entries)
    page = (await admin.get("/v1/audit", params={"limit": 6})).json()
    assert [item["offset"] for item in page["items"]] == [9, 8, 7, 6, 5, 4]
    assert [(head["chain"], head["entries"], head["offset"]) for head in page["chains"]] == [
        ("t:0", 5, 8),
        ("t:1", 5, 9),
    ]
    assert page["items"][0]["event"]["action"] == "account.logged_in"
    rest = (await admin.get("/v1/audit", params={"limit": 6, "cursor": page["next_cursor"]})).json()
    assert [item["offset"] for item in rest["items"]] == [3, 2, 1, 0]
    one = (await admin.get("/v1/audit", params={"actor": "actor-4", "action": "account.logged_in"})).json()
    assert [item["offset"] for item in one["items"]] == [4]


@pytest.mark.parametrize(("path", "store"), [("/v1/activity", "activity"), ("/v1/audit", "audit_trail")])
async def test_a_store_that_does_not_answer_is_said(
    world: ApiWorld, admin: httpx.AsyncClient, path: str, store: str
) -> None:
    getattr(world, store).down = True
    assert (await admin.get(path)).status_code == 503

"""What the API tells of requests and attacks: enough to see what happened, no secrets, and no request waits for it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client import REGISTRY
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope
from structlog.testing import capture_logs

from api.activity.feed import ActivityFeed
from api.activity.watch import ActivityWatch
from api.http.middleware import STREAMED
from api.security import alerts as alerts_module
from api.security.alerts import Memory
from infra.kafka.confirmation import PublishFailed
from infra.settings.api import ApiSettings
from infra.settings.operations import ActivitySettings
from schemas.access.accounts import Role, Scope
from schemas.activity import AccessEvent, Action, ActivityEvent, Alert, ErrorEvent, PerformanceEvent, SecurityEvent
from schemas.images import Origin
from tests.api_world import PASSWORD, SHOP, ApiWorld, FakePublisher

pytestmark = pytest.mark.virtual_time

CANARY = "canary-7c1e"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    """An API that tells of every request."""
    settings = ActivitySettings(slow_request_ms=60_000, key_refusals=3)
    world = ApiWorld(tmp_path, api=ApiSettings(log_in_failures=2), activity_settings=settings)
    await world.add_workspace(SHOP)
    yield world
    world.passwords.close()


def of_kind(events: list[ActivityEvent], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


async def test_a_request_is_told_with_its_route_and_caller_and_without_what_it_asks(world: ApiWorld) -> None:
    account = await world.add_account(Role.USER, SHOP)
    client = await world.client_of(account)
    answer = await client.get(f"/v1/images/{CANARY}", params={"owner": SHOP}, headers={"X-Request-Id": "mine-1"})
    assert answer.status_code == 404
    [event] = await world.told()
    assert isinstance(event, AccessEvent)
    assert (event.method, event.route, event.status) == ("GET", "/v1/images/{image_id}", 404)
    assert (event.actor, event.owner, event.request_id) == (account.id, SHOP, "mine-1")
    assert event.address == "127.0.0.1"
    [record] = [record for record in world.publisher.records if record.topic == "activity"]
    assert CANARY.encode() not in (record.value or b"")
    assert dict(record.headers)["ce_type"] == b"vedette.activity.access.v1"
    assert dict(record.headers)["correlation-id"] == b"mine-1"


async def test_of_a_path_that_leads_nowhere_and_of_passwords_nothing_is_told(world: ApiWorld) -> None:
    client = world.client()
    await client.get(f"/{CANARY}?token={CANARY}", headers={"Authorization": f"Bearer {CANARY}"})
    await client.post("/v1/auth/token", json={"email": f"{CANARY}@shop.example", "password": CANARY})
    events = await world.told()
    assert [(event.route, event.status, event.actor) for event in of_kind(events, AccessEvent)] == [
        ("none", 404, None),
        ("/v1/auth/token", 401, None),
    ]
    assert CANARY not in repr([record.value for record in world.publisher.records])


async def test_probes_are_not_told(world: ApiWorld) -> None:
    assert (await world.client().get("/healthz")).status_code == 200
    assert await world.told() == []


async def test_a_share_of_requests_may_be_told_and_failures_are_always(tmp_path: Path) -> None:
    world = ApiWorld(tmp_path, activity_settings=ActivitySettings(access_share=0, slow_request_ms=0.000001))
    client = await world.log_in(Role.ADMIN)
    world.index.down = True
    assert (await client.get("/v1/results")).status_code == 503
    error, slow = await world.told()
    assert isinstance(error, ErrorEvent)
    assert (error.kind, error.status, error.route) == ("unavailable", 503, "/v1/results")
    assert isinstance(slow, PerformanceEvent)
    assert slow.duration_ms >= 0
    world.passwords.close()


async def test_a_bug_is_told_by_its_kind_alone(world: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_arguments: object) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr(world.index, "search", broken)
    client = await world.log_in(Role.ADMIN)
    assert (await client.get("/v1/results")).status_code == 500
    [error] = of_kind(await world.told(), ErrorEvent)
    assert (error.kind, error.status) == ("KeyError", 500)
    assert CANARY not in repr([record.value for record in world.publisher.records])


async def test_guessing_of_passwords_is_told_once_for_each_attack(world: ApiWorld) -> None:
    account = await world.add_account(Role.USER, SHOP)
    client = world.client()
    body = {"email": account.email, "password": "guess after guess after guess"}
    answers = [(await client.post("/v1/auth/token", json=body)).status_code for _ in range(5)]
    assert answers == [401, 401, 429, 429, 429]
    [alert] = of_kind(await world.told(), SecurityEvent)
    assert (alert.alert, alert.address) == (Alert.BRUTE_FORCE, "127.0.0.1")
    assert alert.subject.startswith("address:")
    assert account.email not in repr([record.value for record in world.publisher.records])


@pytest.mark.parametrize(
    ("method", "path", "body", "detail"),
    [
        ("PUT", "/v1/me/password", {"new_password": "orchids whisper at noon"}, "password change"),
        ("POST", "/v1/me/close", {}, "account closing"),
    ],
)
async def test_guessing_of_ones_own_password_is_recorded_and_told_too(
    world: ApiWorld, method: str, path: str, body: dict[str, str], detail: str
) -> None:
    account = await world.add_account(Role.USER, SHOP)
    client = await world.client_of(account)
    wrong = {**body, "password": "guess after guess after guess"}
    answers = [(await client.request(method, path, json=wrong)).status_code for _ in range(4)]
    assert answers == [422, 422, 429, 429]
    failed = [event for event in await world.audited() if event.action is Action.LOG_IN_FAILED]
    assert [(event.actor, event.detail) for event in failed] == [(str(account.id), detail)] * 2
    [alert] = of_kind(await world.told(), SecurityEvent)
    assert (alert.alert, alert.subject, alert.actor) == (Alert.BRUTE_FORCE, failed[0].subject, account.id)
    assert account.email not in repr([record.value for record in world.publisher.records])


async def test_a_refresh_token_that_is_used_again_is_told(world: ApiWorld) -> None:
    account = await world.add_account(Role.USER, SHOP)
    client = world.client()
    pair = (await client.post("/v1/auth/token", json={"email": account.email, "password": PASSWORD})).json()
    for _ in range(2):
        await client.post("/v1/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    [alert] = of_kind(await world.told(), SecurityEvent)
    assert (alert.alert, alert.subject) == (Alert.REFRESH_REUSED, str(account.id))


async def test_a_key_that_comes_from_a_new_network_is_told_but_not_its_first(world: ApiWorld) -> None:
    account = await world.add_account(Role.USER, SHOP)
    key = await world.key_of(account, [Scope.RESULTS_READ])
    for address in ("198.51.100.7", "198.51.100.7", "203.0.113.9", "203.0.113.9"):
        assert (await world.client(key, address=address).get("/v1/results")).status_code == 200
        await world.app.state.key_watch.close()
    [alert] = of_kind(await world.told(), SecurityEvent)
    assert (alert.alert, alert.address, alert.actor) == (Alert.KEY_FROM_NEW_NETWORK, "203.0.113.9", account.id)
    assert alert.subject == key.split("_")[1]
    assert key not in repr([record.value for record in world.publisher.records])


async def test_where_known_networks_cannot_be_read_the_key_works_on(world: ApiWorld) -> None:
    key = await world.key_of(await world.add_account(Role.USER, SHOP), [Scope.RESULTS_READ])
    world.attempts.down = True
    with capture_logs() as logged:
        assert (await world.client(key).get("/v1/results")).status_code == 200
        assert of_kind(await world.told(), SecurityEvent) == []
    assert "key_networks_unknown" in [line["event"] for line in logged]


async def test_a_key_that_is_refused_often_is_told_once(world: ApiWorld) -> None:
    key = await world.key_of(await world.add_account(Role.USER, SHOP), [Scope.RESULTS_READ])
    for _ in range(5):
        assert (await world.client(key).get("/v1/accounts")).status_code == 403
    [alert] = of_kind(await world.told(), SecurityEvent)
    assert (alert.alert, alert.count, alert.subject) == (Alert.KEY_REFUSED_OFTEN, 3, key.split("_")[1])


def event(number: int = 0) -> AccessEvent:
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=number)
    return AccessEvent(at=at, method="GET", route="/v1", status=200, duration_ms=1, request_id=str(number))


def dropped() -> float:
    return REGISTRY.get_sample_value("vedette_activity_dropped_total", {"event": "access"}) or 0


async def test_what_finds_the_buffer_full_is_dropped_and_counted_and_the_rest_waits_for_kafka() -> None:
    publisher = FakePublisher()
    publisher.down = True
    feed = ActivityFeed(publisher, 3)
    before = dropped()
    with capture_logs() as logged:
        for number in range(5):
            feed.tell(event(number))
    assert dropped() - before == 2
    assert [line["event"] for line in logged] == ["activity_dropped"]
    publisher.down = False
    await feed.close()
    assert [dict(record.headers)["correlation-id"] for record in publisher.records] == [b"0", b"1", b"2"]


async def test_an_outage_of_kafka_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.activity.feed.RETRY_S", 0.001)
    monkeypatch.setattr("api.activity.feed.GATHER_S", 0.001)
    publisher = FakePublisher()
    publisher.down = True
    feed = ActivityFeed(publisher, 1000)
    for number in range(120):
        feed.tell(event(number))
    await asyncio.sleep(0.02)
    assert publisher.records == []
    publisher.down = False
    await feed.close()
    assert [dict(record.headers)["correlation-id"].decode() for record in publisher.records] == [
        str(number) for number in range(120)
    ]


async def test_what_kafka_does_not_take_at_the_end_is_dropped_and_counted() -> None:
    publisher = FakePublisher()
    publisher.down = True
    feed = ActivityFeed(publisher, 10)
    feed.tell(event())
    before = dropped()
    await feed.close()
    assert dropped() - before == 1


async def test_what_kafka_refuses_for_good_is_dropped_and_holds_up_nothing() -> None:
    class Refusing(FakePublisher):
        async def publish(self, records: Any) -> tuple[Origin, ...]:
            if not self.records and records[0].headers[-1] == ("correlation-id", b"0"):
                raise PublishFailed("not allowed")
            return await super().publish(records)

    publisher = Refusing()
    feed = ActivityFeed(publisher, 1000)
    for number in range(60):
        feed.tell(event(number))
    before = dropped()
    await feed.close()
    assert dropped() - before == 50
    assert len(publisher.records) == 10


def test_memory_counts_within_its_time_and_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(alerts_module.time, "monotonic", lambda: now)
    memory = Memory(10, most=2)
    assert [memory.see("a"), memory.see("a"), memory.see("b")] == [0, 1, 0]
    now = 9.9
    assert memory.see("a") == 2
    now = 10.0
    assert memory.see("a") == 0
    assert memory.see("c") == 0
    assert memory.see("b") == 0


@pytest.mark.parametrize(("kind", "state"), [("text/event-stream; charset=utf-8", {}), ("text/csv", {STREAMED: True})])
async def test_how_long_a_stream_lasts_is_no_slow_request(
    kind: str, state: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for the clock, which moves on by an hour once the answer has begun."""
    moments = iter((0.0, 0.25, 3600.0, 3600.0))
    monkeypatch.setattr("api.activity.watch.time", SimpleNamespace(perf_counter=lambda: next(moments)))
    feed = ToldFeed()
    watch = ActivityWatch(stream_of(kind), cast(Any, feed), cast(Any, None), ActivitySettings(access_share=1))
    scope = {
        "type": "http",
        "path": "/v1/live",
        "method": "GET",
        "headers": [],
        "state": {"request_id": "r-1", **state},
    }
    await watch(scope, cast(Any, None), nowhere)
    assert [(event.event, event.duration_ms) for event in feed.told] == [("access", 250.0)]


class ToldFeed:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def tell(self, event: Any) -> None:
        self.told.append(event)


def stream_of(kind: str) -> ASGIApp:
    async def stream(_scope: AsgiScope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", kind.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return stream


async def nowhere(_message: Any) -> None:
    """Take what is sent."""

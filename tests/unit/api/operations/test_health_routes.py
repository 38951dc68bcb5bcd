"""Probes: alive without asking anybody, ready only with everybody."""

import asyncio

import httpx
import pytest

from api.operations import readiness
from tests.api_world import ApiWorld


async def test_the_process_is_alive_whatever_else_is_down(world: ApiWorld, anonymous: httpx.AsyncClient) -> None:
    world.images.down = world.index.down = world.publisher.down = True
    answer = await anonymous.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_it_is_ready_when_everything_answers(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"kafka": {"ok": True}, "cassandra": {"ok": True}, "elasticsearch": {"ok": True}},
    }


@pytest.mark.parametrize(
    ("part", "system"), [("publisher", "kafka"), ("images", "cassandra"), ("index", "elasticsearch")]
)
async def test_it_is_not_ready_when_one_is_down_and_tells_which(
    world: ApiWorld, anonymous: httpx.AsyncClient, part: str, system: str
) -> None:
    getattr(world, part).down = True
    answer = await anonymous.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    checks = answer.json()["checks"]
    assert checks.pop(system) == {"ok": False, "error": "unreachable"}
    assert {check["ok"] for check in checks.values()} == {True}
    assert "as the test wants it" not in answer.text


async def test_a_system_that_never_answers_does_not_hold_up_the_probe(
    world: ApiWorld, anonymous: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(readiness, "TIMEOUT_S", 0.01)
    monkeypatch.setitem(world.app.state.readiness._pings, "cassandra", never)
    answer = await anonymous.get("/readyz")
    assert answer.json()["checks"]["cassandra"] == {"ok": False, "error": "timeout"}


async def test_many_probes_at_once_ask_each_system_once(
    world: ApiWorld, anonymous: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ping() -> None:
        asked.append("kafka")

    monkeypatch.setitem(world.app.state.readiness._pings, "kafka", ping)
    for _ in range(20):
        await anonymous.get("/readyz")
    assert asked == ["kafka"]

"""Whatever breaks inside, and behind whichever route: callers learn that it broke, and nothing of what."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from structlog.testing import capture_logs

from api.http.routing import scopes_of
from infra.errors import ConfigurationError, TransientError
from schemas.access.accounts import Role
from tests.api_world import SHOP, ApiWorld

INNER = "SELECT password_hash FROM vedette.accounts at cassandra-7.internal:9042, /srv/vedette/api/app.py line 41"
BREAKS = {
    "a bug": (RuntimeError(INNER), 500),
    "a store that is down": (TransientError(INNER), 503),
    "a setting that is wrong": (ConfigurationError(INNER), 503),
}
TRACES = ("Traceback", "File ", ".py", "SELECT", ".internal", "RuntimeError", "Exception", "/srv", "vedette.")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    world = ApiWorld(tmp_path)
    await world.add_workspace(SHOP)
    yield world
    world.passwords.close()


def routes_for_callers(world: ApiWorld) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(world.app.routes):
        if isinstance(route.original_route, APIRoute) and scopes_of(route.original_route.dependant):
            for method in route.methods or ():
                yield method, str(route.path_format)


def require_bare(answer: httpx.Response, status: int, path: str) -> None:
    assert answer.status_code == status, path
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "detail"}
    told = answer.text + str({name: text for name, text in answer.headers.items() if name != "x-request-id"})
    assert not [trace for trace in TRACES if trace in told.replace("urn:vedette:", "")], path


@pytest.mark.parametrize(("error", "status"), BREAKS.values(), ids=BREAKS)
async def test_behind_every_route_for_callers(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    async def broken(_account_id: object) -> None:
        raise error

    routes = list(routes_for_callers(world))
    assert len(routes) > 30
    # Not for what is logged: a trace for every route would take long to write.
    with capture_logs():
        client = await world.log_in(Role.ADMIN, SHOP)
        monkeypatch.setattr(world.app.state.callers, "stands_for", broken)
        for method, path in routes:
            require_bare(await client.request(method, ANY_ID.sub(SOME_ID, path)), status, path)
        await client.aclose()


ANY_ID = re.compile(r"\{\w+_id\}")
SOME_ID = "0b8f4a5e-6c7d-4e5f-8a9b-0c1d2e3f4a5b"


@pytest.mark.parametrize(("error", "status"), BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize(
    ("path", "body"),
    {
        "/v1/auth/token": {"email": "ada@shop.example", "password": "violet anchors"},
        "/v1/auth/refresh": {"refresh_token": "vdr_" + "A" * 43},
        "/v1/auth/password/forgot": {"email": "ada@shop.example"},
    }.items(),
)
async def test_behind_routes_for_everybody(
    world: ApiWorld,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    path: str,
    body: dict[str, str],
) -> None:
    async def broken(*_: object) -> None:
        raise error

    for store, name in ((world.attempts, "count"), (world.attempts, "is_known"), (world.sessions, "find_session_of")):
        monkeypatch.setattr(store, name, broken)
    with capture_logs():
        client = world.client()
        require_bare(await client.post(path, json=body), status, path)
        await client.aclose()

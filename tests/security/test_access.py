"""Every route, called as every role, key and client: what gets in is what the one table says."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.documentation.access import RouteAccess, access_of
from api.documentation.access_page import PAGE, rendered
from infra.settings.api import ApiSettings
from schemas.access.accounts import ROLE_SCOPES, Role, Scope
from schemas.access.oauth import FOR_CLIENTS, FOR_CLIENTS_THEMSELVES
from schemas.answers import Label
from tests.api_world import RIVAL, SHOP, ApiWorld
from tests.oauth_flow import application, machine
from tests.security.test_isolation import ACCESS, seen

REFUSED = (401, 403)
# A client that acts as itself may call this, and is told that no administrator answers for its letters.
BUT = {"machine": "POST /v1/accounts/invitations"}


@dataclass(frozen=True)
class Kind:
    """One kind of caller: how it comes by its token, its role, and at most which scopes."""

    by: str
    role: Role
    scopes: frozenset[Scope]
    confined: bool = False

    def __str__(self) -> str:
        scopes = "all" if len(self.scopes) > 1 else next(iter(self.scopes))
        return f"{self.by}-{self.role}-{scopes}{'-confined' if self.confined else ''}"


def kinds() -> list[Kind]:
    alone = [(by, scope) for by in ("key", "client", "machine") for scope in sorted(FOR_CLIENTS)]
    return [
        *(Kind("log-in", role, ROLE_SCOPES[role]) for role in Role),
        *(Kind("key", role, FOR_CLIENTS, confined) for role in Role for confined in (False, True)),
        *(Kind("client", role, FOR_CLIENTS) for role in Role),
        Kind("machine", Role.ADMIN, FOR_CLIENTS_THEMSELVES),
        *(
            Kind(by, Role.ADMIN, frozenset({scope}))
            for by, scope in alone
            if by != "machine" or scope in FOR_CLIENTS_THEMSELVES
        ),
    ]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    settings = ApiSettings(registration="invitation", requests_per_s=10_000, request_burst=10_000)
    world = ApiWorld(tmp_path, api=settings)
    for workspace in (SHOP, RIVAL):
        await world.add_workspace(workspace)
    await world.recognise(RIVAL, "plans.jpg", features=seen(Label(name="cat", confidence=0.9)))
    world.let_workers_see(seen(Label(name="cat", confidence=0.9)))
    yield world
    world.passwords.close()


class Tokens:
    """New credentials of one kind for every call: some calls end those that they were made with."""

    def __init__(self, world: ApiWorld, kind: Kind) -> None:
        self._world = world
        self._kind = kind
        self._lent: Mapping[str, str] | None = None

    async def new(self) -> str:
        if self._kind.by == "machine":
            return await self._machines()
        owner = await self._world.add_account(self._kind.role, SHOP, RIVAL)
        if self._kind.by == "log-in":
            return await self._world.token_of(owner)
        if self._kind.by == "key":
            return await self._world.key_of(owner, self._kind.scopes, *((RIVAL,) if self._kind.confined else ()))
        if self._lent is None:
            album = await application(self._world, scopes=self._kind.scopes)
            self._lent = await album.tokens(owner, scope=" ".join(sorted(self._kind.scopes & ROLE_SCOPES[owner.role])))
        return self._lent["access_token"]

    async def _machines(self) -> str:
        robot = await machine(self._world, *self._kind.scopes)
        return str((await robot.token(grant_type="client_credentials")).json()["access_token"])


def table(world: ApiWorld) -> dict[str, RouteAccess]:
    return {access.name: access for access in access_of(world.app)}


async def call(world: ApiWorld, name: str, token: str | None) -> httpx.Response:
    asked = ACCESS[name]
    async with world.client(token) as client:
        return await client.request(name.partition(" ")[0], asked.path, json=asked.json, content=asked.content)


@pytest.mark.parametrize("kind", kinds(), ids=str)
async def test_who_gets_in_is_what_the_table_says(world: ApiWorld, kind: Kind) -> None:
    tokens, wrong = Tokens(world, kind), []
    for name, access in table(world).items():
        if not access.scopes or BUT.get(kind.by) == name:
            continue
        expected = access.admits(kind.role, kind.scopes, confined=kind.confined)
        status = (await call(world, name, await tokens.new())).status_code
        if (status not in REFUSED) is not expected or status >= 500:
            wrong.append((name, status))
    assert wrong == []


async def test_without_a_token_what_is_for_everybody_answers_and_nothing_else(world: ApiWorld) -> None:
    statuses = {name: (await call(world, name, None)).status_code for name in table(world)}
    assert {name for name, status in statuses.items() if status != 401} == {
        name for name, access in table(world).items() if not access.scopes
    }


def test_the_table_in_the_documentation_is_that_of_the_routes(world: ApiWorld) -> None:
    assert PAGE.read_text(encoding="utf-8") == rendered(), "run `python -m api.documentation.access_page`"
    assert {access.name for access in access_of(world.app)} == set(ACCESS)


def test_a_route_that_is_not_on_the_page_is_noticed(world: ApiWorld) -> None:
    world.app.add_api_route("/v1/secrets", lambda: None)
    assert "GET /v1/secrets" in table(world)
    assert "GET /v1/secrets" not in PAGE.read_text(encoding="utf-8")

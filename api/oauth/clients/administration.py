"""What administrators do with OAuth clients from the command line."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import structlog
from pydantic import ValidationError
from rich.table import Column, Table
from starlette.exceptions import HTTPException

from api.http.errors import InvalidRequest
from api.oauth.clients.service import ClientKeeping, ClientWish
from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.accounts.oauth import OAuthClientStore
from infra.cassandra.session import CassandraSession
from infra.errors import ConfigurationError, NotFound
from infra.kafka.event_bus import EventPublisher
from infra.operations.audit.acts import Act, Acts, whoever
from infra.settings.settings import Settings
from infra.terminal import Console
from schemas.access.oauth import OAuthClient

Answer = TypeVar("Answer")

ABSENT = 404

log = structlog.get_logger(__name__)


def wish_of(**given: object) -> ClientWish:
    """Return the client that is wanted; raises ``ConfigurationError`` naming what is wrong."""
    try:
        return ClientWish.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def create(settings: Settings, wish: ClientWish) -> tuple[OAuthClient, str | None]:
    """Return a new client and its secret; the act is recorded first."""
    return _run(settings, lambda clients, act: clients.create(wish, act, whoever()))


def list_clients(settings: Settings) -> tuple[OAuthClient, ...]:
    return _run(settings, lambda clients, _: clients.list_clients())


def revoke(settings: Settings, client_id: str) -> None:
    """Let a client count no longer; the act is recorded first. Raises ``NotFound``."""
    _run(settings, lambda clients, act: clients.revoke(client_id, act, whoever()))


def print_clients(clients: Sequence[OAuthClient]) -> None:
    """Print one row a client; its id stays whole however narrow the terminal is, since other commands want it."""
    table = Table(Column("client", no_wrap=True), Column("what it may", overflow="fold"), show_lines=True)
    for client in clients:
        kind = "confidential" if client.digest else "native" if client.native else "public"
        workspaces = "its person's" if client.workspaces is None else ", ".join(sorted(client.workspaces))
        told = {
            "grants": ", ".join(sorted(client.grants)),
            "scopes": ", ".join(sorted(client.scopes)),
            "workspaces": workspaces,
            "sent back to": ", ".join(client.redirect_uris) or "nowhere",
        }
        table.add_row(
            f"{client.id}\n{client.name}\n{kind}{_state(client)}",
            "\n".join(f"{what}: {words}" for what, words in told.items()),
        )
    Console(highlight=False, markup=False).print(table)


def _state(client: OAuthClient) -> str:
    if not client.lasts:
        return ", revoked"
    return "" if client.counts else ", suspended"


def _run(settings: Settings, action: Callable[[ClientKeeping, Act], Awaitable[Answer]]) -> Answer:
    async def connected() -> Answer:
        async with _opened(settings) as (clients, act):
            return await explained(action(clients, act))

    return asyncio.run(connected())


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[ClientKeeping, Act]]:
    session = await CassandraSession.connect(settings.cassandra)
    try:
        async with EventPublisher(settings.kafka) as publisher:
            yield ClientKeeping(OAuthClientStore(session), AccountStore(session)), Acts(publisher).act
    finally:
        await session.close()


async def explained(answer: Awaitable[Answer]) -> Answer:
    """Return the answer; what the API would tell a caller is raised as the command line tells it."""
    try:
        return await answer
    except InvalidRequest as error:
        raise ConfigurationError("; ".join(f"{each.field}: {each.message}" for each in error.errors)) from None
    except HTTPException as error:
        kind = NotFound if error.status_code == ABSENT else ConfigurationError
        raise kind(str(error.detail)) from None

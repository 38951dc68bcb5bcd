"""What administrators do with suspended keys and clients from the command line."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from rich.table import Table

from api.http.errors import InvalidRequest
from api.suspensions.service import Released, ReleaseWish, Suspended, Suspensions, suspended_since
from infra.cassandra.accounts.api_keys import ApiKeyStore
from infra.cassandra.accounts.oauth import OAuthClientStore
from infra.cassandra.session import CassandraSession
from infra.errors import NotFound
from infra.kafka.event_bus import EventPublisher
from infra.operations.audit.acts import Act, Acts, whoever
from infra.settings.settings import Settings
from infra.terminal import Console

Answer = TypeVar("Answer")


def list_suspended(settings: Settings) -> Suspended:
    return _run(settings, lambda suspensions, _: suspensions.list())


def release(settings: Settings, names: Sequence[str], *, everything: bool) -> Released:
    """Let these keys and clients count again, or all; each act is recorded first. Raises ``NotFound``."""

    async def released(suspensions: Suspensions, act: Act) -> Released:
        suspended = await suspensions.list()
        keys = {key.prefix for key in suspended.keys}
        clients = {client.client_id for client in suspended.clients}
        if strange := [name for name in names if name not in keys | clients]:
            raise NotFound(f"{', '.join(strange)} is not suspended: see `vedette admin suspended list`")
        wish = ReleaseWish(
            keys=tuple(name for name in names if name in keys),
            clients=tuple(name for name in names if name in clients),
            everything=everything,
        )
        return await suspensions.release(wish, act, whoever())

    return _run(settings, released)


def print_suspended(suspended: Suspended) -> None:
    """Print one row for each key and client; what names it stays whole, since `release` wants it."""
    table = Table("what", "name", "may", "since")
    for key in suspended.keys:
        table.add_row(f"key {key.prefix}", key.name, ", ".join(key.scopes), suspended_since(key.suspended_at))
    for client in suspended.clients:
        name = f"client {client.client_id}"
        table.add_row(name, client.name, ", ".join(client.scopes), suspended_since(client.suspended_at))
    Console().print(table)


def _run(settings: Settings, action: Callable[[Suspensions, Act], Awaitable[Answer]]) -> Answer:
    async def connected() -> Answer:
        session = await CassandraSession.connect(settings.cassandra)
        try:
            async with EventPublisher(settings.kafka) as publisher:
                stores = Suspensions(ApiKeyStore(session), OAuthClientStore(session))
                return await action(stores, Acts(publisher).act)
        except InvalidRequest as error:
            # Of a list that another administrator changed meanwhile.
            raise NotFound("; ".join(f"{each.field}: {each.message}" for each in error.errors)) from None
        finally:
            await session.close()

    return asyncio.run(connected())

"""Keys and clients that a restore has suspended: which they are, and letting them count again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from api.keys.service import ApiKeyView, view_of_key
from api.oauth.clients.service import ClientView, view_of_client
from infra.errors import FieldError, InvalidRequest
from infra.operations.audit.acts import Act
from schemas.access.credentials import ApiKey, KeyPrefix
from schemas.access.oauth import ClientId, OAuthClient
from schemas.activity import Action
from schemas.images import Frozen

MOST_AT_ONCE = 1000


class SuspendedKeys(Protocol):
    """Where suspended keys are kept."""

    async def list_suspended(self) -> tuple[ApiKey, ...]: ...
    async def release(self, prefix: str) -> bool: ...


class SuspendedClients(Protocol):
    """Where suspended clients are kept."""

    async def list_clients(self) -> tuple[OAuthClient, ...]: ...
    async def release_client(self, client_id: str) -> bool: ...


class SuspendedKey(ApiKeyView):
    """A suspended API key and its account."""

    account_id: UUID


class Suspended(Frozen):
    """API keys and OAuth clients that are unusable until an administrator releases them."""

    keys: tuple[SuspendedKey, ...]
    clients: tuple[ClientView, ...]


class ReleaseWish(Frozen):
    """What to release: the named keys and clients, or everything that is suspended."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"keys": ["k3v9x0c1ab"]}]})

    keys: tuple[KeyPrefix, ...] = Field(default=(), max_length=MOST_AT_ONCE)
    clients: tuple[ClientId, ...] = Field(default=(), max_length=MOST_AT_ONCE)
    everything: StrictBool = Field(
        default=False, description="Release everything that is suspended, and ignore the names."
    )


class Released(Frozen):
    """The keys and clients that were released."""

    keys: tuple[KeyPrefix, ...]
    clients: tuple[ClientId, ...]


class Suspensions:
    """Lists and ends suspensions; ``TransientError`` where an act could not be recorded, which then was not done."""

    def __init__(self, keys: SuspendedKeys, clients: SuspendedClients) -> None:
        self._keys = keys
        self._clients = clients

    async def list(self) -> Suspended:
        """Return all keys and clients that are suspended, the newest first."""
        clients = [client for client in await self._clients.list_clients() if is_suspended(client)]
        keys = [
            SuspendedKey(**view_of_key(key).model_dump(), account_id=key.account_id)
            for key in await self._keys.list_suspended()
        ]
        return Suspended(keys=tuple(keys), clients=tuple(map(view_of_client, clients)))

    async def release(self, wish: ReleaseWish, by: object, act: Act) -> Released:
        """Let keys and clients count again, each an act of its own; raises ``InvalidRequest`` for one that is none."""
        suspended = await self.list()
        keys = [key.prefix for key in suspended.keys]
        clients = [client.client_id for client in suspended.clients]
        if not wish.everything:
            _require_all("keys", wish.keys, keys)
            _require_all("clients", wish.clients, clients)
            keys, clients = list(wish.keys), list(wish.clients)
        for prefix in keys:
            async with act(Action.KEY_RELEASED, by, prefix):
                await self._keys.release(prefix)
        for client_id in clients:
            async with act(Action.CLIENT_RELEASED, by, client_id):
                await self._clients.release_client(client_id)
        return Released(keys=tuple(keys), clients=tuple(clients))


def is_suspended(client: OAuthClient) -> bool:
    """Whether an administrator has yet to release the client; one that is revoked has nothing to wait for."""
    return client.lasts and client.suspended_at is not None


def suspended_since(moment: datetime | None) -> str:
    """Say in a listing since when something is suspended."""
    return "" if moment is None else f"suspended since {moment:%Y-%m-%d %H:%M} UTC"


def _require_all(field: str, wanted: Sequence[str], known: Sequence[str]) -> None:
    errors = [
        FieldError(field=f"{field}[{number}]", message="This is not suspended. GET /v1/suspensions lists what is.")
        for number, name in enumerate(wanted)
        if name not in known
    ]
    if errors:
        raise InvalidRequest(errors)

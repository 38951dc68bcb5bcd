"""Endpoints of webhooks, in Cassandra."""

from datetime import datetime
from typing import Any

from infra.cassandra.session import CassandraSession
from infra.errors import AlreadyExists, ChangedMeanwhile
from schemas.texts.moments import in_utc
from schemas.webhooks.endpoints import Endpoint

COLUMNS = "content, version, failing_since, disabled_at, disabled_because"
FIND = f"SELECT {COLUMNS} FROM {{keyspace}}.webhook_endpoints WHERE workspace = ? AND id = ?"  # noqa: S608 - our own
LIST = f"SELECT {COLUMNS} FROM {{keyspace}}.webhook_endpoints WHERE workspace = ?"  # noqa: S608 - our own
LIST_ALL = f"SELECT {COLUMNS} FROM {{keyspace}}.webhook_endpoints"  # noqa: S608 - our own
CREATE = "INSERT INTO {keyspace}.webhook_endpoints (workspace, id, content, version) VALUES (?, ?, ?, ?) IF NOT EXISTS"
CHANGE = (
    "UPDATE {keyspace}.webhook_endpoints SET content = ?, version = ? WHERE workspace = ? AND id = ? IF version = ?"
)
CHANGE_AND_ENABLE = (
    "UPDATE {keyspace}.webhook_endpoints SET content = ?, version = ?, failing_since = null, disabled_at = null,"
    " disabled_because = null WHERE workspace = ? AND id = ? IF version = ?"
)
# Conditional as well: of an endpoint that is deleted meanwhile nothing is left.
NOTE_FAILING = "UPDATE {keyspace}.webhook_endpoints SET failing_since = ? WHERE workspace = ? AND id = ? IF version > 0"
DISABLE = (
    "UPDATE {keyspace}.webhook_endpoints SET disabled_at = ?, disabled_because = ? WHERE workspace = ? AND id = ?"
    " IF version = ? AND disabled_at = null"
)
DELETE = "DELETE FROM {keyspace}.webhook_endpoints WHERE workspace = ? AND id = ? IF EXISTS"
BESIDE = {"version", "failing_since", "disabled_at", "disabled_because"}


class WebhookEndpointStore:
    """Endpoints by workspace and id. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def create(self, endpoint: Endpoint) -> None:
        """Keep a new endpoint; raises ``AlreadyExists`` where its id is taken."""
        values = (endpoint.owner, endpoint.id, _content(endpoint), endpoint.version)
        if not await self._change(CREATE, values):
            raise AlreadyExists("this id is taken")

    async def find(self, owner: str, endpoint_id: str) -> Endpoint | None:
        rows = await self._session.execute(FIND, (owner, endpoint_id))
        return _endpoint(rows[0]) if rows else None

    async def list(self, owner: str) -> tuple[Endpoint, ...]:
        """Return a workspace's endpoints, the oldest first."""
        found = [_endpoint(row) async for row in self._session.stream(LIST, (owner,))]
        return tuple(sorted(found, key=lambda each: (each.created_at, each.id)))

    async def list_all(self) -> tuple[Endpoint, ...]:
        """Return the endpoints of all workspaces."""
        return tuple([_endpoint(row) async for row in self._session.stream(LIST_ALL)])

    async def change(self, endpoint: Endpoint, *, enable: bool = False) -> Endpoint:
        """Keep ``endpoint`` with its changes and return it with its new version.

        With ``enable`` it is no longer disabled, and nothing counts that has failed before. Raises
        ``ChangedMeanwhile`` where it is no longer of the version that ``endpoint`` has; then nothing changes.
        """
        afresh = {"failing_since": None, "disabled_at": None, "disabled_because": None} if enable else {}
        changed = endpoint.model_copy(update={"version": endpoint.version + 1, **afresh})
        values = (_content(changed), changed.version, endpoint.owner, endpoint.id, endpoint.version)
        if not await self._change(CHANGE_AND_ENABLE if enable else CHANGE, values):
            raise ChangedMeanwhile("the endpoint was changed by another at the same moment")
        return changed

    async def note_failing(self, endpoint: Endpoint, since: datetime | None) -> None:
        """Note since when the endpoint fails; None: it does not."""
        await self._change(NOTE_FAILING, (since, endpoint.owner, endpoint.id))

    async def disable(self, endpoint: Endpoint, at: datetime, because: str) -> bool:
        """Disable an endpoint that was not changed since; False where another has done so, or it was changed."""
        return await self._change(DISABLE, (at, because, endpoint.owner, endpoint.id, endpoint.version))

    async def delete(self, owner: str, endpoint_id: str) -> bool:
        """Remove an endpoint for good; False where it was gone already."""
        return await self._change(DELETE, (owner, endpoint_id))

    async def _change(self, statement: str, values: tuple[Any, ...]) -> bool:
        rows = await self._session.execute(statement, values, idempotent=False)
        return bool(rows[0].applied)


def _content(endpoint: Endpoint) -> str:
    return endpoint.model_dump_json(exclude=BESIDE)


def _endpoint(row: Any) -> Endpoint:
    return Endpoint.model_validate_json(row.content).model_copy(
        update={
            "version": row.version,
            "failing_since": in_utc(row.failing_since),
            "disabled_at": in_utc(row.disabled_at),
            "disabled_because": row.disabled_because,
        }
    )

"""API keys, in Cassandra."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from infra.cassandra.session import CassandraSession
from infra.errors import AlreadyExists
from infra.slices import in_slices
from schemas.access.accounts import Scope
from schemas.access.credentials import ApiKey
from schemas.texts.moments import in_utc

CREATE = (
    "INSERT INTO {keyspace}.api_keys (prefix, digest, account_id, name, scopes, workspaces, created_at, expires_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS"
)
NAME = "INSERT INTO {keyspace}.api_keys_by_account (account_id, prefix) VALUES (?, ?)"
FIND = (
    "SELECT prefix, digest, account_id, name, scopes, workspaces, created_at, expires_at, revoked_at, suspended_at,"
    " used_at FROM {keyspace}.api_keys WHERE prefix = ?"
)
LIST = "SELECT prefix FROM {keyspace}.api_keys_by_account WHERE account_id = ?"
REVOKE = "UPDATE {keyspace}.api_keys SET revoked_at = ? WHERE prefix = ? IF account_id = ? AND revoked_at = null"
LIST_SUSPENDED = "SELECT prefix, suspended_at FROM {keyspace}.api_keys"
LIST_CONFINED = "SELECT prefix, workspaces FROM {keyspace}.api_keys"
CONFINE = "UPDATE {keyspace}.api_keys SET workspaces = ? WHERE prefix = ? IF account_id = ? AND workspaces = ?"
RELEASE = "UPDATE {keyspace}.api_keys SET suspended_at = null WHERE prefix = ? IF suspended_at > ?"
UNNAME = "DELETE FROM {keyspace}.api_keys_by_account WHERE account_id = ? AND prefix = ?"
FORGET = "DELETE FROM {keyspace}.api_keys WHERE prefix = ? IF account_id = ?"
# Not conditional, for the sake of speed, and harmless: `revoked_at` is a cell of its own.
TOUCH = "UPDATE {keyspace}.api_keys SET used_at = ? WHERE prefix = ?"
# Keys of one account that are read at the same time.
READ_AT_ONCE = 32
BEFORE_ALL = datetime.fromtimestamp(0, UTC)


class ApiKeyStore:
    """The keys of programs. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def create(self, key: ApiKey) -> None:
        """Keep a new key; raises ``AlreadyExists`` where its prefix is taken."""
        # First, since a prefix that leads nowhere is passed over, but a key that is not listed could not be revoked.
        await self._session.execute(NAME, (key.account_id, key.prefix))
        scopes = {scope.value for scope in key.scopes}
        workspaces = None if key.workspaces is None else set(key.workspaces)
        values = (key.prefix, key.digest, key.account_id, key.name, scopes, workspaces, key.created_at, key.expires_at)
        rows = await self._session.execute(CREATE, values, idempotent=False)
        if not rows[0].applied:
            raise AlreadyExists("this prefix is taken")

    async def find(self, prefix: str) -> ApiKey | None:
        """Return the key, revoked and expired ones as well."""
        rows = await self._session.execute(FIND, (prefix,))
        return _key(rows[0]) if rows and rows[0].digest is not None else None

    async def list_keys(self, account_id: UUID) -> tuple[ApiKey, ...]:
        """Return all keys of an account, the newest first."""
        prefixes = [row.prefix async for row in self._session.stream(LIST, (account_id,))]
        slices = in_slices(prefixes, READ_AT_ONCE)
        found = [key for part in slices for key in await asyncio.gather(*map(self.find, part))]
        keys = (key for key in found if key is not None and key.account_id == account_id)
        return tuple(sorted(keys, key=lambda key: (key.created_at, key.prefix), reverse=True))

    async def revoke(self, account_id: UUID, prefix: str, at: datetime) -> bool:
        """Revoke a key for good; False where the account has no such key that is not revoked already."""
        rows = await self._session.execute(REVOKE, (at, prefix, account_id), idempotent=False)
        return bool(rows[0].applied)

    async def list_suspended(self) -> tuple[ApiKey, ...]:
        """Return all keys that a restore has suspended, whoever's they are, the newest first."""
        rows = self._session.stream(LIST_SUSPENDED)
        found = [await self.find(row.prefix) async for row in rows if row.suspended_at is not None]
        keys = (key for key in found if key is not None and key.revoked_at is None)
        return tuple(sorted(keys, key=lambda key: (key.created_at, key.prefix), reverse=True))

    async def list_confined(self, workspace: str) -> tuple[ApiKey, ...]:
        """Return all keys that are for this workspace, or for it and others, whoever's they are."""
        rows = self._session.stream(LIST_CONFINED)
        found = [await self.find(row.prefix) async for row in rows if workspace in (row.workspaces or ())]
        return tuple(key for key in found if key is not None)

    async def leave(self, key: ApiKey, workspace: str) -> bool:
        """Let a key be for its other workspaces alone; False where it changed meanwhile.

        It must have others: a key without any is for all that its owner may reach.
        """
        before = key.workspaces or frozenset()
        left = before - {workspace}
        if not left:
            raise ValueError(f"key {key.prefix} has no workspace but {workspace}")
        values = (set(left), key.prefix, key.account_id, set(before))
        rows = await self._session.execute(CONFINE, values, idempotent=False)
        return bool(rows[0].applied)

    async def release(self, prefix: str) -> bool:
        """Let a suspended key count again; False where there is none such."""
        rows = await self._session.execute(RELEASE, (prefix, BEFORE_ALL), idempotent=False)
        return bool(rows[0].applied)

    async def forget(self, account_id: UUID, prefix: str) -> None:
        """Remove a key that counts no longer, for good; harmless where the account has no such key."""
        # First, since what is not listed costs nobody anything, and a name that leads nowhere costs every list a read.
        await self._session.execute(UNNAME, (account_id, prefix))
        await self._session.execute(FORGET, (prefix, account_id), idempotent=False)

    async def touch(self, prefix: str, at: datetime) -> None:
        """Note that the key was used."""
        await self._session.execute(TOUCH, (at, prefix))


def _key(row: Any) -> ApiKey:
    return ApiKey(
        prefix=row.prefix,
        digest=row.digest,
        account_id=row.account_id,
        name=row.name,
        scopes=frozenset(map(Scope, row.scopes or ())),
        workspaces=None if row.workspaces is None else frozenset(row.workspaces),
        created_at=row.created_at.replace(tzinfo=UTC),
        expires_at=in_utc(row.expires_at),
        revoked_at=in_utc(row.revoked_at),
        suspended_at=in_utc(row.suspended_at),
        used_at=in_utc(row.used_at),
    )

"""Leases in Cassandra: of many processes one does a piece of work, and another one goes on with it if that dies."""

from uuid import UUID, uuid4

from infra.cassandra.session import CassandraSession
from infra.errors import TransientError

LEASE_S = 60
TAKE = "INSERT INTO {keyspace}.leases (name, holder) VALUES (?, ?) IF NOT EXISTS USING TTL ?"
RENEW = "UPDATE {keyspace}.leases USING TTL ? SET holder = ? WHERE name = ? IF holder = ?"
FREE = "DELETE FROM {keyspace}.leases WHERE name = ? IF holder = ?"


class LeaseLost(TransientError):
    """Another process may do the work by now; whoever had the lease stops."""


class Lease:
    """The right to do one piece of work. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession, name: str) -> None:
        self._session = session
        self._name = name
        self._holder: UUID = uuid4()

    async def take(self) -> bool:
        """Take the lease for ``LEASE_S`` seconds; False while another process has it."""
        return await self._change(TAKE, (self._name, self._holder, LEASE_S)) or await self._extend()

    async def renew(self) -> None:
        """Keep the lease for another ``LEASE_S`` seconds; raises ``LeaseLost`` where it is gone."""
        if not await self._extend():
            raise LeaseLost(f"the lease {self._name} went to another process")

    async def free(self) -> None:
        """Let another process have it at once."""
        await self._change(FREE, (self._name, self._holder))

    async def _extend(self) -> bool:
        return await self._change(RENEW, (LEASE_S, self._holder, self._name, self._holder))

    async def _change(self, statement: str, values: tuple[object, ...]) -> bool:
        rows = await self._session.execute(statement, values, idempotent=False)
        return bool(rows[0].applied)

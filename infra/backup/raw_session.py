"""A connection to Cassandra on which every value is the bytes that Cassandra keeps, whatever its type."""

from collections.abc import Iterable, Sequence
from typing import Any

# The driver ships no type information.
from cassandra.cqltypes import BytesType  # type: ignore[import-untyped]

from infra.cassandra_session import CassandraSession, Write
from infra.retries import retry_transient


class RawSession(CassandraSession):
    """Statements whose values go and come as bytes: what is never read cannot be misread, nor written otherwise.

    A copy of hours must not end at one request: while Cassandra does not answer it waits, and says so in the log.
    """

    async def write(self, groups: Iterable[Sequence[Write]]) -> None:
        wanted = list(groups)
        await retry_transient(lambda: super(RawSession, self).write(wanted), doing="write rows to Cassandra")

    async def _run(self, statement: Any, page_state: bytes | None = None) -> Any:
        run = super()._run
        return await retry_transient(lambda: run(statement, page_state), doing="read rows from Cassandra")

    async def _prepare(self, statement: str, idempotent: bool = True) -> Any:
        if statement not in self._prepared:
            prepared = await super()._prepare(statement, idempotent)
            # By these the driver knows how to write a value, and how to read one.
            prepared.column_metadata = [column._replace(type=BytesType) for column in prepared.column_metadata]
            prepared.result_metadata = [
                (keyspace, table, name, BytesType) for keyspace, table, name, _ in prepared.result_metadata or ()
            ]
        return self._prepared[statement]

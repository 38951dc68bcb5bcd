"""A connection to Cassandra on which every value is the bytes that Cassandra keeps, whatever its type."""

from collections.abc import Iterable, Sequence
from typing import Any

# The driver ships no type information.
from cassandra.cluster import Cluster, Session  # type: ignore[import-untyped]
from cassandra.cqltypes import BytesType  # type: ignore[import-untyped]
from cassandra.protocol import ProtocolHandler, ResultMessage  # type: ignore[import-untyped]

from infra.cassandra.session import CassandraSession, Write
from infra.retries import retry_outage
from infra.settings.servers import CassandraSettings

TypedResult: Any = ProtocolHandler.message_types_by_opcode[ResultMessage.opcode]


class _RawResult(TypedResult):  # type: ignore[misc]
    """An answer whose columns are all taken for blobs."""

    column_metadata: Any = None

    def recv_results_metadata(self, *arguments: Any) -> None:
        super().recv_results_metadata(*arguments)
        if self.column_metadata:
            self.column_metadata = [(*column[:3], BytesType) for column in self.column_metadata]


class _RawProtocol(ProtocolHandler):  # type: ignore[misc]
    """How the driver is told to read answers in another way."""

    message_types_by_opcode = {**ProtocolHandler.message_types_by_opcode, ResultMessage.opcode: _RawResult}  # noqa: RUF012 - the driver's own


class RawSession(CassandraSession):
    """Statements whose values go and come as bytes: what is never read cannot be misread, nor written otherwise.

    A copy of hours must not end at one request: while Cassandra does not answer it waits, and says so in the log.
    """

    def __init__(self, cluster: Cluster, session: Session, settings: CassandraSettings) -> None:
        super().__init__(cluster, session, settings)
        session.client_protocol_handler = _RawProtocol

    async def write(self, groups: Iterable[Sequence[Write]]) -> None:
        wanted = list(groups)
        await retry_outage(lambda: super(RawSession, self).write(wanted), doing="write rows to Cassandra")

    async def _prepare(self, statement: str, idempotent: bool = True) -> Any:
        if statement not in self._prepared:
            prepared = await super()._prepare(statement, idempotent)
            # By this the driver knows how to write a value.
            prepared.column_metadata = [column._replace(type=BytesType) for column in prepared.column_metadata]
        return self._prepared[statement]

    async def _run(self, statement: Any, page_state: bytes | None = None) -> Any:
        run = super()._run
        return await retry_outage(lambda: run(statement, page_state), doing="read rows from Cassandra")

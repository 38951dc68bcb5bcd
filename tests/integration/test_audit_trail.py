"""The audit trail on a real Cassandra."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from infra.cassandra.migrations import migrate_tables
from infra.cassandra.session import CassandraSession
from infra.operations.audit.chain import Entry
from infra.operations.audit.store import SLICE_OFFSETS, AuditStore
from infra.settings.servers import CassandraSettings
from tests.contracts.audit_trail_contract import AuditTrailContract, Tamper
from tests.stacks import RunningStack

PUT = (
    "INSERT INTO {keyspace}.audit (chain, slice, offset, appended_at, number, event, problem, previous_offset,"
    " previous_signature, key_id, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
REMOVE = "DELETE FROM {keyspace}.audit WHERE chain = ? AND slice = ? AND offset = ?"


class InCassandra:
    """Somebody who may do everything in the keyspace."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def put(self, entry: Entry) -> None:
        one = entry.published
        place = (entry.chain, entry.offset // SLICE_OFFSETS, entry.offset)
        link = (entry.previous_offset, entry.previous_signature, entry.key_id, entry.signature)
        values = (*place, entry.appended_at, entry.number, one.event, one.problem, *link)
        await self._session.execute(PUT, values)

    async def remove(self, chain: str, offset: int) -> None:
        await self._session.execute(REMOVE, (chain, offset // SLICE_OFFSETS, offset))


@pytest.fixture(scope="module")
def cassandra(stack: RunningStack) -> CassandraSettings:
    """A keyspace of its own: trails that were tampered with would be found by the checks of other tests."""
    settings = stack.settings.cassandra.model_copy(update={"keyspace": "tampered"})
    asyncio.run(migrate_tables(settings))
    return settings


@pytest.fixture
async def session(cassandra: CassandraSettings) -> AsyncIterator[CassandraSession]:
    session = await CassandraSession.connect(cassandra)
    yield session
    await session.close()


class TestAuditTrail(AuditTrailContract):
    @pytest.fixture
    def trail(self, session: CassandraSession) -> AuditStore:
        return AuditStore(session)

    @pytest.fixture
    def tamper(self, session: CassandraSession) -> Tamper:
        return InCassandra(session)

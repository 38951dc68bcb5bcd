"""What the nodes of Cassandra tell of themselves, their copies and tables."""

import time
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from infra.cassandra.errors import MissingSchema
from infra.cassandra.migrations import FIND_TABLES, LIST_APPLIED, applied_files
from infra.cassandra.session import CassandraSession
from infra.operations.doctor.checks.servers.cassandra_checks import CassandraFacts
from infra.operations.doctor.checks.servers.clocks import ClockReading
from infra.operations.doctor.checks.transport import host_of, is_loopback
from infra.operations.doctor.facts.asking import ask
from infra.operations.doctor.findings import Refused
from infra.settings.servers import CassandraSettings

ITSELF = "SELECT release_version, data_center, schema_version, toTimestamp(now()) AS said FROM system.local"
OTHERS = "SELECT release_version, data_center, schema_version FROM system.peers"
KEYSPACES = "SELECT keyspace_name, replication FROM system_schema.keyspaces"
SYNC = "SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'"
LOG_INS = "system_auth"


async def gather_cassandra(settings: CassandraSettings) -> CassandraFacts:
    """Return what the nodes tell; raises ``TransientError`` where none answers, ``ConfigurationError`` on a refusal."""
    session = await CassandraSession.connect_without_keyspace(settings)
    try:
        return await _gather(session, settings)
    finally:
        await session.close()


async def _gather(session: CassandraSession, settings: CassandraSettings) -> CassandraFacts:
    asked_at_s = time.time()
    [here] = await session.execute(ITSELF)
    clock = ClockReading("Cassandra", here.said.replace(tzinfo=UTC).timestamp(), asked_at_s, time.time())
    nodes = [here, *[row async for row in session.stream(OTHERS)]]
    keyspaces = {row.keyspace_name: dict(row.replication) async for row in session.stream(KEYSPACES)}
    return CassandraFacts(
        nodes=sum(node.data_center == settings.local_datacenter for node in nodes),
        releases=tuple(str(node.release_version) for node in nodes if node.release_version),
        schema_versions=len({node.schema_version for node in nodes if node.schema_version}),
        replication=keyspaces.get(settings.keyspace),
        login_replication=keyspaces.get(LOG_INS),
        applied=await _applied(session),
        tables=frozenset([row.table_name async for row in session.stream(FIND_TABLES, (settings.keyspace,))]),
        commitlog_sync=await ask(_commitlog_sync(session)),
        clock=clock,
        is_local=all(is_loopback(host_of(host)) for host in settings.contact_points),
    )


async def _applied(session: CassandraSession) -> Mapping[str, str]:
    try:
        # Not prepared: where there is no such table yet the driver would log that as an error.
        rows: list[Any] = await session.execute_unprepared(LIST_APPLIED)
    except MissingSchema:
        return {}
    return applied_files(rows)


async def _commitlog_sync(session: CassandraSession) -> str | Refused:
    rows = await session.execute(SYNC)
    return str(rows[0].value) if rows else Refused("this release of Cassandra does not tell its settings")

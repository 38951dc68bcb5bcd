"""Keyspace and tables of Cassandra, brought to the present state by numbered files that are each applied once."""

import asyncio
import hashlib
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.cassandra.errors import MissingSchema
from infra.cassandra.session import CassandraSession
from infra.errors import ConfigurationError
from infra.settings.servers import CassandraSettings

TABLES = Path(__file__).with_name("tables")

CREATE_KEYSPACE = (
    "CREATE KEYSPACE IF NOT EXISTS {{keyspace}}"
    " WITH replication = {{'class': 'NetworkTopologyStrategy', '{datacenter}': {copies}}}"
)
LIST_APPLIED = "SELECT name, checksum FROM {keyspace}.schema_migrations"
OWN_TABLES = {
    LIST_APPLIED: "CREATE TABLE IF NOT EXISTS {keyspace}.schema_migrations"
    " (name text PRIMARY KEY, checksum text, applied_at timestamp) WITH comment = 'Files of tables that were applied'",
    "SELECT holder FROM {keyspace}.schema_lock": "CREATE TABLE IF NOT EXISTS {keyspace}.schema_lock"
    " (name text PRIMARY KEY, holder uuid) WITH comment = 'Who migrates now'",
}
RECORD = "INSERT INTO {keyspace}.schema_migrations (name, checksum, applied_at) VALUES (?, ?, ?)"
LOCK = "INSERT INTO {keyspace}.schema_lock (name, holder) VALUES ('migrate', ?) IF NOT EXISTS USING TTL 120"
# Before each file, so that the lock outlasts the file; it lapses by itself if we die.
RENEW = "UPDATE {keyspace}.schema_lock USING TTL 120 SET holder = ? WHERE name = 'migrate' IF holder = ?"
UNLOCK = "DELETE FROM {keyspace}.schema_lock WHERE name = 'migrate' IF holder = ?"
FIND_TABLES = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?"
TABLE_NAMED = re.compile(r"(?:CREATE TABLE IF NOT EXISTS|ALTER TABLE) (\w+)", re.IGNORECASE)
# Noted before the first file: the newest file of the release that made the installation. Of two runs the first may be
# killed, and the second must not take what that has left for an installation of an earlier release.
BEGUN_WITH = "begun with"
LOCK_WAIT_S = 150.0
LOCK_POLL_S = 0.25


@dataclass(frozen=True)
class Migration:
    """One file of statements; its name gives its place, its checksum tells whether it was changed."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def tables(self) -> frozenset[str]:
        """The tables that the file makes or changes."""
        return frozenset(match[1] for text in self.statements if (match := TABLE_NAMED.match(text)))

    @property
    def statements(self) -> list[str]:
        """The statements without comments; the files hold no text literals with ``;`` or ``--`` in them."""
        code = "\n".join(line.partition("--")[0].rstrip() for line in self.text.splitlines())
        return [statement.strip() for statement in code.split(";") if statement.strip()]


FollowUp = Callable[[], Awaitable[None]]
"""What an earlier installation needs besides a file's statements; to be harmless when it is done again."""


@dataclass(frozen=True)
class Migrated:
    """What was done: whether the keyspace is new, and which files were applied now and which before."""

    created_keyspace: bool
    applied: tuple[str, ...]
    unchanged: tuple[str, ...]
    lost_tables: tuple[str, ...] = ()
    """Tables that earlier files had made, that were gone, and that are there again, empty."""
    begun_with: str | None = None
    """The newest file of the release that made the installation; None where that was before it was noted."""

    def upgraded(self, name: str) -> bool:
        """Whether a file was applied now to an installation that an earlier release had made."""
        return name in self.applied and is_upgrade(name, self.begun_with)


def is_upgrade(name: str, begun_with: str | None) -> bool:
    """Whether a file is newer than the release that made the installation; files are numbered."""
    return begun_with is None or begun_with < name


def read_migrations(folder: Path = TABLES) -> list[Migration]:
    """Return the files in their order."""
    return [Migration(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.cql"))]


def applied_files(rows: Iterable[Any]) -> dict[str, str]:
    """Return name and checksum of each file that ``LIST_APPLIED`` tells of, and not what is noted beside them."""
    return {row.name: row.checksum for row in rows if row.name != BEGUN_WITH}


async def migrate_tables(
    settings: CassandraSettings,
    migrations: Sequence[Migration] | None = None,
    follow_ups: Mapping[str, FollowUp] | None = None,
) -> Migrated:
    """Bring the keyspace to the present state; running it again, or twice at once, changes nothing more.

    A table that was taken away is made again, empty: files hold nothing but statements that may be run again.

    ``follow_ups`` are done, by the names of files, where a file comes to an installation of an earlier release: after
    its statements, and before it counts as applied. A run that is killed in between does both again.

    A keyspace that exists is used as it is, so that the account needs no right to create one. Raises
    ``ConfigurationError`` where a file was changed after it was applied.
    """
    session = await CassandraSession.connect_without_keyspace(settings)
    try:
        created = await _use_keyspace(session, settings)
        await _create_own_tables(session)
        async with _lock(session) as holder:
            wanted = read_migrations() if migrations is None else migrations
            applying = _Applying(session, holder, follow_ups or {})
            return await _apply_missing(applying, settings.keyspace, wanted, created)
    finally:
        await session.close()


async def _use_keyspace(session: CassandraSession, settings: CassandraSettings) -> bool:
    """Use the keyspace and tell whether it had to be created.

    Looking it up in ``system_schema`` would not do: it stands there a moment before it can be used.
    """
    try:
        await session.use()
    except MissingSchema:
        statement = CREATE_KEYSPACE.format(datacenter=settings.local_datacenter, copies=settings.replication_factor)
        await session.execute_unprepared(statement)
        await session.use()
        return True
    return False


async def _create_own_tables(session: CassandraSession) -> None:
    for look, create in OWN_TABLES.items():
        try:
            # Not prepared: the driver would log that as an error.
            await session.execute_unprepared(look)
        except MissingSchema:
            await session.execute_unprepared(create)


@asynccontextmanager
async def _lock(session: CassandraSession) -> AsyncIterator[uuid.UUID]:
    holder = uuid.uuid4()
    deadline = time.monotonic() + LOCK_WAIT_S
    while not (await session.execute(LOCK, (holder,), idempotent=False))[0].applied:
        if time.monotonic() > deadline:
            raise ConfigurationError(
                "another migration has been running for minutes: check what it does, then try again"
            )
        await asyncio.sleep(LOCK_POLL_S)
    try:
        yield holder
    finally:
        await session.execute(UNLOCK, (holder,), idempotent=False)


@dataclass(frozen=True)
class _Applying:
    """What the application of every file needs."""

    session: CassandraSession
    holder: uuid.UUID
    follow_ups: Mapping[str, FollowUp]


async def _apply_missing(
    applying: _Applying, keyspace: str, migrations: Sequence[Migration], created_keyspace: bool
) -> Migrated:
    session = applying.session
    recorded = {row.name: row.checksum async for row in session.stream(LIST_APPLIED)}
    for migration in migrations:
        _require_unchanged(migration, recorded.get(migration.name))
    if not recorded and migrations:
        recorded[BEGUN_WITH] = migrations[-1].name
        await session.execute(RECORD, (BEGUN_WITH, migrations[-1].name, datetime.now(UTC)))
    begun_with = recorded.get(BEGUN_WITH)
    known = [migration for migration in migrations if migration.name in recorded]
    lost = await _lost_tables(session, keyspace, known)
    missing = [migration for migration in migrations if migration.name not in recorded or migration.tables & lost]
    for migration in missing:
        is_upgraded = migration.name not in recorded and is_upgrade(migration.name, begun_with)
        await _apply(applying, migration, is_upgraded=is_upgraded)
    return Migrated(
        created_keyspace=created_keyspace,
        applied=tuple(migration.name for migration in missing if migration.name not in recorded),
        unchanged=tuple(migration.name for migration in known),
        lost_tables=tuple(sorted(lost)),
        begun_with=begun_with,
    )


async def _lost_tables(session: CassandraSession, keyspace: str, applied: Sequence[Migration]) -> frozenset[str]:
    """Return the tables that applied files have made and that are no longer there."""
    there = {row.table_name async for row in session.stream(FIND_TABLES, (keyspace,))}
    return frozenset().union(*(migration.tables for migration in applied)) - there


def _require_unchanged(migration: Migration, recorded: str | None) -> None:
    if recorded not in (None, migration.checksum):
        raise ConfigurationError(
            f"{migration.name} was changed after it was applied to this keyspace: "
            "put the file back as it was and write the change into a new file with the next number"
        )


async def _apply(applying: _Applying, migration: Migration, *, is_upgraded: bool) -> None:
    session, holder = applying.session, applying.holder
    if not (await session.execute(RENEW, (holder, holder), idempotent=False))[0].applied:
        raise ConfigurationError("the lock on migrations was lost to another migration: try again")
    for statement in migration.statements:
        await session.execute_unprepared(statement)
    if is_upgraded and (follow_up := applying.follow_ups.get(migration.name)) is not None:
        await follow_up()
    await session.execute(RECORD, (migration.name, migration.checksum, datetime.now(UTC)))

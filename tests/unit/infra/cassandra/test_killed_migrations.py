"""Migrations that are killed at any statement: the next run ends as if nothing had happened."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.cassandra import migrations
from infra.cassandra.migrations import RECORD, Migrated, Migration, migrate_tables
from infra.cassandra.session import CassandraSession
from infra.settings.servers import CassandraSettings

FILES = tuple(
    Migration(
        f"{number:04}_file.cql",
        f"CREATE TABLE IF NOT EXISTS t{number} (id int PRIMARY KEY);\nALTER TABLE t{number} WITH comment = 'x';",
    )
    for number in range(1, 7)
)
NAMES = tuple(one.name for one in FILES)
MANY = 10_000
SETTINGS = CassandraSettings()


class Killed(BaseException):
    """The process ends here."""


class KeptKeyspace:
    """What a keyspace holds, and after how many statements whoever writes to it is killed."""

    def __init__(self) -> None:
        self.recorded: dict[str, str] = {}
        self.tables: set[str] = set()
        self.left = MANY

    async def use(self) -> None:
        """The keyspace is there."""

    async def execute(self, statement: str, values: Sequence[Any] = (), *, idempotent: bool = True) -> list[Any]:
        self._count()
        if statement == RECORD:
            self.recorded[values[0]] = values[1]
        return [SimpleNamespace(applied=True)]

    async def execute_unprepared(self, statement: str) -> list[Any]:
        self._count()
        if statement.startswith("CREATE TABLE IF NOT EXISTS t"):
            self.tables.add(statement.split()[5])
        return []

    async def stream(self, statement: str, values: Sequence[Any] = ()) -> AsyncIterator[Any]:
        if statement == migrations.LIST_APPLIED:
            for name, checksum in self.recorded.items():
                yield SimpleNamespace(name=name, checksum=checksum)
        else:
            for table in self.tables:
                yield SimpleNamespace(table_name=table)

    async def close(self) -> None:
        """The lock lapses by itself where its holder was killed."""

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


class Installation:
    """A keyspace, the runs on it, and how often each file was followed up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kept = KeptKeyspace()
        self.followed: list[str] = []

        async def connect(_settings: CassandraSettings) -> Any:
            return self.kept

        monkeypatch.setattr(CassandraSession, "connect_without_keyspace", connect)

    def migrate(self, files: Sequence[Migration], statements: int = MANY) -> Migrated | None:
        """Return what a run did; None for one that was killed after so many statements."""
        self.kept.left = statements
        try:
            return asyncio.run(migrate_tables(SETTINGS, files, {name: self._follow_up(name) for name in NAMES}))
        except Killed:
            return None

    def _follow_up(self, name: str) -> migrations.FollowUp:
        async def follow_up() -> None:
            self.kept._count()
            self.followed.append(name)

        return follow_up


@given(st.lists(st.integers(0, 40), max_size=4))
def test_a_first_migration_is_no_upgrade_however_often_it_is_killed(killed_after: list[int]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        installation = Installation(monkeypatch)
        for statements in killed_after:
            installation.migrate(FILES, statements)
        done = installation.migrate(FILES)
    assert done is not None
    assert installation.followed == []
    assert [name for name in NAMES if done.upgraded(name)] == []
    assert set(installation.kept.recorded) >= set(NAMES)


@given(st.integers(1, len(FILES) - 1), st.lists(st.integers(0, 40), max_size=4), st.booleans())
def test_an_upgrade_is_followed_up_for_each_of_its_files_however_often_it_is_killed(
    before: int, killed_after: list[int], was_noted: bool
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        installation = Installation(monkeypatch)
        installation.migrate(FILES[:before])
        if not was_noted:
            # As releases left it that did not note with which file an installation began.
            del installation.kept.recorded[migrations.BEGUN_WITH]
        for statements in killed_after:
            installation.migrate(FILES, statements)
        done = installation.migrate(FILES)
    assert done is not None
    # Each at least once, in order, and none that the installation began with.
    assert list(dict.fromkeys(installation.followed)) == list(NAMES[before:])
    assert set(installation.kept.recorded) >= set(NAMES)


def test_a_run_on_what_is_up_to_date_follows_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    installation = Installation(monkeypatch)
    installation.migrate(FILES)
    done = installation.migrate(FILES)
    assert done is not None
    assert (done.applied, done.unchanged, installation.followed) == ((), NAMES, [])

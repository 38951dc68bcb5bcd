"""The tables of our keyspace: what they are, all their rows, and their rows written back."""

import asyncio
import struct
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from itertools import pairwise

# The driver ships no type information.
from cassandra.query import UNSET_VALUE  # type: ignore[import-untyped]

from infra.cassandra.images.results import LARGEST_TOKEN, SMALLEST_TOKEN
from infra.cassandra.session import CassandraSession, Write
from infra.errors import ConfigurationError
from infra.operations.backup.contents.raw_session import RawSession
from infra.operations.backup.format.rows import Cell, Row
from schemas.records.backups import Column, Manifest, TableCopy

# How far the keyspace is migrated or restored is each installation's own. Of jobs that a backup has half done none goes
# on after a restore: it would publish once more what may have been deleted meanwhile.
OWN_TABLES = frozenset(
    {"schema_migrations", "schema_lock", "restore_progress", "restore_deletions", "rehearsals", "open_jobs"}
)
COLUMNS = "SELECT table_name, column_name, kind, position, type FROM system_schema.columns WHERE keyspace_name = ?"
KINDS = {"partition_key": 0, "clustering": 1, "regular": 2}
# Of these a write time is not one number, and a restore could not keep it.
UNFIT_TYPES = ("list<", "set<", "map<", "counter")
TOKEN_RANGES = 64
ROWS_A_PAGE = 1000
BIGINT, INT = struct.Struct(">q"), struct.Struct(">i")
MICROSECONDS = 1_000_000
# A column of this name in a row's key is the version of its reference: see infra/cassandra/images/writes.py.
VERSION = "version"

Advance = Callable[[int], None]
Table = tuple[str, tuple[Column, ...]]


async def describe_tables(session: CassandraSession, keyspace: str) -> list[Table]:
    """Return every table of the platform with its columns, those of the key first.

    Raises ``ConfigurationError`` for a column of which no write time can be told.
    """
    columns: defaultdict[str, list[tuple[int, int, Column]]] = defaultdict(list)
    async for row in session.stream(COLUMNS, (keyspace,)):
        if row.table_name not in OWN_TABLES:
            column = _column(row.table_name, row.column_name, row.kind, row.type)
            columns[row.table_name].append((KINDS[column.kind], row.position, column))
    in_order = {name: sorted(found, key=lambda one: (one[:2], one[2].name)) for name, found in columns.items()}
    return [(name, tuple(column for *_, column in found)) for name, found in sorted(in_order.items())]


async def describe_schema(session: CassandraSession, keyspace: str) -> str:
    """Return keyspace and tables as statements that make them."""
    rows = await session.execute_unprepared(f"DESCRIBE KEYSPACE {keyspace}")
    return "\n\n".join(row.create_statement for row in rows)


async def read_rows(session: RawSession, table: Table, advance: Advance) -> AsyncIterator[Row]:
    """Yield every row of a table, a page at a time; ``advance`` is called after each of ``TOKEN_RANGES`` ranges."""
    name, columns = table
    keys, others = _split(columns)
    partition = ", ".join(column.name for column in columns if column.kind == "partition_key")
    wanted = [*keys, *(f"{one}, writetime({one}) AS w{at}, ttl({one}) AS t{at}" for at, one in enumerate(others))]
    statement = (
        f"SELECT {', '.join(wanted)} FROM {{keyspace}}.{name}"  # noqa: S608 - names that Cassandra itself gave
        f" WHERE token({partition}) > ? AND token({partition}) <= ?"
    )
    for first, last in _token_ranges():
        async for row in session.stream(statement, (BIGINT.pack(first), BIGINT.pack(last)), ROWS_A_PAGE):
            yield Row(tuple(row[: len(keys)]), _cells(row[len(keys) :], time.time()))
        advance(1)


class TableWriter:
    """Writes rows back as they were: every cell with its own write time, and with what is left of its life."""

    def __init__(self, session: RawSession, copy: TableCopy, manifest: Manifest) -> None:
        self._session = session
        keys, others = _split(copy.columns)
        names = [*keys, *others]
        self._statement = (
            f"INSERT INTO {{keyspace}}.{copy.name} ({', '.join(names)})"  # noqa: S608 - names out of our own backup
            f" VALUES ({', '.join('?' * len(names))}) USING TIMESTAMP ? AND TTL ?"
        )
        self._width = len(others)
        self._version_at = keys.index(VERSION) if VERSION in keys else None
        self._begun_us = int(manifest.begun_at.timestamp() * MICROSECONDS)

    async def write(self, rows: Iterable[Row]) -> None:
        """Return when all are durable; writing a row twice leaves the same row."""
        now_s = time.time()
        groups = [writes for row in rows if (writes := self._writes(row, now_s))]
        await self._session.write(groups)

    def _writes(self, row: Row, now_s: float) -> list[Write]:
        """One write for all cells of one time: a cell that is not in it is not touched."""
        written: defaultdict[tuple[int, int], dict[int, bytes]] = defaultdict(dict)
        for at, cell in enumerate(row.cells):
            if cell is not None:
                written[cell.written, cell.expires_at_s][at] = cell.value
        if not written:
            written[self._key_written(row), 0] = {}
        return [
            self._write(row.key, cells, times[0], _left_s(times[1], now_s))
            for times, cells in written.items()
            if _left_s(times[1], now_s) >= 0
        ]

    def _write(self, key: Sequence[bytes], cells: dict[int, bytes], written: int, left_s: int) -> Write:
        values = [cells.get(at, UNSET_VALUE) for at in range(self._width)]
        return Write(self._statement, (*key, *values, BIGINT.pack(written), INT.pack(left_s)))

    def _key_written(self, row: Row) -> int:
        """Of a row that is all key Cassandra tells no write time: it is the version in it, or when the backup began."""
        return self._begun_us if self._version_at is None else int(BIGINT.unpack(row.key[self._version_at])[0])


async def find_rows(session: CassandraSession, tables: Iterable[Table]) -> list[str]:
    """Return the names of the tables that hold anything."""
    return [
        name
        for name, columns in tables
        if await session.execute(f"SELECT {columns[0].name} FROM {{keyspace}}.{name} LIMIT 1")  # noqa: S608 - as above
    ]


async def empty_tables(session: CassandraSession, keyspace: str, tables: Iterable[Table]) -> None:
    """Take everything out of the tables, the marks of deleted rows too: they would hide what is restored."""
    await asyncio.gather(*(session.execute_unprepared(f"TRUNCATE {keyspace}.{name}") for name, _ in tables))


def _column(table: str, name: str, kind: str, kind_of_value: str) -> Column:
    if kind not in KINDS or kind_of_value.startswith(UNFIT_TYPES):
        raise ConfigurationError(
            f"table {table}: column {name} ({kind} {kind_of_value}) cannot be backed up: make it frozen, or regular"
        )
    return Column.model_validate({"name": name, "type": kind_of_value, "kind": kind})


def _split(columns: Sequence[Column]) -> tuple[list[str], list[str]]:
    """Return the names of the key's columns and those of the others."""
    keys = [column.name for column in columns if column.kind != "regular"]
    return keys, [column.name for column in columns if column.kind == "regular"]


def _token_ranges() -> list[tuple[int, int]]:
    """Return ranges that together hold every token; the smallest possible one is no row's."""
    return list(pairwise([*range(SMALLEST_TOKEN, LARGEST_TOKEN, 2**64 // TOKEN_RANGES), LARGEST_TOKEN]))


def _cells(values: Sequence[bytes | None], now_s: float) -> tuple[Cell | None, ...]:
    return tuple(_cell(values[at], values[at + 1], values[at + 2], now_s) for at in range(0, len(values), 3))


def _cell(value: bytes | None, written: bytes | None, left: bytes | None, now_s: float) -> Cell | None:
    if value is None or written is None:
        return None
    expires_at_s = int(now_s) + int(INT.unpack(left)[0]) if left is not None else 0
    return Cell(value, int(BIGINT.unpack(written)[0]), expires_at_s)


def _left_s(expires_at_s: int, now_s: float) -> int:
    """Return how long a cell still lives; 0 for ever, less for one that has lapsed."""
    if not expires_at_s:
        return 0
    return max(int(expires_at_s - now_s), 0) or -1

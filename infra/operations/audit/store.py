"""The audit trail in Cassandra: entries are added and read, never changed."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import UTC
from itertools import groupby
from typing import Any

from infra.cassandra.session import CassandraSession, Write
from infra.operations.audit.chain import Entry, PublishedAct

SLICE_OFFSETS = 10_000
# Bounds of one conditional write, which Cassandra agrees on as a whole.
MOST_ENTRIES_A_WRITE = 64
MOST_BYTES_A_WRITE = 64 * 1024

COLUMNS = "chain, offset, appended_at, number, event, problem, previous_offset, previous_signature, key_id, signature"
ADD = f"INSERT INTO {{keyspace}}.audit (slice, {COLUMNS}) VALUES ({', '.join('?' * 11)}) IF NOT EXISTS"  # noqa: S608 - ours
ADD_SLICE = "INSERT INTO {keyspace}.audit_slices (chain, slice, began_at) VALUES (?, ?, ?)"
SLICES = "SELECT slice FROM {keyspace}.audit_slices WHERE chain = ?"
FIND_SLICE = "SELECT slice FROM {keyspace}.audit_slices WHERE chain = ? AND slice = ?"
CHAINS = "SELECT DISTINCT chain FROM {keyspace}.audit_slices"
_SLICE = f"SELECT {COLUMNS} FROM {{keyspace}}.audit WHERE chain = ? AND slice = ?"  # noqa: S608 - ours
UPWARDS = f"{_SLICE} AND offset >= ?"
DOWNWARDS = f"{_SLICE} AND offset < ? ORDER BY offset DESC"
NEWEST = f"{_SLICE} ORDER BY offset DESC LIMIT 1"
ABOVE_ALL = 2**63 - 1


class AuditStore:
    """Chains of audit entries. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._known: set[tuple[str, int]] = set()

    async def append(self, entries: Sequence[Entry]) -> bool:
        """Add entries of one chain, in their order; False where one of them is there already.

        None is ever written over, and none is there without those before it. Some may have been added although the
        answer is False, or an error: ask for the ``head``, and go on from there.
        """
        for some in _writes(entries):
            await self._record_slice(some[0])
            if not await self._session.write_if_absent([_write(entry) for entry in some]):
                return False
        return True

    async def head(self, chain: str) -> Entry | None:
        """Return the newest entry of a chain."""
        async for slice_of in self._session.stream(SLICES, (chain,)):
            if rows := await self._session.execute(NEWEST, (chain, slice_of.slice)):
                return _entry(rows[0])
        return None

    async def chains(self) -> tuple[str, ...]:
        """Return the names of all chains."""
        return tuple(sorted([row.chain async for row in self._session.stream(CHAINS)]))

    async def oldest_first(self, chain: str, at_offset: int = 0) -> AsyncIterator[Entry]:
        """Yield the entries of a chain from an offset on, in the order of their offsets."""
        slices = [row.slice async for row in self._session.stream(SLICES, (chain,))]
        for number in sorted(number for number in slices if number >= at_offset // SLICE_OFFSETS):
            async for row in self._session.stream(UPWARDS, (chain, number, at_offset)):
                yield _entry(row)

    async def newest_first(self, chain: str, below_offset: int = ABOVE_ALL) -> AsyncIterator[Entry]:
        """Yield the entries of a chain that stand before an offset, backwards."""
        async for slice_of in self._session.stream(SLICES, (chain,)):
            if slice_of.slice * SLICE_OFFSETS >= below_offset:
                continue
            async for row in self._session.stream(DOWNWARDS, (chain, slice_of.slice, below_offset)):
                yield _entry(row)

    async def _record_slice(self, first: Entry) -> None:
        """Before its entries, which nobody would find without it."""
        named = (first.chain, first.offset // SLICE_OFFSETS)
        if named in self._known:
            return
        if not await self._session.execute(FIND_SLICE, named):
            await self._session.execute(ADD_SLICE, (*named, first.appended_at))
        self._known.add(named)


def _writes(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Yield entries that are added at once: of one slice, and not too many."""
    for _, of_slice in groupby(entries, lambda entry: entry.offset // SLICE_OFFSETS):
        some: list[Entry] = []
        size = 0
        for entry in of_slice:
            added = len(entry.published.event or "")
            if some and (len(some) == MOST_ENTRIES_A_WRITE or size + added > MOST_BYTES_A_WRITE):
                yield some
                some, size = [], 0
            some.append(entry)
            size += added
        yield some


def _write(entry: Entry) -> Write:
    one = entry.published
    values = (
        *(entry.offset // SLICE_OFFSETS, entry.chain, entry.offset, entry.appended_at, entry.number),
        *(one.event, one.problem, entry.previous_offset, entry.previous_signature, entry.key_id, entry.signature),
    )
    return Write(ADD, values)


def _entry(row: Any) -> Entry:
    """Return a row as it stands: of one that was tampered with, every value may be missing."""
    published = PublishedAct(row.offset, _milliseconds(row.appended_at), row.event, row.problem)
    return Entry(
        chain=row.chain,
        number=row.number or 0,
        published=published,
        previous_offset=0 if row.previous_offset is None else row.previous_offset,
        previous_signature=row.previous_signature or b"",
        key_id=row.key_id or "",
        signature=row.signature or b"",
    )


def _milliseconds(moment: Any) -> int:
    """The driver gives moments without a time zone, in UTC, exact to the millisecond."""
    return 0 if moment is None else round(moment.replace(tzinfo=UTC).timestamp() * 1000)

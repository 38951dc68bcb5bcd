"""Lists by time in Cassandra: entries newest first, over partitions that each hold one slice of time."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from infra.cassandra.session import CassandraSession, Write
from infra.cursors import MESSAGE, Position, decode_cursor, encode_cursor
from infra.errors import InvalidCursor
from schemas.queries import Page

ADD_SLICE = "INSERT INTO {keyspace}.list_slices (list, slice) VALUES (?, ?)"
SLICES = "SELECT slice FROM {keyspace}.list_slices WHERE list = ?"
SLICES_FROM = "SELECT slice FROM {keyspace}.list_slices WHERE list = ? AND slice <= ?"

# What one call looks at before it returns a short page; the caller goes on with its cursor.
MOST_ENTRIES_A_CALL = 5000
MOST_KNOWN_SLICES = 10_000
# Microseconds since 1970, until the last year that has a name.
VERSIONS = range(253_402_300_800_000_000)

Item = TypeVar("Item")
Slice = tuple[str, datetime]
"""A list's name and the beginning of one of its slices."""
Entry = Sequence[Any]
Load = Callable[[Sequence[Entry]], Awaitable[Sequence[Item | None]]]


@dataclass(frozen=True)
class TimeList:
    """One list: its name, and how its table is read.

    ``select`` gives an entry's version and name first, has markers for ``key`` and slice, and ends in its WHERE
    clause. Within a slice entries are ordered by version and name, falling.
    """

    name: str
    select: str
    key: tuple[str, ...]
    order: str
    slice_ms: int

    def slice_of(self, version: int) -> datetime:
        """Return when the slice begins that holds references of this version."""
        return datetime.fromtimestamp(version // 1000 // self.slice_ms * self.slice_ms / 1000, UTC)


class TimeLists:
    """Reads lists, and keeps the record of the slices that they have entries in."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._known: set[Slice] = set()

    def new_slices(self, slices: Set[Slice]) -> list[list[Write]]:
        """Return the writes that record those of ``slices`` that this process has not recorded yet."""
        return [[Write(ADD_SLICE, new)] for new in slices - self._known]

    def remember(self, slices: Set[Slice]) -> None:
        """Take note that ``slices`` are durable."""
        if len(self._known) > MOST_KNOWN_SLICES:
            self._known.clear()
        self._known |= slices

    async def page(
        self, time_list: TimeList, listing: Sequence[object], limit: int, cursor: str | None, load: Load[Item]
    ) -> Page[Item]:
        """Return up to ``limit`` items, newest first; raises ``InvalidCursor`` for a cursor not of ``listing``.

        ``load`` turns entries into items, or into None where one is not to be shown. A page may be short although
        there is more: then it has a cursor.
        """
        after = None if cursor is None else _place_of(decode_cursor(listing, cursor, (int, str)))
        items: list[Item] = []
        last_shown: Entry = ()
        examined = 0
        async for chunk in _chunks(self._entries(time_list, after, limit + 1), limit + 1):
            for entry, item in zip(chunk, await load(chunk), strict=True):
                if item is None:
                    continue
                if len(items) == limit:
                    return Page(items=tuple(items), next_cursor=encode_cursor(listing, last_shown[:2]))
                items.append(item)
                last_shown = entry
            examined += len(chunk)
            if examined >= MOST_ENTRIES_A_CALL:
                return Page(items=tuple(items), next_cursor=encode_cursor(listing, chunk[-1][:2]))
        return Page(items=tuple(items))

    async def _entries(
        self, time_list: TimeList, after: tuple[Any, ...] | None, page_size: int
    ) -> AsyncIterator[Entry]:
        start = time_list.slice_of(after[0]) if after else None
        async for begins in self._slices(time_list.name, start):
            statement, values = time_list.select, (*time_list.key, begins)
            if after is not None and begins == start:
                statement, values = f"{statement} AND {time_list.order} < (?, ?)", (*values, *after)
            async for entry in self._session.stream(statement, values, page_size):
                yield entry

    async def _slices(self, name: str, start: datetime | None) -> AsyncIterator[datetime]:
        rows = (
            self._session.stream(SLICES, (name,)) if start is None else self._session.stream(SLICES_FROM, (name, start))
        )
        async for row in rows:
            # The driver returns moments in UTC without saying so.
            yield row.slice.replace(tzinfo=UTC)


def _place_of(position: Position) -> tuple[Any, ...]:
    """Return an entry's place; raises ``InvalidCursor`` for one at no time that there is."""
    if position[0] not in VERSIONS:
        raise InvalidCursor(MESSAGE)
    return tuple(position)


async def _chunks(entries: AsyncIterator[Entry], size: int) -> AsyncIterator[list[Entry]]:
    chunk: list[Entry] = []
    async for entry in entries:
        chunk.append(entry)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk

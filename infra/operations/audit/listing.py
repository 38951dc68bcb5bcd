"""The entries of all chains together, newest first, in pages."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Protocol

from pydantic import ValidationError

from infra.cursors import MESSAGE, decode_cursor, encode_cursor
from infra.errors import InvalidCursor
from infra.operations.audit.chain import Entry
from infra.operations.audit.store import ABOVE_ALL
from infra.operations.audit.verification import head_of
from schemas.activity import AuditEvent
from schemas.queries import Page
from schemas.records.audit import AuditEntry, AuditQuery, ChainHead

# What one call looks at before it returns a short page; the caller goes on with its cursor.
MOST_ENTRIES_A_CALL = 5000
# A chain, and the offset below which its entries are yet to come.
PLACE = re.compile(r"(.+)=([0-9]{1,19})")


class Chains(Protocol):
    """Where chains are read backwards."""

    async def chains(self) -> tuple[str, ...]: ...
    async def head(self, chain: str) -> Entry | None: ...
    def newest_first(self, chain: str, below_offset: int = ABOVE_ALL) -> AsyncIterator[Entry]: ...


class AuditList:
    """Lists the audit trail. A cursor holds how far each chain was read: what is added meanwhile shifts no page."""

    def __init__(self, trail: Chains) -> None:
        self._trail = trail

    async def heads(self) -> tuple[ChainHead, ...]:
        """Return how far each chain reaches."""
        newest = [await self._trail.head(chain) for chain in await self._trail.chains()]
        return tuple(head_of(entry) for entry in newest if entry is not None)

    async def page(self, query: AuditQuery, limit: int, cursor: str | None = None) -> Page[AuditEntry]:
        """Return entries that match; a page may be short although more follow. Raises ``InvalidCursor``."""
        listing = ["audit", *sorted(query.model_dump(mode="json").items())]
        walks = await self._begin(None if cursor is None else _read_cursor(listing, cursor))
        found: list[AuditEntry] = []
        for _ in range(MOST_ENTRIES_A_CALL):
            entry = await _next_of(walks)
            if entry is None or (query.since is not None and entry.appended_at < query.since):
                return Page(items=tuple(found))
            shown = shown_entry(entry)
            if query.means(shown):
                found.append(shown)
            if len(found) == limit:
                break
        return Page(items=tuple(found), next_cursor=_cursor(listing, walks))

    async def _begin(self, below: Mapping[str, int] | None) -> "list[_Walk]":
        places = below if below is not None else dict.fromkeys(await self._trail.chains(), ABOVE_ALL)
        walks = [_Walk(chain, self._trail.newest_first(chain, offset)) for chain, offset in places.items()]
        for walk in walks:
            await walk.step()
        return walks


class _Walk:
    """One chain, read backwards; ``entry`` is the next of it."""

    def __init__(self, chain: str, entries: AsyncIterator[Entry]) -> None:
        self.chain = chain
        self.entry: Entry | None = None
        self._entries = entries

    async def step(self) -> None:
        self.entry = await anext(self._entries, None)


async def _next_of(walks: Iterable[_Walk]) -> Entry | None:
    """Return the newest entry that is yet to come."""
    left = [(walk.entry, walk) for walk in walks if walk.entry is not None]
    if not left:
        return None
    entry, walk = max(left, key=lambda one: (one[0].appended_at, one[0].chain))
    await walk.step()
    return entry


def shown_entry(entry: Entry) -> AuditEntry:
    """Return an entry as people and programs see it."""
    event = _event(entry.published.event)
    problem = entry.published.problem
    if event is None and problem is None:
        problem = "the event cannot be read"
    return AuditEntry(
        chain=entry.chain,
        number=entry.number,
        offset=entry.offset,
        appended_at=entry.appended_at,
        event=event,
        problem=problem,
        signature=entry.signature.hex(),
    )


def _event(text: str | None) -> AuditEvent | None:
    try:
        return None if text is None else AuditEvent.model_validate_json(text)
    except ValidationError:
        # Of a newer platform, or tampered with: the check of the chain tells which.
        return None


def _cursor(listing: Sequence[object], walks: Iterable[_Walk]) -> str | None:
    below = [f"{walk.chain}={walk.entry.offset + 1}" for walk in walks if walk.entry is not None]
    return encode_cursor(listing, [" ".join(below)]) if below else None


def _read_cursor(listing: Sequence[object], cursor: str) -> dict[str, int]:
    [places] = decode_cursor(listing, cursor, (str,))
    return dict(_read_place(place) for place in str(places).split())


def _read_place(place: str) -> tuple[str, int]:
    found = PLACE.fullmatch(place)
    if found is None or int(found[2]) > ABOVE_ALL:
        raise InvalidCursor(MESSAGE)
    return found[1], int(found[2])

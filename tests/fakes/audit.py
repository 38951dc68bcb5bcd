"""The audit trail in memory, and what tests of it need."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra.operations.audit.chain import Entry, PublishedAct
from infra.operations.audit.keys import SigningKey
from infra.operations.audit.store import ABOVE_ALL
from schemas.activity import Action, AuditEvent
from tests.fakes.stores import Fallible

KEY = SigningKey(bytes(range(32)))
OTHER_KEY = SigningKey(bytes(range(32, 64)))


@dataclass
class FakeAuditStore(Fallible):
    """Entries by chain and offset."""

    entries: dict[str, dict[int, Entry]] = field(default_factory=dict)

    async def append(self, entries: Sequence[Entry]) -> bool:
        self.require_up()
        for entry in entries:
            of_chain = self.entries.setdefault(entry.chain, {})
            if entry.offset in of_chain:
                return False
            of_chain[entry.offset] = entry
        return True

    async def head(self, chain: str) -> Entry | None:
        return await anext(self.newest_first(chain), None)

    async def chains(self) -> tuple[str, ...]:
        self.require_up()
        return tuple(sorted(chain for chain, entries in self.entries.items() if entries))

    async def oldest_first(self, chain: str, at_offset: int = 0) -> AsyncIterator[Entry]:
        self.require_up()
        for offset, entry in sorted(self.entries.get(chain, {}).items()):
            if offset >= at_offset:
                yield entry

    async def newest_first(self, chain: str, below_offset: int = ABOVE_ALL) -> AsyncIterator[Entry]:
        self.require_up()
        for offset, entry in sorted(self.entries.get(chain, {}).items(), reverse=True):
            if offset < below_offset:
                yield entry


@dataclass(frozen=True)
class FakeTopicPart:
    """What a topic still holds of one chain."""

    published: Sequence[PublishedAct]
    start: int = 0
    end: int = ABOVE_ALL

    def read(self) -> Iterator[PublishedAct]:
        yield from (one for one in self.published if self.start <= one.offset < self.end)


def audit_event(number: int = 0, **fields: object) -> AuditEvent:
    known = {"action": Action.LOGGED_IN, "actor": f"actor-{number}", "subject": f"subject-{number}"}
    return AuditEvent.model_validate({**known, "at": datetime(2026, 3, 1, 12, tzinfo=UTC), **fields})


def published(*offsets: int, **fields: object) -> list[PublishedAct]:
    """Return one audit event for each offset, as the topic holds it; appended a second apart."""
    return [one_published(offset, audit_event(offset, **fields)) for offset in offsets]


def one_published(offset: int, event: AuditEvent) -> PublishedAct:
    return PublishedAct(offset, 1_772_366_400_000 + offset * 1000, event.model_dump_json(exclude_none=True))


def offsets_of(entries: Iterable[Entry]) -> list[int]:
    return [entry.offset for entry in entries]

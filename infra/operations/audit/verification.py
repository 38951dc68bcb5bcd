"""Whether the audit trail is as it was written: every entry, its place, and what it follows."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from infra.operations.audit.chain import NO_OFFSET, NOTHING, Entry, PublishedAct, is_signed_by
from infra.operations.audit.keys import AuditKeys
from schemas.records.audit import AuditFinding, AuditQuery, AuditReport, ChainHead, Fault

MOST_FINDINGS_TOLD = 1000
SHORT_HEX = 16
DIGEST_BYTES = 16


class Chains(Protocol):
    """Where chains are read."""

    async def chains(self) -> tuple[str, ...]: ...
    def oldest_first(self, chain: str, at_offset: int = 0) -> AsyncIterator[Entry]: ...


class TopicPart(Protocol):
    """What the topic still holds of one chain: from ``start`` up to but not including ``end``."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    def read(self) -> Iterator[PublishedAct]: ...


@dataclass
class AuditFindings:
    """What was found: the first ones, and how many there are."""

    count: int = 0
    first: list[AuditFinding] = field(default_factory=list)

    def add(self, entry_chain: str, offset: int, fault: Fault, detail: str) -> None:
        self.count += 1
        if len(self.first) < MOST_FINDINGS_TOLD:
            self.first.append(AuditFinding(chain=entry_chain, offset=offset, fault=fault, detail=detail))


class Verification:
    """One check of all chains.

    Finds an entry that was changed, moved, added or signed with a key that is not ours, and those that are missing
    before another. That the newest ones are missing only what is kept elsewhere can tell: ``expected`` heads of an
    earlier check, and the topic itself for as long as it keeps its messages.
    """

    def __init__(
        self, trail: Chains, keys: AuditKeys, expected: Sequence[ChainHead] = (), span: AuditQuery | None = None
    ) -> None:
        """``span`` bounds by their times which entries are looked at; how they follow each other is always."""
        self._trail = trail
        self._keys = keys
        self._expected: Mapping[str, ChainHead] = {head.chain: head for head in expected}
        self._span = span or AuditQuery()
        self._findings = AuditFindings()
        self._compared = 0

    async def run(self, topic: Mapping[str, TopicPart] | None = None, uncompared: str | None = None) -> AuditReport:
        """Check every chain; ``topic`` is what it still holds, by chain, and ``uncompared`` why it is not known."""
        parts = topic or {}
        names = sorted({*await self._trail.chains(), *self._expected, *parts})
        heads = [head for name in names if (head := await self._check(name, parts.get(name))) is not None]
        return AuditReport(
            heads=tuple(heads),
            compared=self._compared,
            uncompared=uncompared,
            found=self._findings.count,
            findings=tuple(self._findings.first),
        )

    async def _check(self, chain: str, part: TopicPart | None) -> ChainHead | None:
        last: Entry | None = None
        seen: dict[int, bytes] = {}
        expected = self._expected.get(chain)
        async for entry in self._trail.oldest_first(chain):
            self._check_link(last, entry)
            if self._span.covers(entry.appended_at):
                self._check_signature(entry)
            if expected is not None and entry.offset == expected.offset:
                self._check_expected(entry, expected)
                expected = None
            if part is not None and part.start <= entry.offset < part.end:
                seen[entry.offset] = _digest(entry.published)
            last = entry
        if expected is not None and expected.entries:
            detail = f"an earlier check saw {expected.entries} entries, up to this one, which is gone"
            self._findings.add(chain, expected.offset, Fault.CUT_OFF, detail)
        if part is not None:
            self._compare(chain, part, seen)
        return None if last is None else head_of(last)

    def _check_link(self, last: Entry | None, entry: Entry) -> None:
        """Each says what it follows: that must be the one that stands before it."""
        offset, number = (NO_OFFSET, 0) if last is None else (last.offset, last.number)
        signature = NOTHING if last is None else last.signature
        if (entry.previous_offset, entry.previous_signature, entry.number) == (offset, signature, number + 1):
            return
        if entry.previous_offset > offset:
            missing = max(1, entry.number - number - 1)
            detail = f"{missing} missing between {_place(offset)} and {entry.offset}"
            self._tell(entry, entry.previous_offset, Fault.MISSING, detail)
        else:
            detail = f"follows {_place(entry.previous_offset)}, and stands behind {_place(offset)}"
            self._tell(entry, entry.offset, Fault.OUT_OF_ORDER, detail)

    def _check_signature(self, entry: Entry) -> None:
        key = self._keys.find(entry.key_id)
        if key is None:
            self._tell(entry, entry.offset, Fault.UNKNOWN_KEY, f"signed with key {entry.key_id[:SHORT_HEX]}")
        elif not is_signed_by(entry, key):
            self._tell(entry, entry.offset, Fault.CHANGED, "what it says, or its place, is not what was signed")

    def _check_expected(self, entry: Entry, expected: ChainHead) -> None:
        if (entry.number, entry.signature.hex()) != (expected.entries, expected.signature):
            detail = f"was entry {expected.entries} of its chain and had another signature at an earlier check"
            self._findings.add(entry.chain, entry.offset, Fault.CHANGED, detail)

    def _compare(self, chain: str, part: TopicPart, seen: dict[int, bytes]) -> None:
        for published in part.read():
            self._compared += 1
            known = seen.pop(published.offset, None)
            if known is None:
                detail = "the topic holds this message, and the worker has acknowledged it"
                self._findings.add(chain, published.offset, Fault.NOT_RECORDED, detail)
            elif known != _digest(published):
                self._findings.add(chain, published.offset, Fault.DIFFERS, "the topic's message says something else")
        for offset in sorted(seen):
            self._findings.add(chain, offset, Fault.NOT_PUBLISHED, "the topic holds no such message")

    def _tell(self, entry: Entry, offset: int, fault: Fault, detail: str) -> None:
        if self._span.covers(entry.appended_at):
            self._findings.add(entry.chain, offset, fault, detail)


def _digest(published: PublishedAct) -> bytes:
    """What the topic holds of many messages is compared by this alone: their texts would not fit into memory."""
    return hashlib.blake2b(repr(published).encode(), digest_size=DIGEST_BYTES).digest()


def _place(offset: int) -> str:
    return "the beginning" if offset == NO_OFFSET else str(offset)


def head_of(entry: Entry) -> ChainHead:
    """Return how far a chain reaches that ends with this entry."""
    return ChainHead(
        chain=entry.chain,
        entries=entry.number,
        offset=entry.offset,
        appended_at=entry.appended_at,
        signature=entry.signature.hex(),
    )

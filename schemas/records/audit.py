"""The audit trail as people and programs see it: its entries, its chains, and what a check of them finds."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from schemas.activity import AuditEvent
from schemas.images import MAX_NAME_CHARACTERS, Frozen


class AuditEntry(Frozen):
    """One entry of the audit trail."""

    chain: str = Field(description="The topic's id in Kafka and the partition, separated by a colon.")
    number: int = Field(description="The entry's number in its chain, starting with 1.")
    offset: int = Field(description="The offset of its message in that partition.")
    appended_at: datetime = Field(description="When the broker stored the message, by the broker's clock.")
    event: AuditEvent | None = Field(default=None, description="What was done. Absent if the message cannot be read.")
    problem: str | None = Field(default=None, description="What is wrong with a message that is not a valid event.")
    signature: str = Field(description="The HMAC-SHA256 over the entry and the previous signature, in hexadecimal.")


class ChainHead(Frozen):
    """The present end of one chain. If you store it elsewhere, it can prove later that nothing was cut off."""

    chain: str
    entries: int
    offset: int
    appended_at: datetime
    signature: str


class AuditQuery(Frozen):
    """Which entries are meant: all of these must fit."""

    actor: str | None = Field(default=None, max_length=MAX_NAME_CHARACTERS)
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def means(self, entry: AuditEntry) -> bool:
        """Whether the entry is one of these; the times are those of the broker."""
        if not self.covers(entry.appended_at):
            return False
        if self.actor is self.action is self.subject is None:
            return True
        event = entry.event
        return (
            event is not None
            and self.actor in (None, event.actor)
            and self.action in (None, event.action.value)
            and self.subject in (None, event.subject)
        )

    def covers(self, moment: datetime) -> bool:
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


class Fault(StrEnum):
    """What is wrong with an entry."""

    CHANGED = "changed"
    MISSING = "missing"
    OUT_OF_ORDER = "out_of_order"
    UNKNOWN_KEY = "unknown_key"
    CUT_OFF = "cut_off"
    NOT_RECORDED = "not_recorded"
    DIFFERS = "differs_from_topic"
    NOT_PUBLISHED = "not_published"


class AuditFinding(Frozen):
    """One thing that is wrong with the audit trail."""

    chain: str
    offset: int
    fault: Fault
    detail: str


class AuditReport(Frozen):
    """What a check of the audit trail found."""

    heads: tuple[ChainHead, ...]
    compared: int = Field(default=0, description="Messages that the topic still held and the trail was held against.")
    uncompared: str | None = Field(default=None, description="Why the trail was not held against the topic.")
    found: int = Field(default=0, description="How many things are wrong.")
    findings: tuple[AuditFinding, ...] = Field(default=(), description="The first of these.")

    @property
    def is_intact(self) -> bool:
        return not self.found

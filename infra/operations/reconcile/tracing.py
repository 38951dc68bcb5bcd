"""The first half of the judgement: which outcomes on the topics belong to which reference."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from infra.operations.reconcile.findings import Findings
from infra.operations.reconcile.records.records import NO_KEY, Kind, Mark, MessagePlace, TraceRecord
from infra.operations.reconcile.unread import UnreadRanges
from schemas.records.reconciliation import TOPICS

NOTES = (Kind.RESOLUTION, Kind.WAITING)
US_PER_MS = 1000


@dataclass
class Traces:
    """What the topics alone tell; ``accepted`` are all references.

    ``unread`` are the references that were deleted before recognition had read them, as dead letters tell.
    """

    unread: UnreadRanges = field(default_factory=UnreadRanges)
    lost: Findings = field(default_factory=Findings)
    accepted: int = 0
    pending: int = 0
    redelivered: int = 0
    put_away: int = 0
    """References of ranges that an administrator has put away, where these are not counted as a whole."""

    def trace(self, bucket: Iterable[TraceRecord]) -> Iterator[TraceRecord]:
        """Count a bucket of references and their outcomes; yields what the stores must hold.

        Outcomes of references that are not there are passed over: the topic has forgotten those, or they were not
        asked for. A reference that is only known from Cassandra, and has no outcome anywhere, is lost.
        """
        references: dict[MessagePlace, TraceRecord] = {}
        stored: set[MessagePlace] = set()
        outcomes: defaultdict[MessagePlace, list[TraceRecord]] = defaultdict(list)
        noted: dict[MessagePlace, set[Kind]] = defaultdict(set)
        for record in bucket:
            if record.kind is Kind.REFERENCE:
                references[record.place] = record
            elif record.kind is Kind.ROW_ACCEPTED:
                stored.add(record.place)
            elif record.kind in NOTES:
                noted[record.place].add(record.kind)
            else:
                outcomes[record.place].append(record)
        known = {*references, *outcomes, *noted}
        for place in known:
            self.unread.saw(place)
        self._count_forgotten(stored - known)
        for place, reference in references.items():
            yield from self._trace(reference, outcomes.get(place, []), noted.get(place, set()))

    def _trace(
        self, reference: TraceRecord, outcomes: Sequence[TraceRecord], noted: Set[Kind]
    ) -> Iterable[TraceRecord]:
        self.accepted += 1
        if not outcomes:
            return self._unanswered(reference, waits=Kind.WAITING in noted)
        claims = [claim._replace(order=reference.order) for claim in _claims(outcomes)]
        if Kind.RESOLUTION in noted:
            claims = [_put_away(claim) for claim in claims]
        self.redelivered += len(outcomes) - len({outcome.pipeline for outcome in outcomes})
        return claims

    def _unanswered(self, reference: TraceRecord, *, waits: bool) -> Iterable[TraceRecord]:
        """Where no sink has missed outcomes, one that the topics do not hold is missing; else the stores tell."""
        past = Mark.RECOGNISED_PAST in reference.marks and not waits
        if past and (reference.key == NO_KEY or not self.unread.sinks_have_missed):
            self.lost.add(reference.place, (TOPICS,))
            return ()
        if reference.key == NO_KEY:
            self.pending += 1
            return ()
        marks = Mark.RECOGNISED_PAST if past else Mark.NONE
        at_us = reference.place.appended_at_ms * US_PER_MS
        return [TraceRecord(Kind.UNANSWERED, reference.key, at_us, reference.place, marks=marks, order=reference.order)]

    def _count_forgotten(self, places: Set[MessagePlace]) -> None:
        """Count references that Cassandra knows, and that no topic holds any more; those of a range count with it."""
        for place in places:
            if self.unread.count_for(place):
                continue
            self.accepted += 1
            if self.unread.have_put_away(place):
                self.put_away += 1
            else:
                self.lost.add(place, (TOPICS,))


def _put_away(claim: TraceRecord) -> TraceRecord:
    return claim._replace(kind=Kind.DISCARD) if claim.kind is Kind.REJECTION else claim


def _claims(outcomes: Sequence[TraceRecord]) -> list[TraceRecord]:
    """Return one outcome for each pipeline; what a sink has read of any of its copies, it has read.

    A recognition counts more than a rejection of the same reference.
    """
    results = [outcome for outcome in outcomes if outcome.kind is Kind.RESULT]
    claims: dict[int, TraceRecord] = {}
    for outcome in results or outcomes:
        known = claims.setdefault(outcome.pipeline, outcome)
        claims[outcome.pipeline] = known._replace(marks=known.marks | outcome.marks)
    return list(claims.values())

"""The first half of the judgement: which outcomes on the topics belong to which reference."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from infra.reconciliation.findings import Findings
from infra.reconciliation.records import Kind, Mark, Place, Record
from schemas.reconciliation import TOPICS

NOTES = (Kind.RESOLUTION, Kind.WAITING)


@dataclass
class Traces:
    """What the topics alone tell; ``accepted`` are all references."""

    lost: Findings = field(default_factory=Findings)
    accepted: int = 0
    pending: int = 0
    redelivered: int = 0

    def trace(self, bucket: Iterable[Record]) -> Iterator[Record]:
        """Count a bucket of references and their outcomes; yields the outcomes that the stores must hold.

        Outcomes of references that are not there are passed over: the topic has forgotten those, or they were not
        asked for.
        """
        references: list[Record] = []
        outcomes: defaultdict[Place, list[Record]] = defaultdict(list)
        noted: dict[Place, set[Kind]] = defaultdict(set)
        for record in bucket:
            if record.kind is Kind.REFERENCE:
                references.append(record)
            elif record.kind in NOTES:
                noted[record.place].add(record.kind)
            else:
                outcomes[record.place].append(record)
        for reference in references:
            place = reference.place
            yield from self._trace(reference, outcomes.get(place, []), noted.get(place, set()))

    def _trace(self, reference: Record, outcomes: Sequence[Record], noted: Set[Kind]) -> Iterable[Record]:
        self.accepted += 1
        if not outcomes:
            self._count_unanswered(reference, waits=Kind.WAITING in noted)
            return ()
        claims = _claims(outcomes)
        if Kind.RESOLUTION in noted:
            claims = [_put_away(claim) for claim in claims]
        self.redelivered += len(outcomes) - len({outcome.pipeline for outcome in outcomes})
        return claims

    def _count_unanswered(self, reference: Record, *, waits: bool) -> None:
        if Mark.RECOGNISED_PAST in reference.marks and not waits:
            self.lost.add(reference.place, (TOPICS,))
        else:
            self.pending += 1


def _put_away(claim: Record) -> Record:
    return claim._replace(kind=Kind.DISCARD) if claim.kind is Kind.REJECTION else claim


def _claims(outcomes: Sequence[Record]) -> list[Record]:
    """Return one outcome for each pipeline; what a sink has read of any of its copies, it has read.

    A recognition counts more than a rejection of the same reference.
    """
    results = [outcome for outcome in outcomes if outcome.kind is Kind.RESULT]
    claims: dict[int, Record] = {}
    for outcome in results or outcomes:
        known = claims.setdefault(outcome.pipeline, outcome)
        claims[outcome.pipeline] = known._replace(marks=known.marks | outcome.marks)
    return list(claims.values())

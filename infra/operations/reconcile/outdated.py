"""Whether a store shows of an image the outcome of a reference that is not its newest."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from infra.operations.reconcile.records.records import Kind, Mark, TraceRecord
from schemas.records.reconciliation import CASSANDRA, ELASTICSEARCH

ANSWERS = frozenset({Kind.RESULT, Kind.REJECTION, Kind.DISCARD})
# Of a document: its rejection, what was done about that, its recognition, and that by a pipeline promoted since.
DOCUMENT_VERSIONS = 4


class Shown(Protocol):
    """What the stores show of one image."""

    recognised: int
    rejected: int
    document: int


def find_outdated(image: Shown, claims: Sequence[TraceRecord]) -> Iterator[tuple[TraceRecord, str]]:
    """Yield the newest reference whose outcome a store should show, since its sink has acknowledged it, and the store.

    Replays answer what was answered before, and make no image newer. Elasticsearch shows what counts alone. A store
    that shows what no reference here accounts for is not judged: its reference is older than all topics, or newer.
    """
    answers = [claim for claim in claims if claim.kind in ANSWERS and Mark.REPLAYED not in claim.marks]
    counting = [claim for claim in answers if Mark.ASIDE not in claim.marks]
    in_cassandra = max(image.recognised, image.rejected)
    yield from ((newest, CASSANDRA) for newest in _hidden(answers, in_cassandra, Mark.STORED_PAST))
    in_index = image.document // DOCUMENT_VERSIONS
    yield from ((newest, ELASTICSEARCH) for newest in _hidden(counting, in_index, Mark.INDEXED_PAST))


def _hidden(answers: Sequence[TraceRecord], shown: int, acknowledged: Mark) -> list[TraceRecord]:
    """Return the newest of those that stand behind what is shown and should stand before it; none where all is well."""
    hidden = [
        claim
        for claim in answers
        if acknowledged in claim.marks
        and claim.version < shown
        and any(other.version == shown and _is_newer(claim, other) for other in answers)
    ]
    return [max(hidden, key=lambda claim: (claim.order, claim.place.offset))] if hidden else []


def _is_newer(one: TraceRecord, other: TraceRecord) -> bool:
    """Within a partition the offset decides, across partitions the number: what was given, or should have been."""
    if one.place[:2] == other.place[:2]:
        return one.place.offset > other.place.offset
    return max(one.order, one.version) > max(other.order, other.version)

"""Which outcomes on the topics belong to which reference."""

from infra.reconciliation.records import NO_KEY, Kind, Mark, Place, Record, digest, pipeline_digest
from infra.reconciliation.tracing import Traces
from schemas.reconciliation import TOPICS

FIRST, SECOND = Place(0, 0, 7), Place(0, 0, 8)
CAT = digest("cat")
STANDARD, NEWER = pipeline_digest("standard@1"), pipeline_digest("standard@2")


def reference(place: Place = FIRST, marks: Mark = Mark.RECOGNISED_PAST) -> Record:
    return Record(Kind.REFERENCE, NO_KEY, 100, place, marks=marks)


def outcome(
    kind: Kind = Kind.RESULT, place: Place = FIRST, pipeline: int = STANDARD, marks: Mark = Mark.NONE
) -> Record:
    return Record(kind, CAT, 100, place, pipeline, marks)


def test_an_answered_reference_claims_its_outcome_from_the_stores() -> None:
    traces = Traces()
    assert list(traces.trace([reference(), outcome()])) == [outcome()]
    assert (traces.accepted, traces.pending, traces.lost.count, traces.redelivered) == (1, 0, 0, 0)


def test_an_unanswered_reference_is_pending_until_it_is_acknowledged() -> None:
    traces = Traces()
    assert list(traces.trace([reference(marks=Mark.NONE)])) == []
    assert (traces.pending, traces.lost.count) == (1, 0)


def test_an_unanswered_reference_that_was_acknowledged_is_lost() -> None:
    traces = Traces()
    assert list(traces.trace([reference(), reference(SECOND), outcome(place=SECOND)])) == [outcome(place=SECOND)]
    assert traces.lost.told == [(FIRST, (TOPICS,))]
    assert traces.accepted == 2


def test_an_outcome_published_twice_was_redelivered_and_counts_as_read_where_either_was() -> None:
    traces = Traces()
    copies = [outcome(marks=Mark.STORED_PAST), outcome(marks=Mark.INDEXED_PAST)]
    assert list(traces.trace([reference(), *copies])) == [outcome(marks=Mark.STORED_PAST | Mark.INDEXED_PAST)]
    assert traces.redelivered == 1


def test_answers_of_two_pipelines_are_both_claimed_and_no_redelivery() -> None:
    traces = Traces()
    answers = [outcome(), outcome(pipeline=NEWER)]
    assert list(traces.trace([reference(), *answers])) == answers
    assert (traces.accepted, traces.redelivered) == (1, 0)


def test_a_recognition_counts_more_than_a_rejection_of_the_same_reference() -> None:
    traces = Traces()
    assert list(traces.trace([outcome(Kind.REJECTION), reference(), outcome()])) == [outcome()]
    assert traces.redelivered == 1


def test_a_reference_that_will_be_tried_again_is_pending() -> None:
    traces = Traces()
    assert list(traces.trace([reference(), outcome(Kind.WAITING)])) == []
    assert (traces.pending, traces.lost.count) == (1, 0)


def test_a_rejection_that_was_put_away_is_discarded_and_was_not_redelivered() -> None:
    traces = Traces()
    (claim,) = traces.trace([reference(), outcome(Kind.RESOLUTION), outcome(Kind.REJECTION)])
    assert (claim.kind, traces.redelivered) == (Kind.DISCARD, 0)


def test_the_outcome_of_a_reference_that_the_topic_has_forgotten_counts_nowhere() -> None:
    traces = Traces()
    assert list(traces.trace([outcome()])) == []
    assert traces.accepted == 0

"""Which outcomes on the topics belong to which reference."""

from infra.operations.reconcile.records.records import (
    NO_KEY,
    Kind,
    Mark,
    MessagePlace,
    TraceRecord,
    digest,
    pipeline_digest,
)
from infra.operations.reconcile.tracing import Traces
from infra.operations.reconcile.unread import UnreadRanges
from schemas.records.reconciliation import TOPICS
from tests.unit.infra.operations.reconcile.test_unread import NOTICED_MS, unread

FIRST, SECOND = MessagePlace(0, 0, 7), MessagePlace(0, 0, 8)
CAT = digest("cat")
STANDARD, NEWER = pipeline_digest("standard@1"), pipeline_digest("standard@2")


def reference(place: MessagePlace = FIRST, marks: Mark = Mark.RECOGNISED_PAST) -> TraceRecord:
    return TraceRecord(Kind.REFERENCE, NO_KEY, 100, place, marks=marks)


def outcome(
    kind: Kind = Kind.RESULT, place: MessagePlace = FIRST, pipeline: int = STANDARD, marks: Mark = Mark.NONE
) -> TraceRecord:
    return TraceRecord(kind, CAT, 100, place, pipeline, marks)


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


def test_the_outcome_of_a_message_of_a_topic_that_was_made_anew_answers_no_message_of_the_present_one() -> None:
    traces = Traces()
    earlier, later = FIRST._replace(appended_at_ms=1000), FIRST._replace(appended_at_ms=2000)
    assert list(traces.trace([reference(later), outcome(place=earlier)])) == []
    assert (traces.accepted, traces.lost.told) == (1, [(later, (TOPICS,))])


def test_a_reference_that_only_cassandra_knows_is_lost_unless_anything_on_the_topics_tells_of_it() -> None:
    traces = Traces()
    known = TraceRecord(Kind.ROW_ACCEPTED, NO_KEY, 100, FIRST)
    assert list(traces.trace([known])) == []
    assert (traces.accepted, traces.lost.told) == (1, [(FIRST, (TOPICS,))])
    for told in (reference(marks=Mark.NONE), outcome(), outcome(Kind.WAITING)):
        traces = Traces()
        list(traces.trace([known, told]))
        assert traces.lost.count == 0


def test_a_reference_that_only_cassandra_knows_counts_with_the_range_it_was_deleted_in() -> None:
    ranges = UnreadRanges()
    ranges.add(unread(5, 9))
    traces = Traces(ranges)
    stood = FIRST._replace(appended_at_ms=NOTICED_MS - 1)
    assert list(traces.trace([TraceRecord(Kind.ROW_ACCEPTED, NO_KEY, 100, stood)])) == []
    assert (traces.accepted, traces.lost.count, ranges.lost()) == (0, 0, 5)


def test_of_one_workspace_what_cassandra_knows_of_a_range_counts_alone() -> None:
    stood = FIRST._replace(appended_at_ms=NOTICED_MS - 1)
    known = TraceRecord(Kind.ROW_ACCEPTED, NO_KEY, 100, stood)
    ranges = UnreadRanges(whole=False)
    ranges.add(unread(5, 9))
    traces = Traces(ranges)
    list(traces.trace([known]))
    assert (traces.accepted, traces.lost.count, traces.put_away) == (1, 1, 0)
    ranges.discard(unread(5, 9))
    traces = Traces(ranges)
    list(traces.trace([known]))
    assert (traces.accepted, traces.lost.count, traces.put_away) == (1, 0, 1)


def test_where_a_sink_has_missed_outcomes_an_unanswered_reference_is_looked_up_in_the_stores() -> None:
    named = TraceRecord(Kind.REFERENCE, CAT, 7, FIRST._replace(appended_at_ms=3), marks=Mark.RECOGNISED_PAST)
    traces = Traces()
    assert list(traces.trace([named])) == []
    assert traces.lost.told == [(named.place, (TOPICS,))]
    ranges = UnreadRanges()
    ranges.add(unread(5, 9, group="vedette-index", topic="recognition-results"))
    traces = Traces(ranges)
    (claim,) = traces.trace([named])
    assert claim == TraceRecord(Kind.UNANSWERED, CAT, 3000, named.place, marks=Mark.RECOGNISED_PAST)
    assert traces.lost.count == 0
    (waiting,) = traces.trace([named, outcome(Kind.WAITING, place=named.place)])
    assert waiting.marks == Mark.NONE

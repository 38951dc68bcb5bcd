"""Whether both stores hold what the topics say, image by image."""

import pytest

from infra.elasticsearch.versions import aside_version, outcome_version, rejection_version
from infra.operations.reconcile.records.records import (
    NOWHERE,
    Kind,
    Mark,
    MessagePlace,
    TraceRecord,
    digest,
    pipeline_digest,
)
from infra.operations.reconcile.settling import ImageVerdict, Settlement
from schemas.records.reconciliation import CASSANDRA, ELASTICSEARCH, TOPICS

CAT = digest("cat")
STANDARD, NEWER = pipeline_digest("standard@1"), pipeline_digest("standard@2")
BOTH = Mark.STORED_PAST | Mark.INDEXED_PAST
PLACE, LATER = MessagePlace(0, 0, 7), MessagePlace(0, 0, 8)


def claim(
    kind: Kind = Kind.RESULT,
    version: int = 100,
    place: MessagePlace = PLACE,
    pipeline: int = STANDARD,
    marks: Mark = BOTH,
) -> TraceRecord:
    return TraceRecord(kind, CAT, version, place, pipeline, marks)


def row(kind: Kind, version: int = 100, pipeline: int = 0) -> TraceRecord:
    return TraceRecord(kind, CAT, version, NOWHERE, pipeline)


def document(version: int, marks: Mark = Mark.NONE) -> TraceRecord:
    return TraceRecord(Kind.DOCUMENT, CAT, version, marks=marks)


RECOGNISED = (row(Kind.ROW_RECOGNISED), row(Kind.STORED_RESULT, pipeline=STANDARD), document(outcome_version(100)))
REJECTED = (row(Kind.ROW_REJECTED), document(rejection_version(100), Mark.SHOWS_REJECTION))


def settled(*records: TraceRecord) -> Settlement:
    settlement = Settlement()
    settlement.settle(records)
    return settlement


def test_a_result_in_both_stores_is_recognised() -> None:
    found = settled(claim(), *RECOGNISED)
    assert found.verdicts == {ImageVerdict.RECOGNISED: 1}
    assert (found.lost.count, found.doubled.count) == (0, 0)


@pytest.mark.parametrize(
    ("missing", "store"), [(0, CASSANDRA), (1, CASSANDRA), (2, ELASTICSEARCH)], ids=["status", "answer", "document"]
)
def test_a_result_that_a_sink_acknowledged_and_a_store_lacks_is_lost(missing: int, store: str) -> None:
    found = settled(claim(), *(kept for number, kept in enumerate(RECOGNISED) if number != missing))
    assert found.verdicts == {ImageVerdict.LOST: 1}
    assert found.lost.told == [(PLACE, (store,))]


def test_a_result_that_nobody_holds_is_lost_in_both_stores() -> None:
    assert settled(claim()).lost.told == [(PLACE, (CASSANDRA, ELASTICSEARCH))]


def test_an_older_result_in_the_place_of_a_newer_one_is_a_loss() -> None:
    assert settled(claim(version=101), *RECOGNISED).lost.count == 1


def test_a_result_that_no_sink_has_acknowledged_is_pending() -> None:
    found = settled(claim(marks=Mark.NONE), *RECOGNISED[:2])
    assert found.verdicts == {ImageVerdict.PENDING: 1}
    assert found.lost.count == 0


def test_a_result_that_is_there_before_it_is_acknowledged_is_recognised() -> None:
    assert settled(claim(marks=Mark.NONE), *RECOGNISED).verdicts == {ImageVerdict.RECOGNISED: 1}


def test_the_result_of_an_older_reference_gives_way_to_that_of_a_newer_one() -> None:
    found = settled(claim(version=90), claim(place=LATER), *RECOGNISED)
    assert found.verdicts == {ImageVerdict.RECOGNISED: 2}


def test_a_rejection_in_both_stores_is_rejected_or_discarded_by_its_reason() -> None:
    assert settled(claim(Kind.REJECTION), *REJECTED).verdicts == {ImageVerdict.REJECTED: 1}
    assert settled(claim(Kind.DISCARD), *REJECTED).verdicts == {ImageVerdict.DISCARDED: 1}


def test_a_rejection_outlives_the_recognition_of_a_newer_reference() -> None:
    newer = (row(Kind.ROW_RECOGNISED, 110), row(Kind.STORED_RESULT, 110, STANDARD), document(outcome_version(110)))
    found = settled(claim(Kind.REJECTION), claim(version=110, place=LATER), row(Kind.ROW_REJECTED), *newer)
    assert found.verdicts == {ImageVerdict.REJECTED: 1, ImageVerdict.RECOGNISED: 1}


def test_answers_of_two_pipelines_count_as_one_reference_and_both_must_be_there() -> None:
    answers = (claim(), claim(pipeline=NEWER))
    assert settled(*answers, *RECOGNISED, row(Kind.STORED_RESULT, pipeline=NEWER)).verdicts == {
        ImageVerdict.RECOGNISED: 1
    }
    assert settled(*answers, *RECOGNISED).verdicts == {ImageVerdict.LOST: 1}


def test_what_an_image_had_before_its_deletion_is_deleted_and_what_came_after_is_not() -> None:
    deletion = claim(Kind.DELETION, 105, MessagePlace(3, 0, 1))
    newer = (row(Kind.ROW_RECOGNISED, 110), row(Kind.STORED_RESULT, 110, STANDARD), document(outcome_version(110)))
    found = settled(claim(), deletion, claim(version=110, place=LATER), row(Kind.ROW_DELETED, 105), *newer)
    assert found.verdicts == {ImageVerdict.DELETED: 1, ImageVerdict.RECOGNISED: 1}
    assert found.lost_deletions == 0


def test_a_deletion_that_a_store_has_not_heard_of_is_lost() -> None:
    deletion = claim(Kind.DELETION, 105, MessagePlace(3, 0, 1))
    found = settled(claim(), deletion, *RECOGNISED)
    assert (found.lost_deletions, found.verdicts) == (1, {ImageVerdict.DELETED: 1})
    assert found.lost.told == [(MessagePlace(3, 0, 1), (CASSANDRA, ELASTICSEARCH))]


def test_two_documents_of_one_image_are_doubled() -> None:
    found = settled(claim(), *RECOGNISED, document(outcome_version(100)))
    assert found.doubled.told == [(PLACE, ())]
    assert found.verdicts == {ImageVerdict.RECOGNISED: 1}


def test_a_result_and_an_open_rejection_of_one_reference_are_doubled() -> None:
    found = settled(claim(), *RECOGNISED[:2], *REJECTED)
    assert found.doubled.told == [(PLACE, ())]
    assert found.lost.count == 0


def test_an_image_that_only_the_stores_know_counts_nowhere() -> None:
    assert settled(*RECOGNISED).verdicts == {}


def test_what_a_pipeline_says_that_does_not_count_must_be_in_cassandra_and_needs_no_document_of_its_own() -> None:
    trial = claim(version=110, place=LATER, pipeline=NEWER, marks=BOTH | Mark.ASIDE)
    stored = row(Kind.STORED_RESULT, 110, NEWER)
    assert settled(claim(), trial, *RECOGNISED, stored).verdicts == {ImageVerdict.RECOGNISED: 2}
    assert settled(claim(), trial, *RECOGNISED).lost.told == [(LATER, (CASSANDRA,))]


def test_an_image_that_only_such_a_pipeline_has_answered_must_have_a_document() -> None:
    trial, stored = claim(pipeline=NEWER, marks=BOTH | Mark.ASIDE), row(Kind.STORED_RESULT, pipeline=NEWER)
    assert settled(trial, stored, document(aside_version(outcome_version(100)))).verdicts == {
        ImageVerdict.RECOGNISED: 1
    }
    assert settled(trial, stored).lost.told == [(PLACE, (ELASTICSEARCH,))]


def test_a_replay_of_a_rejected_reference_by_such_a_pipeline_is_no_double() -> None:
    trial = claim(place=LATER, pipeline=NEWER, marks=BOTH | Mark.ASIDE)
    found = settled(claim(Kind.REJECTION), trial, *REJECTED, row(Kind.STORED_RESULT, pipeline=NEWER))
    assert (found.doubled.count, found.lost.count) == (0, 0)


def unanswered(marks: Mark = Mark.RECOGNISED_PAST) -> TraceRecord:
    return TraceRecord(Kind.UNANSWERED, CAT, 0, PLACE, marks=marks)


@pytest.mark.parametrize(
    ("held", "verdict"), [(RECOGNISED, ImageVerdict.RECOGNISED), (REJECTED, ImageVerdict.REJECTED)]
)
def test_an_outcome_that_the_topics_have_forgotten_counts_where_both_stores_hold_it(
    held: tuple[TraceRecord, ...], verdict: ImageVerdict
) -> None:
    assert settled(unanswered(), *held).verdicts == {verdict: 1}


def test_an_unanswered_reference_is_lost_where_a_store_knows_nothing_of_it() -> None:
    for held, missing in (
        ((), (TOPICS, CASSANDRA, ELASTICSEARCH)),
        (RECOGNISED[:2], (TOPICS, ELASTICSEARCH)),
        (RECOGNISED[2:], (TOPICS, CASSANDRA)),
    ):
        found = settled(unanswered(), *held)
        assert found.verdicts == {ImageVerdict.LOST: 1}
        assert found.lost.told == [(PLACE, missing)]


def test_the_answer_to_a_later_reference_answers_no_earlier_one() -> None:
    later = [record._replace(version=record.version + 5000) for record in RECOGNISED[:2]]
    assert settled(unanswered(), *later, document(outcome_version(5100))).verdicts == {ImageVerdict.LOST: 1}


def test_an_unanswered_reference_is_pending_while_recognition_has_not_acknowledged_it() -> None:
    assert settled(unanswered(Mark.NONE)).verdicts == {ImageVerdict.PENDING: 1}


def test_an_image_that_was_announced_counts_where_no_reference_to_it_is_known() -> None:
    announced = row(Kind.ROW_ANNOUNCED)
    assert settled(announced).announced == 1
    assert settled(announced, unanswered(Mark.NONE)).announced == 0
    assert settled(announced, claim(), *RECOGNISED).announced == 0

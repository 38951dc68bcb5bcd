"""Stores that show an older reference's outcome are told of; nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from infra.elasticsearch.versions import aside_version, outcome_version, rejection_version
from infra.kafka.groups.sequences import PartitionSequence
from infra.operations.reconcile.outdated import find_outdated
from infra.operations.reconcile.records.records import Kind, Mark, MessagePlace, TraceRecord, digest
from infra.operations.reconcile.settling import Settlement, StoredImage
from schemas.records.reconciliation import CASSANDRA, ELASTICSEARCH
from tests.logs import Log, logs, origin_at

CAT = digest("cat")
PAST = Mark.STORED_PAST | Mark.INDEXED_PAST
AT_MS = 1_700_000_000_000


def answer(offset: int, version: int, *, order: int = 0, partition: int = 0, kind: Kind = Kind.RESULT) -> TraceRecord:
    return TraceRecord(
        kind, CAT, version, MessagePlace(0, partition, offset, AT_MS), marks=PAST, order=order or version
    )


def shows(claim: TraceRecord) -> StoredImage:
    """Return what both stores hold where this outcome is the last that they took."""
    image = StoredImage(document=rejection_version(claim.version))
    if claim.kind is Kind.RESULT:
        image = StoredImage(recognised=claim.version, document=outcome_version(claim.version))
    else:
        image.rejected = claim.version
    return image


def told(image: StoredImage, *claims: TraceRecord) -> list[tuple[int, str]]:
    return [(newest.place.offset, store) for newest, store in find_outdated(image, claims)]


def test_the_pair_that_the_last_three_digits_put_in_the_wrong_order() -> None:
    older, newer = answer(999, AT_MS * 1000 + 999), answer(1000, AT_MS * 1000)
    assert told(shows(older), older, newer) == [(1000, CASSANDRA), (1000, ELASTICSEARCH)]
    assert told(shows(older), newer, older) == [(1000, CASSANDRA), (1000, ELASTICSEARCH)]


def test_a_rejection_behind_an_older_result_is_told_too() -> None:
    older, newer = answer(7, 900), answer(8, 100, kind=Kind.REJECTION)
    assert told(shows(older), older, newer) == [(8, CASSANDRA), (8, ELASTICSEARCH)]


def test_across_partitions_the_number_that_a_reference_should_have_decides() -> None:
    older, newer = answer(7, 900, order=900), answer(3, 800, order=1000, partition=1)
    assert told(shows(older), older, newer) == [(3, CASSANDRA), (3, ELASTICSEARCH)]
    assert told(shows(older), older, newer._replace(order=850)) == []


def test_what_a_sink_has_not_acknowledged_yet_is_not_missed() -> None:
    older, newer = answer(7, 900), answer(8, 100)
    stored_only = newer._replace(marks=Mark.STORED_PAST)
    assert told(shows(older), older, stored_only) == [(8, CASSANDRA)]
    assert told(shows(older), older, newer._replace(marks=Mark.NONE)) == []


def test_what_is_shown_by_no_known_reference_is_not_judged() -> None:
    assert told(StoredImage(recognised=5000, document=outcome_version(5000)), answer(7, 900), answer(8, 950)) == []


def test_a_replay_makes_no_image_newer() -> None:
    first = answer(7, 900)
    again = answer(90, 100, partition=1)._replace(marks=PAST | Mark.REPLAYED)
    assert told(shows(first), first, again) == []


def test_a_pipeline_that_does_not_count_is_shown_by_cassandra_alone() -> None:
    first, aside = answer(7, 900), answer(8, 950)._replace(marks=PAST | Mark.ASIDE)
    image = StoredImage(recognised=950, document=outcome_version(900))
    assert aside_version(outcome_version(950)) < image.document
    assert told(image, first, aside) == []


def test_an_outdated_image_is_counted_once_and_named_by_its_newest_reference() -> None:
    older, newer = answer(999, 900), answer(1000, 100)
    settlement = Settlement()
    settlement.settle(
        [
            older,
            newer,
            TraceRecord(Kind.ROW_RECOGNISED, CAT, 900),
            TraceRecord(Kind.STORED_RESULT, CAT, 900),
            TraceRecord(Kind.DOCUMENT, CAT, outcome_version(900)),
        ]
    )
    assert (settlement.outdated.count, settlement.outdated.told) == (1, [(newer.place, (CASSANDRA, ELASTICSEARCH))])


@given(logs(), st.data())
def test_with_numbers_no_image_is_outdated_whichever_of_its_outcomes_came_last(log: Log, data: st.DataObject) -> None:
    sequence = PartitionSequence()
    claims = [answer(offset, sequence.number(origin_at(offset, at_ms))) for offset, at_ms in log]
    image = shows(max(claims, key=lambda claim: claim.version))
    assert told(image, *data.draw(st.permutations(claims))) == []

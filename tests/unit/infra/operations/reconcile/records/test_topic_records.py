"""Messages on the topics become records."""

import json

import pytest

from infra.kafka.batches.unread import Unread
from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Span
from infra.operations.reconcile.records.records import (
    NO_KEY,
    Kind,
    Mark,
    TraceRecord,
    digest,
    pipeline_digest,
    place_on,
)
from infra.operations.reconcile.records.topic_records import TopicRecords, owner_named
from infra.operations.reconcile.unread import UnreadRanges
from schemas.dead_letters import Headers, Reason, Resolution, Resolved, encode_headers, encode_resolution
from schemas.images import Origin
from schemas.messages.replays import REPLAY_OF
from schemas.topics import DEAD_LETTERS, IMAGE_REFERENCES, RECOGNITION_RESULTS, REFERENCE_TOPICS
from tests.samples import START, deletion, identity, origin, rejection, result
from tests.unit.infra.operations.reconcile.test_unread import unread

AT_MS = 1_772_366_400_000
ALL = {(topic, number): Span(0, 2**40) for topic in REFERENCE_TOPICS for number in range(9)}


def message(topic: str, value: bytes | None, offset: int = 5, headers: Headers = ()) -> TopicMessage:
    origin = Origin(topic=topic, partition=0, offset=offset, appended_at_ms=AT_MS)
    return TopicMessage(origin, None, value, tuple(headers))


def outcome(topic: str, value: bytes | None, headers: Headers = ()) -> TraceRecord | None:
    acknowledged = TopicRecords(recognised={}, retried={}, stored={(topic, 0): 6}, indexed={(topic, 0): 5})
    found = list(acknowledged.outcomes(message(topic, value, headers=headers), UnreadRanges(), ALL))
    return found[0] if found else None


def test_a_reference_is_known_by_its_place_whatever_it_holds() -> None:
    records = TopicRecords(recognised={(IMAGE_REFERENCES, 0): 6}, retried={}, stored={}, indexed={})
    stood = Origin(topic=IMAGE_REFERENCES, partition=0, offset=5, appended_at_ms=AT_MS)
    for value in (None, b"", b"\xff", b"{}"):
        [record] = records.references(message(IMAGE_REFERENCES, value), Span(0, 99))
        assert (record.kind, record.place, record.version) == (Kind.REFERENCE, place_on(stood), stood.version)
        assert record.marks == Mark.RECOGNISED_PAST
    [later] = records.references(message(IMAGE_REFERENCES, b"{}", offset=6), Span(0, 99))
    assert later.marks == Mark.NONE


def test_a_result_is_about_its_reference_and_tells_which_sinks_have_read_it() -> None:
    one = result("shop")
    record = outcome(RECOGNITION_RESULTS, one.model_dump_json().encode())
    key, pipeline = digest(one.image_key), pipeline_digest(one.pipeline)
    assert record == TraceRecord(Kind.RESULT, key, one.origin.version, place_on(one.origin), pipeline, Mark.STORED_PAST)


def test_a_deletion_has_the_version_of_its_own_message() -> None:
    event, _ = deletion("shop")
    record = outcome(RECOGNITION_RESULTS, event.model_dump_json().encode())
    stood = Origin(topic=RECOGNITION_RESULTS, partition=0, offset=5, appended_at_ms=AT_MS)
    assert record is not None
    assert (record.kind, record.key, record.version) == (Kind.DELETION, digest(event.image_key), stood.version)


@pytest.mark.parametrize(
    "value",
    [None, b"", b"[]", b"\xff", b'{"event": "recognised"}', b'{"event": "recognised", "image_key": 1, "origin": {}}'],
)
def test_what_is_no_result_answers_nothing(value: bytes | None) -> None:
    assert outcome(RECOGNITION_RESULTS, value) is None


def test_a_dead_letter_is_about_its_reference_by_its_image_or_else_by_its_place() -> None:
    named, nameless = rejection("shop"), rejection(None, None)
    for one, key in ((named, named.key), (nameless, nameless.origin.name)):
        record = outcome(DEAD_LETTERS, b"whatever", encode_headers(one, ()))
        assert record is not None
        assert (record.kind, record.key, record.version) == (Kind.REJECTION, digest(key), one.origin.version)
        assert record.place == place_on(one.origin)


def test_what_came_too_late_to_be_wanted_is_discarded() -> None:
    record = outcome(DEAD_LETTERS, b"", encode_headers(rejection("shop", reason=Reason.DEADLINE_PASSED), ()))
    assert record is not None
    assert record.kind is Kind.DISCARD


def test_a_dead_letter_without_a_reason_or_of_a_foreign_topic_answers_nothing() -> None:
    assert outcome(DEAD_LETTERS, b"") is None
    foreign = origin().model_copy(update={"topic": "elsewhere"})
    assert outcome(DEAD_LETTERS, b"", encode_headers(rejection("shop", of=foreign), ())) is None


def test_an_owner_is_told_from_any_message() -> None:
    framed = b"\0\0\0\0\1" + json.dumps({"owner": "shop"}).encode()
    assert owner_named(message(IMAGE_REFERENCES, framed)) == "shop"
    for value in (None, b"", b"[]", b"{", b"7"):
        assert owner_named(message(IMAGE_REFERENCES, value)) is None


def test_a_replay_is_accounted_for_where_it_stands_and_judged_by_the_reference_that_it_answers() -> None:
    first, stood = origin(), origin(60)
    told = {"of": first, "replay": stood, "promoted": False, "pipeline": "trial@1"}
    answer, letter = result("shop", **told), rejection("shop", **told)
    for record in (
        outcome(RECOGNITION_RESULTS, answer.model_dump_json().encode()),
        outcome(DEAD_LETTERS, b"whatever", encode_headers(letter, ())),
    ):
        assert record is not None
        assert (record.place, record.version) == (place_on(stood), first.version)
        assert record.marks == Mark.STORED_PAST | Mark.ASIDE | Mark.REPLAYED


def test_a_dead_letter_of_a_batch_answers_each_of_its_messages() -> None:
    batch = rejection(None, None, reason=Reason.OVERSIZED_BATCH).model_copy(update={"last_offset": None})
    batch = batch.model_copy(update={"last_offset": batch.origin.offset + 2})
    told = message(DEAD_LETTERS, b"", headers=encode_headers(batch, ()))
    records = TopicRecords(recognised={}, retried={}, stored={}, indexed={})
    found = list(records.outcomes(told, UnreadRanges(), ALL))
    assert [record.place.offset - batch.origin.offset for record in found] == [0, 1, 2]
    assert {(record.kind, record.key) for record in found} == {(Kind.REJECTION, digest(batch.key))}


def test_what_was_deleted_unread_is_no_outcome() -> None:
    ranges = UnreadRanges()
    records = TopicRecords(recognised={}, retried={}, stored={}, indexed={})
    gone = unread(10, 34)
    assert records.outcomes(message(DEAD_LETTERS, None, headers=encode_headers(gone, ())), ranges, ALL) == []
    assert ranges.lost() == 25
    away = Resolved(rejection=gone, resolution=Resolution.DISCARDED, by="anna", at=START)
    assert records.outcomes(message(DEAD_LETTERS, None, headers=encode_resolution(away)), ranges, ALL) == []
    assert (ranges.lost(), ranges.put_away()) == (0, 25)


def test_a_reference_is_known_by_the_image_that_it_names_unless_it_is_a_replay() -> None:
    records = TopicRecords(recognised={}, retried={}, stored={}, indexed={})
    value = b'{"owner": "shop", "uri": "s3://photos/a.jpg", "image_id": "a.jpg"}'
    [named] = records.references(message(IMAGE_REFERENCES, value), Span(0, 99))
    assert named.key == digest(identity("shop").image_key)
    replayed = message(IMAGE_REFERENCES, value, headers=[(REPLAY_OF, b"image-references:0:1:1")])
    [replay] = records.references(replayed, Span(0, 99))
    assert replay.key == NO_KEY


def test_what_stands_for_a_batch_has_a_record_for_each_reference_within_the_span() -> None:
    stood = Origin(topic=IMAGE_REFERENCES, partition=0, offset=5, appended_at_ms=AT_MS)
    batch = TopicMessage(stood, unread=Unread(Reason.OVERSIZED_BATCH, "too large", 5, 2**62))
    records = TopicRecords(recognised={}, retried={}, stored={}, indexed={}).references(batch, Span(0, 8))
    assert [record.place.offset for record in records] == [5, 6, 7]


def test_a_forged_letter_claims_no_more_than_there_is() -> None:
    forged = rejection(None, None, reason=Reason.OVERSIZED_BATCH).model_copy(update={"last_offset": 2**62})
    told = message(DEAD_LETTERS, b"", headers=encode_headers(forged, ()))
    span = Span(0, forged.origin.offset + 2)
    spans = {(forged.origin.topic, forged.origin.partition): span}
    found = TopicRecords(recognised={}, retried={}, stored={}, indexed={}).outcomes(told, UnreadRanges(), spans)
    assert len(list(found)) == 2

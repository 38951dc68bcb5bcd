"""Messages on the topics become records."""

import json

import pytest

from infra.reconciliation.records import Kind, Mark, Record, digest, pipeline_digest, place_on
from infra.reconciliation.topic_records import TopicRecords, owner_named
from infra.topic_messages import TopicMessage
from schemas.dead_letters import Headers, Reason, encode_headers
from schemas.images import Origin
from schemas.topics import DEAD_LETTERS, IMAGE_REFERENCES, RECOGNITION_RESULTS
from tests.samples import deletion, origin, rejection, result

AT_MS = 1_772_366_400_000


def message(topic: str, value: bytes | None, offset: int = 5, headers: Headers = ()) -> TopicMessage:
    origin = Origin(topic=topic, partition=0, offset=offset, appended_at_ms=AT_MS)
    return TopicMessage(origin, None, value, tuple(headers))


def outcome(topic: str, value: bytes | None, headers: Headers = ()) -> Record | None:
    acknowledged = TopicRecords(recognised={}, retried={}, stored={(topic, 0): 6}, indexed={(topic, 0): 5})
    return acknowledged.outcome(message(topic, value, headers=headers))


def test_a_reference_is_known_by_its_place_whatever_it_holds() -> None:
    records = TopicRecords(recognised={(IMAGE_REFERENCES, 0): 6}, retried={}, stored={}, indexed={})
    stood = Origin(topic=IMAGE_REFERENCES, partition=0, offset=5, appended_at_ms=AT_MS)
    for value in (None, b"", b"\xff", b"{}"):
        record = records.reference(message(IMAGE_REFERENCES, value))
        assert (record.kind, record.place, record.version) == (Kind.REFERENCE, place_on(stood), stood.version)
        assert record.marks == Mark.RECOGNISED_PAST
    assert records.reference(message(IMAGE_REFERENCES, b"{}", offset=6)).marks == Mark.NONE


def test_a_result_is_about_its_reference_and_tells_which_sinks_have_read_it() -> None:
    one = result("shop")
    record = outcome(RECOGNITION_RESULTS, one.model_dump_json().encode())
    key, pipeline = digest(one.image_key), pipeline_digest(one.pipeline)
    assert record == Record(Kind.RESULT, key, one.origin.version, place_on(one.origin), pipeline, Mark.STORED_PAST)


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
        assert record.marks == Mark.STORED_PAST | Mark.ASIDE

"""What becomes of messages that could not be read whole: told once by whoever is to tell, and stepped over."""

from types import SimpleNamespace
from typing import Any

import pytest

from infra.kafka.batches.record_batches import BoundedRecords
from infra.kafka.batches.unread import Unread
from infra.kafka.topic_messages import TopicMessage, topic_message
from infra.operations.audit.topic import read_published
from processors.recognition.changes import ChangeReader
from processors.recognition.intake import Intake
from processors.recognition.notifications import NotificationReader
from processors.recognition.outcomes import dead_letter
from processors.recognition.retrying import read_retry
from processors.streams.delivery import Message, of_topic
from processors.workers import activity, audit
from schemas.dead_letters import Reason, decode_headers
from schemas.images import Origin
from schemas.messages.cuts import cut_message
from schemas.messages.retries import Retry, encode_headers
from schemas.topics import (
    ACTIVITY,
    DEAD_LETTERS,
    IMAGE_REFERENCES,
    OBJECT_CREATED,
    RECOGNITION_RESULTS,
    RETRY_TOPICS,
)
from schemas.wire import InvalidReference
from tests.samples import START

FIRST, LAST = 40, 51
BATCH = Unread(Reason.OVERSIZED_BATCH, "it unpacks to too much", FIRST, LAST)
LARGE = Unread(Reason.MESSAGE_TOO_LARGE, "too large", LAST, LAST, cut_message(b"k", bytes(3_000_000), [("own", b"1")]))


def message(topic: str, unread: Unread) -> Message:
    """Return what a worker is given in the place of what was not read."""
    record = SimpleNamespace(topic=topic, partition=0, offset=LAST, timestamp=1500, key=None, value=unread, headers=())
    return of_topic(topic_message(record))


def test_it_stands_at_the_first_of_its_offsets() -> None:
    batch = message(IMAGE_REFERENCES, BATCH)
    assert batch.origin == Origin(topic=IMAGE_REFERENCES, partition=0, offset=FIRST, appended_at_ms=1500)
    assert (batch.key, batch.value, batch.headers) == (None, None, ())
    assert batch.unread == BATCH


def test_nobody_can_write_one() -> None:
    assert not any(isinstance(one, Unread) for one in (b"", b"Unread", None))
    assert BoundedRecords(b"").next_batch() is None


@pytest.mark.parametrize(("unread", "last"), [(BATCH, LAST), (LARGE, None)])
def test_recognition_tells_of_references_in_one_letter(unread: Unread, last: int | None) -> None:
    told = message(IMAGE_REFERENCES, unread)
    with pytest.raises(InvalidReference) as refused:
        Intake({}).accept(told)
    letter = decode_headers(dead_letter(told, refused.value.reason, refused.value.detail, "h").headers)
    assert (letter.reason, letter.origin, letter.last_offset) == (unread.reason, told.origin, last)
    assert (letter.cut, letter.identity) == (unread.cut, None)


def test_recognition_tells_of_notifications() -> None:
    [record] = NotificationReader({}, "h").read([message(OBJECT_CREATED, BATCH)])
    assert decode_headers(record.headers).last_offset == LAST


def test_a_reference_that_waited_and_was_cut_is_told_of_where_it_first_stood() -> None:
    stood = Origin(topic=IMAGE_REFERENCES, partition=2, offset=7, appended_at_ms=5)
    headers = encode_headers(Retry(attempt=1, not_before=START, origin=stood, detail="It did not come."), ())
    kept = cut_message(None, bytes(3_000_000), [("x", bytes(5000)), *headers], first="retry-")
    waits = Origin(topic=RETRY_TOPICS[0], partition=0, offset=LAST, appended_at_ms=9)
    unread = Unread(Reason.MESSAGE_TOO_LARGE, "too large", LAST, LAST, kept)
    found = read_retry(TopicMessage(waits, kept.key, kept.value, kept.headers, unread))
    assert (found.origin, found.unread) == (stood, unread)


@pytest.mark.parametrize("topic", [RECOGNITION_RESULTS, DEAD_LETTERS])
def test_both_sinks_tell_of_the_platforms_own_topics_and_tell_the_same(topic: str) -> None:
    told = message(topic, BATCH)
    [first], [second] = (ChangeReader(Intake({}), "h").read([told]).rejections for _ in range(2))
    assert first == second
    assert (first.reason, first.origin, first.last_offset) == (BATCH.reason, told.origin, LAST)


def test_sinks_step_over_references() -> None:
    changes = ChangeReader(Intake({}), "h").read([message(IMAGE_REFERENCES, BATCH), message(IMAGE_REFERENCES, LARGE)])
    assert not any((changes.accepted, changes.results, changes.rejections, changes.deletions))


async def test_what_was_not_read_of_the_activity_is_a_document() -> None:
    told = message(ACTIVITY, BATCH)
    [document] = await activity.read([told])
    source: Any = document.source
    assert document.id == told.origin.name
    assert source["message"] == f"offsets {FIRST} to {LAST}: {BATCH.detail}"


@pytest.mark.parametrize("unread", [BATCH, LARGE])
async def test_what_was_not_read_has_its_place_in_the_audit_trail(unread: Unread) -> None:
    told = message(ACTIVITY, unread)
    [[published]] = (await audit.read([told])).values()
    assert published.event is None
    assert published.problem is not None
    assert published.problem.startswith(f"offsets {unread.first_offset} to {LAST} could not be read")
    assert published == read_published(TopicMessage(told.origin, told.key, told.value, told.headers, unread))

"""What comes back from a retry topic is the first message again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from infra.kafka.topic_messages import TopicMessage
from processors.recognition.retrying import RetryPlan, due_at, read_retry
from processors.streams.delivery import Message
from schemas.images import Origin
from schemas.messages.retries import Retry, encode_headers
from schemas.topics import RETRY_TOPICS

FIRST = Origin(topic="image-references", partition=3, offset=1207, appended_at_ms=1_741_073_672_241)
RETRY = Retry(attempt=2, not_before=datetime(2026, 3, 1, 12, tzinfo=UTC), origin=FIRST, detail="It did not come.")


def message(headers: Any = None) -> TopicMessage:
    stands = Origin(topic=RETRY_TOPICS[1], partition=0, offset=9, appended_at_ms=5)
    own = encode_headers(RETRY, [("own", b"1")]) if headers is None else headers
    return TopicMessage(stands, b"k", b"{}", own)


def test_the_first_message_comes_back_as_it_was() -> None:
    first = Message(origin=FIRST, key=b"k", value=b"{}", headers=[("own", b"1")], attempt=2)
    assert read_retry(message()) == first
    assert due_at(message()) == RETRY.not_before.timestamp()


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("own", b"1")],
        encode_headers(RETRY.model_copy(update={"origin": FIRST.model_copy(update={"topic": "elsewhere"})}), ()),
        encode_headers(RETRY.model_copy(update={"attempt": 1}), ()),
        encode_headers(RETRY.model_copy(update={"attempt": 10**6}), ()),
    ],
)
def test_a_message_that_does_not_say_where_it_comes_from_keeps_its_own_place(headers: Any) -> None:
    found = read_retry(message(headers))
    assert (found.origin.name, found.attempt) == (f"{RETRY_TOPICS[1]}:0:9", 0)


def test_nothing_waits_for_longer_than_a_setting_can_ask_for() -> None:
    never = encode_headers(RETRY.model_copy(update={"not_before": datetime(9999, 1, 1, tzinfo=UTC)}), ())
    assert due_at(message(never)) == 0


def test_there_are_as_many_attempts_as_waits() -> None:
    message = Message(origin=FIRST, key=None, value=b"{}", headers=())
    assert RetryPlan(()).put_off(message, "", None) is None
    record = RetryPlan((1,)).put_off(message, "", None)
    assert record is not None
    assert record.topic == RETRY_TOPICS[0]

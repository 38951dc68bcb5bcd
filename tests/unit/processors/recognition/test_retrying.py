"""What comes back from a retry topic is the first message again, and is committed only once it has its outcome."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.errors import TransientError
from infra.kafka.topic_messages import TopicMessage
from processors.recognition.retrying import RetryPlan, consume_retries, due_at, read_retry
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


@dataclass
class Due:
    """Hands out one message at a time, for ever."""

    commits: int = 0
    taken: int = 0

    async def take(self) -> Sequence[Any]:
        self.taken += 1
        if self.taken > 3:
            await asyncio.Event().wait()
        return [message()]

    def commit(self) -> None:
        self.commits += 1


@pytest.mark.virtual_time
async def test_a_message_is_committed_once_its_outcome_is_durable_however_long_that_takes() -> None:
    due, failures, handled = Due(), [2], []

    async def handle(messages: Sequence[Message]) -> None:
        assert due.commits == len(handled)
        if failures[0]:
            failures[0] -= 1
            raise TransientError("the store is down")
        handled.append(messages[0].origin)

    consumer = asyncio.create_task(consume_retries(due, handle))
    await asyncio.sleep(3600)
    assert due.commits == 3
    assert handled == [FIRST] * 3
    consumer.cancel()


async def test_a_bug_leaves_with_nothing_committed() -> None:
    due = Due()

    async def handle(_messages: Sequence[Message]) -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await consume_retries(due, handle)
    assert due.commits == 0


def test_there_are_as_many_attempts_as_waits() -> None:
    message = Message(origin=FIRST, key=None, value=b"{}", headers=())
    assert RetryPlan(()).put_off(message, "", None) is None
    record = RetryPlan((1,)).put_off(message, "", None)
    assert record is not None
    assert record.topic == RETRY_TOPICS[0]

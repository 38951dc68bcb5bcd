"""References whose image did not come: put off to a retry topic, and read again when their time has come."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from infra.kafka.event_bus import Record
from infra.kafka.topic_messages import TopicMessage
from infra.settings.recognition import LONGEST_DELAY_S
from processors.streams.delivery import Message, of_topic
from schemas.messages.retries import Retry, decode_headers, encode_headers, strip_headers
from schemas.topics import REFERENCE_TOPICS, RETRY_TOPICS


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """How long a reference waits before each further attempt."""

    delays_s: Sequence[float]

    def put_off(self, message: Message, detail: str, deadline: datetime | None) -> Record | None:
        """Return the record that brings ``message`` back later; ``None`` if this was its last attempt.

        A reference whose deadline would be over by then is not put off either.
        """
        if message.attempt >= len(self.delays_s):
            return None
        not_before = datetime.now(UTC) + timedelta(seconds=self.delays_s[message.attempt])
        if deadline is not None and deadline <= not_before:
            return None
        retry = Retry(attempt=message.attempt + 1, not_before=not_before, origin=message.origin, detail=detail)
        topic = RETRY_TOPICS[message.attempt]
        return Record(topic, message.value, message.key, encode_headers(retry, message.headers))


NO_RETRIES = RetryPlan(())


def due_at(message: TopicMessage) -> float:
    """Return when the message is to be tried again, in seconds since 1970.

    That is at once where its headers do not tell, or tell of a moment later than any setting can ask for: whatever
    stands behind it on its partition waits as long.
    """
    try:
        not_before = decode_headers(message.headers).not_before.timestamp()
    except ValueError:
        return 0.0
    return not_before if not_before <= time.time() + LONGEST_DELAY_S else 0.0


def read_retry(message: TopicMessage) -> Message:
    """Return the first message as it was: its origin, its headers, and how often its image was asked for.

    One whose headers do not tell, or tell of another topic's attempt, has no attempt left and keeps its own place: it
    becomes a dead letter.
    """
    as_it_stands = of_topic(message)
    try:
        retry = decode_headers(as_it_stands.headers)
    except ValueError:
        return as_it_stands
    of_attempt = RETRY_TOPICS[retry.attempt - 1 : retry.attempt]
    if retry.origin.topic not in REFERENCE_TOPICS or of_attempt != (message.origin.topic,):
        return as_it_stands
    return replace(
        as_it_stands, origin=retry.origin, headers=strip_headers(as_it_stands.headers), attempt=retry.attempt
    )

"""Messages as they stand on their topics, with what stands in the place of those that cannot be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.kafka.batches.unread import Unread
from schemas.dead_letters import Headers
from schemas.images import LATEST_MS, Origin
from schemas.messages.cuts import message_bytes


@dataclass(frozen=True, slots=True)
class TopicMessage:
    """One message as Kafka holds it; nothing is parsed yet.

    Where ``unread`` is given, it stands for messages that could not be read whole: ``origin`` is then the place of the
    first, and key, value and headers are what is kept of one that was too large.
    """

    origin: Origin
    key: bytes | None = None
    value: bytes | None = None
    headers: Headers = ()
    unread: Unread | None = None

    @property
    def size(self) -> int:
        """How much memory it takes, about, in bytes."""
        return message_bytes(self.key, self.value, self.headers)

    @property
    def next_offset(self) -> int:
        """Where a reader goes on after it."""
        return 1 + (self.unread.last_offset if self.unread else self.origin.offset)


def topic_message(record: Any) -> TopicMessage:
    """Take what is needed from a record as aiokafka hands it out."""
    return message_at(
        record.topic, record.partition, record.offset, record.timestamp, record.key, record.value, record.headers
    )


def message_at(
    topic: str,
    partition: int,
    offset: int,
    appended_at_ms: float | None,
    key: bytes | None,
    value: bytes | Unread | None,
    headers: Sequence[tuple[str, bytes | None]],
) -> TopicMessage:
    """Return the message that a client hands out with these parts."""
    # On a topic where producers set the time, it may be absent or any number.
    at_ms = min(LATEST_MS, max(0, round(appended_at_ms or 0)))
    if not isinstance(value, Unread):
        return TopicMessage(
            Origin(topic=topic, partition=partition, offset=offset, appended_at_ms=at_ms), key, value, headers
        )
    origin = Origin(topic=topic, partition=partition, offset=value.first_offset, appended_at_ms=at_ms)
    if (kept := value.message) is None:
        return TopicMessage(origin, unread=value)
    return TopicMessage(origin, kept.key, kept.value, kept.headers, value)

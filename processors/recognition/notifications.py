"""Bucket notifications become references: a store that announces new objects needs no producer of its own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from infra.kafka.event_bus import Record
from processors.recognition.outcomes import dead_letter
from processors.streams.delivery import Message
from schemas.dead_letters import Reason
from schemas.images import ImageReference
from schemas.messages.cloud_events import REFERENCE_TYPE, headers_for, traceparent
from schemas.messages.notifications import references_of
from schemas.topics import IMAGE_REFERENCES


class NotificationReader:
    """Turns messages on ``object-created`` into records: references, or a dead letter."""

    def __init__(self, owner_of_bucket: Mapping[str, str], host: str) -> None:
        self._owner_of_bucket = owner_of_bucket
        self._host = host

    def read(self, messages: Sequence[Message]) -> list[Record]:
        """Return what ``messages`` announce; an event that is not about a new object becomes nothing."""
        return [record for message in messages for record in self._read(message)]

    def _read(self, message: Message) -> list[Record]:
        if message.unread is not None:
            return [dead_letter(message, message.unread.reason, message.unread.detail, self._host)]
        try:
            references = references_of(message.value or b"", self._owner_of_bucket)
        except ValueError as error:
            return [dead_letter(message, Reason.INVALID_NOTIFICATION, str(error), self._host)]
        return [self._reference(message, reference) for reference in references]

    def _reference(self, message: Message, reference: ImageReference) -> Record:
        return Record(
            IMAGE_REFERENCES,
            value=reference.model_dump_json(exclude_none=True).encode(),
            key=reference.identity.image_key.encode(),
            headers=headers_for(
                REFERENCE_TYPE,
                event_id=f"{message.origin.name}:{reference.identity.image_key}",
                source=f"vedette/object-created/{self._host}",
                time=datetime.now(UTC),
                traceparent=traceparent(message.headers),
            ),
        )

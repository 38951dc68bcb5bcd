"""Single messages, read again from where they stand."""

import asyncio
import threading

from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Span, TopicReader
from infra.settings.servers import KafkaSettings
from schemas.images import Origin


class MessageReader:
    """Reads messages by their place; belongs to no consumer group and commits nothing."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._reader: TopicReader | None = None
        self._lock = threading.Lock()

    async def read(self, place: Origin) -> TopicMessage | None:
        """Return the message that stands at ``place``, or what stands for it; None where it is no longer kept.

        Raises ``TransientError`` while the brokers do not answer.
        """
        return await asyncio.to_thread(self._read, place)

    async def close(self) -> None:
        """Leave the brokers."""
        if self._reader is not None:
            await asyncio.to_thread(self._reader.close)

    def _read(self, place: Origin) -> TopicMessage | None:
        with self._lock:
            if self._reader is None:
                self._reader = TopicReader(self._settings)
            at = (place.topic, place.partition)
            if not self._reader.holds(at, place.offset):
                return None
            found = next(self._reader.read({at: Span(place.offset, place.offset + 1)}), None)
        return found if found is not None and found.origin.offset <= place.offset < found.next_offset else None

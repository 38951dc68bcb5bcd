"""Single messages, read again from where they stand."""

import asyncio
import threading

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from infra.errors import Part, TransientError
from infra.event_bus import Record, client_configuration
from infra.message_headers import headers_of
from infra.settings import KafkaSettings
from schemas.images import Origin

READ_TIMEOUT_S = 10.0
# A place may be named by whoever wrote a dead letter.
NO_SUCH_PLACE = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.TOPIC_EXCEPTION,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
    }
)


class MessageReader:
    """Reads messages by their place; belongs to no consumer group and commits nothing."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._consumer: Consumer | None = None
        self._lock = threading.Lock()

    async def read(self, place: Origin) -> Record | None:
        """Return the message that stands at ``place``; None where it is no longer kept.

        Raises ``TransientError`` while the brokers do not answer.
        """
        return await asyncio.to_thread(self._read, place)

    async def close(self) -> None:
        """Leave the brokers."""
        if self._consumer is not None:
            await asyncio.to_thread(self._consumer.close)

    def _read(self, place: Origin) -> Record | None:
        with self._lock:
            try:
                return self._find(place)
            except KafkaException as error:
                if error.args[0].code() in NO_SUCH_PLACE:
                    return None
                raise TransientError(f"Kafka does not answer: {error.args[0].str()}", part=Part.KAFKA) from None

    def _find(self, place: Origin) -> Record | None:
        consumer = self._open()
        first, end = consumer.get_watermark_offsets(TopicPartition(place.topic, place.partition), READ_TIMEOUT_S)
        if not first <= place.offset < end:
            return None
        consumer.assign([TopicPartition(place.topic, place.partition, place.offset)])
        try:
            found = consumer.consume(1, READ_TIMEOUT_S)
        finally:
            consumer.unassign()
        return _record(place, found[0]) if found else None

    def _open(self) -> Consumer:
        if self._consumer is None:
            own = {"group.id": "vedette-message-reader", "enable.auto.commit": False, "log_level": 3}
            self._consumer = Consumer({**client_configuration(self._settings), **own})
        return self._consumer


def _record(place: Origin, message: Message) -> Record | None:
    if (error := message.error()) is not None:
        raise KafkaException(error)
    if message.offset() != place.offset:
        return None
    return Record(place.topic, message.value(), message.key(), headers_of(message))

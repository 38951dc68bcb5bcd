"""The topics as they are at one moment: where they begin and end, what is acknowledged, and every message."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType

from infra.errors import ConfigurationError, TransientError
from infra.event_bus import REQUEST_TIMEOUT_S, client_configuration, open_group_view, read_error
from infra.settings import KafkaSettings
from schemas.images import Origin

# A message may have two megabytes.
MESSAGES_A_READ = 250
READ_TIMEOUT_S = 1.0
STALLED_AFTER_READS = 60

Partition = tuple[str, int]
Offsets = Mapping[Partition, int]


@dataclass(frozen=True)
class Span:
    """What of a partition is read: from ``start`` up to but not including ``end``."""

    start: int
    end: int


class TopicLog:
    """Reads topics without joining a group: whoever looks leaves no trace.

    Every method raises ``TransientError`` where the brokers do not answer.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin = AdminClient(client_configuration(settings))
        self._views: dict[str, Consumer] = {}
        self._consumer = Consumer(
            {
                **client_configuration(settings),
                "group.id": "vedette-reconcile",  # the client wants a name; nothing is committed under it
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "enable.partition.eof": True,
                "queued.max.messages.kbytes": 16_384,
                "auto.offset.reset": "earliest",
            }
        )

    def spans(self, topics: Sequence[str]) -> dict[Partition, Span]:
        """Return what the topics hold now; raises ``ConfigurationError`` where one is missing."""
        return {
            (topic, number): Span(*self._watermarks(topic, number))
            for topic in topics
            for number in self._partitions(topic)
        }

    def acknowledged(self, group: str, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """Return up to where a consumer group has acknowledged each partition, 0 where it has not begun."""
        asked = [TopicPartition(*partition) for partition in partitions]
        found = _call(self._view(group).committed, asked, REQUEST_TIMEOUT_S)
        for at in found:
            if at.error is not None:
                raise read_error(at.error)
        return {(at.topic, at.partition): max(0, at.offset) for at in found}

    def offsets_at(self, moment: datetime, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """Return the first offset of each partition that was appended at ``moment`` or later; its end if none was."""
        at_ms = int(moment.timestamp() * 1000)
        asked = [TopicPartition(topic, number, at_ms) for topic, number in partitions]
        found = _call(self._consumer.offsets_for_times, asked, REQUEST_TIMEOUT_S)
        ends = {at: self._watermarks(*at)[1] for at in partitions}
        return {(at.topic, at.partition): at.offset if at.offset >= 0 else ends[at.topic, at.partition] for at in found}

    def forgotten_before(self, topics: Sequence[str]) -> datetime | None:
        """Return up to when the topics may have dropped messages as old, None if they have dropped none.

        What a message younger than that should have led to must be there still.
        """
        moments = [moment for topic in topics if (moment := self._forgotten_before(topic)) is not None]
        return max(moments, default=None)

    def read(self, spans: Mapping[Partition, Span]) -> Iterator[Message]:
        """Yield every message within ``spans``, each partition in its order."""
        unread = {at: span for at, span in spans.items() if span.start < span.end}
        _call(self._consumer.assign, [TopicPartition(*at, span.start) for at, span in unread.items()])
        idle_reads = 0
        try:
            while unread:
                messages = self._consumer.consume(MESSAGES_A_READ, READ_TIMEOUT_S)
                idle_reads = 0 if messages else idle_reads + 1
                if idle_reads == STALLED_AFTER_READS:
                    raise TransientError(f"Kafka gives nothing more of {', '.join(sorted({at[0] for at in unread}))}")
                yield from self._within(unread, messages)
        finally:
            _call(self._consumer.unassign)

    def _within(self, unread: dict[Partition, Span], messages: Sequence[Message]) -> Iterator[Message]:
        """Yield those of ``messages`` that are wanted, and take from ``unread`` each partition that is done."""
        for message in messages:
            at, offset = (str(message.topic()), int(message.partition() or 0)), int(message.offset() or 0)
            at_end, is_message = _is_at_end(message), message.error() is None
            if (span := unread.get(at)) is None:
                continue
            if is_message and offset < span.end:
                yield message
            if at_end or (is_message and offset >= span.end - 1):
                del unread[at]
                # Pausing it would last beyond this read.
                _call(self._consumer.incremental_unassign, [TopicPartition(*at)])

    def close(self) -> None:
        for consumer in (self._consumer, *self._views.values()):
            consumer.close()

    def _view(self, group: str) -> Consumer:
        if group not in self._views:
            self._views[group] = open_group_view(self._settings, group)
        return self._views[group]

    def _partitions(self, topic: str) -> list[int]:
        found = _call(self._consumer.list_topics, topic, REQUEST_TIMEOUT_S).topics[topic]
        if found.error is not None:
            raise ConfigurationError(f"topic {topic}: {found.error.str()}: run `vedette migrate`, or check its ACLs")
        return sorted(found.partitions)

    def _watermarks(self, topic: str, number: int) -> tuple[int, int]:
        low, high = _call(self._consumer.get_watermark_offsets, TopicPartition(topic, number), REQUEST_TIMEOUT_S)
        return int(low), int(high)

    def _forgotten_before(self, topic: str) -> datetime | None:
        trimmed = {at: span for at, span in self.spans([topic]).items() if span.start > 0}
        if not trimmed:
            return None
        resource = ConfigResource(ResourceType.TOPIC, topic)
        configuration = _answer(self._admin.describe_configs([resource], request_timeout=REQUEST_TIMEOUT_S)[resource])
        by_age = int(configuration["retention.ms"].value)
        by_size = int(configuration["retention.bytes"].value)
        moments = [datetime.now(UTC) - timedelta(milliseconds=by_age)] if by_age >= 0 else []
        if by_size >= 0:
            moments += self._first_moments(trimmed)
        return max(moments, default=None)

    def _first_moments(self, spans: Mapping[Partition, Span]) -> list[datetime]:
        """Return when the first message of each partition was appended; now for an empty one."""
        firsts = {at: Span(span.start, span.start + 1) for at, span in spans.items() if span.start < span.end}
        moments = [origin_of(message).appended_at for message in self.read(firsts)]
        return moments if len(firsts) == len(spans) else [*moments, datetime.now(UTC)]


def origin_of(message: Message) -> Origin:
    """Return where a message stands, with the broker's time."""
    return Origin(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        appended_at_ms=max(0, message.timestamp()[1]),
    )


def _call(method: Any, *arguments: Any) -> Any:
    try:
        return method(*arguments)
    except KafkaException as error:
        raise read_error(error.args[0]) from None


def _answer(future: Any) -> Any:
    try:
        return future.result(timeout=REQUEST_TIMEOUT_S)
    except KafkaException as error:
        raise read_error(error.args[0]) from None


def _is_at_end(message: Message) -> bool:
    """Whether this is no message but the note that there are no more; raises for an error that will not pass."""
    error = message.error()
    if error is not None and error.code() != KafkaError._PARTITION_EOF and not error.retriable():
        raise read_error(error)
    return error is not None and error.code() == KafkaError._PARTITION_EOF

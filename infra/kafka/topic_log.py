"""The topics as they are at one moment: where they begin and end, what is acknowledged, and every message."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType

from infra.errors import ConfigurationError
from infra.kafka.event_bus import REQUEST_TIMEOUT_S, client_configuration, open_group_view, read_error
from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Partition, Span, TopicReader
from infra.settings.servers import KafkaSettings

Offsets = Mapping[Partition, int]


class TopicLog:
    """Reads topics without joining a group: whoever looks leaves no trace.

    Every method raises ``TransientError`` where the brokers do not answer.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin = AdminClient(client_configuration(settings))
        self._reader = TopicReader(settings)
        # The client wants a name of a group; nothing is committed under it.
        self._consumer = open_group_view(settings, "vedette-reconcile")
        self._views: dict[str, Consumer] = {"vedette-reconcile": self._consumer}

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

    def read(self, spans: Mapping[Partition, Span]) -> Iterator[TopicMessage]:
        """Yield every message within ``spans``, each partition in its order, as ``TopicReader`` does."""
        return self._reader.read(spans)

    def holds(self, at: Partition, offset: int) -> bool:
        """Whether the partition still goes back to ``offset``, and reaches beyond it."""
        return self._reader.holds(at, offset)

    def close(self) -> None:
        self._reader.close()
        for view in self._views.values():
            view.close()

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
        moments = [message.origin.appended_at for message in self.read(firsts)]
        return moments if len(firsts) == len(spans) else [*moments, datetime.now(UTC)]


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

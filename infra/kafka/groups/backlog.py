"""How far a consumer group has come with its topics, asked from outside it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confluent_kafka import KafkaException, TopicPartition

from infra.errors import ConfigurationError
from infra.kafka.event_bus import open_group_view, read_error
from infra.settings.servers import KafkaSettings

REQUEST_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """One topic, all partitions together: how much is acknowledged, counted as offsets, and how much waits."""

    acknowledged: int
    waiting: int


class GroupBacklog:
    """What a consumer group has acknowledged of its topics, and what they hold beyond that; never joins the group."""

    def __init__(self, settings: KafkaSettings, group: str, topics: Sequence[str]) -> None:
        self._consumer = open_group_view(settings, group)
        self._topics = topics

    async def look(self) -> Mapping[str, Progress]:
        """Return each topic's progress.

        Raises ``TransientError`` where the brokers do not answer, and ``ConfigurationError`` where they refuse to tell.
        """
        return await asyncio.to_thread(self._look)

    async def close(self) -> None:
        await asyncio.to_thread(self._consumer.close)

    def _look(self) -> Mapping[str, Progress]:
        try:
            return self._ask()
        except KafkaException as error:
            raise read_error(error.args[0], "Kafka does not tell the backlog") from None

    def _ask(self) -> Mapping[str, Progress]:
        acknowledged, waiting = dict.fromkeys(self._topics, 0), dict.fromkeys(self._topics, 0)
        for at in self._consumer.committed(self._find_partitions(), REQUEST_TIMEOUT_S):
            first, end = self._consumer.get_watermark_offsets(TopicPartition(at.topic, at.partition), REQUEST_TIMEOUT_S)
            # A group that has acknowledged nothing yet begins with the first message there is.
            done = max(at.offset, first)
            acknowledged[at.topic] += done
            waiting[at.topic] += max(0, end - done)
        return {topic: Progress(acknowledged[topic], waiting[topic]) for topic in self._topics}

    def _find_partitions(self) -> list[TopicPartition]:
        found = self._consumer.list_topics(timeout=REQUEST_TIMEOUT_S).topics
        if missing := [topic for topic in self._topics if topic not in found]:
            raise ConfigurationError(f"there is no topic {', '.join(missing)}: run `vedette migrate`")
        return [TopicPartition(topic, number) for topic in self._topics for number in found[topic].partitions]

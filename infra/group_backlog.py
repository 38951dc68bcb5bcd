"""How far a consumer group has come with its topics, asked from outside it."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from infra.errors import ConfigurationError, TransientError
from infra.event_bus import client_configuration
from infra.settings import KafkaSettings

REQUEST_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """One topic, all partitions together: how much is acknowledged, counted as offsets, and how much waits."""

    acknowledged: int
    waiting: int


class GroupBacklog:
    """What a consumer group has acknowledged of its topics, and what they hold beyond that.

    Two requests to the brokers a look, once the partitions are known.
    """

    def __init__(self, settings: KafkaSettings, group: str, topics: Sequence[str]) -> None:
        self._admin = AdminClient({**client_configuration(settings), "log_level": 0})
        self._group = group
        self._topics = topics
        self._partitions: list[TopicPartition] = []

    async def look(self) -> Mapping[str, Progress]:
        """Return each topic's progress.

        Raises ``TransientError`` where the brokers do not answer, and ``ConfigurationError`` where they refuse to tell.
        """
        return await asyncio.to_thread(self._look)

    def _look(self) -> Mapping[str, Progress]:
        try:
            return self._ask()
        except KafkaException as error:
            # Partitions may have been added, or the topic made anew.
            self._partitions = []
            raise _explained(error.args[0]) from None

    def _ask(self) -> Mapping[str, Progress]:
        self._partitions = self._partitions or self._find_partitions()
        group = self._admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(self._group, self._partitions)], request_timeout=REQUEST_TIMEOUT_S
        )[self._group]
        earliest, latest = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]  # the client's
        firsts, ends = self._offsets(earliest), self._offsets(latest)
        acknowledged: defaultdict[str, int] = defaultdict(int)
        waiting: defaultdict[str, int] = defaultdict(int)
        for at in group.result().topic_partitions:
            place = (at.topic, at.partition)
            # A group that has acknowledged nothing yet begins with the first message there is.
            done = max(at.offset, firsts[place])
            acknowledged[at.topic] += done
            waiting[at.topic] += max(0, ends[place] - done)
        return {topic: Progress(acknowledged[topic], waiting[topic]) for topic in self._topics}

    def _find_partitions(self) -> list[TopicPartition]:
        found = self._admin.list_topics(timeout=REQUEST_TIMEOUT_S).topics
        if missing := [topic for topic in self._topics if topic not in found]:
            raise ConfigurationError(f"there is no topic {', '.join(missing)}: run `vedette migrate`")
        return [TopicPartition(topic, number) for topic in self._topics for number in found[topic].partitions]

    def _offsets(self, spec: Any) -> dict[tuple[str, int], int]:
        asked = self._admin.list_offsets(dict.fromkeys(self._partitions, spec), request_timeout=REQUEST_TIMEOUT_S)
        return {(at.topic, at.partition): int(found.result().offset) for at, found in asked.items()}


def _explained(error: KafkaError) -> ConfigurationError | TransientError:
    if error.code() in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED):
        return ConfigurationError(f"Kafka does not tell the backlog: {error.str()}: check the account's ACLs")
    return TransientError(f"Kafka does not answer: {error.str()}")

"""What Kafka tells about topics beyond their messages: the id of each, and where its partitions begin and end."""

import asyncio
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.admin._resource import ResourceType

from infra.errors import ConfigurationError, OutsideSystem, TransientError
from infra.kafka.event_bus import REQUEST_TIMEOUT_S, client_configuration
from infra.kafka.groups.gaps import Holding
from infra.settings.servers import KafkaSettings
from schemas.messages.commit_notes import Place

NO_LOGS = 0
# The client ships no types for these two.
EARLIEST = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]
ABSENT = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION)


class TopicFacts:
    """Asks the brokers about topics; to be kept for as long as the process runs.

    Methods raise ``TransientError`` where the brokers do not answer and ``ConfigurationError`` where they refuse.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        """Nothing connects before the first question."""
        self._settings = settings

    @cached_property
    def _admin(self) -> AdminClient:
        return AdminClient({**client_configuration(self._settings), "log_level": NO_LOGS})

    async def ids(self, topics: Collection[str]) -> dict[str, str]:
        """Return the id of each topic; those that do not exist are left out."""
        return await asyncio.to_thread(self.ask_ids, topics)

    async def partitions(self, topics: Collection[str]) -> list[Place]:
        """Return every partition of the topics that exist."""
        return await asyncio.to_thread(self.ask_partitions, topics)

    async def holdings(self, places: Collection[Place]) -> dict[Place, Holding]:
        """Return what each partition holds; those that do not exist are left out."""
        return await asyncio.to_thread(self.ask_holdings, places)

    async def first_at(self, times_ms: Mapping[Place, int]) -> dict[Place, tuple[int, int]]:
        """Return offset and append time of each partition's first message of that time or later; none is left out."""
        asked = {TopicPartition(*place): OffsetSpec.for_timestamp(time_ms) for place, time_ms in times_ms.items()}
        found = await asyncio.to_thread(self._ask, asked)
        return {
            (at.topic, at.partition): (int(one.offset), int(one.timestamp))
            for at, one in found.items()
            if one.offset >= 0
        }

    def ask_ids(self, topics: Collection[str]) -> dict[str, str]:
        """Return what ``ids`` returns; blocks."""
        if not topics:
            return {}
        named = TopicCollection(sorted(topics))
        described = self._admin.describe_topics(named, request_timeout=REQUEST_TIMEOUT_S)
        return {topic: str(found.topic_id) for topic, found in _answers(described).items()}

    def ask_partitions(self, topics: Collection[str]) -> list[Place]:
        """Return what ``partitions`` returns; blocks."""
        if not topics:
            return []
        described = self._admin.describe_topics(TopicCollection(sorted(topics)), request_timeout=REQUEST_TIMEOUT_S)
        return sorted((topic, one.id) for topic, found in _answers(described).items() for one in found.partitions)

    def ask_holdings(self, places: Collection[Place]) -> dict[Place, Holding]:
        """Return what ``holdings`` returns; blocks."""
        # The id is asked on both sides of the offsets, so that both are known to be of one topic.
        topics = {topic for topic, _ in places}
        before = self.ask_ids(topics)
        kept = [place for place in places if place[0] in before]
        firsts, ends = self._offsets(kept, EARLIEST), self._offsets(kept, LATEST)
        if self.ask_ids(topics) != before:
            raise TransientError(
                f"these topics are being created again at this moment: {', '.join(sorted(topics))}",
                part=OutsideSystem.KAFKA,
            )
        return {place: Holding(before[place[0]], firsts[place], ends[place]) for place in firsts if place in ends}

    def ask_offsets_at(self, times_ms: Mapping[Place, int]) -> dict[Place, int]:
        """Return the first offset that was appended at each time or later, -1 where there is none; blocks."""
        asked = {TopicPartition(*place): OffsetSpec.for_timestamp(time_ms) for place, time_ms in times_ms.items()}
        return self._list(asked)

    def ask_retentions_s(self, topics: Collection[str]) -> dict[str, float | None]:
        """Return for how long each topic keeps its messages, None where that is for ever; blocks."""
        found = {topic: int(entries["retention.ms"].value) for topic, entries in self._describe(topics).items()}
        return {topic: None if kept_ms < 0 else kept_ms / 1000 for topic, kept_ms in found.items()}

    def ask_longest_s(self, topics: Collection[str]) -> dict[str, float | None]:
        """Return after how long each topic has surely deleted a message, None where it never does; blocks.

        A topic deletes whole segments, and a segment takes messages for a time of its own.
        """
        kept = self.ask_retentions_s(topics)
        segments_s = {topic: int(one["segment.ms"].value) / 1000 for topic, one in self._describe(topics).items()}
        return {topic: None if kept_s is None else kept_s + segments_s[topic] for topic, kept_s in kept.items()}

    def _describe(self, topics: Collection[str]) -> dict[str, Any]:
        if not topics:
            return {}
        asked = [ConfigResource(ResourceType.TOPIC, topic) for topic in sorted(topics)]
        described = self._admin.describe_configs(asked, request_timeout=REQUEST_TIMEOUT_S)
        return {resource.name: entries for resource, entries in _answers(described).items()}

    def _offsets(self, places: Collection[Place], spec: Any) -> dict[Place, int]:
        return self._list({TopicPartition(*place): spec for place in places})

    def _list(self, asked: Mapping[TopicPartition, Any]) -> dict[Place, int]:
        return {(at.topic, at.partition): int(one.offset) for at, one in self._ask(asked).items()}

    def _ask(self, asked: Mapping[TopicPartition, Any]) -> dict[TopicPartition, Any]:
        return _answers(self._admin.list_offsets(dict(asked), request_timeout=REQUEST_TIMEOUT_S)) if asked else {}


def _answers(futures: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return what was answered, without what does not exist."""
    found = {asked: _answer(future) for asked, future in futures.items()}
    return {asked: answer for asked, answer in found.items() if answer is not None}


def _answer(future: Any) -> Any:
    try:
        return future.result(timeout=REQUEST_TIMEOUT_S)
    except KafkaException as error:
        return _absent(error.args[0])
    except TimeoutError:
        raise TransientError(f"Kafka gave no answer within {REQUEST_TIMEOUT_S} s", part=OutsideSystem.KAFKA) from None


def _absent(error: KafkaError) -> None:
    """Return for what does not exist; raises for every other error."""
    if error.code() in ABSENT:
        return
    if "AUTHORIZATION" in error.name():
        raise ConfigurationError(f"Kafka refuses to describe a topic: {error.str()}: check the account's ACLs")
    raise TransientError(f"Kafka does not answer: {error.str()}", part=OutsideSystem.KAFKA)

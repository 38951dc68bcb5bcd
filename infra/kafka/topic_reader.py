"""Messages read by their place, in bounds, by whoever belongs to no consumer group.

Another client would unpack without a bound, or stand for ever before a batch that is beyond its own. In its place
comes what stands for it. One thread talks to the brokers; callers block, and come one at a time.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from infra.errors import ConfigurationError, OutsideSystem, TransientError
from infra.kafka.aiokafka_client import client_options, stop_consumer
from infra.kafka.batches.bounded_fetching import read_within_bounds
from infra.kafka.topic_messages import TopicMessage, topic_message
from infra.settings.servers import KafkaSettings
from schemas.topics import LARGEST_MESSAGE_BYTES

MESSAGES_A_READ = 1000
READ_TIMEOUT_MS = 1000
STALLED_AFTER_READS = 60
CLOSE_TIMEOUT_S = 10.0

Partition = tuple[str, int]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Span:
    """What of a partition is read: from ``start`` up to but not including ``end``."""

    start: int
    end: int


class TopicReader:
    """Reads spans of partitions; leaves no trace at the brokers.

    ``read`` raises ``TransientError`` where the brokers do not answer, and ``ConfigurationError`` where they refuse.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        read_within_bounds(settings.max_batch_bytes)
        self._settings = settings
        self._consumer: AIOKafkaConsumer | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="topic-reader", daemon=True)
        self._thread.start()

    def read(self, spans: Mapping[Partition, Span]) -> Iterator[TopicMessage]:
        """Yield every message within ``spans``, each partition in its order.

        What stands for several is given where it begins before the end of its span.
        """
        ends = {TopicPartition(*at): span.end for at, span in spans.items() if span.start < span.end}
        starts = {TopicPartition(*at): span.start for at, span in spans.items() if span.start < span.end}
        self._run(self._begin(starts))
        idle_reads = 0
        while ends:
            messages, is_done = self._run(self._take(dict(ends)))
            idle_reads = 0 if messages or is_done else idle_reads + 1
            if idle_reads == STALLED_AFTER_READS:
                raise TransientError(
                    f"Kafka returns no more messages of {', '.join(sorted({at.topic for at in ends}))}",
                    part=OutsideSystem.KAFKA,
                )
            for at in is_done:
                del ends[at]
            yield from messages

    def holds(self, at: Partition, offset: int) -> bool:
        """Whether the partition still goes back to ``offset``, and reaches beyond it."""
        start, end = self._run(self._ends(TopicPartition(*at)))
        return start <= offset < end

    def close(self) -> None:
        """Leave the brokers."""
        if self._consumer is not None:
            self._run(stop_consumer(self._consumer))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_TIMEOUT_S)
        self._loop.close()

    async def _begin(self, starts: Mapping[TopicPartition, int]) -> None:
        consumer = await self._open()
        consumer.assign(list(starts))
        for at, start in starts.items():
            consumer.seek(at, start)

    async def _ends(self, at: TopicPartition) -> tuple[int, int]:
        """Return where a partition begins and ends, the same twice for one that there is none of."""
        consumer = await self._open()
        # Asked for by name, a topic might be made, or waited for.
        cluster = await consumer._client.fetch_all_metadata()
        if at.partition not in (cluster.partitions_for_topic(at.topic) or ()):
            return 0, 0
        starts, ends = await consumer.beginning_offsets([at]), await consumer.end_offsets([at])
        return int(starts[at]), int(ends[at])

    async def _open(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                **client_options(self._settings),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=2 * LARGEST_MESSAGE_BYTES,
            )
            try:
                await consumer.start()
            except BaseException:
                await stop_consumer(consumer)
                raise
            self._consumer = consumer
        return self._consumer

    async def _take(self, ends: Mapping[TopicPartition, int]) -> tuple[list[TopicMessage], list[TopicPartition]]:
        """Return the next messages and the partitions of which there are no more."""
        consumer = await self._open()
        found: Mapping[TopicPartition, Sequence[Any]] = await consumer.getmany(
            *ends, timeout_ms=READ_TIMEOUT_MS, max_records=MESSAGES_A_READ
        )
        messages = [topic_message(record) for records in found.values() for record in records]
        within = [one for one in messages if one.origin.offset < ends[_at(one)]]
        done = [at for at, end in ends.items() if await consumer.position(at) >= end]
        # Nothing more is asked for of these.
        consumer.pause(*done)
        return within, done

    def _run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except (TopicAuthorizationFailedError, GroupAuthorizationFailedError) as error:
            raise ConfigurationError(f"Kafka refuses: {error}: check the account's ACLs") from None
        except KafkaError as error:
            raise TransientError(f"Kafka does not answer: {error}", part=OutsideSystem.KAFKA) from None


def _at(message: TopicMessage) -> TopicPartition:
    return TopicPartition(message.origin.topic, message.origin.partition)

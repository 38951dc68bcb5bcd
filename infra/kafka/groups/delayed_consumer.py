"""Topics whose messages wait: each is handed out once its time has come, and committed once its outcome is durable.

The group never waits for a message: partitions whose next message is not due are paused, and polling goes on, while a
batch is handled as well, so that heartbeats and rebalances are answered at once.
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import OffsetAndMetadata

from infra.kafka.aiokafka_client import client_options, stop_consumer
from infra.kafka.batches.bounded_fetching import read_within_bounds
from infra.kafka.event_bus import METADATA_MAX_AGE_MS
from infra.kafka.groups.standing import GroupStanding, Settling
from infra.kafka.polling import Polled
from infra.kafka.topic_messages import TopicMessage, topic_message
from infra.settings.servers import KafkaSettings
from schemas.messages.commit_notes import CommitNote
from schemas.topics import LARGEST_MESSAGE_BYTES

POLL_MS = 200
SESSION_TIMEOUT_MS = 10_000
HEARTBEAT_MS = 3_000
# A batch that is nearly done is committed before its partitions are given up; longer would hold up the group.
LAST_COMMIT_WAIT_S = 3.0
BEGIN_AGAIN_S = 1.0

log = structlog.get_logger(__name__)


class DelayedConsumer:
    """A ``MessageStream`` of due messages, one batch at a time, in the order of each partition.

    ``due_at`` tells from a message when its time comes, in seconds since 1970. One thread talks to Kafka, whatever the
    event loop does; it begins with the first poll. What was not committed is delivered again, here or elsewhere in the
    group.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        group: str,
        topics: Sequence[str],
        due_at: Callable[[TopicMessage], float],
        settling: Settling,
    ) -> None:
        """``settling`` decides where the group goes on in each partition that it is given."""
        read_within_bounds(settings.max_batch_bytes)
        self._options = {
            **client_options(settings),
            "group_id": group,
            "enable_auto_commit": False,
            # Where an offset is gone it is found out what was missed.
            "auto_offset_reset": "none",
            "metadata_max_age_ms": METADATA_MAX_AGE_MS,
            "session_timeout_ms": SESSION_TIMEOUT_MS,
            "heartbeat_interval_ms": HEARTBEAT_MS,
            "max_partition_fetch_bytes": 2 * LARGEST_MESSAGE_BYTES,
        }
        self._topics = list(topics)
        self._due_at = due_at
        self._settling = settling
        self._most = 1
        self._loop = asyncio.get_running_loop()
        self._due: asyncio.Queue[list[TopicMessage] | BaseException] = asyncio.Queue()
        self._finished = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="delayed-consumer", daemon=True)

    async def poll(self, most: int, within_s: float) -> AsyncGenerator[Sequence[Polled], None]:
        """Yield due messages, ``most`` at once; they are in hand until ``commit``, and no others come before.

        They have waited long enough: none waits ``within_s`` for another. May be called once.
        """
        self._most = most
        self._thread.start()
        while True:
            due = await self._due.get()
            if isinstance(due, BaseException):
                raise due
            yield [Polled(message) for message in due]

    async def commit(self, polled: Sequence[Polled]) -> None:
        """Say that the outcome of the messages in hand is durable: their offsets are committed, and more are polled."""
        self._finished.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        try:
            asyncio.run(self._consume())
        except BaseException as error:
            self._loop.call_soon_threadsafe(self._due.put_nowait, error)

    async def _consume(self) -> None:
        """Consume until it is closed; a client that the brokers no longer serve is replaced by another."""
        while not self._closing.is_set():
            try:
                await self._consume_with_one_client()
            except KafkaError as error:
                log.warning("retry_topics_not_read", error=repr(error))
                await asyncio.sleep(BEGIN_AGAIN_S)

    async def _consume_with_one_client(self) -> None:
        consumer = AIOKafkaConsumer(**self._options)
        try:
            await self._consume_with(consumer)
        finally:
            await stop_consumer(consumer)

    async def _consume_with(self, consumer: AIOKafkaConsumer) -> None:
        standing = GroupStanding(consumer, consumer.commit)
        partitions = _Partitions(consumer, self._due_at, self._finished, self._hand_out, self._settling, standing)
        consumer.subscribe(self._topics, listener=partitions)
        await consumer.start()
        watching = asyncio.create_task(self._settling.watch(standing.join_again), name="watch-topics")
        try:
            while not self._closing.is_set():
                await partitions.commit_finished()
                partitions.resume_due()
                partitions.sort(await self._take_from(consumer, standing))
                if watching.done():
                    watching.result()
            await partitions.commit_finished()
        finally:
            watching.cancel()

    async def _take_from(self, consumer: AIOKafkaConsumer, standing: GroupStanding) -> list[TopicMessage]:
        try:
            found = await consumer.getmany(timeout_ms=POLL_MS, max_records=self._most)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as error:
            # What was missed is found out where partitions are given.
            log.warning("offset_is_gone", error=repr(error))
            standing.join_again()
            return []
        return [topic_message(record) for records in found.values() for record in records]

    def _hand_out(self, due: list[TopicMessage]) -> None:
        self._loop.call_soon_threadsafe(self._due.put_nowait, due)


class _Partitions(ConsumerRebalanceListener):  # type: ignore[misc]  # the client is untyped
    """The partitions that are assigned: which wait for their time, and how far the batch in hand has come with each."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        due_at: Callable[[TopicMessage], float],
        finished: threading.Event,
        hand_out: Callable[[list[TopicMessage]], None],
        settling: Settling,
        standing: GroupStanding,
    ) -> None:
        self._consumer = consumer
        self._settling = settling
        self._standing = standing
        self._due_at = due_at
        self._finished = finished
        self._hand_out = hand_out
        self._assigned: set[TopicPartition] = set()
        self._paused: dict[TopicPartition, float] = {}
        self._is_busy = False
        self._in_hand: dict[TopicPartition, int] = {}

    def sort(self, messages: Sequence[TopicMessage]) -> None:
        """Hand out those of ``messages`` that are due."""
        due = [message for message in messages if self._is_due(message)]
        if not due:
            return
        for message in due:
            self._in_hand[_at(message)] = message.next_offset
        self._is_busy = True
        self._hand_out(due)

    def resume_due(self) -> None:
        """Let partitions go on whose next message is due; none while a batch is in hand."""
        if self._is_busy:
            return
        now = time.time()
        for at in [at for at, due_at in self._paused.items() if due_at <= now]:
            del self._paused[at]
            self._consumer.resume(at)

    async def commit_finished(self) -> None:
        """Commit the batch in hand, if its outcome is durable."""
        if not self._finished.is_set():
            return
        self._finished.clear()
        self._is_busy = False
        offsets, self._in_hand = self._in_hand, {}
        try:
            if offsets:
                await self._consumer.commit({at: self._noted(at, offset) for at, offset in offsets.items()})
        except (KafkaError, IllegalStateError) as error:
            # The partitions are another member's by now, or the brokers are away: those messages are delivered again.
            log.warning("retries_not_committed", error=repr(error))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Take up partitions where the group has committed them, once it is told what it has missed."""
        places = [(at.topic, at.partition) for at in assigned]
        stood = await self._standing.committed(places)
        for place, one in (await self._settling.settle(stood, self._standing)).items():
            if one is not None:
                self._consumer.seek(TopicPartition(*place), one.offset)
        self._assigned |= set(assigned)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Forget partitions that may be another member's now; whoever has them reads on from the last commit."""
        self._assigned -= set(revoked)
        if self._in_hand:
            await asyncio.to_thread(self._finished.wait, LAST_COMMIT_WAIT_S)
        await self.commit_finished()
        for at in revoked:
            self._paused.pop(at, None)
            self._in_hand.pop(at, None)

    def _noted(self, at: TopicPartition, offset: int) -> OffsetAndMetadata:
        return OffsetAndMetadata(offset, self._settling.note((at.topic, at.partition), offset, CommitNote()).text)

    def _is_due(self, message: TopicMessage) -> bool:
        """Pause the partition of a message that is not: it and what follows it come again later."""
        at = _at(message)
        if at in self._paused or at not in self._assigned:
            return False
        due_at = self._due_at(message)
        if not self._is_busy and due_at <= time.time():
            return True
        self._consumer.pause(at)
        self._consumer.seek(at, message.origin.offset)
        self._paused[at] = due_at
        return False


def _at(message: TopicMessage) -> TopicPartition:
    return TopicPartition(message.origin.topic, message.origin.partition)

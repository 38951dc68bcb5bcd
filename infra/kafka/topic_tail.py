"""Topics read while messages are appended to them, by whoever belongs to no consumer group and commits nothing."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from infra.kafka.aiokafka_client import client_options, stop_consumer
from infra.kafka.batches.bounded_fetching import read_within_bounds
from infra.kafka.topic_messages import TopicMessage, topic_message
from infra.kafka.topic_reader import Partition
from infra.settings.servers import KafkaSettings
from schemas.topics import LARGEST_MESSAGE_BYTES

POLL_MS = 200
MESSAGES_AT_ONCE = 1000
# What was handed over and is not taken yet; each batch holds 8 MiB or little more.
BATCHES_WAITING = 2
# How soon partitions that were added are noticed.
LOOK_EVERY_S = 5.0
BEGIN_AGAIN_S = 1.0

log = structlog.get_logger(__name__)


class Tail(Protocol):
    """What is appended to some topics, as ``TopicTail`` reads it."""

    async def begun(self) -> Mapping[Partition, int]: ...

    def batches(self) -> AsyncGenerator[Sequence[TopicMessage], None]: ...

    async def close(self) -> None: ...


class Placement(Protocol):
    """What a reader is to read, and from where."""

    options: Mapping[str, Any]
    """What its client is made with."""

    async def take_up(self, reader: AIOKafkaConsumer) -> Mapping[Partition, int]:
        """Let ``reader`` read what there is now, and return where all this began; called again and again."""

    def passed(self, messages: Sequence[TopicMessage]) -> None:
        """Note that these messages were handed over."""


class TopicTail:
    """Messages of some topics, from now on or from given offsets: each partition in its order, and none left out.

    One thread with a client of its own talks to Kafka, from entering ``async with`` until ``close``; it keeps what it
    reads within bounds, and waits while the messages that it has handed over are not taken. Whatever becomes of the
    brokers, it goes on where it stood once they answer again. Partitions that are added, and topics that are made, are
    read from their beginning. Where Kafka has deleted what was next, reading goes on with the oldest message that is
    kept; and where a broker has lost the end of a partition, messages are handed over again. Offsets tell of both.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topics: Collection[str],
        starts: Mapping[Partition, int] | None = None,
        *,
        placement: "Placement | None" = None,
    ) -> None:
        """``starts`` are the offsets to begin at; a partition that is not among them was added since.

        Without ``starts`` each partition is read from its end, as it is when reading begins. A
        ``placement`` of another kind decides instead of both.
        """
        read_within_bounds(settings.max_batch_bytes)
        self._topics = sorted(topics)
        self._placement = placement or OwnPlaces(self._topics, starts)
        self._options = {
            **client_options(settings),
            "max_partition_fetch_bytes": 2 * LARGEST_MESSAGE_BYTES,
            **self._placement.options,
        }
        self._places: Mapping[Partition, int] = {}
        self._has_begun = asyncio.Event()
        self._arrived: asyncio.Queue[Sequence[TopicMessage] | None] = asyncio.Queue()
        self._error: BaseException | None = None
        self._is_failing = False

    async def __aenter__(self) -> Self:
        """Begin to read; this waits for no broker."""
        self._loop = asyncio.get_running_loop()
        self._own_loop = asyncio.new_event_loop()
        self._room = asyncio.Semaphore(BATCHES_WAITING)
        self._reading = self._own_loop.create_task(self._read())
        self._thread = threading.Thread(target=self._run, name="topic-tail", daemon=True)
        self._thread.start()
        return self

    async def begun(self) -> Mapping[Partition, int]:
        """Return at which offset reading began in each partition, once it has: what is appended later is handed over.

        Raises what ended the reading, if that was an error.
        """
        await self._has_begun.wait()
        self._require_no_error()
        return self._places

    async def batches(self) -> AsyncGenerator[Sequence[TopicMessage], None]:
        """Yield what has arrived, in the order of each partition, until the tail is closed; may be called once.

        What cannot be read whole is given as what stands for it. Raises what ended the reading, if that was an error.
        """
        while (messages := await self._arrived.get()) is not None:
            yield messages
            self._make_room()
        self._require_no_error()

    async def close(self) -> None:
        """Stop reading at once, whatever the brokers do; may be called again."""
        if self._own_loop.is_closed():
            return
        self._own_loop.call_soon_threadsafe(self._reading.cancel)
        await asyncio.to_thread(self._thread.join)
        self._own_loop.close()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _make_room(self) -> None:
        if not self._own_loop.is_closed():
            self._own_loop.call_soon_threadsafe(self._room.release)

    def _require_no_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        ended_by: BaseException | None = None
        try:
            self._own_loop.run_until_complete(self._reading)
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            ended_by = error
        self._loop.call_soon_threadsafe(self._end, ended_by)

    def _end(self, error: BaseException | None) -> None:
        self._error = error
        self._has_begun.set()
        self._arrived.put_nowait(None)

    async def _read(self) -> None:
        """Read until cancelled; a client that the brokers no longer serve is replaced by another."""
        while True:
            try:
                await self._read_with_one_client()
            except KafkaError as error:
                report = log.debug if self._is_failing else log.warning
                report("topics_not_read", topics=self._topics, error=repr(error))
                self._is_failing = True
            await asyncio.sleep(BEGIN_AGAIN_S)

    async def _read_with_one_client(self) -> None:
        consumer = AIOKafkaConsumer(**self._options)
        try:
            await consumer.start()
            self._loop.call_soon_threadsafe(self._begin, await self._placement.take_up(consumer))
            if self._is_failing:
                log.info("topics_read_again", topics=self._topics)
            self._is_failing = False
            await self._hand_over_all(consumer)
        finally:
            await stop_consumer(consumer)

    async def _hand_over_all(self, consumer: AIOKafkaConsumer) -> None:
        look_at = time.monotonic() + LOOK_EVERY_S
        while True:
            found = await consumer.getmany(timeout_ms=POLL_MS, max_records=MESSAGES_AT_ONCE)
            if messages := [topic_message(record) for records in found.values() for record in records]:
                await self._room.acquire()
                self._placement.passed(messages)
                self._loop.call_soon_threadsafe(self._arrived.put_nowait, messages)
            if time.monotonic() >= look_at:
                await self._placement.take_up(consumer)
                look_at = time.monotonic() + LOOK_EVERY_S

    def _begin(self, places: Mapping[Partition, int]) -> None:
        self._places = places
        self._has_begun.set()


class OwnPlaces:
    """Where each partition is read next, whichever client reads it; belongs to the thread that reads."""

    options: Mapping[str, Any] = {"enable_auto_commit": False, "auto_offset_reset": "earliest"}

    def __init__(self, topics: Sequence[str], starts: Mapping[Partition, int] | None) -> None:
        self._topics = topics
        self._starts = starts
        self._next: dict[TopicPartition, int] = {}
        self._began_at: Mapping[Partition, int] | None = None
        self._reader: AIOKafkaConsumer | None = None

    def passed(self, messages: Sequence[TopicMessage]) -> None:
        """Note that these messages were handed over."""
        for message in messages:
            self._next[TopicPartition(message.origin.topic, message.origin.partition)] = message.next_offset

    async def take_up(self, reader: AIOKafkaConsumer) -> Mapping[Partition, int]:
        """Let ``reader`` read every partition there is, each where it was left; return where all this began."""
        existing = await self._existing(reader)
        beginnings = await self._beginnings(reader, existing - self._next.keys())
        if self._began_at is None:
            self._began_at = {(at.topic, at.partition): offset for at, offset in beginnings.items()}
        if reader is not self._reader or existing != self._next.keys():
            self._reader = reader
            self._next = {at: offset for at, offset in (self._next | beginnings).items() if at in existing}
            reader.assign(list(self._next))
            for at, offset in self._next.items():
                reader.seek(at, offset)
        return self._began_at

    async def _existing(self, reader: AIOKafkaConsumer) -> set[TopicPartition]:
        # Asked for by name, a topic might be made, or waited for.
        cluster = await reader._client.fetch_all_metadata()
        return {
            TopicPartition(topic, number)
            for topic in self._topics
            for number in cluster.partitions_for_topic(topic) or ()
        }

    async def _beginnings(
        self, reader: AIOKafkaConsumer, added: Collection[TopicPartition]
    ) -> dict[TopicPartition, int]:
        is_first = self._began_at is None
        ask = reader.end_offsets if is_first and self._starts is None else reader.beginning_offsets
        found: Mapping[TopicPartition, int] = await ask(list(added))
        told = self._starts if is_first and self._starts else {}
        return {at: told.get((at.topic, at.partition), offset) for at, offset in found.items()}

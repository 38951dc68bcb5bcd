"""Topics whose messages wait: each is handed out once its time has come, and committed once its outcome is durable.

The group never waits for a message: partitions whose next message is not due are paused, and polling goes on, while a
batch is handled as well, so that heartbeats and rebalances are answered at once.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from infra.event_bus import client_configuration
from infra.settings import KafkaSettings

POLL_S = 0.2
SESSION_TIMEOUT_MS = 10_000

Place = tuple[str, int]

log = structlog.get_logger(__name__)


class DelayedConsumer:
    """Hands out due messages, one batch at a time, in the order of each partition.

    ``due_at`` tells from a message when its time comes, in seconds since 1970. One thread talks to Kafka, whatever the
    event loop does. What was not committed is delivered again, here or elsewhere in the group.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        group: str,
        topics: Sequence[str],
        due_at: Callable[[Message], float],
        *,
        batch_size: int,
    ) -> None:
        self._consumer = Consumer(
            {
                **client_configuration(settings),
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "partition.assignment.strategy": "cooperative-sticky",
                "session.timeout.ms": SESSION_TIMEOUT_MS,
                "log_level": 3,
            }
        )
        self._topics = list(topics)
        self._due_at = due_at
        self._batch_size = batch_size
        self._assigned: set[Place] = set()
        self._paused: dict[Place, float] = {}
        self._busy = False
        self._in_hand: dict[Place, int] = {}
        self._loop = asyncio.get_running_loop()
        self._due: asyncio.Queue[list[Message] | BaseException] = asyncio.Queue()
        self._finished = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="delayed-consumer", daemon=True)

    async def take(self) -> list[Message]:
        """Return the next due messages, at least one; they are in hand until ``commit``."""
        taken = await self._due.get()
        if isinstance(taken, BaseException):
            raise taken
        return taken

    def commit(self) -> None:
        """Say that the outcome of the messages in hand is durable: their offsets are committed, and more are taken."""
        self._finished.set()

    async def __aenter__(self) -> Self:
        self._consumer.subscribe(self._topics, on_assign=self._given, on_revoke=self._revoked, on_lost=self._revoked)
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                self._poll()
            self._commit_finished()
            self._consumer.close()
        except BaseException as error:
            self._loop.call_soon_threadsafe(self._due.put_nowait, error)

    def _poll(self) -> None:
        self._commit_finished()
        self._resume_due()
        due: list[Message] = []
        for message in self._consumer.consume(self._batch_size, timeout=POLL_S):
            if (error := message.error()) is None:
                self._sort(message, due)
            elif error.fatal():
                raise KafkaException(error)
            else:
                log.warning("retry_topics_not_read", error=error.str())
        if due:
            self._hand_out(due)

    def _sort(self, message: Message, due: list[Message]) -> None:
        """Add ``message`` to those due, or pause its partition: it and what follows it come again later."""
        place = _place_of(message)
        if place in self._paused or place not in self._assigned:
            return
        due_at = self._due_at(message)
        if not self._busy and due_at <= time.time():
            due.append(message)
        else:
            self._pause(message, place, due_at)

    def _pause(self, message: Message, place: Place, due_at: float) -> None:
        self._consumer.pause([TopicPartition(*place)])
        self._consumer.seek(TopicPartition(*place, _offset_of(message)))
        self._paused[place] = due_at

    def _hand_out(self, due: list[Message]) -> None:
        for message in due:
            self._in_hand[_place_of(message)] = _offset_of(message) + 1
        self._busy = True
        self._loop.call_soon_threadsafe(self._due.put_nowait, due)

    def _resume_due(self) -> None:
        """Let partitions go on whose next message is due; none while a batch is in hand."""
        if self._busy:
            return
        now = time.time()
        ready = [place for place, due_at in self._paused.items() if due_at <= now]
        for place in ready:
            del self._paused[place]
        if ready:
            self._consumer.resume([TopicPartition(*place) for place in ready])

    def _commit_finished(self) -> None:
        if not self._finished.is_set():
            return
        self._finished.clear()
        self._busy = False
        offsets = [TopicPartition(*place, offset) for place, offset in self._in_hand.items()]
        self._in_hand.clear()
        try:
            if offsets:
                self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            # The partitions are another member's by now, or the brokers are away: those messages are delivered again.
            log.warning("retries_not_committed", error=error.args[0].str())

    def _given(self, _consumer: Consumer, partitions: list[Any]) -> None:
        self._assigned |= {(partition.topic, partition.partition) for partition in partitions}

    def _revoked(self, _consumer: Consumer, partitions: list[Any]) -> None:
        """Forget partitions that are another member's now; whoever has them reads on from the last commit."""
        for place in ((partition.topic, partition.partition) for partition in partitions):
            self._assigned.discard(place)
            self._paused.pop(place, None)
            self._in_hand.pop(place, None)


def _place_of(message: Message) -> Place:
    return message.topic() or "", message.partition() or 0


def _offset_of(message: Message) -> int:
    return message.offset() or 0

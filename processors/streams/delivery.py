"""The one delivery rule: a message is acknowledged only once its outcome is durable, strictly in order.

Faust acknowledges a message when its iterator moves on, even when an exception leaves the loop, and skips a hole at the
head of what it commits. So events are taken unacknowledged, batches are handled side by side but finished one after the
other, and nothing is ever acknowledged out of order or after a failure.
"""

import asyncio
import os
import sys
from collections import Counter as Tally
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog
from prometheus_client import Counter

from infra.kafka.batches.unread import Unread
from infra.kafka.topic_messages import TopicMessage, message_at
from infra.retries import retry_transient
from infra.telemetry.metrics import ACKNOWLEDGED, TAKEN, UNREAD
from schemas.dead_letters import Headers
from schemas.images import Origin

EXIT_CODE_OF_A_BUG = 70

Outcome = TypeVar("Outcome")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as Kafka holds it; nothing is parsed yet.

    ``attempt`` counts how often its image was asked for in vain; ``origin`` is then where the first message stood.
    ``unread`` is given where it stands for messages that could not be read whole: key, value and headers are then what
    is kept of one that was too large.
    """

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: Headers
    attempt: int = 0
    unread: Unread | None = None


@dataclass(frozen=True, slots=True)
class Batching:
    """How messages are gathered.

    A batch closes at ``size`` messages or ``wait_s`` seconds. ``in_flight`` batches are handled at once. A batch of
    ``crowd`` messages or more is followed by a pause of up to ``pause_s``, so that sinks write fewer, larger batches
    under load, while a lone message is never held up.
    """

    size: int
    wait_s: float
    in_flight: int = 1
    pause_s: float = 0
    crowd: int = 32

    def pause_after(self, taken: int) -> float:
        return self.pause_s * min(1.0, (taken - 1) / self.crowd)


class EventStream(Protocol):
    """What is used of a Faust stream."""

    def noack_take(self, max_: int, within: float) -> AsyncGenerator[Sequence[Any], None]: ...

    async def ack(self, event: Any) -> bool: ...


def _as_it_is(message: Message) -> Message:
    return message


async def consume_batches(
    stream: EventStream,
    batching: Batching,
    handle: Callable[[Sequence[Message]], Awaitable[Outcome]],
    publish: Callable[[Outcome], Awaitable[None]],
    number: Callable[[Message], Message] = _as_it_is,
) -> None:
    """Acknowledge a batch only once its outcome is durable.

    ``number`` is given every message once, in the order of its partition, and returns it as it is handled.

    ``handle`` turns messages into an outcome and ``publish`` makes it durable; both are retried for as long as they
    raise ``TransientError``. Any other error is a bug: it is logged and the process ends with exit code 70, so that the
    batch is delivered again, to a worker that may know better.
    """
    running: asyncio.Queue[tuple[Sequence[Any], asyncio.Task[Outcome]]] = asyncio.Queue()
    slots = asyncio.Semaphore(batching.in_flight)
    finisher = asyncio.create_task(_finish_in_order(stream, running, publish, slots), name="finisher")
    finisher.add_done_callback(end_process_on_bug)
    try:
        async with aclosing(stream.noack_take(batching.size, within=batching.wait_s)) as batches:
            async for events in batches:
                await slots.acquire()
                messages = [number(as_message(event.message)) for event in events]
                tell_unread(messages)
                _count(TAKEN, events)
                task = asyncio.create_task(_retried(handle, messages), name="handle-batch")
                task.add_done_callback(end_process_on_bug)
                running.put_nowait((events, task))
                await asyncio.sleep(batching.pause_after(len(events)))
    finally:
        finisher.cancel()
        while not running.empty():
            running.get_nowait()[1].cancel()


async def _retried(handle: Callable[[Sequence[Message]], Awaitable[Outcome]], messages: Sequence[Message]) -> Outcome:
    return await retry_transient(lambda: handle(messages), doing="handle a batch")


async def _finish_in_order(
    stream: EventStream,
    running: "asyncio.Queue[tuple[Sequence[Any], asyncio.Task[Outcome]]]",
    publish: Callable[[Outcome], Awaitable[None]],
    slots: asyncio.Semaphore,
) -> None:
    while True:
        events, task = await running.get()
        await _finish(stream, events, await task, publish)
        slots.release()


async def _finish(
    stream: EventStream, events: Sequence[Any], outcome: Outcome, publish: Callable[[Outcome], Awaitable[None]]
) -> None:
    await retry_transient(lambda: publish(outcome), doing="make a batch durable")
    for event in events:
        await stream.ack(event)
    _count(ACKNOWLEDGED, events)


def _count(counter: Counter, events: Sequence[Any]) -> None:
    for topic, number in Tally(event.message.topic for event in events).items():
        counter.labels(topic).inc(number)


def as_message(message: Any) -> Message:
    """Take what is needed from a Faust message."""
    headers = message.headers or ()
    found = message_at(
        message.topic,
        message.partition,
        message.offset,
        (message.timestamp or 0) * 1000,
        message.key,
        message.value,
        tuple(headers.items()) if isinstance(headers, dict) else tuple(headers),
    )
    return of_topic(found)


def of_topic(message: TopicMessage) -> Message:
    """Return what stands on a topic as a message that is to be handled."""
    return Message(message.origin, message.key, message.value, message.headers, unread=message.unread)


def tell_unread(messages: Sequence[Message]) -> None:
    """Log and count what could not be read whole; what becomes of it is decided by whoever handles it."""
    for message in messages:
        if (unread := message.unread) is not None:
            UNREAD.labels(message.origin.topic, unread.reason.value).inc()
            log.warning(
                "messages_not_read",
                first=message.origin.name,
                last_offset=unread.last_offset,
                reason=unread.reason.value,
                detail=unread.detail,
            )


def end_process_on_bug(task: "asyncio.Task[Any]") -> None:
    """End the process at once: whatever ran on could acknowledge what was not done."""
    if task.cancelled() or (error := task.exception()) is None:
        return
    log.error("bug", task=task.get_name(), exc_info=error)
    sys.stderr.flush()
    os._exit(EXIT_CODE_OF_A_BUG)

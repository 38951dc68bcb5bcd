"""The one delivery rule: a message is committed only once its outcome is durable, strictly in order.

Faust acknowledges a message when its iterator moves on, even when an exception leaves the loop, and skips a hole at the
head of what it commits. So messages are polled uncommitted, batches are handled side by side but finished one after the
other, and nothing is ever committed out of order or after a failure.
"""

import asyncio
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

import structlog
from prometheus_client import Counter

from infra.kafka.batches.unread import Unread
from infra.kafka.polling import MessageStream, Polled
from infra.kafka.topic_messages import TopicMessage
from infra.retries import retry_transient
from infra.telemetry.metrics import ACKNOWLEDGED, TAKEN, UNREAD
from processors.streams.endings import end_process_on_bug
from schemas.dead_letters import Headers
from schemas.images import Origin

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

    A batch closes at ``size`` messages or ``wait_s`` seconds. ``in_flight`` batches are handled at once; ``waiting``
    more may have been handled and wait until they are durable and have their turn. A batch of ``crowd`` messages or
    more is followed by a pause of up to ``pause_s``, so that sinks write fewer, larger batches under load, while a
    lone message is never held up.
    """

    size: int
    wait_s: float
    in_flight: int = 1
    waiting: int = 0
    pause_s: float = 0
    crowd: int = 32

    def pause_after(self, taken: int) -> float:
        return self.pause_s * min(1.0, (taken - 1) / self.crowd)


def of_topic(message: TopicMessage) -> Message:
    """Return what stands on a topic as a message that is to be handled."""
    return Message(message.origin, message.key, message.value, message.headers, unread=message.unread)


async def consume_batches(
    stream: MessageStream,
    batching: Batching,
    handle: Callable[[Sequence[Message]], Awaitable[Outcome]],
    publish: Callable[[Outcome], Awaitable[None]],
    read: Callable[[TopicMessage], Message] = of_topic,
) -> None:
    """Commit a batch only once its outcome is durable.

    ``read`` is given every message once, in the order of its partition, and returns it as it is to be handled.

    ``handle`` turns messages into an outcome and ``publish`` makes it durable; both are retried for as long as they
    raise ``TransientError``. Any other error is a bug: it is logged and the process ends with exit code 70, so that the
    batch is delivered again, to a worker that may know better.
    """
    running: asyncio.Queue[tuple[Sequence[Polled], asyncio.Task[Outcome]]] = asyncio.Queue()
    handling = asyncio.Semaphore(batching.in_flight)
    unfinished = asyncio.Semaphore(batching.in_flight + batching.waiting)
    finisher = asyncio.create_task(_finish_in_order(stream, running, publish, unfinished), name="finisher")
    finisher.add_done_callback(end_process_on_bug)
    try:
        async with aclosing(stream.poll(batching.size, batching.wait_s)) as batches:
            async for polled in batches:
                await unfinished.acquire()
                await handling.acquire()
                messages = [read(one.message) for one in polled]
                tell_unread(messages)
                _count(TAKEN, polled)
                task = asyncio.create_task(_retried(handle, messages), name="handle-batch")
                task.add_done_callback(lambda _: handling.release())
                task.add_done_callback(end_process_on_bug)
                running.put_nowait((polled, task))
                await asyncio.sleep(batching.pause_after(len(polled)))
    finally:
        finisher.cancel()
        while not running.empty():
            running.get_nowait()[1].cancel()


async def _retried(handle: Callable[[Sequence[Message]], Awaitable[Outcome]], messages: Sequence[Message]) -> Outcome:
    return await retry_transient(lambda: handle(messages), doing="handle a batch")


async def _finish_in_order(
    stream: MessageStream,
    running: "asyncio.Queue[tuple[Sequence[Polled], asyncio.Task[Outcome]]]",
    publish: Callable[[Outcome], Awaitable[None]],
    unfinished: asyncio.Semaphore,
) -> None:
    while True:
        polled, task = await running.get()
        await _finish(stream, polled, await task, publish)
        unfinished.release()


async def _finish(
    stream: MessageStream, polled: Sequence[Polled], outcome: Outcome, publish: Callable[[Outcome], Awaitable[None]]
) -> None:
    await retry_transient(lambda: publish(outcome), doing="make a batch durable")
    await stream.commit(polled)
    _count(ACKNOWLEDGED, polled)


def _count(counter: Counter, polled: Sequence[Polled]) -> None:
    for topic, number in Tally(one.message.origin.topic for one in polled).items():
        counter.labels(topic).inc(number)


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

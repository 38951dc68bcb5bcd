"""A Faust stream's messages in batches, uncommitted: what its ``noack_take`` gives, for less.

Faust's own looks for a batch every ``within`` seconds for as long as a worker runs, whether anything has come or not.
With four streams and 20 ms that is 200 times a second of tasks and timers, a few hundredths of a processor for nothing.
Here a batch begins with its first message: a quiet stream costs nothing, and no message waits longer than it may.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Any, Protocol

from infra.kafka.polling import MOST_BATCH_BYTES, Polled
from infra.kafka.topic_messages import TopicMessage, message_at


class FaustStream(Protocol):
    """What is used of a Faust stream."""

    enable_acks: bool

    def events(self) -> AsyncIterator[Any]: ...

    async def ack(self, event: Any) -> bool: ...


class PolledStream:
    """A Faust stream as a ``PausableStream``."""

    def __init__(self, stream: FaustStream, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        """``pause`` and ``resume`` stop and go on fetching its topics."""
        self._stream = stream
        self.pause = pause
        self.resume = resume

    async def poll(self, most: int, within_s: float) -> AsyncGenerator[Sequence[Polled], None]:
        """Yield what has come within ``within_s`` seconds of a first message, in its order.

        A batch has ``most`` messages and about ``MOST_BATCH_BYTES`` at most. Ends where the stream ends, and raises
        what it raises.
        """
        # Faust acknowledges an event when the next one is asked for, unless it is told not to.
        self._stream.enable_acks = False
        batch = _Batch(most)
        feeder = asyncio.create_task(_feed(self._stream.events(), batch), name="gather-messages")
        try:
            while polled := await batch.take(within_s):
                yield polled
            await feeder
        finally:
            feeder.cancel()

    async def commit(self, polled: Sequence[Polled]) -> None:
        """Acknowledge these messages; Faust commits their offsets within half a second."""
        for one in polled:
            await self._stream.ack(one.receipt)


def topic_message(message: Any) -> TopicMessage:
    """Take what is needed from a Faust message."""
    headers = message.headers or ()
    return message_at(
        message.topic,
        message.partition,
        message.offset,
        (message.timestamp or 0) * 1000,
        message.key,
        message.value,
        tuple(headers.items()) if isinstance(headers, dict) else tuple(headers),
    )


async def _feed(events: AsyncIterator[Any], batch: "_Batch") -> None:
    try:
        async for event in events:
            await batch.add(Polled(topic_message(event.message), event))
    finally:
        batch.end()


class _Batch:
    """One batch at a time: filled by one task, taken by another."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._polled: list[Polled] = []
        self._bytes = 0
        self._begun, self._full, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._ended = False

    async def add(self, polled: Polled) -> None:
        """Add a message, once there is room."""
        while self._is_full():
            self._room.clear()
            await self._room.wait()
        self._polled.append(polled)
        self._bytes += polled.message.size
        self._begun.set()
        if self._is_full():
            self._full.set()

    def _is_full(self) -> bool:
        return len(self._polled) == self._size or self._bytes >= MOST_BATCH_BYTES

    def end(self) -> None:
        """Nothing more comes: what is there is the last batch."""
        self._ended = True
        self._begun.set()
        self._full.set()

    async def take(self, wait_s: float) -> list[Polled]:
        """Return a batch that is full or began ``wait_s`` ago; an empty one where nothing more comes."""
        await self._begun.wait()
        if not self._full.is_set():
            await self._await_full(wait_s)
        polled, self._polled, self._bytes = self._polled, [], 0
        self._room.set()
        if not self._ended:
            self._begun.clear()
            self._full.clear()
        return polled

    async def _await_full(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._full.wait()
        except TimeoutError:
            return

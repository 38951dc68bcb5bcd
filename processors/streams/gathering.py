"""A Faust stream's events in batches, unacknowledged: what ``noack_take`` gives, for less.

Faust's own looks for a batch every ``within`` seconds for as long as a worker runs, whether anything has come or not.
With four streams and 20 ms that is 200 times a second of tasks and timers, a few hundredths of a processor for nothing.
Here a batch begins with its first event: a quiet stream costs nothing, and no event waits longer than ``within``.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Any, Protocol

from processors.streams.event_queue import event_bytes

# A batch closes here as well, so that large messages cannot fill the memory by their number.
MOST_BATCH_BYTES = 16 * 1024 * 1024


class FaustStream(Protocol):
    """What is used of a Faust stream."""

    enable_acks: bool

    def events(self) -> AsyncIterator[Any]: ...

    async def ack(self, event: Any) -> bool: ...


class UnacknowledgedStream:
    """Events in batches, each acknowledged by nobody but the caller."""

    def __init__(self, stream: FaustStream, weigh: Callable[[Any], int] = event_bytes) -> None:
        """``weigh`` tells how much memory an event takes."""
        self._stream = stream
        self._weigh = weigh

    async def noack_take(self, max_: int, within: float) -> AsyncGenerator[Sequence[Any], None]:
        """Yield what has come within ``within`` seconds of a first event, in its order.

        A batch has ``max_`` events and about ``MOST_BATCH_BYTES`` at most.

        Ends where the stream ends, and raises what it raises.
        """
        # Faust acknowledges an event when the next one is asked for, unless it is told not to.
        self._stream.enable_acks = False
        batch = _Batch(max_, self._weigh)
        feeder = asyncio.create_task(_feed(self._stream.events(), batch), name="gather-events")
        try:
            while events := await batch.take(within):
                yield events
            await feeder
        finally:
            feeder.cancel()

    async def ack(self, event: Any) -> bool:
        """Acknowledge one event."""
        return await self._stream.ack(event)


async def _feed(events: AsyncIterator[Any], batch: "_Batch") -> None:
    try:
        async for event in events:
            await batch.add(event)
    finally:
        batch.end()


class _Batch:
    """One batch at a time: filled by one task, taken by another."""

    def __init__(self, size: int, weigh: Callable[[Any], int]) -> None:
        self._size = size
        self._weigh = weigh
        self._events: list[Any] = []
        self._bytes = 0
        self._begun, self._full, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._ended = False

    async def add(self, event: Any) -> None:
        """Add an event, once there is room."""
        while self._is_full():
            self._room.clear()
            await self._room.wait()
        self._events.append(event)
        self._bytes += self._weigh(event)
        self._begun.set()
        if self._is_full():
            self._full.set()

    def _is_full(self) -> bool:
        return len(self._events) == self._size or self._bytes >= MOST_BATCH_BYTES

    def end(self) -> None:
        """Nothing more comes: what is there is the last batch."""
        self._ended = True
        self._begun.set()
        self._full.set()

    async def take(self, wait_s: float) -> list[Any]:
        """Return a batch that is full or began ``wait_s`` ago; an empty one where nothing more comes."""
        await self._begun.wait()
        if not self._full.is_set():
            await self._await_full(wait_s)
        events, self._events, self._bytes = self._events, [], 0
        self._room.set()
        if not self._ended:
            self._begun.clear()
            self._full.clear()
        return events

    async def _await_full(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._full.wait()
        except TimeoutError:
            return

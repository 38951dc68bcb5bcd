"""A stream that never holds up the other streams of its worker, however much waits in it.

Faust hands out what it has fetched in turn, and waits where one stream's buffer is full: a backlog on one topic would
keep the messages of all others waiting behind it. So such a topic is emptied at once, into a short line of our own, and
its partitions are paused while that line is long enough.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any

from processors.streams.delivery import EventStream
from processors.streams.event_queue import event_bytes
from processors.streams.gathering import MOST_BATCH_BYTES


class DrainedStream:
    """An ``EventStream`` on top of another, with a line between that grows to about ``enough`` events."""

    def __init__(
        self,
        stream: EventStream,
        pause: Callable[[], None],
        resume: Callable[[], None],
        *,
        enough: int,
        weigh: Callable[[Any], int] = event_bytes,
    ) -> None:
        """``pause`` and ``resume`` stop and go on fetching the stream's partitions; both may be called again."""
        self._stream = stream
        self._pause = pause
        self._resume = resume
        self._enough = enough
        self._weigh = weigh
        self._line: deque[Any] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()

    async def noack_take(self, max_: int, within: float) -> AsyncGenerator[Sequence[Any], None]:
        """Yield up to ``max_`` events, unacknowledged, gathered for ``within`` seconds after the first."""
        draining = asyncio.create_task(self._drain(within), name="drain")
        draining.add_done_callback(lambda _ended: self._arrived.set())
        try:
            while True:
                await self._arrived.wait()
                if draining.done():
                    draining.result()
                    return
                if len(self._line) < max_:
                    await asyncio.sleep(within)
                yield self._take(max_)
                self._let_in()
        finally:
            draining.cancel()

    async def ack(self, event: Any) -> bool:
        return await self._stream.ack(event)

    async def _drain(self, within: float) -> None:
        async with aclosing(self._stream.noack_take(self._enough, within=within)) as batches:
            async for events in batches:
                self._line.extend(events)
                self._bytes += sum(map(self._weigh, events))
                self._arrived.set()
                if self._is_long():
                    self._pause()

    def _take(self, most: int) -> Sequence[Any]:
        events = [self._line.popleft() for _ in range(min(most, len(self._line)))]
        self._bytes -= sum(map(self._weigh, events))
        return events

    def _is_long(self) -> bool:
        return len(self._line) >= self._enough or self._bytes >= MOST_BATCH_BYTES

    def _let_in(self) -> None:
        if not self._line:
            self._arrived.clear()
        if not self._is_long():
            self._resume()

"""A stream that never holds up the other streams of its worker, however much waits in it.

Faust hands out what it has fetched in turn, and waits where one stream's buffer is full: a backlog on one topic would
keep the messages of all others waiting behind it. So such a topic is emptied at once, into a short line of our own, and
its partitions are paused while that line is long enough.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from infra.kafka.polling import MOST_BATCH_BYTES, PausableStream, Polled


class DrainedStream:
    """A ``MessageStream`` on top of another, with a line between that grows to about ``enough`` messages."""

    def __init__(self, stream: PausableStream, *, enough: int) -> None:
        self._stream = stream
        self._enough = enough
        self._line: deque[Polled] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()

    async def poll(self, most: int, within_s: float) -> AsyncGenerator[Sequence[Polled], None]:
        """Yield up to ``most`` messages, uncommitted, gathered for ``within_s`` seconds after the first."""
        draining = asyncio.create_task(self._drain(within_s), name="drain")
        draining.add_done_callback(lambda _ended: self._arrived.set())
        try:
            while True:
                await self._arrived.wait()
                if draining.done():
                    draining.result()
                    return
                if len(self._line) < most:
                    await asyncio.sleep(within_s)
                yield self._take(most)
                self._let_in()
        finally:
            draining.cancel()

    async def commit(self, polled: Sequence[Polled]) -> None:
        """Commit what came from the stream beneath."""
        await self._stream.commit(polled)

    async def _drain(self, within_s: float) -> None:
        async with aclosing(self._stream.poll(self._enough, within_s)) as batches:
            async for polled in batches:
                self._line.extend(polled)
                self._bytes += sum(one.message.size for one in polled)
                self._arrived.set()
                if self._is_long():
                    self._stream.pause()

    def _take(self, most: int) -> Sequence[Polled]:
        polled = [self._line.popleft() for _ in range(min(most, len(self._line)))]
        self._bytes -= sum(one.message.size for one in polled)
        return polled

    def _is_long(self) -> bool:
        return len(self._line) >= self._enough or self._bytes >= MOST_BATCH_BYTES

    def _let_in(self) -> None:
        if not self._line:
            self._arrived.clear()
        if not self._is_long():
            self._stream.resume()

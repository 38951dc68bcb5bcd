"""One client of live streams: what waits for it, within bounds."""

import asyncio
from collections import deque
from collections.abc import Sequence

from api.live.outcomes.entries import Entry
from infra.elasticsearch.matching.outcome_filters import OutcomeFilter
from infra.settings.live import LiveSettings
from schemas.messages.live import EndReason

MOST_AT_ONCE = 100


class Subscriber:
    """Takes what it wants, until it ends; a client that does not keep up ends alone. Use from one event loop."""

    def __init__(self, wanted: OutcomeFilter, settings: LiveSettings) -> None:
        self.wanted = wanted
        self.ended: EndReason | None = None
        self._settings = settings
        self._waiting: deque[Entry] = deque()
        self._bytes = 0
        self._news = asyncio.Event()

    def offer(self, entry: Entry) -> None:
        """Let an outcome wait for the client, or end it where too much waits already."""
        if self.ended is not None:
            return
        if self._waiting and (
            len(self._waiting) >= self._settings.buffer or self._bytes + entry.size > self._settings.buffer_bytes
        ):
            self.end(EndReason.SLOW)
            return
        self._waiting.append(entry)
        self._bytes += entry.size
        self._news.set()

    def end(self, reason: EndReason) -> None:
        """Give the client nothing more; the first reason counts."""
        if self.ended is None:
            self.ended = reason
            self._waiting.clear()
            self._bytes = 0
            self._news.set()

    async def take(self, longest_s: float) -> Sequence[Entry]:
        """Return what waits, at most ``MOST_AT_ONCE``; nothing once the stream has ended or ``longest_s`` passed."""
        if not self._waiting and self.ended is None:
            await self._wait(longest_s)
        taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
        self._bytes -= sum(entry.size for entry in taken)
        if not self._waiting and self.ended is None:
            self._news.clear()
        return taken

    async def _wait(self, longest_s: float) -> None:
        try:
            async with asyncio.timeout(longest_s):
                await self._news.wait()
        except TimeoutError:
            return

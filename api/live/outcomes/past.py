"""What clients have missed, read again: once for all who ask at the same time, and kept where there is room for it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from api.live.cursors import Position
from api.live.outcomes.entries import Entry
from api.live.outcomes.history import History
from api.live.subscribers import Subscriber
from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Span
from infra.settings.live import LiveSettings
from schemas.messages.commit_notes import Place
from schemas.messages.live import EndReason
from schemas.messages.topic_owners import TopicOwners

# Who comes back within so long shares the reading.
GATHER_S = 0.25
CHUNKS_AHEAD = 2


class Past(Protocol):
    """Where messages of the topics are read again."""

    def past(self, spans: Mapping[Place, Span]) -> AsyncGenerator[Sequence[TopicMessage], None]: ...


@dataclass(frozen=True)
class Chunk:
    """Messages that were read again, and where whoever has seen them stands."""

    entries: Sequence[Entry]
    position: Position


@dataclass(eq=False)
class _Member:
    """One client that waits for what it has missed."""

    position: Position
    subscriber: Subscriber
    chunks: asyncio.Queue[Chunk | Exception | None] = field(default_factory=lambda: asyncio.Queue(CHUNKS_AHEAD))
    has_left: bool = False

    def leave(self) -> None:
        """Take nothing more; whoever waits to hand something over goes on."""
        self.has_left = True
        while not self.chunks.empty():
            self.chunks.get_nowait()

    def cut_off(self) -> None:
        """End the client, which does not keep up."""
        self.subscriber.end(EndReason.SLOW)
        self.leave()
        self.chunks.put_nowait(None)


class SharedPast:
    """Reads from where the clients stand up to where the history begins.

    All clients that wait when a pass begins share it. What was read becomes part of the history where there is room:
    those who come later cost no reading, and each client takes it at its own pace. Where there is none, the clients of
    a pass are handed what is read at the pace of the slowest, and one that takes nothing is cut off.
    """

    def __init__(self, past: Past, history: Callable[[], History], owners: TopicOwners, settings: LiveSettings) -> None:
        self._past = past
        self._history = history
        self._owners = owners
        self._settings = settings
        self._waiting: list[_Member] = []
        self._passing: asyncio.Task[None] | None = None

    async def chunks(self, position: Position, subscriber: Subscriber) -> AsyncGenerator[Chunk, None]:
        """Yield what follows ``position`` up to the history; raises ``TransientError`` while Kafka does not answer."""
        member = _Member(position, subscriber)
        self._waiting.append(member)
        if self._passing is None or self._passing.done():
            self._passing = asyncio.create_task(self._run(), name="live-past")
        try:
            while (chunk := await member.chunks.get()) is not None:
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk
        finally:
            member.leave()

    async def close(self) -> None:
        """Read no further."""
        if self._passing is not None:
            self._passing.cancel()
            await asyncio.wait([self._passing])

    async def _run(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            members, self._waiting = self._waiting, []
            last: Exception | None = None
            try:
                await self._pass(members)
            except Exception as error:  # handed to everybody who waits for it
                last = error
            await self._hand_out(last, members)

    async def _pass(self, members: Sequence[_Member]) -> None:
        history = self._history()
        high = history.start
        low = {at: min(end, *(one.position.get(at, 0) for one in members)) for at, end in high.items()}
        held = _Held(self._settings.history_bytes)
        async for chunk in self._read(low, high):
            for one in held.add(chunk):
                await self._hand_out(one, members)
        # Where the history has moved on, there is a gap between it and what was read.
        is_next = held.is_whole and self._history() is history and history.start is high
        if is_next and history.extend_back(low, held.entries):
            return
        for one in (*held.chunks, Chunk((), high)):
            await self._hand_out(one, members)

    async def _read(self, low: Position, high: Position) -> AsyncGenerator[Chunk, None]:
        position = low
        async for messages in self._past.past({at: Span(low[at], end) for at, end in high.items()}):
            entries = []
            for message in messages:
                position = {**position, (message.origin.topic, message.origin.partition): message.next_offset}
                entries.append(Entry(message, position, self._owners))
            yield Chunk(entries, position)

    async def _hand_out(self, chunk: Chunk | Exception | None, members: Sequence[_Member]) -> None:
        """Give a chunk to every client; one that takes nothing for too long is cut off, and waited for no more."""
        puts = {asyncio.ensure_future(one.chunks.put(chunk)): one for one in members if not one.has_left}
        if not puts:
            return
        _, late = await asyncio.wait(puts, timeout=self._settings.patience_s)
        for put in late:
            put.cancel()
            puts[put].cut_off()


class _Held:
    """What a pass has read, for as long as that is little enough to become part of the history."""

    def __init__(self, most_bytes: int) -> None:
        self.chunks: list[Chunk] = []
        self._room = most_bytes

    @property
    def is_whole(self) -> bool:
        return self._room >= 0

    @property
    def entries(self) -> Sequence[Entry]:
        return [entry for chunk in self.chunks for entry in chunk.entries]

    def add(self, chunk: Chunk) -> Sequence[Chunk]:
        """Hold a chunk; return those that are to be handed out, since there is no room for them."""
        self.chunks.append(chunk)
        self._room -= sum(entry.size for entry in chunk.entries)
        if self.is_whole:
            return ()
        given, self.chunks = self.chunks, []
        return given

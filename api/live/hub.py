"""All live streams of this process: one reader of the topics, and whoever listens."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from typing import Protocol

import structlog

from api.admission.coalescing import SingleFlightCache
from api.live.cursors import CursorAhead, LiveCursors, Position
from api.live.outcomes.entries import Entry
from api.live.outcomes.history import History, advanced, is_after
from api.live.outcomes.past import Past, SharedPast
from api.live.outcomes.standing import KnownImages, Standing
from api.live.subscribers import MOST_AT_ONCE, Subscriber
from infra.elasticsearch.matching.outcome_filters import OutcomeFilter
from infra.errors import OutsideSystem, TransientError
from infra.kafka.groups.gaps import Holding
from infra.kafka.topic_messages import TopicMessage
from infra.settings.live import LiveSettings
from schemas.messages.commit_notes import Place
from schemas.messages.live import EndReason
from schemas.messages.topic_owners import TopicOwners

BEGIN_TIMEOUT_S = 10.0
HOLDINGS_KEPT_S = 1.0
# To read an outcome takes a fraction of a millisecond, in which no request gets on.
LOOKED_AT_AT_ONCE = 20

log = structlog.get_logger(__name__)


class Tail(Protocol):
    """What is appended from now on."""

    async def begun(self) -> Mapping[Place, int]: ...
    def batches(self) -> AsyncGenerator[Sequence[TopicMessage], None]: ...


class OutcomeSource(Past, Protocol):
    """The topics of outcomes."""

    async def holdings(self) -> Mapping[Place, Holding]: ...
    def tail(self) -> AbstractAsyncContextManager[Tail]: ...


@dataclass(frozen=True)
class Batch:
    """Outcomes for one client, and where its stream stands once they are told."""

    entries: Sequence[Entry]
    cursor: str | None = None


class LiveHub:
    """Reads the topics once for all clients, from when the first one comes.

    Clients are found by what they want, so that an outcome costs nothing for those who must not see it, and each filter
    is looked at once however many clients have it. No client waits for another. Use from one event loop.
    """

    def __init__(
        self,
        source: OutcomeSource,
        cursors: LiveCursors,
        owners: TopicOwners,
        settings: LiveSettings,
        images: KnownImages,
    ) -> None:
        self._source = source
        self._cursors = cursors
        self._owners = owners
        self._settings = settings
        self._standing = Standing(images)
        self._holdings: SingleFlightCache[None, Mapping[Place, Holding]] = SingleFlightCache(
            lambda _: source.holdings(), HOLDINGS_KEPT_S
        )
        self._history = History({}, settings.history_bytes)
        self._topic_ids: Mapping[str, str] = {}
        self._past = SharedPast(source, lambda: self._history, owners, settings)
        self._open: set[Subscriber] = set()
        self._groups: dict[OutcomeFilter, set[Subscriber]] = {}
        self._by_owner: defaultdict[str | None, set[OutcomeFilter]] = defaultdict(set)
        self._reading: asyncio.Task[None] | None = None
        self._begun: asyncio.Future[None] | None = None

    async def position_of(self, cursor: str | None) -> Position | None:
        """Return where a stream that resumes at ``cursor`` begins; None for one that begins now.

        Raises ``InvalidRequest``, ``CursorExpired``, and ``TransientError`` while Kafka does not answer.
        """
        await self._begin()
        if cursor is None:
            return None
        try:
            return self._cursors.read(cursor, await self._holdings.get(None))
        except CursorAhead:
            return self._cursors.read(cursor, await self._source.holdings())

    async def follow(self, subscriber: Subscriber, position: Position | None) -> AsyncGenerator[Batch, None]:
        """Yield what the client wants, from ``position`` or from now on, until it ends.

        The first batch tells where the stream begins. One without outcomes comes whenever nothing came for as long as a
        heartbeat may take. Of what was missed, nothing is told of images that were deleted since. Raises
        ``TransientError`` where Kafka or the store does not answer for what was missed.
        """
        self._open.add(subscriber)
        if position is None:
            self._add(subscriber)
        try:
            yield Batch((), self.cursor_at(self._history.end if position is None else position))
            if position is not None:
                async with aclosing(self._catch_up(subscriber, position)) as missed:
                    async for batch in missed:
                        yield batch
            while subscriber.ended is None:
                entries = await subscriber.take(self._settings.heartbeat_s)
                if entries:
                    yield Batch(entries)
                elif subscriber.ended is None:
                    # Nothing waits: the client has all that it wants up to here.
                    yield Batch((), self.cursor_at(self._history.end))
        finally:
            self._open.discard(subscriber)
            self._remove(subscriber)

    def cursor_at(self, position: Position) -> str:
        """Return the cursor of a position."""
        return self._cursors.write(position, self._topic_ids)

    async def close(self) -> None:
        """End every stream, and read no further."""
        self.end_all(EndReason.STOPPING)
        await self._past.close()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    def end_all(self, reason: EndReason) -> None:
        """End every stream for this reason."""
        for subscriber in self._open:
            subscriber.end(reason)

    async def _catch_up(self, subscriber: Subscriber, position: Position) -> AsyncGenerator[Batch, None]:
        """Yield what came after ``position``; at its end the client is among those who are told what comes."""
        while subscriber.ended is None:
            if not self._history.covers(position):
                async with aclosing(self._past.chunks(position, subscriber)) as chunks:
                    async for chunk in chunks:
                        async for batch in self._wanted(subscriber, chunk.entries, position):
                            yield batch
                        position = advanced(position, chunk.position)
                continue
            entries = self._history.after(position, MOST_AT_ONCE)
            if not entries:
                # Without a pause from here on: what comes next is told at once.
                self._add(subscriber)
                return
            async for batch in self._wanted(subscriber, entries, position):
                yield batch
            position = advanced(position, entries[-1].position)

    async def _wanted(
        self, subscriber: Subscriber, entries: Sequence[Entry], position: Position
    ) -> AsyncGenerator[Batch, None]:
        """Yield those that the client wants and that still stand.

        A few are looked at at a time, so that requests of others get their turn.
        """
        for first in range(0, len(entries), LOOKED_AT_AT_ONCE):
            some = entries[first : first + LOOKED_AT_AT_ONCE]
            wanted = [entry for entry in some if is_after(entry, position) and subscriber.wanted.wants(entry)]
            if wanted and (standing := await self._standing.among(wanted)):
                yield Batch(standing)
            await asyncio.sleep(0)

    async def _begin(self) -> None:
        """Return once the topics are read; raises ``TransientError`` where they cannot be."""
        if self._reading is None or self._reading.done() or self._begun is None:
            self._begun = asyncio.get_running_loop().create_future()
            self._reading = asyncio.create_task(self._read(self._begun), name="live-reader")
            self._reading.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(BEGIN_TIMEOUT_S):
                await asyncio.shield(self._begun)
        except TimeoutError:
            raise TransientError("Kafka does not let live streams begin", part=OutsideSystem.KAFKA) from None

    async def _read(self, begun: "asyncio.Future[None]") -> None:
        async with self._source.tail() as tail:
            self._history = History(dict(await tail.begun()), self._settings.history_bytes)
            await self._name_topics()
            begun.set_result(None)
            async for messages in tail.batches():
                for number, message in enumerate(messages, 1):
                    if message.origin.offset < self._history.end.get(_place(message), 0):
                        await self._start_over(message)
                    self._take(message)
                    if not number % LOOKED_AT_AT_ONCE:
                        await asyncio.sleep(0)

    async def _name_topics(self) -> None:
        self._topic_ids = {topic: held.topic_id for (topic, _), held in (await self._source.holdings()).items()}

    async def _start_over(self, message: TopicMessage) -> None:
        """Let every client come again, since a topic was made anew, or a broker has lost the end of a partition."""
        position = {**self._history.end, _place(message): message.origin.offset}
        self._history = History(position, self._settings.history_bytes)
        self.end_all(EndReason.UNAVAILABLE)
        await self._name_topics()

    def _take(self, message: TopicMessage) -> None:
        position = {**self._history.end, _place(message): message.next_offset}
        entry = Entry(message, position, self._owners)
        self._history.append(entry)
        if self._groups and (outcome := entry.outcome) is not None:
            for wanted in (*self._by_owner.get(outcome.owner, ()), *self._by_owner.get(None, ())):
                if wanted.wants(entry):
                    for subscriber in self._groups[wanted]:
                        subscriber.offer(entry)

    def _add(self, subscriber: Subscriber) -> None:
        wanted = subscriber.wanted
        self._groups.setdefault(wanted, set()).add(subscriber)
        for owner in _reach(wanted):
            self._by_owner[owner].add(wanted)

    def _remove(self, subscriber: Subscriber) -> None:
        wanted = subscriber.wanted
        group = self._groups.get(wanted, set())
        group.discard(subscriber)
        if group:
            return
        self._groups.pop(wanted, None)
        for owner in _reach(wanted):
            self._by_owner[owner].discard(wanted)
            if not self._by_owner[owner]:
                del self._by_owner[owner]

    def _ended(self, reading: "asyncio.Task[None]") -> None:
        """Let every client come again where reading ended by an error: the next one begins anew."""
        error = None if reading.cancelled() else reading.exception()
        if error is not None:
            log.error("live_reader_ended", error=str(error), exc_info=error)
        if self._begun is not None and not self._begun.done():
            self._begun.set_exception(error or TransientError("live streams have ended", part=OutsideSystem.KAFKA))
            # Told in the log, whether or not anybody still waits for it.
            self._begun.exception()
        self.end_all(EndReason.UNAVAILABLE)


def _place(message: TopicMessage) -> Place:
    return message.origin.topic, message.origin.partition


def _reach(wanted: OutcomeFilter) -> Sequence[str | None]:
    return (None,) if wanted.owners is None else tuple(wanted.owners)

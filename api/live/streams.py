"""Streams: who listens to what, from where, and for how long; whichever protocol carries them."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from api.http.errors import Overloaded
from api.live.cursors import Position
from api.live.hub import Batch, LiveHub
from api.live.subscribers import Subscriber
from api.live.vigil import Vigil
from api.security.proofs import Proof
from infra.elasticsearch.matching.outcome_filters import OutcomeFilter
from infra.errors import TransientError
from infra.settings.live import LiveSettings
from infra.telemetry.metrics import LIVE_ENDED, LIVE_STREAMS
from schemas.access.accounts import Principal
from schemas.messages.live import EndReason, StreamEnd, StreamTime

READY, HEARTBEAT, END = "ready", "heartbeat", "end"
RETRY_AFTER_S = 5
# So long a process that stops waits for clients to take their last message.
STOP_S = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Form:
    """How one protocol writes a message of a kind, with the cursor that resumes after it, around its JSON."""

    name: str
    frame: Callable[[str, str | None, bytes], bytes]


class LiveStreams:
    """Opens streams, and keeps to how many may be open: in all, and for each caller."""

    def __init__(self, hub: LiveHub, vigil: Vigil, settings: LiveSettings) -> None:
        self._hub = hub
        self._vigil = vigil
        self._settings = settings
        self._open: Counter[str] = Counter()
        self._is_stopping = False
        self._none_open = asyncio.Event()
        self._none_open.set()

    @property
    def patience_s(self) -> float:
        """How long a client may take to receive what is sent to it."""
        return self._settings.patience_s

    async def open(self, caller: Principal, proof: Proof, wanted: OutcomeFilter, cursor: str | None) -> "LiveStream":
        """Return a new stream, which is to be iterated or closed.

        Raises ``Overloaded``, ``InvalidRequest``, ``CursorExpired`` and ``TransientError``.
        """
        self._take_place(caller.bucket)
        try:
            position = await self._hub.position_of(cursor)
        except BaseException:
            self.leave(caller)
            raise
        return LiveStream(self, caller, proof, Subscriber(wanted, self._settings), position)

    def leave(self, caller: Principal) -> None:
        """Give back the place of one stream."""
        self._open[caller.bucket] -= 1
        if not self._open[caller.bucket]:
            del self._open[caller.bucket]
        if not self._open:
            self._none_open.set()
        LIVE_STREAMS.set(self._open.total())

    async def stop(self) -> None:
        """Tell every client that the process stops; returns once they were told, or after ``STOP_S``."""
        self._is_stopping = True
        self._hub.end_all(EndReason.STOPPING)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self._none_open.wait()

    def batches(self, stream: "LiveStream") -> AsyncGenerator[Batch, None]:
        return self._hub.follow(stream.subscriber, stream.position)

    def cursor_at(self, position: Position) -> str:
        return self._hub.cursor_at(position)

    @contextmanager
    def watched(self, stream: "LiveStream") -> Iterator[None]:
        """End the stream, within the block, when its longest time is over or its caller may not have it any more."""
        watching = asyncio.create_task(
            self._vigil.keep(stream.subscriber, stream.proof, stream.caller), name="live-vigil"
        )
        watching.add_done_callback(stream.unwatched)
        ending = asyncio.get_running_loop().call_later(
            self._settings.longest_s, stream.subscriber.end, EndReason.LIFETIME
        )
        try:
            yield
        finally:
            watching.cancel()
            ending.cancel()

    def _take_place(self, bucket: str) -> None:
        if self._is_stopping:
            raise TransientError("the process stops")
        if self._open.total() >= self._settings.streams:
            raise Overloaded("busy", "Too many live streams are open. Try again in a moment.", RETRY_AFTER_S)
        if self._open[bucket] >= self._settings.streams_per_caller:
            detail = (
                f"This account or API key has {self._settings.streams_per_caller} live streams open, which is the "
                "most that one caller may have. Close one of them."
            )
            raise Overloaded("busy", detail, RETRY_AFTER_S)
        self._open[bucket] += 1
        self._none_open.clear()
        LIVE_STREAMS.set(self._open.total())


class LiveStream:
    """One client's messages, from the first, which tells where the stream begins, to the last, which tells why it ends.

    It holds a place until it is closed. Iterate over ``messages`` once.
    """

    def __init__(
        self,
        streams: LiveStreams,
        caller: Principal,
        proof: Proof,
        subscriber: Subscriber,
        position: Position | None,
    ) -> None:
        self.caller = caller
        self.proof = proof
        self.subscriber = subscriber
        self.position = position
        self._streams = streams
        self._is_open = True

    @property
    def patience_s(self) -> float:
        """How long a client may take to receive what is sent to it."""
        return self._streams.patience_s

    def close(self) -> None:
        """Give the place back; may be called again."""
        if self._is_open:
            self._is_open = False
            self._streams.leave(self.caller)

    async def messages(self, form: Form) -> AsyncGenerator[Sequence[bytes], None]:
        """Yield messages as ``form`` has them, several where several wait."""
        with self._streams.watched(self):
            try:
                async with aclosing(self._streams.batches(self)) as batches:
                    kind = READY
                    async for batch in batches:
                        yield self._framed(batch, kind, form)
                        kind = HEARTBEAT
            except TransientError as error:
                log.warning("live_stream_unavailable", error=str(error))
                self.subscriber.end(EndReason.UNAVAILABLE)
            yield [self.end(form)]

    def end(self, form: Form) -> bytes:
        """Return the last message."""
        reason = self.subscriber.ended or EndReason.STOPPING
        LIVE_ENDED.labels(reason.value).inc()
        return form.frame(END, None, StreamEnd.of(reason).model_dump_json().encode())

    def unwatched(self, watching: "asyncio.Task[None]") -> None:
        """Nobody would notice that the stream must end."""
        if not watching.cancelled() and (error := watching.exception()) is not None:
            log.error("bug", task=watching.get_name(), exc_info=error)
            self.subscriber.end(EndReason.UNAVAILABLE)

    def _framed(self, batch: Batch, kind: str, form: Form) -> Sequence[bytes]:
        if batch.cursor is not None:
            now = StreamTime(at=datetime.now(UTC)).model_dump_json().encode()
            return [form.frame(kind, batch.cursor, now)]
        return [entry.framed(form.name, form.frame, self._streams.cursor_at) for entry in batch.entries]

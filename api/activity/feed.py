"""What happens in the API, told on topic ``activity`` behind the backs of requests."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Sequence

import structlog

from infra.errors import TransientError
from infra.kafka.confirmation import PublishFailed
from infra.kafka.event_bus import Publisher, Record
from infra.telemetry.metrics import ACTIVITY_DROPPED
from schemas.activity import AccessEvent, ErrorEvent, PerformanceEvent, SecurityEvent
from schemas.messages.cloud_events import API_SOURCE, activity_type, headers_for
from schemas.topics import ACTIVITY

# Few at a time: while they are put into words, no request gets on.
MOST_AT_ONCE = 50
GATHER_S = 0.1
RETRY_S = 1.0
REPORT_EVERY_S = 5.0

Event = AccessEvent | ErrorEvent | PerformanceEvent | SecurityEvent

log = structlog.get_logger(__name__)


class ActivityFeed:
    """Publishes events from a bounded buffer; nobody waits for that, and nothing fails by it.

    While Kafka does not answer they wait. What finds the buffer full is dropped, counted in
    ``vedette_activity_dropped_total`` and told in the log once in a while.
    """

    def __init__(self, publisher: Publisher, most_waiting: int) -> None:
        self._publisher = publisher
        self._most_waiting = most_waiting
        self._waiting: deque[Event] = deque()
        self._draining: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._dropped = 0
        self._told_at = -REPORT_EVERY_S

    def tell(self, event: Event) -> None:
        """Publish the event soon, or drop it."""
        if len(self._waiting) >= self._most_waiting:
            self._drop([event], "too many wait")
            return
        self._waiting.append(event)
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain(), name="activity-feed")

    async def close(self) -> None:
        """Return once what waits is published, or dropped where Kafka does not take it now."""
        self._closing.set()
        if self._draining is not None:
            await self._draining

    async def _drain(self) -> None:
        while self._waiting:
            if len(self._waiting) < MOST_AT_ONCE:
                await self._pause(GATHER_S)
            await self._publish([self._waiting[number] for number in range(min(len(self._waiting), MOST_AT_ONCE))])

    async def _publish(self, events: Sequence[Event]) -> None:
        """Publish the oldest events; those that may be taken later stay where they are."""
        try:
            await self._publisher.publish([_record(event) for event in events])
        except TransientError as error:
            if not self._closing.is_set():
                await self._pause(RETRY_S)
                return
            self._drop(tuple(self._waiting), str(error))
            self._waiting.clear()
            return
        except PublishFailed as error:
            self._drop(events, str(error))
        for _ in events:
            self._waiting.popleft()

    async def _pause(self, longest_s: float) -> None:
        try:
            async with asyncio.timeout(longest_s):
                await self._closing.wait()
        except TimeoutError:
            return

    def _drop(self, events: Sequence[Event], why: str) -> None:
        for event in events:
            ACTIVITY_DROPPED.labels(event.event).inc()
        self._dropped += len(events)
        if time.monotonic() - self._told_at >= REPORT_EVERY_S:
            log.warning("activity_dropped", events=self._dropped, why=why)
            self._dropped = 0
            self._told_at = time.monotonic()


def _record(event: Event) -> Record:
    kind = activity_type(event.event)
    identity = str(uuid.uuid4())
    headers = headers_for(kind, identity, API_SOURCE, event.at, correlation_id=event.request_id)
    key = None if event.actor is None else str(event.actor).encode()
    return Record(ACTIVITY, event.model_dump_json(exclude_none=True).encode(), key, headers)

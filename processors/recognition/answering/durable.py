"""Batches recognised and published, part by part: what is left of one for its text goes on beside the next."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from infra.kafka.event_bus import Record
from infra.lanes import Lane
from infra.retries import retry_transient
from infra.telemetry.metrics import OUTCOMES
from processors.recognition.journal import Journal
from processors.recognition.outcomes import Outcome
from processors.recognition.recogniser import Recogniser
from processors.streams.delivery import Message
from processors.streams.endings import end_process_on_bug

log = structlog.get_logger(__name__)


class OutcomePublisher(Protocol):
    """Publishes outcomes, and returns once they are confirmed."""

    async def publish(self, records: Sequence[Record]) -> None: ...


@dataclass(frozen=True)
class DurableRecognition:
    """A recogniser, and where its outcomes go; ``moved`` is called whenever some were published."""

    recogniser: Recogniser
    publisher: OutcomePublisher
    journal: Journal
    moved: Callable[[], None]
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def handle(self, lane: Lane, messages: Sequence[Message]) -> asyncio.Task[None]:
        """Make the outcome of a lane's batch durable, part by part.

        Returns when only text is left, which takes long, with the task that goes on with it.
        """
        only_slow_left = asyncio.Event()
        task = asyncio.create_task(self._make_durable(lane, messages, only_slow_left.set), name="recognise-batch")
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)
        task.add_done_callback(lambda _: only_slow_left.set())
        try:
            await only_slow_left.wait()
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.done():
            task.result()
        task.add_done_callback(end_process_on_bug)
        return task

    async def cancel(self) -> None:
        """Stop what is under way, so that no thread begins with more of it; it is not acknowledged."""
        under_way = tuple(self.under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _make_durable(self, lane: Lane, messages: Sequence[Message], only_slow_left: Callable[[], None]) -> None:
        names = [message.origin.name for message in messages]
        self.journal.begin(names)
        async with aclosing(self.recogniser.recognise_in_parts(messages, lane, only_slow_left)) as parts:
            async for part in parts:
                await self._publish(part, lane)
        self.journal.end(names)

    async def _publish(self, part: Outcome, lane: Lane) -> None:
        await retry_transient(lambda: self.publisher.publish(part.records), doing="publish results")
        counts = {"recognised": part.recognised, "rejected": part.rejected, "put_off": part.put_off}
        for outcome, count in counts.items():
            OUTCOMES.labels(outcome).inc(count)
        self.moved()
        log.info("batch_published", lane=lane.value, **counts)

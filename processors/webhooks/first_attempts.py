"""New deliveries: tried at once, and kept before the messages that caused them are committed."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from infra.cassandra.webhooks.deliveries import Due, due_of
from infra.retries import retry_transient
from processors.streams.delivery import Message
from processors.streams.endings import end_process_on_bug
from processors.webhooks.desk import DeliveryDesk, due_from, not_told
from processors.webhooks.directory import EndpointDirectory
from processors.webhooks.events import NewDelivery
from schemas.webhooks.deliveries import Delivery
from schemas.webhooks.endpoints import Endpoint

# How long a batch waits for its first attempts. Later ones go on, and no batch waits for them.
PATIENCE_S = 0.5
# If nothing is known of an attempt by then, whoever made it is gone: it is made again.
LEASE = timedelta(minutes=2)
# Of one batch, beyond which deliveries are due at once: each attempt that waits takes memory.
MOST_AT_ONCE = 1000


class Deliveries(Protocol):
    """Where deliveries are kept."""

    async def save(self, deliveries: Sequence[tuple[Delivery, str]]) -> None: ...
    async def drop(self, due: Iterable[Due]) -> None: ...


@dataclass(eq=False)
class _First:
    """The first attempt of one delivery, while it waits for a place and while it runs."""

    new: NewDelivery
    has_begun: bool = False


@dataclass(frozen=True)
class Tried:
    """What is to be kept of a batch, and the attempts that still run, each with what is kept of it meanwhile."""

    kept: Sequence[tuple[Delivery, str]]
    running: Sequence[tuple["asyncio.Task[Delivery]", Delivery, str]] = field(default_factory=tuple)


class FirstAttempts:
    """Tries the deliveries of each batch at once, and keeps how they stand.

    An endpoint that answers quickly is told while its message is in hand, and costs one write. What is not done when
    the patience is over is kept as due: from now on where no attempt has begun, or else from when its attempt is surely
    over. Endpoints that fail or are slow are not tried here at all: their deliveries are due at once, and a courier
    makes them. So no batch waits for any of these.
    """

    def __init__(
        self,
        read: Callable[[Sequence[Message]], Sequence[NewDelivery]],
        directory: EndpointDirectory,
        desk: DeliveryDesk,
        deliveries: Deliveries,
    ) -> None:
        self._read = read
        self._directory = directory
        self._desk = desk
        self._deliveries = deliveries
        self._running: set[asyncio.Task[None]] = set()

    async def handle(self, messages: Sequence[Message]) -> Tried:
        """Try what ``messages`` cause, for as long as the patience lasts."""
        kept: list[tuple[Delivery, str]] = []
        tasks: dict[asyncio.Task[Delivery], _First] = {}
        for new in self._read(messages):
            endpoint = self._directory.find(new.delivery.endpoint_id)
            if endpoint is None:
                continue
            if (waiting := self._put_by(endpoint, new.delivery, len(tasks))) is not None:
                kept.append((waiting, new.body))
            else:
                first = _First(new)
                tasks[asyncio.create_task(self._try(endpoint, first), name="first-attempt")] = first
        if not tasks:
            return Tried(kept)
        done, late = await _wait(tasks)
        kept += [(task.result(), tasks[task].new.body) for task in done]
        return self._with_late(kept, {task: tasks[task] for task in late})

    async def keep(self, tried: Tried) -> None:
        """Return once every delivery of a batch is kept; attempts that still run are kept when they are over."""
        await self._deliveries.save(tried.kept)
        for task, leased, body in tried.running:
            finishing = asyncio.create_task(self._finish(task, leased, body), name="finish-attempt")
            finishing.add_done_callback(end_process_on_bug)
            finishing.add_done_callback(self._running.discard)
            self._running.add(finishing)

    async def close(self) -> None:
        """Leave the attempts that still run: they are made again."""
        for finishing in self._running:
            finishing.cancel()
        if self._running:
            await asyncio.wait(self._running)

    def _put_by(self, endpoint: Endpoint, delivery: Delivery, begun: int) -> Delivery | None:
        """Return the delivery as it is kept where it is not tried here; None where it is."""
        if endpoint.disabled_at is not None:
            return not_told(delivery)
        is_put_by = begun >= MOST_AT_ONCE or self._desk.gates.is_strained(endpoint.id)
        return due_from(delivery, datetime.now(UTC)) if is_put_by else None

    async def _try(self, endpoint: Endpoint, first: _First) -> Delivery:
        async with self._desk.gates.passing(endpoint.id):
            first.has_begun = True
            return await self._desk.attempt(endpoint, first.new.delivery, first.new.body)

    def _with_late(self, kept: list[tuple[Delivery, str]], late: dict["asyncio.Task[Delivery]", _First]) -> Tried:
        now = datetime.now(UTC)
        running = []
        for task, first in late.items():
            delivery, body = first.new.delivery, first.new.body
            if not first.has_begun:
                task.cancel()
                kept.append((due_from(delivery, now), body))
                continue
            self._desk.gates.suspect(delivery.endpoint_id)
            leased = due_from(delivery, now + LEASE)
            kept.append((leased, body))
            running.append((task, leased, body))
        return Tried(kept, running)

    async def _finish(self, attempt: Awaitable[Delivery], leased: Delivery, body: str) -> None:
        settled = await attempt
        await retry_transient(lambda: self._deliveries.save([(settled, body)]), doing="keep a delivery")
        if (due := due_of(leased)) is not None and due != due_of(settled):
            await retry_transient(lambda: self._deliveries.drop([due]), doing="keep a delivery")


async def _wait(
    tasks: Collection["asyncio.Task[Delivery]"],
) -> tuple[set["asyncio.Task[Delivery]"], set["asyncio.Task[Delivery]"]]:
    """Return which attempts are done when the patience is over, and which are not."""
    try:
        return await asyncio.wait(tasks, timeout=PATIENCE_S)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        raise

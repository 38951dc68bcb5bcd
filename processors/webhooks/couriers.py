"""Deliveries that are due: for each endpoint one courier, so that no endpoint waits for another."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from infra.cassandra.webhooks.deliveries import Due, due_of
from infra.retries import retry_transient
from processors.streams.endings import end_process_on_bug
from processors.webhooks.desk import DeliveryDesk
from processors.webhooks.directory import EndpointDirectory
from schemas.webhooks.deliveries import Delivery, DeliveryState

# How soon it is seen that something is due. With many endpoints each is asked for more rarely.
LOOK_EVERY_S = 2.0
MOST_LOOKS_A_SECOND = 100
LOOK_FOR_ENDPOINTS_EVERY_S = 1.0


class DueDeliveries(Protocol):
    """Where deliveries are kept, and which of them are due."""

    async def due(self, endpoint_id: str, until: datetime, most: int) -> tuple[Due, ...]: ...
    async def find(self, endpoint_id: str, delivery_id: str) -> tuple[Delivery, str] | None: ...
    async def save(self, deliveries: Sequence[tuple[Delivery, str]]) -> None: ...
    async def drop(self, due: Iterable[Due]) -> None: ...


class Couriers:
    """Has a courier for each endpoint that is this worker's; ``owns`` tells which are.

    For a moment two workers may have the same endpoint: a delivery then comes twice, under the same id.
    """

    def __init__(
        self, directory: EndpointDirectory, desk: DeliveryDesk, deliveries: DueDeliveries, owns: Callable[[str], bool]
    ) -> None:
        self._directory = directory
        self._desk = desk
        self._deliveries = deliveries
        self._owns = owns
        self._couriers: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Send couriers where they are needed, until cancelled."""
        try:
            while True:
                self._send_couriers()
                await asyncio.sleep(LOOK_FOR_ENDPOINTS_EVERY_S)
        finally:
            for courier in self._couriers.values():
                courier.cancel()
            if self._couriers:
                await asyncio.wait(self._couriers.values())

    def _send_couriers(self) -> None:
        for endpoint_id in [each for each, courier in self._couriers.items() if courier.done()]:
            del self._couriers[endpoint_id]
            if self._directory.find(endpoint_id) is None:
                self._desk.gates.forget(endpoint_id)
        for endpoint in self._directory.all():
            if endpoint.id not in self._couriers and self._goes_to(endpoint.id):
                courier = asyncio.create_task(self._carry(endpoint.id), name="courier")
                courier.add_done_callback(end_process_on_bug)
                self._couriers[endpoint.id] = courier

    def _goes_to(self, endpoint_id: str) -> bool:
        endpoint = self._directory.find(endpoint_id)
        return endpoint is not None and endpoint.counts and self._owns(endpoint_id)

    async def _carry(self, endpoint_id: str) -> None:
        """Make what is due, the longest due first, for as long as the endpoint is this worker's and counts."""
        while self._goes_to(endpoint_id):
            due = await retry_transient(lambda: self._look(endpoint_id), doing="look for deliveries that are due")
            if due:
                await asyncio.gather(*map(self._make, due))
            else:
                await asyncio.sleep(max(LOOK_EVERY_S, len(self._couriers) / MOST_LOOKS_A_SECOND))

    async def _look(self, endpoint_id: str) -> tuple[Due, ...]:
        return await self._deliveries.due(endpoint_id, datetime.now(UTC), self._desk.gates.room(endpoint_id))

    async def _make(self, due: Due) -> None:
        found = await retry_transient(
            lambda: self._deliveries.find(due.endpoint_id, due.delivery_id), doing="find a delivery"
        )
        endpoint = self._directory.find(due.endpoint_id)
        if endpoint is None or not endpoint.counts:
            return
        # What is no longer in the log, was delivered meanwhile or is due at another time, has nothing due now.
        if found is not None and found[0].state is DeliveryState.DUE and found[0].next_at == due.due_at:
            delivery, body = found
            settled = await self._desk.deliver(endpoint, delivery, body)
            if self._directory.find(due.endpoint_id) is None:
                # Deleted meanwhile, and its log with it.
                return
            await retry_transient(lambda: self._deliveries.save([(settled, body)]), doing="keep a delivery")
            if due_of(settled) == due:
                # Due again within the same millisecond.
                return
        await retry_transient(lambda: self._deliveries.drop([due]), doing="keep a delivery")

"""What administrators do with deliveries: look at the log, send one again, send a test, send what was missed."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from api.webhooks.service import WebhookService
from api.webhooks.wishes import Recovered
from infra.cassandra.webhooks.deliveries import Due, due_of
from infra.errors import Conflict, NotFound
from infra.operations.audit.acts import Act
from schemas.activity import Action
from schemas.queries import Page
from schemas.webhooks.deliveries import Delivery, DeliveryState, delivery_id_of, message_id_of
from schemas.webhooks.endpoints import Endpoint
from schemas.webhooks.events import TEST, TestData, WebhookEvent

MOST_RECOVERED = 1000
A_PAGE = 200


class DeliveryStore(Protocol):
    """Where the logs are kept."""

    async def save(self, deliveries: Sequence[tuple[Delivery, str]]) -> None: ...
    async def find(self, endpoint_id: str, delivery_id: str) -> tuple[Delivery, str] | None: ...
    async def page(
        self, endpoint_id: str, limit: int, cursor: str | None = None, state: DeliveryState | None = None
    ) -> Page[Delivery]: ...
    async def drop(self, due: Iterable[Due]) -> None: ...


class DeliveryOffice:
    """Shows deliveries and has them made again: by the webhooks worker, within seconds.

    Raises ``NotFound`` for what the log does not hold, ``Conflict`` where the endpoint is not enabled, and
    ``TransientError`` where an act could not be recorded; then nothing is sent.
    """

    def __init__(self, webhooks: WebhookService, deliveries: DeliveryStore) -> None:
        self._webhooks = webhooks
        self._deliveries = deliveries

    async def page(
        self, owner: str, endpoint_id: str, limit: int, cursor: str | None, state: DeliveryState | None
    ) -> Page[Delivery]:
        """Return deliveries to an endpoint, the newest first; raises ``InvalidCursor``."""
        endpoint = await self._webhooks.find(owner, endpoint_id)
        return await self._deliveries.page(endpoint.id, limit, cursor, state)

    async def find(self, owner: str, endpoint_id: str, delivery_id: str) -> tuple[Delivery, str]:
        """Return one delivery and what it sends."""
        endpoint = await self._webhooks.find(owner, endpoint_id)
        found = await self._deliveries.find(endpoint.id, delivery_id)
        if found is None:
            raise NotFound("The log holds no such delivery.")
        return found

    async def resend(self, owner: str, endpoint_id: str, delivery_id: str, by: object, act: Act) -> Delivery:
        """Have one delivery made once more, however it stands; its id and its body stay the same."""
        endpoint = await self._counting(owner, endpoint_id)
        delivery, body = await self.find(owner, endpoint_id, delivery_id)
        async with act(Action.WEBHOOK_RESENT, by, endpoint.id, owner=owner, detail=f"delivery {delivery.id}"):
            return await self._let_be_due(delivery, body)

    async def recover(self, owner: str, endpoint_id: str, since: datetime, by: object, act: Act) -> Recovered:
        """Have failed deliveries of events since then made once more, the newest first."""
        endpoint = await self._counting(owner, endpoint_id)
        failed, complete = await self._failed(endpoint, since)
        detail = f"{len(failed)} failed deliveries since {since.isoformat()}"
        async with act(Action.WEBHOOK_RESENT, by, endpoint.id, owner=owner, detail=detail):
            for delivery in failed:
                found = await self._deliveries.find(endpoint.id, delivery.id)
                if found is not None and found[0].state is DeliveryState.FAILED:
                    await self._let_be_due(*found)
        return Recovered(deliveries=len(failed), complete=complete)

    async def test(self, owner: str, endpoint_id: str, by: object, act: Act) -> Delivery:
        """Have an event sent about which nothing happened, whatever the endpoint's events and filters are."""
        endpoint = await self._counting(owner, endpoint_id)
        now = datetime.now(UTC)
        told = WebhookEvent(type=TEST, timestamp=now, data=TestData(workspace=endpoint.owner, endpoint_id=endpoint.id))
        async with act(Action.WEBHOOK_TESTED, by, endpoint.id, owner=owner):
            return await self._let_be_due(_test_delivery(endpoint, now), told.model_dump_json())

    async def _failed(self, endpoint: Endpoint, since: datetime) -> tuple[list[Delivery], bool]:
        found: list[Delivery] = []
        cursor: str | None = None
        while True:
            page = await self._deliveries.page(endpoint.id, A_PAGE, cursor, DeliveryState.FAILED)
            new = [delivery for delivery in page.items if delivery.created_at >= since]
            found += new
            if len(found) > MOST_RECOVERED:
                return found[:MOST_RECOVERED], False
            if len(new) < len(page.items) or (cursor := page.next_cursor) is None:
                return found, True

    async def _counting(self, owner: str, endpoint_id: str) -> Endpoint:
        endpoint = await self._webhooks.find(owner, endpoint_id)
        if not endpoint.counts:
            raise Conflict("The endpoint is not enabled. Enable it first.")
        return endpoint

    async def _let_be_due(self, delivery: Delivery, body: str) -> Delivery:
        before = due_of(delivery)
        due = delivery.model_copy(update={"state": DeliveryState.DUE, "next_at": _whole_ms(datetime.now(UTC))})
        await self._deliveries.save([(due, body)])
        if before is not None and before != due_of(due):
            await self._deliveries.drop([before])
        return due


def _test_delivery(endpoint: Endpoint, now: datetime) -> Delivery:
    event_id = f"test:{uuid.uuid4()}"
    created_at = _whole_ms(now)
    return Delivery(
        id=delivery_id_of(endpoint.id, event_id, round(created_at.timestamp() * 1000)),
        endpoint_id=endpoint.id,
        owner=endpoint.owner,
        message_id=message_id_of(endpoint.id, event_id),
        type=TEST,
        subject=endpoint.id,
        created_at=created_at,
        state=DeliveryState.DUE,
    )


def _whole_ms(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

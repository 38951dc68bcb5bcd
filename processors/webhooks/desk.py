"""One attempt after the other: a delivery goes in, and comes out as it stands after the attempt."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from infra.errors import ConfigurationError
from infra.telemetry.metrics import WEBHOOK_ATTEMPTS
from infra.webhooks.secrets import SecretBox
from infra.webhooks.sending import GONE, Parcel
from processors.webhooks.gates import Gates
from processors.webhooks.schedule import RetrySchedule, whole_ms
from schemas.webhooks.deliveries import Attempt, Delivery, DeliveryState
from schemas.webhooks.endpoints import Endpoint

# A key that is missing is an operator's to set: deliveries wait for that, and lose no attempt.
UNREADABLE_WAIT = timedelta(minutes=1)
DISABLED = "The endpoint was disabled when the event came."

log = structlog.get_logger(__name__)


class Sender(Protocol):
    """Makes one attempt."""

    async def send(self, parcel: Parcel) -> Attempt: ...


class Keys(Protocol):
    """Opens secrets."""

    def box(self) -> SecretBox: ...


class Health(Protocol):
    """Keeps how an endpoint is."""

    def note(self, endpoint: Endpoint, attempt: Attempt) -> None: ...


class DeliveryDesk:
    """Makes attempts, each within the bounds of ``gates``; what becomes of a delivery is saved by whoever asks."""

    def __init__(self, sender: Sender, keys: Keys, gates: Gates, schedule: RetrySchedule, health: Health) -> None:
        self._sender = sender
        self._keys = keys
        self._schedule = schedule
        self._health = health
        self.gates = gates

    async def deliver(self, endpoint: Endpoint, delivery: Delivery, body: str) -> Delivery:
        """Try once, as soon as there is a place, and return the delivery as it stands then."""
        async with self.gates.passing(endpoint.id):
            return await self.attempt(endpoint, delivery, body)

    async def attempt(self, endpoint: Endpoint, delivery: Delivery, body: str) -> Delivery:
        """Try once, in a place that the caller holds, and return the delivery as it stands then."""
        try:
            secrets = self._secrets(endpoint)
        except ConfigurationError as error:
            log.error("webhook_secret_unreadable", endpoint=endpoint.id, error=str(error))
            return delivery.model_copy(update={"next_at": whole_ms(datetime.now(UTC) + UNREADABLE_WAIT)})
        attempt = await self._sender.send(Parcel(endpoint.url, delivery.message_id, body, secrets))
        self.gates.report(endpoint.id, attempt)
        self._health.note(endpoint, attempt)
        settled = self._settled(delivery, attempt)
        WEBHOOK_ATTEMPTS.labels("delivered" if attempt.is_success else "failed").inc()
        return settled

    def _settled(self, delivery: Delivery, attempt: Attempt) -> Delivery:
        tries = delivery.tries + 1
        tried = {"tries": tries, "last": attempt, "next_at": None}
        if attempt.is_success:
            return delivery.model_copy(update={**tried, "state": DeliveryState.DELIVERED})
        next_at = self._schedule.next_at(tries, datetime.now(UTC), attempt.retry_after_s)
        if attempt.code == GONE or next_at is None:
            return delivery.model_copy(update={**tried, "state": DeliveryState.FAILED})
        return delivery.model_copy(update={**tried, "state": DeliveryState.DUE, "next_at": next_at})

    def _secrets(self, endpoint: Endpoint) -> Sequence[str]:
        """Return the newest secret, and those that it has replaced and that still sign."""
        now, box = datetime.now(UTC), self._keys.box()
        return [box.open(one.sealed) for one in endpoint.secrets if one.until is None or one.until > now]


def due_from(delivery: Delivery, moment: datetime) -> Delivery:
    """Return the delivery as one that is due from ``moment`` on."""
    return delivery.model_copy(update={"state": DeliveryState.DUE, "next_at": whole_ms(moment)})


def not_told(delivery: Delivery) -> Delivery:
    """Return the delivery to an endpoint that is disabled: it is not tried, and can be sent later."""
    untold = Attempt(at=datetime.now(UTC), duration_ms=0, error=DISABLED)
    return delivery.model_copy(update={"state": DeliveryState.FAILED, "next_at": None, "last": untold})

"""Deliveries: one event for one endpoint, what was tried, and what came of it."""

import hashlib
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.images import Frozen, Owner

DAY_MS = 86_400_000
MILLISECOND_DIGITS, DIGEST_DIGITS = 12, 20

DeliveryId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}-[0-9a-f]{20}$")]


class DeliveryState(StrEnum):
    """How a delivery stands."""

    DUE = "due"
    DELIVERED = "delivered"
    FAILED = "failed"


class Attempt(Frozen):
    """One attempt to deliver: the endpoint's answer, or in words why there was none that counts."""

    at: datetime = Field(description="When the attempt began.")
    duration_ms: float = Field(ge=0, description="How long it took.")
    code: int | None = Field(default=None, description="The status of the endpoint's answer, if it answered.")
    error: str | None = Field(default=None, description="What went wrong. Absent if the endpoint took the event.")
    answer: str | None = Field(default=None, description="How the body of an answer that refuses the event begins.")
    retry_after_s: float | None = Field(default=None, exclude=True)

    @property
    def is_success(self) -> bool:
        return self.error is None


class Delivery(Frozen):
    """One event for one endpoint, as the log keeps it."""

    id: DeliveryId = Field(description="The delivery's id.")
    endpoint_id: str = Field(description="The endpoint.")
    owner: Owner = Field(description="The workspace.")
    message_id: str = Field(description="The `webhook-id` that is sent with every attempt, always the same.")
    type: str = Field(description="The type of the event.", examples=["image.recognised"])
    subject: str = Field(description="The image's or the job's id.")
    created_at: datetime = Field(description="When the event was told to the platform's topics.")
    state: DeliveryState = Field(description="`due`: another attempt follows. `delivered`. `failed`: none follows.")
    tries: int = Field(default=0, ge=0, description="How many attempts were made.")
    next_at: datetime | None = Field(default=None, description="When the next attempt is due.")
    last: Attempt | None = Field(default=None, description="The last attempt.")


def message_id_of(endpoint_id: str, event_id: str) -> str:
    """Return the id under which an endpoint is sent an event, however often that is told."""
    return f"msg_{_digest(endpoint_id, event_id)}"


def delivery_id_of(endpoint_id: str, event_id: str, created_at_ms: int) -> str:
    """Return the id of a delivery: from the moment in it follows where the log keeps it."""
    return f"{created_at_ms:012x}-{_digest(endpoint_id, event_id)[:DIGEST_DIGITS]}"


def created_at_of(delivery_id: str) -> datetime:
    """Return when a delivery was created; ``ValueError`` for a moment that there is none of."""
    try:
        return datetime.fromtimestamp(int(delivery_id[:MILLISECOND_DIGITS], 16) / 1000, UTC)
    except (OverflowError, OSError):
        raise ValueError("the id holds no moment") from None


def _digest(endpoint_id: str, event_id: str) -> str:
    return hashlib.blake2b(f"{endpoint_id}\0{event_id}".encode(), digest_size=16).hexdigest()

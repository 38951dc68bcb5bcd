"""What is asked about what happened on the platform, and what is told."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from schemas.images import Frozen, Owner
from schemas.queries import MAX_PAGE_SIZE


class ActivityKind(StrEnum):
    """The kind of an event. `unreadable` is a message that is not an event of the platform."""

    AUDIT = "audit"
    ACCESS = "access"
    SECURITY = "security"
    ERROR = "error"
    PERFORMANCE = "performance"
    UNREADABLE = "unreadable"


class ActivityQuery(Frozen):
    """Which events are meant: all of these must fit."""

    owners: frozenset[Owner] | None = Field(default=None, description="None: of every workspace, and of none.")
    event: ActivityKind | None = None
    acts: bool = Field(default=True, description="Whether log-ins and administrative acts are meant as well.")
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = Field(default=50, ge=1, le=MAX_PAGE_SIZE)
    cursor: str | None = None


class ActivityItem(Frozen):
    """One event that happened on the platform."""

    id: str = Field(description="The position of its message in Kafka, as topic:partition:offset.")
    event: ActivityKind
    at: datetime
    action: str | None = Field(default=None, description="The act or the alert.")
    outcome: str | None = Field(default=None, description="One of success, failure and unknown.")
    actor: str | None = Field(default=None, description="The account's id, or user@machine.")
    program: str | None = Field(default=None, description="The API key or OAuth client that acted for the actor.")
    subject: str | None = None
    owner: Owner | None = None
    address: str | None = None
    method: str | None = None
    route: str | None = None
    status: int | None = None
    duration_ms: float | None = None
    error: str | None = None
    count: int | None = None
    request_id: str | None = None
    detail: str | None = None

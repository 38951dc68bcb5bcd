"""What applications ask for, and what they are told."""

from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import AwareDatetime, Field

from schemas.dead_letters import Reason
from schemas.images import Frozen, ImageId, Owner
from schemas.results import Label, RecognitionResult, VersionedName

MAX_PAGE_SIZE = 200

Item = TypeVar("Item")


class ImageStatus(StrEnum):
    """How far an image has come."""

    PENDING = "pending"
    RECOGNISED = "recognised"
    REJECTED = "rejected"
    DELETED = "deleted"


class ImageRecord(Frozen):
    """One image's way through the platform, as Cassandra keeps it.

    Each stage has its own columns, so that none overwrites another. A ``…_version`` is the ``Origin.version`` of the
    reference that the stage is about, and orders them: the newest outcome counts, and a recognition counts more than a
    rejection of the same reference.
    """

    owner: Owner
    image_id: ImageId
    image_key: str
    uri: str | None = None
    announced_at: datetime | None = Field(default=None, description="When the API took it, before publishing.")
    accepted_at: datetime | None = None
    accepted_version: int | None = None
    recognised_at: datetime | None = None
    recognised_version: int | None = None
    pipeline: VersionedName | None = None
    rejected_at: datetime | None = None
    rejected_version: int | None = None
    reason: Reason | None = None
    detail: str | None = None
    deleted_at: datetime | None = None
    deleted_version: int | None = None

    @property
    def status(self) -> ImageStatus:
        """The outcome of the newest reference, ``pending`` while it has none."""
        outcomes = {
            ImageStatus.REJECTED: self.rejected_version,
            ImageStatus.RECOGNISED: self.recognised_version,
            ImageStatus.DELETED: self.deleted_version,
        }
        latest = max(outcomes, key=lambda status: (outcomes[status] or 0, list(outcomes).index(status)))
        version = outcomes[latest]
        if version is None or (self.accepted_version or 0) > version:
            return ImageStatus.PENDING
        return latest


class ImageView(Frozen):
    """One image as the API shows it: its status and, where there is one, its result."""

    owner: Owner
    image_id: ImageId
    status: ImageStatus
    uri: str | None = None
    accepted_at: datetime | None = None
    recognised_at: datetime | None = None
    rejected_at: datetime | None = None
    reason: Reason | None = None
    detail: str | None = None
    result: RecognitionResult | None = None


class ResultSummary(Frozen):
    """One hit of a list or a search, as Elasticsearch keeps it."""

    owner: Owner
    image_id: ImageId
    status: ImageStatus
    uri: str | None = None
    pipeline: str | None = None
    recognised_at: datetime | None = None
    labels: tuple[Label, ...] = ()
    objects: tuple[Label, ...] = Field(default=(), description="One entry an object; where each is its result tells.")
    reason: Reason | None = None


class ResultQuery(Frozen):
    """Which results to list. ``owners`` is the caller's reach: ``None`` for all, else only these workspaces."""

    owners: frozenset[Owner] | None
    label: str | None = Field(default=None, min_length=1, max_length=200)
    object: str | None = Field(default=None, min_length=1, max_length=200)
    min_confidence: float | None = Field(default=None, ge=0, le=1)
    text: str | None = Field(default=None, min_length=1, max_length=500)
    pipeline: VersionedName | None = None
    status: ImageStatus | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    limit: int = Field(default=50, ge=1, le=MAX_PAGE_SIZE)
    cursor: str | None = Field(default=None, max_length=2048)


class Page(Frozen, Generic[Item]):
    """Part of a list; ``next_cursor`` asks for the part after it and is absent on the last."""

    items: tuple[Item, ...]
    next_cursor: str | None = None

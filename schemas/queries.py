"""What applications ask for, and what they are told."""

from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import AwareDatetime, Field

from schemas.answers import Label
from schemas.dead_letters import DeadLetter, Reason
from schemas.images import MAX_ANSWERS, Frozen, ImageId, Owner
from schemas.results import RecognitionResult, VersionedName

MAX_PAGE_SIZE = 200

Item = TypeVar("Item")


class ImageStatus(StrEnum):
    """What became of an image."""

    PENDING = "pending"
    RECOGNISED = "recognised"
    REJECTED = "rejected"
    DISCARDED = "discarded"
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
    accepted_origin: str | None = Field(default=None, description="topic:partition:offset of the newest reference.")
    recognised_at: datetime | None = None
    recognised_version: int | None = None
    recognised_origin: str | None = Field(default=None, description="Absent where an earlier version wrote it.")
    pipeline: VersionedName | None = None
    rejected_at: datetime | None = None
    rejected_version: int | None = None
    rejected_origin: str | None = None
    reason: Reason | None = None
    detail: str | None = None
    discarded_at: datetime | None = Field(default=None, description="When its rejection was put away.")
    discarded_version: int | None = None
    deleted_at: datetime | None = None
    deleted_version: int | None = None

    @property
    def status(self) -> ImageStatus:
        """The outcome of the newest reference, ``pending`` while it has none."""
        outcomes = {
            ImageStatus.REJECTED: self.rejected_version,
            ImageStatus.DISCARDED: self.discarded_version,
            ImageStatus.RECOGNISED: self.recognised_version,
            ImageStatus.DELETED: self.deleted_version,
        }
        latest = max(outcomes, key=lambda status: (outcomes[status] or 0, list(outcomes).index(status)))
        version = outcomes[latest]
        if version is None or ((self.accepted_version or 0) > version and not self._answers(latest)):
            return ImageStatus.PENDING
        return latest

    @property
    def newest(self) -> int:
        """The number of the newest reference that is known; of those before a deletion, if there is none after it."""
        versions = (self.accepted_version, self.recognised_version, self.rejected_version)
        # What a deletion follows lies just below its own number.
        before = 0 if self.deleted_version is None else max(0, self.deleted_version - 1)
        return max((version for version in versions if version is not None), default=before)

    def _answers(self, outcome: ImageStatus) -> bool:
        """Whether an outcome is that of the very reference that was accepted, whatever number each was given."""
        origins = {
            ImageStatus.RECOGNISED: self.recognised_origin,
            ImageStatus.REJECTED: self.rejected_origin,
            ImageStatus.DISCARDED: self.rejected_origin,
        }
        origin = origins.get(outcome)
        return origin is not None and origin == self.accepted_origin


class ImageView(Frozen):
    """One image: its status and, if there is one, its result."""

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


class Stage(StrEnum):
    """A stage in the life of an image."""

    ANNOUNCED = "announced"
    ACCEPTED = "accepted"
    RECOGNISED = "recognised"
    REJECTED = "rejected"
    DISCARDED = "discarded"
    DELETED = "deleted"


class TimelineEntry(Frozen):
    """One event in the life of an image.

    The timeline has the newest event of each stage, and every pipeline's stored answer.
    """

    stage: Stage
    at: datetime
    origin: str | None = Field(
        default=None,
        description="The position of the reference concerned, as `topic:partition:offset`.",
        examples=["image-references:3:1207"],
    )
    pipeline: VersionedName | None = None
    reason: Reason | None = None
    detail: str | None = None


class ResultSummary(Frozen):
    """One image in a list or in search results."""

    owner: Owner
    image_id: ImageId
    status: ImageStatus
    uri: str | None = None
    pipeline: str | None = None
    recognised_at: datetime | None = None
    labels: tuple[Label, ...] = ()
    objects: tuple[Label, ...] = Field(default=(), description="One entry per object; its result has the positions.")
    known: float | None = Field(
        default=None, description="How the image ranks among images that the model of its labels knows, from 0 to 1."
    )
    faces: int | None = Field(
        default=None, ge=0, description="The number of faces, if they were asked for; the result has their positions."
    )
    moderation: tuple[str, ...] = Field(
        default=(), description="Categories of moderation; the result has their confidences."
    )
    taken_at: str | None = Field(
        default=None, description="When EXIF says that the picture was taken. Without an offset, it is local time."
    )
    taken_at_local: bool | None = Field(default=None, description="True if `taken_at` has no offset.")
    camera: str | None = None
    reason: Reason | None = None


class ResultQuery(Frozen):
    """Which results to list. ``owners`` is the caller's reach: ``None`` for all, else only these workspaces."""

    owners: frozenset[Owner] | None
    label: str | None = Field(default=None, min_length=1, max_length=200)
    label_exact: str | None = Field(default=None, min_length=1, max_length=200)
    exclude_labels: tuple[str, ...] = ()
    category: str | None = Field(default=None, min_length=1, max_length=200)
    object: str | None = Field(default=None, min_length=1, max_length=200)
    min_confidence: float | None = Field(default=None, ge=0, le=1)
    min_known: float | None = Field(default=None, ge=0, le=1, description="Results with at least this `known`.")
    max_known: float | None = Field(default=None, ge=0, le=1, description="Results with a `known` below this.")
    moderation: str | None = Field(default=None, min_length=1, max_length=200)
    min_faces: int | None = Field(default=None, ge=0, le=MAX_ANSWERS)
    max_faces: int | None = Field(default=None, ge=0, le=MAX_ANSWERS)
    text: str | None = Field(default=None, min_length=1, max_length=500)
    pipeline: VersionedName | None = None
    status: ImageStatus | None = None
    reason: Reason | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    taken_since: AwareDatetime | None = None
    taken_until: AwareDatetime | None = None
    camera: str | None = Field(default=None, min_length=1, max_length=200)
    limit: int = Field(default=50, ge=1, le=MAX_PAGE_SIZE)
    cursor: str | None = Field(default=None, max_length=2048)


class SimilarImage(ResultSummary):
    """An image that is similar to another."""

    similarity: float | None = Field(default=None, description="The cosine of the embeddings' angle. 1 means the same.")
    distance_bits: int | None = Field(default=None, description="In how many of the 64 bits the hashes differ.")


class Bucket(Frozen):
    """The number of images with one value."""

    key: str
    count: int


class Interval(StrEnum):
    """The interval by which results are counted over time, in UTC."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Statistics(Frozen):
    """Counts over the images that match. For names, the 20 most frequent are returned."""

    total: int
    over_time: tuple[Bucket, ...] = Field(description="Counts by the outcome's time. `key` is the interval's start.")
    interval: Interval
    labels: tuple[Bucket, ...]
    label_tree: tuple[Bucket, ...] = Field(description="Images by what they show: labels and everything more general.")
    categories: tuple[Bucket, ...]
    objects: tuple[Bucket, ...] = Field(description="The number of images that show each object at least once.")
    faces: tuple[Bucket, ...] = Field(description="The number of images by how many faces were found in each.")
    moderation: tuple[Bucket, ...] = Field(description="The number of images in each category of moderation.")
    owners: tuple[Bucket, ...]
    statuses: tuple[Bucket, ...]
    reasons: tuple[Bucket, ...]
    pipelines: tuple[Bucket, ...]
    cameras: tuple[Bucket, ...] = Field(default=(), description="Counts by the camera that EXIF names.")
    confidences: tuple[Bucket, ...] = Field(
        description="Counts by the confidence of the top label. `key` is the lower bound."
    )
    known: tuple[Bucket, ...] = Field(default=(), description="Counts by `known`. `key` is the lower bound.")


class LetterState(StrEnum):
    """The state of a dead letter."""

    OPEN = "open"
    REPLAYED = "replayed"
    DISCARDED = "discarded"
    ALL = "all"


class DeadLetterQuery(Frozen):
    """Which dead letters are meant: those to which all of it applies."""

    owner: Owner | None = None
    reason: Reason | None = None
    since: AwareDatetime | None = Field(default=None, description="Rejected at this moment or later.")
    until: AwareDatetime | None = Field(default=None, description="Rejected before this moment.")
    state: LetterState = LetterState.OPEN

    def matches(self, letter: DeadLetter) -> bool:
        """Whether ``letter`` is meant."""
        state = LetterState.OPEN if letter.resolution is None else LetterState(letter.resolution.value)
        return (
            self.owner in (None, letter.owner)
            and self.reason in (None, letter.reason)
            and self.state in (LetterState.ALL, state)
            and (self.since is None or letter.rejected_at >= self.since)
            and (self.until is None or letter.rejected_at < self.until)
        )


OPEN_LETTERS = DeadLetterQuery()


class Page(Frozen, Generic[Item]):
    """Part of a list; ``next_cursor`` asks for the part after it and is absent on the last."""

    items: tuple[Item, ...]
    next_cursor: str | None = None


class StageLatency(Frozen):
    """How long one stage takes for each image: half of the images at most ``p50_ms``, 95 of 100 at most ``p95_ms``."""

    stage: str
    p50_ms: float
    p95_ms: float


class Latency(Frozen):
    """How long recognition took, of the ``images`` that were looked at."""

    images: int
    stages: tuple[StageLatency, ...] = ()

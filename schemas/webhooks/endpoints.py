"""Endpoints: where a workspace's events are sent, which of them, and how each proves that it comes from here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from schemas.dead_letters import Reason
from schemas.images import MAX_ANSWERS, Frozen, Owner
from schemas.queries import ResultQuery
from schemas.results import VersionedName
from schemas.webhooks.events import WebhookType

MOST_URL_CHARACTERS = 2048
MOST_METADATA = 10

EndpointId = Annotated[str, StringConstraints(pattern=r"^we_[a-z2-7]{26}$")]
Description = Annotated[str, StringConstraints(max_length=500)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
MetadataKey = Annotated[str, StringConstraints(pattern=r"(?s)^[^=\x00]+$", max_length=128)]
MetadataText = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
SPANS = (("since", "until"), ("taken_since", "taken_until"))


class OutcomeFilters(Frozen):
    """The filters of ``/v1/results``, under the same names: an endpoint hears of images that match all of them."""

    model_config = ConfigDict(extra="forbid")

    label: Name | None = Field(default=None, description="Only images that show this, or something beneath it.")
    label_exact: Name | None = Field(default=None, description="Only images with a label of exactly this name.")
    exclude_label: tuple[Name, ...] = Field(
        default=(), max_length=10, description="Only images that do not show any of these."
    )
    category: Name | None = Field(default=None, description="Only images in this category.")
    object: Name | None = Field(default=None, description="Only images that show an object with this name.")
    moderation: Name | None = Field(
        default=None, description="Only images in this category of moderation, or in one beneath it."
    )
    min_confidence: float | None = Field(
        default=None, ge=0, le=1, description="The minimum confidence of what is named, or of the top label."
    )
    min_known: float | None = Field(default=None, ge=0, le=1, description="Only images whose `known` is at least this.")
    max_known: float | None = Field(default=None, ge=0, le=1, description="Only images whose `known` is below this.")
    min_faces: int | None = Field(
        default=None, ge=0, le=MAX_ANSWERS, description="Only images with at least so many faces."
    )
    max_faces: int | None = Field(
        default=None, ge=0, le=MAX_ANSWERS, description="Only images with at most so many faces."
    )
    since: AwareDatetime | None = Field(default=None, description="Only outcomes at or after this time.")
    until: AwareDatetime | None = Field(default=None, description="Only outcomes before this time.")
    taken_since: AwareDatetime | None = Field(
        default=None, description="Only images that EXIF says were taken at or after this time."
    )
    taken_until: AwareDatetime | None = Field(default=None, description="Only images taken before this time.")
    camera: Name | None = Field(default=None, description="Only images of this camera, as EXIF names it.")
    pipeline: VersionedName | None = Field(default=None, description="Only answers of this pipeline.")
    reason: Reason | None = Field(default=None, description="Only images rejected for this reason.")
    metadata: Mapping[MetadataKey, MetadataText] = Field(
        default_factory=dict, max_length=MOST_METADATA, description="Only images with this metadata."
    )

    @model_validator(mode="after")
    def _spans_begin_before_they_end(self) -> "OutcomeFilters":
        for earlier, later in SPANS:
            begins, ends = getattr(self, earlier), getattr(self, later)
            if begins is not None and ends is not None and begins >= ends:
                raise ValueError(f"{later} must be later than {earlier}")
        if self.min_faces is not None and self.max_faces is not None and self.min_faces > self.max_faces:
            raise ValueError("max_faces must not be less than min_faces")
        return self

    def query(self, owner: str) -> ResultQuery:
        """Return the question to the index that asks for the same, of one workspace."""
        own = self.model_dump(exclude={"exclude_label", "metadata"})
        pairs = tuple(self.metadata.items())
        return ResultQuery(owners=frozenset({owner}), exclude_labels=self.exclude_label, metadata=pairs, limit=1, **own)


EVERY_OUTCOME = OutcomeFilters()


class SealedSecret(Frozen):
    """A secret as it is stored: encrypted. One that was replaced still signs until ``until``."""

    sealed: str = Field(repr=False)
    until: datetime | None = None


class Wanted(Frozen):
    """What an administrator decides about an endpoint."""

    url: str = Field(repr=False)
    events: frozenset[WebhookType]
    filters: OutcomeFilters = EVERY_OUTCOME
    replayed: bool = False
    unpromoted: bool = False
    enabled: bool = True
    description: str = ""


class Endpoint(Wanted):
    """One endpoint. ``version`` counts changes: a change names the one that it saw.

    ``failing_since`` is when the first delivery failed after the last success. ``disabled_at`` is when the platform
    disabled it, and ``disabled_because`` says why; both are gone once an administrator enables it.
    """

    id: EndpointId
    owner: Owner
    secrets: tuple[SealedSecret, ...] = Field(repr=False)
    created_at: datetime
    changed_at: datetime
    version: int = 1
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_because: str | None = None

    @property
    def counts(self) -> bool:
        """Whether deliveries are made to it."""
        return self.enabled and self.disabled_at is None

"""Jobs: many images at once, found in one source, and how far each of them has come."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from schemas.dead_letters import Reason
from schemas.images import MAX_ANSWERS, Feature, Frozen, ImageId, ImageUri, Origin, Owner, VersionedName
from schemas.queries import ImageView, ResultQuery
from schemas.records.exports import ExportFormat

# So many items are one partition in Cassandra.
CHUNK_ITEMS = 1000

Name = Annotated[str, Field(min_length=1, max_length=200)]


class SavedSearch(Frozen):
    """What a search is to find; the fields mean what the parameters of ``GET /v1/results`` do."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(default=None, min_length=1, max_length=500, description="Words that must all occur.")
    label: Name | None = None
    label_exact: Name | None = None
    exclude_labels: tuple[Name, ...] = Field(default=(), max_length=10)
    category: Name | None = None
    object: Name | None = None
    moderation: Name | None = None
    min_confidence: float | None = Field(default=None, ge=0, le=1)
    min_known: float | None = Field(default=None, ge=0, le=1)
    max_known: float | None = Field(default=None, ge=0, le=1)
    min_faces: int | None = Field(default=None, ge=0, le=MAX_ANSWERS)
    max_faces: int | None = Field(default=None, ge=0, le=MAX_ANSWERS)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    taken_since: AwareDatetime | None = None
    taken_until: AwareDatetime | None = None
    camera: Name | None = None
    pipeline: VersionedName | None = Field(default=None, description="Only images that this pipeline answered.")
    metadata: dict[str, str] = Field(default_factory=dict, max_length=10)

    def query(self, owner: str, limit: int) -> ResultQuery:
        """Return the question to the index, about recognised images of one workspace."""
        asked = self.model_dump(exclude={"metadata"})
        pairs = tuple(self.metadata.items())
        return ResultQuery(owners=frozenset({owner}), metadata=pairs, status="recognised", limit=limit, **asked)


def _require_kind(schema: dict[str, Any]) -> None:
    """Say that callers must name the kind, by which the others are told from it."""
    schema["required"] = ["kind", *schema.get("required", ())]


class PrefixSource(Frozen):
    """Every picture whose key begins with a prefix of an object store."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_require_kind)

    kind: Literal["prefix"] = "prefix"
    uri: ImageUri = Field(
        description="`s3://`, `gs://` or `az://`, a bucket, and what the keys begin with.",
        examples=["s3://shop-media/2026/"],
    )


class ManifestFormat(StrEnum):
    """The format of a manifest."""

    JSON_LINES = "jsonl"
    CSV = "csv"


class ManifestSource(Frozen):
    """A list of references in an object store, on a web server, or one that was uploaded with the job."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_require_kind)

    kind: Literal["manifest"] = "manifest"
    uri: ImageUri | None = Field(
        default=None,
        description="The manifest's address, with the scheme s3, gs, az or https. Absent if it was uploaded.",
        examples=["s3://shop-media/manifest.jsonl"],
    )
    format: ManifestFormat = ManifestFormat.JSON_LINES


class SearchSource(Frozen):
    """Images that were recognised before, for another pipeline to recognise once more."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_require_kind)

    kind: Literal["search"] = "search"
    search: SavedSearch = SavedSearch()


JobSource = Annotated[PrefixSource | ManifestSource | SearchSource, Field(discriminator="kind")]


class Job(Frozen):
    """What was asked for, which never changes."""

    id: UUID
    owner: Owner
    source: JobSource
    pipeline: VersionedName | None = None
    features: tuple[Feature, ...] | None = None
    formats: tuple[ExportFormat, ...] = (ExportFormat.JSON_LINES,)
    created_at: AwareDatetime
    created_by: str
    charged_account: str | None = Field(default=None, description="For whose daily quota the images count, if any.")
    charged_program: str | None = None


class JobStage(StrEnum):
    """What is done with a job."""

    WAITING = "waiting"
    PUBLISHING = "publishing"
    RECOGNISING = "recognising"
    WRITING = "writing"
    ENDED = "ended"


class Tally(Frozen):
    """How many items ended how."""

    recognised: int = 0
    rejected: int = 0
    deleted: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            recognised=self.recognised + other.recognised,
            rejected=self.rejected + other.rejected,
            deleted=self.deleted + other.deleted,
        )


class JobProgress(Frozen):
    """How far a job has come; written by whoever carries it out, and by nobody else."""

    stage: JobStage = JobStage.WAITING
    position: str | None = Field(default=None, description="Where the source is read next.")
    found: int = 0
    accepted: int = 0
    recognised: int = 0
    rejected: int = 0
    deleted: int = 0
    settled_chunks: int = Field(default=0, description="So many chunks of items, from the first, have all outcomes.")
    settled_tally: Tally = Field(default=Tally(), description="How the items in these ended.")
    attempts: int = Field(default=0, description="How often it was begun since it last got on.")
    cancelled: bool = False
    error: str | None = None
    began_at: AwareDatetime | None = None
    reached_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    quota_until: AwareDatetime | None = None
    results: tuple[ExportFormat, ...] = ()

    @property
    def settled(self) -> int:
        return self.recognised + self.rejected + self.deleted

    @property
    def remaining(self) -> int:
        """How many images were accepted and have no outcome."""
        return self.accepted - self.settled


class ItemState(StrEnum):
    """What became of one item of a job."""

    REFUSED = "refused"
    ACCEPTED = "accepted"
    RECOGNISED = "recognised"
    REJECTED = "rejected"
    DELETED = "deleted"


class ItemOutcome(Frozen):
    """How an item ended."""

    state: ItemState
    reason: Reason | None = None
    detail: str | None = None


class JobItem(Frozen):
    """One item of a job: where it stood in the source, and what became of it."""

    number: int = Field(ge=1, description="The item's number in the job, in the order of the source.")
    source: str = Field(description="Where the item stood in the source.")
    image_id: ImageId | None = None
    uri: str | None = None
    problem: str | None = Field(default=None, description="Why the item was refused.")
    published: Origin | None = None
    answers: Origin | None = None
    outcome: ItemOutcome | None = None

    @property
    def state(self) -> ItemState:
        if self.problem is not None:
            return ItemState.REFUSED
        return ItemState.ACCEPTED if self.outcome is None else self.outcome.state

    @property
    def is_open(self) -> bool:
        """Whether an outcome is yet to come."""
        return self.published is not None and self.outcome is None


class JobResult(Frozen):
    """One line of a job's results: an item, what became of it, and the image as ``GET /v1/images`` shows it."""

    number: int = Field(ge=1, description="The item's number in the job.")
    source: str = Field(description="Where the item stood in the source: an object's key, a line, or an image's id.")
    state: ItemState
    reason: Reason | None = None
    problem: str | None = Field(default=None, description="Why the item was refused or rejected.")
    image: ImageView | None = None


class StoredJob(Frozen):
    """A job, how far it has come, and whether it is to be carried out any further."""

    job: Job
    progress: JobProgress = JobProgress()
    cancel_asked: bool = False


def chunk_of(number: int) -> int:
    """Return the chunk that holds the item with this number."""
    return (number - 1) // CHUNK_ITEMS

"""Erasures: which images are to be erased, how far that has come, and the signed list of what is gone."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from schemas.dead_letters import Reason
from schemas.images import Frozen, ImageId, ImageIdentity, MetadataName, Owner
from schemas.queries import MAX_PAGE_SIZE, ImageStatus, ResultQuery
from schemas.results import VersionedName
from schemas.texts.moments import Moment

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
MetadataWanted = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class ErasureSearch(Frozen):
    """Which images are meant: those to which all of it applies, as `GET /v1/results` finds them."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"owner": "shop", "metadata": {"customer": "c-1042"}}]}
    )

    owner: Owner = Field(description="The workspace whose images are meant.")
    metadata: dict[MetadataName, MetadataWanted] = Field(
        default_factory=dict, max_length=10, description="Only images with all of this metadata."
    )
    q: str | None = Field(
        default=None, min_length=1, max_length=500, description="Only images that contain all of these words."
    )
    label: Word | None = Field(default=None, description="Only images that show this, or something that it stands for.")
    object: Word | None = Field(default=None, description="Only images that show an object with this name.")
    category: Word | None = Field(default=None, description="Only images in this category.")
    camera: Word | None = Field(default=None, description="Only images of this camera, as EXIF names it.")
    pipeline: VersionedName | None = Field(default=None, description="Only images that this pipeline answered last.")
    reason: Reason | None = Field(default=None, description="Only images rejected for this reason.")
    since: Moment | None = Field(default=None, description="Only outcomes of this time or later.")
    until: Moment | None = Field(default=None, description="Only outcomes before this time.")

    def queries(self, closes_at: datetime | None = None) -> tuple[ResultQuery, ...]:
        """Return what finds the images; with ``closes_at`` only those whose outcome is older than that.

        Rejected images that were put away are found only if they are asked for.
        """
        ends = [moment for moment in (self.until, closes_at) if moment is not None]
        query = ResultQuery(
            owners=frozenset({self.owner}),
            text=self.q,
            # The index keeps names without the zero bytes that it cannot hold.
            metadata=tuple(
                (name.replace("\0", "\N{REPLACEMENT CHARACTER}"), value) for name, value in self.metadata.items()
            ),
            until=min(ends, default=None),
            limit=MAX_PAGE_SIZE,
            **self.model_dump(include={"label", "object", "category", "camera", "pipeline", "reason", "since"}),
        )
        return query, query.model_copy(update={"status": ImageStatus.DISCARDED})

    @property
    def told(self) -> str:
        """Say what is sought without saying whom: names of metadata, never values, and no words."""
        given = self.model_dump(mode="json", exclude_defaults=True, exclude={"metadata", "q"})
        named = [f"{name} {value}" for name, value in given.items()]
        named += [f"metadata {name}" for name in self.metadata]
        return ", ".join([*named, *(["words"] if self.q is not None else [])])


class ErasurePhase(StrEnum):
    """How far an erasure has come."""

    ERASING = "erasing"
    WAITING = "waiting"
    DONE = "done"


class Erasure(Frozen):
    """One erasure: who began it, what it looks for, and how far it has come."""

    id: UUID
    by: str = Field(description="Who began it: the account's id, or user@machine.")
    owner: Owner = Field(description="The workspace whose images are erased.")
    sought: str = Field(
        description="What the erasure looks for. Values of metadata and words are left out, because they may name a "
        "person."
    )
    confirmed: int = Field(ge=0, description="How many images the search found when the erasure began.")
    whole_workspace: bool = Field(
        default=False, description="Whether the workspace itself is deleted, with everything that belongs to it."
    )
    begun_at: datetime
    phase: ErasurePhase = Field(
        default=ErasurePhase.ERASING,
        description="`erasing`: images are deleted. `waiting`: the workers still process messages from before. "
        "`done`: nothing is found any more, and the list is signed.",
    )
    erased: int = Field(default=0, ge=0, description="About how many images are erased; exact once it is done.")
    belongings: dict[str, int] | None = Field(
        default=None,
        description="What else of the workspace is deleted: how many of each kind. Absent if the workspace stays.",
    )
    closes_at: datetime | None = Field(
        default=None,
        description="Everything that matches and was recognised before this time is erased. Absent until it is known.",
    )
    ended_at: datetime | None = None

    @property
    def is_done(self) -> bool:
        return self.phase is ErasurePhase.DONE


class CountedImages(Frozen):
    """How many images a search finds."""

    images: int


class MeantImage(Frozen):
    """An image that an erasure is about to delete."""

    owner: Owner
    image_id: ImageId
    uploaded: bool = Field(default=False, description="Whether the platform kept the picture itself.")

    @property
    def identity(self) -> ImageIdentity:
        return ImageIdentity(owner=self.owner, image_id=self.image_id)

    @property
    def image_key(self) -> str:
        return self.identity.image_key


class ErasedImage(MeantImage):
    """One line of the signed list: an image that is gone."""

    deleted_at: datetime
    gone_from: tuple[str, ...] = Field(description="The places from which the image is gone.")


class StillHeld(Frozen):
    """A place that forgets by itself, and when it has done so."""

    place: str
    until: datetime | None = Field(description="When it holds nothing of these images any more. Absent: not known.")
    note: str | None = None


class ListHeader(Frozen):
    """The first line of a signed list."""

    format: Literal[1] = 1
    kind: Literal["vedette-erasure"] = "vedette-erasure"
    id: UUID
    by: str
    owner: Owner
    sought: str
    confirmed: int
    whole_workspace: bool = False
    belongings: dict[str, int] | None = None
    begun_at: datetime
    closes_at: datetime
    ended_at: datetime
    still_held: tuple[StillHeld, ...] = ()


class ListSeal(Frozen):
    """The last line of a signed list: what was signed, and the signature."""

    images: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of all lines before, line feeds included.")
    key_id: str
    public_key: str = Field(description="The Ed25519 key that verifies the signature, in Base64.")
    signature: str = Field(description="Ed25519, in Base64.")

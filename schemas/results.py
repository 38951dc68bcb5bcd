"""Recognition results: one message for one reference, complete by construction.

Every feature asked for stands in the result, either with an answer and the model that gave it, or with its own error:
a feature that fails never costs its neighbours.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, TypeAdapter, model_validator

from schemas.answers import FeatureAnswers
from schemas.camera_notes import CameraNotes
from schemas.images import (
    LATEST_SEQUENCE,
    MAX_NAME_CHARACTERS,
    Frozen,
    ImageId,
    ImageIdentity,
    MetadataName,
    MetadataValue,
    Origin,
    Owner,
)
from schemas.images import VersionedName as VersionedName  # models and pipelines are named alike


class ResultWarning(StrEnum):
    """What was wrong with an image that was recognised nevertheless."""

    TRUNCATED = "truncated"


class FeaturesFrom(StrEnum):
    """Who chose the features of a result: the reference, or the workspace's default."""

    REFERENCE = "reference"
    WORKSPACE = "workspace"


class ImageFacts(CameraNotes):
    """Facts about the fetched file, and what its camera noted. Width and height are the upright image's, in pixels.

    Nobody vouches for the camera's notes: anyone can write them into a file.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="The SHA-256 of the file, in hexadecimal.")
    size_bytes: int = Field(ge=1, description="The size of the file.")
    format: str = Field(description="The format of the file, as its contents show it, for example `JPEG`.")
    width: int = Field(ge=1, description="The width of the upright image, in pixels.")
    height: int = Field(ge=1, description="The height of the upright image, in pixels.")


class StageTimings(Frozen):
    """How long each stage took, in milliseconds.

    ``inference_ms`` is the time for the whole batch of ``batch_size`` images.
    """

    queue_ms: float = Field(ge=0, description="The time from the broker's append until the worker took the message.")
    fetch_ms: float = Field(ge=0, description="The time to fetch the image.")
    decode_ms: float = Field(ge=0, description="The time to decode the image.")
    inference_ms: float = Field(ge=0, description="The time to answer the features of the whole batch.")
    batch_size: int = Field(ge=1, description="How many images were answered together.")


class _OfOneImage(Frozen):
    """What every event on ``recognition-results`` begins with: the image that it is about."""

    owner: Owner = Field(description="The workspace to which the image belongs.")
    image_id: ImageId = Field(description="The image's name in its workspace: the producer's, or derived from the URI.")
    image_key: str = Field(
        description="The key of every message about the image: 40 hexadecimal digits, made of owner and image_id."
    )

    @model_validator(mode="after")
    def _key_belongs_to_name(self) -> Self:
        if self.image_key != ImageIdentity(owner=self.owner, image_id=self.image_id).image_key:
            raise ValueError("image_key does not belong to owner and image_id")
        return self


class Recognition(Frozen):
    """What was recognised in one picture, by which pipeline, where and when."""

    pipeline: VersionedName = Field(description="The pipeline that answered.")
    image: ImageFacts
    warnings: tuple[ResultWarning, ...] = Field(
        default=(),
        description="What was wrong with an image that was recognised nevertheless. `truncated`: its data ends "
        "early, but at least half of its rows could be read.",
    )
    features: FeatureAnswers
    features_from: FeaturesFrom | None = Field(
        default=None,
        description="Who chose the features: the `reference`, or, if it named none, the default of its `workspace`. "
        "Absent in results from before workspaces had a default.",
    )
    promoted: bool = Field(default=True, description="Whether this pipeline was the promoted one when it answered.")
    recognised_at: AwareDatetime = Field(description="When the answer was made.")
    host: str = Field(max_length=MAX_NAME_CHARACTERS, description="The machine on which the worker ran.")
    timings: StageTimings


class RecognitionResult(Recognition, _OfOneImage):
    """What was recognised in one image, by which pipeline, from which message."""

    event: Literal["recognised"] = Field(default="recognised", description="Tells this event from the others.")
    uri: str = Field(description="The reference's URI without query string, fragment and user name.")
    origin: Origin
    replay: Origin | None = Field(
        default=None, description="The position of the message that replayed the reference at `origin`."
    )
    metadata: dict[MetadataName, MetadataValue] = Field(
        default_factory=dict, description="The reference's metadata, unchanged."
    )
    correlation_id: str | None = Field(
        default=None, description="The producer's own id for the request, from the message's header `correlation-id`."
    )
    submitted_at: AwareDatetime | None = Field(
        default=None, description="When the producer sent the reference, as it said."
    )


class ImageDeleted(_OfOneImage):
    """An image was deleted: its results are removed from every store, and older answers no longer count."""

    event: Literal["deleted"] = Field(default="deleted", description="Tells this event from the others.")
    deleted_at: AwareDatetime = Field(
        description="When somebody asked for the deletion, or when the image's time was over."
    )
    expired: bool = Field(
        default=False,
        description="Whether nobody asked, and the image's time was over: then references that came since stay.",
    )
    follows: int | None = Field(
        default=None,
        ge=0,
        lt=LATEST_SEQUENCE,
        description="The largest sequence of a reference to the image that was known when it was deleted, or 0 if "
        "there was none.",
    )

    def numbered(self, origin: Origin) -> Origin:
        """Return where the deletion itself stands, with its number.

        That exceeds every number known when it was asked for, and what an append time before its own gives. A reference
        of the same partition that comes later has a number two larger at least; one of another partition counts more
        where its append time is no earlier. Deletions that do not say what they follow count by their place alone,
        and one whose image's time was over counts less than everything that came after what it follows.
        """
        if self.follows is None:
            return origin
        sequence = max(self.follows + 1, origin.appended_at_ms * 1000 - 1)
        if self.expired:
            sequence = self.follows + 1
        return origin.model_copy(update={"sequence": sequence})


ResultEvent = Annotated[RecognitionResult | ImageDeleted, Field(discriminator="event")]
RESULT_EVENT: TypeAdapter[RecognitionResult | ImageDeleted] = TypeAdapter(ResultEvent)


def parse_result_event(value: bytes) -> RecognitionResult | ImageDeleted:
    """Parse the value of a message on ``recognition-results``; raises ``ValidationError`` if it is not one."""
    return RESULT_EVENT.validate_json(value)

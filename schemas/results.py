"""Recognition results: one message for one reference, complete by construction.

Every feature asked for stands in the result, either with an answer and the model that gave it, or with its own error:
a feature that fails never costs its neighbours.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, TypeAdapter, model_validator

from schemas.images import (
    LATEST_SEQUENCE,
    MAX_NAME_CHARACTERS,
    Feature,
    Frozen,
    ImageId,
    ImageIdentity,
    MetadataName,
    MetadataValue,
    Origin,
    Owner,
)
from schemas.images import VersionedName as VersionedName  # models and pipelines are named alike

Channel = Annotated[int, Field(ge=0, le=255)]
Ratio = Annotated[float, Field(ge=0, le=1)]
Point = Annotated[tuple[Ratio, Ratio], Field(description="Ratios of the width, from the left, and height, from above.")]


class Label(Frozen):
    """One label with the model's confidence from 0 to 1."""

    name: str
    confidence: float = Field(ge=0, le=1)


class LabelsAnswer(Frozen):
    """Labels, in descending order of confidence."""

    model: VersionedName
    labels: tuple[Label, ...]


class EmbeddingAnswer(Frozen):
    """A unit vector. The smaller the angle between two vectors, the more similar the images.

    ``values`` is the base64 encoding of ``dimensions`` signed bytes: each component multiplied by 127 and rounded.
    """

    model: VersionedName
    dimensions: int = Field(ge=1)
    values: str


class Box(Frozen):
    """The position of something, in fractions of the upright image's width and height, from the upper left corner."""

    left: float = Field(ge=0, le=1)
    top: float = Field(ge=0, le=1)
    width: float = Field(ge=0, le=1)
    height: float = Field(ge=0, le=1)


class DetectedObject(Frozen):
    """One object and its position, with the model's confidence from 0 to 1."""

    name: str
    confidence: float = Field(ge=0, le=1)
    box: Box


class ObjectsAnswer(Frozen):
    """Objects, in descending order of confidence. Empty if none was found."""

    model: VersionedName
    objects: tuple[DetectedObject, ...]


class TextLine(Frozen):
    """One line of text with a confidence from 0 to 1, its ``corners``, and the upright ``box`` around them."""

    text: str = Field(min_length=1)
    confidence: float = Field(ge=0, le=1)
    box: Box
    corners: tuple[Point, Point, Point, Point]


class TextAnswer(Frozen):
    """The text in the image: its lines from top to bottom, and all of them as one ``text`` with line breaks."""

    model: VersionedName
    text: str
    lines: tuple[TextLine, ...]


class DominantColour(Frozen):
    """One dominant colour: its sRGB value, the nearest named CSS colour, and its share of the image."""

    rgb: tuple[Channel, Channel, Channel]
    hex: str = Field(pattern=r"^#[0-9a-f]{6}$")
    css: str = Field(description="The nearest named CSS colour.")
    share: float = Field(ge=0, le=1)


class PropertiesAnswer(Frozen):
    """Properties of the whole image, computed without a model. ``model`` names the algorithm and its version.

    Every measure is from 0 to 1. ``brightness`` is the mean luma. ``contrast`` is twice the standard deviation of the
    luma. ``sharpness`` is 0 for a blurred image and near 1 for an image full of crisp edges.
    """

    model: VersionedName
    dominant_colours: tuple[DominantColour, ...] = Field(
        min_length=1, max_length=5, description="The dominant colours, in descending order of their share."
    )
    brightness: float = Field(ge=0, le=1)
    contrast: float = Field(ge=0, le=1)
    sharpness: float = Field(ge=0, le=1)


class HashAnswer(Frozen):
    """A perceptual hash of the image, as 16 hexadecimal digits. ``model`` names the algorithm and its version.

    The fewer of the 64 bits differ between two hashes, the more similar the images. Copies of one image differ in few
    bits.
    """

    model: VersionedName
    perceptual: str = Field(pattern=r"^[0-9a-f]{16}$")


class ResultWarning(StrEnum):
    """What was wrong with an image that was recognised nevertheless."""

    TRUNCATED = "truncated"


class FailureCode(StrEnum):
    """Why a feature has no answer although the image could be read."""

    NOT_INSTALLED = "not_installed"
    MODEL_FAILED = "model_failed"


class FeatureFailure(Frozen):
    """Why a feature could not be answered. The other features of the result are not affected."""

    code: FailureCode
    message: str


class FailedFeature(Frozen):
    """Stands in place of an answer that could not be given."""

    model: VersionedName | None = None
    error: FeatureFailure


class FeatureAnswers(Frozen):
    """The answer to each requested feature. Features that were not requested are absent."""

    labels: LabelsAnswer | FailedFeature | None = None
    embedding: EmbeddingAnswer | FailedFeature | None = None
    objects: ObjectsAnswer | FailedFeature | None = None
    properties: PropertiesAnswer | FailedFeature | None = None
    text: TextAnswer | FailedFeature | None = None
    hash: HashAnswer | FailedFeature | None = None

    def answered(self) -> frozenset[Feature]:
        """The features that stand in this result, with an answer or with an error."""
        return frozenset(Feature(name) for name in type(self).model_fields if getattr(self, name) is not None)


class ImageFacts(Frozen):
    """Facts about the fetched file. Width and height are those of the upright image, in pixels."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(ge=1)
    format: str
    width: int = Field(ge=1)
    height: int = Field(ge=1)


class StageTimings(Frozen):
    """How long each stage took, in milliseconds.

    ``inference_ms`` is the time for the whole batch of ``batch_size`` images.
    """

    queue_ms: float = Field(ge=0, description="The time from the broker's append until the worker took the message.")
    fetch_ms: float = Field(ge=0)
    decode_ms: float = Field(ge=0)
    inference_ms: float = Field(ge=0)
    batch_size: int = Field(ge=1)


class _OfOneImage(Frozen):
    """What every event on ``recognition-results`` begins with: the image that it is about."""

    owner: Owner
    image_id: ImageId
    image_key: str

    @model_validator(mode="after")
    def _key_belongs_to_name(self) -> Self:
        if self.image_key != ImageIdentity(owner=self.owner, image_id=self.image_id).image_key:
            raise ValueError("image_key does not belong to owner and image_id")
        return self


class RecognitionResult(_OfOneImage):
    """What was recognised in one image, by which pipeline, from which message."""

    event: Literal["recognised"] = "recognised"
    uri: str = Field(description="The reference's URI without query string, fragment and user name.")
    pipeline: VersionedName
    image: ImageFacts
    warnings: tuple[ResultWarning, ...] = Field(
        default=(),
        description="What was wrong with an image that was recognised nevertheless. `truncated`: its data ends "
        "early, but at least half of its rows could be read.",
    )
    features: FeatureAnswers
    promoted: bool = Field(default=True, description="Whether this pipeline was the promoted one when it answered.")
    origin: Origin
    replay: Origin | None = Field(
        default=None, description="The position of the message that replayed the reference at `origin`."
    )
    recognised_at: AwareDatetime
    host: str = Field(max_length=MAX_NAME_CHARACTERS)
    timings: StageTimings
    metadata: dict[MetadataName, MetadataValue] = Field(default_factory=dict)
    correlation_id: str | None = None
    submitted_at: AwareDatetime | None = None


class ImageDeleted(_OfOneImage):
    """An image was deleted: its results are removed from every store, and older answers no longer count."""

    event: Literal["deleted"] = "deleted"
    deleted_at: AwareDatetime
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
        where its append time is no earlier. Deletions that do not say what they follow count by their place alone.
        """
        if self.follows is None:
            return origin
        sequence = max(self.follows + 1, origin.appended_at_ms * 1000 - 1)
        return origin.model_copy(update={"sequence": sequence})


ResultEvent = Annotated[RecognitionResult | ImageDeleted, Field(discriminator="event")]
RESULT_EVENT: TypeAdapter[RecognitionResult | ImageDeleted] = TypeAdapter(ResultEvent)


def parse_result_event(value: bytes) -> RecognitionResult | ImageDeleted:
    """Parse the value of a message on ``recognition-results``; raises ``ValidationError`` if it is not one."""
    return RESULT_EVENT.validate_json(value)

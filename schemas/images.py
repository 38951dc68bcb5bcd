"""Image references, the platform's input, and the identity of the image that each one names.

Identity: an image belongs to a workspace (``owner``) and has an ``image_id`` that is unique within it. Where a
producer gives none, it is derived: ``uri-`` and the first 32 hexadecimal digits of the SHA-256 of the URI without
query string, fragment and user name, followed, where the URI names an object version, by a line feed and that version.
Everything is stored under ``image_key``: the first 40 hexadecimal digits of the SHA-256 of owner, a NUL byte and
image_id, so that no workspace can reach another's image by choosing its name.
"""

import hashlib
import math
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints, ValidationError, field_validator

# What a reference asks for is had from here together with the reference.
from schemas.features import DEFAULT_FEATURES as DEFAULT_FEATURES
from schemas.features import DEFAULT_OPTIONS as DEFAULT_OPTIONS
from schemas.features import MAX_ANSWERS as MAX_ANSWERS
from schemas.features import FaceOptions as FaceOptions
from schemas.features import Feature as Feature
from schemas.features import FeatureOptions as FeatureOptions
from schemas.features import Frozen as Frozen
from schemas.features import LabelOptions as LabelOptions
from schemas.features import ModerationOptions as ModerationOptions
from schemas.features import ObjectOptions as ObjectOptions
from schemas.texts.uris import object_version, strip_secrets

DEFAULT_MAX_IMAGE_BYTES = 33_554_432
MAX_URI_CHARACTERS = 8192
MAX_METADATA_ENTRIES = 64
MAX_NAME_CHARACTERS = 255  # of topics and hosts; a search index takes no term of any length
LATEST_MS = 253_402_300_799_999  # the end of the year 9999, the last that a datetime can hold
LATEST_SEQUENCE = LATEST_MS * 1000 + 999

OWNER_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
Owner = Annotated[str, StringConstraints(pattern=OWNER_PATTERN)]
ImageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:\-]{0,127}$")]
VersionedName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}@[1-9][0-9]{0,8}$")]
ImageUri = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_URI_CHARACTERS, pattern=r"^[^\x00-\x20\x7f]+$")
]
MetadataName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
MetadataText = Annotated[str, StringConstraints(max_length=1024)]
MetadataValue = bool | int | float | MetadataText


class ImageReference(Frozen):
    """One request to recognise one image: the value of a message on ``image-references``.

    Only ``owner`` and ``uri`` are required. ``uri`` may carry a signature in its query string: it is used to fetch
    the image and never stored, logged or hashed into an id.
    """

    owner: Owner = Field(description="The workspace to which the image belongs.", examples=["shop"])
    uri: ImageUri = Field(
        description="The address of the image, with the scheme s3, gs, az, https or file.", examples=["s3://shop/a.jpg"]
    )
    image_id: ImageId | None = Field(default=None, description="The producer's own id for the image.")
    features: tuple[Feature, ...] | None = Field(
        default=None,
        min_length=1,
        description="The features to recognise. Default: the workspace's default features.",
    )
    options: FeatureOptions = Field(default=DEFAULT_OPTIONS, description="Options of the features.")
    pipeline: VersionedName | None = Field(
        default=None, description="The pipeline that answers. Default: the promoted one."
    )
    metadata: dict[MetadataName, MetadataValue] = Field(
        default_factory=dict,
        max_length=MAX_METADATA_ENTRIES,
        description="Values that are returned unchanged with the result.",
    )
    submitted_at: AwareDatetime | None = Field(default=None, description="When the producer sent the reference.")
    deadline: AwareDatetime | None = Field(
        default=None,
        description="The time after which an answer is no longer needed. The image is then not recognised.",
    )

    @field_validator("features")
    @classmethod
    def _once_each(cls, features: tuple[Feature, ...] | None) -> tuple[Feature, ...] | None:
        return None if features is None else tuple(dict.fromkeys(features))

    @field_validator("metadata")
    @classmethod
    def _numbers_survive(cls, metadata: dict[str, MetadataValue]) -> dict[str, MetadataValue]:
        """Refuse numbers that JSON writers and the stores cannot give back unchanged."""
        for name, value in metadata.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{name[:64]} is not a finite number")
            if isinstance(value, int) and not -(2**63) <= value < 2**63:
                raise ValueError(f"{name[:64]} does not fit into 64 bits: send it as text")
        return metadata

    @field_validator("submitted_at", "deadline")
    @classmethod
    def _in_utc(cls, moment: datetime | None) -> datetime | None:
        """Convert here, where a moment at the edge of the calendar is still the producer's error."""
        try:
            return None if moment is None else moment.astimezone(UTC)
        except OverflowError:
            raise ValueError("is out of range") from None

    @property
    def public_uri(self) -> str:
        """The URI as it may be stored and shown: without query string, fragment and user name."""
        return strip_secrets(self.uri)

    @property
    def identity(self) -> "ImageIdentity":
        """Whose image this is and under which name, derived from the URI where the producer gave none."""
        return ImageIdentity(owner=self.owner, image_id=self.image_id or derive_image_id(self.uri))


class ImageIdentity(Frozen):
    """A workspace and the image's name within it."""

    owner: Owner
    image_id: ImageId

    @property
    def image_key(self) -> str:
        """The key under which every store keeps the image: 40 hexadecimal digits."""
        return hashlib.sha256(f"{self.owner}\0{self.image_id}".encode()).hexdigest()[:40]


class Origin(Frozen):
    """The position of a reference in Kafka, to which every answer can be traced back."""

    topic: str = Field(max_length=MAX_NAME_CHARACTERS, description="The topic that the reference was published to.")
    partition: int = Field(ge=0, lt=2**31, description="The topic's partition.")
    offset: int = Field(ge=0, lt=2**63, description="The offset of the message in the partition.")
    appended_at_ms: int = Field(ge=0, le=LATEST_MS, description="The broker's append time, in milliseconds since 1970.")
    sequence: int | None = Field(
        default=None,
        ge=0,
        le=LATEST_SEQUENCE,
        description=(
            "The number that orders the references to one image. It is larger than that of every earlier "
            "reference in the partition, and not less than the append time in microseconds."
        ),
    )

    @property
    def name(self) -> str:
        """``topic:partition:offset``, the identity of a message that has no other."""
        return f"{self.topic}:{self.partition}:{self.offset}"

    @property
    def id(self) -> str:
        """``topic:partition:offset:milliseconds``: all of it, in one text that ``parse_origin`` reads back."""
        return f"{self.name}:{self.appended_at_ms}"

    @property
    def appended_at(self) -> datetime:
        return datetime.fromtimestamp(self.appended_at_ms / 1000, UTC)

    @property
    def moment_us(self) -> int:
        """The order that place and append time alone give, in microseconds: what lists are sorted by."""
        return moment_us(self.offset, self.appended_at_ms)

    @property
    def version(self) -> int:
        """Order among references to one image, in microseconds: the Cassandra write timestamp.

        That of the *reference* decides, not that of its answer: a reference that is delivered and answered again never
        undoes the answer to a newer one. References that were read before numbers were given have none.
        """
        return self.moment_us if self.sequence is None else self.sequence


def moment_us(offset: int, appended_at_ms: int) -> int:
    """Return an append time with the offset's last three digits in place of the microseconds, which nobody knows."""
    return appended_at_ms * 1000 + offset % 1000


def parse_origin(text: str, sequence: str | None = None) -> Origin:
    """Return the origin that ``Origin.id`` wrote, with its number where that is told; raises ``ValueError``."""
    topic, *numbers = text.rsplit(":", 3)
    if len(numbers) != 3:
        raise ValueError("the form is topic:partition:offset:milliseconds")
    partition, offset, appended_at_ms = map(int, numbers)
    return Origin(
        topic=topic,
        partition=partition,
        offset=offset,
        appended_at_ms=appended_at_ms,
        sequence=None if sequence is None else int(sequence),
    )


def derive_image_id(uri: str) -> str:
    """Return the image_id of an image that its producer did not name; the rule is part of the event contract."""
    version = object_version(uri)
    named = strip_secrets(uri) if version is None else f"{strip_secrets(uri)}\n{version}"
    return f"uri-{hashlib.sha256(named.encode()).hexdigest()[:32]}"


class _Unnamed(Frozen):
    """The fields that name an image to which its producer gave no name."""

    owner: Owner
    uri: ImageUri


def identity_of(payload: Any) -> ImageIdentity | None:
    """Return the image that an otherwise invalid reference validly names, if any.

    It is the one that a valid reference with the same ``owner``, ``image_id`` and ``uri`` would be about: where an
    ``image_id`` is given that is none, the URI names no image in its stead.
    """
    if not isinstance(payload, dict):
        return None
    image_id = payload.get("image_id")
    try:
        if image_id is not None:
            return ImageIdentity.model_validate({"owner": payload.get("owner"), "image_id": image_id})
        unnamed = _Unnamed.model_validate(payload)
    except ValidationError:
        return None
    return ImageIdentity(owner=unnamed.owner, image_id=derive_image_id(unnamed.uri))

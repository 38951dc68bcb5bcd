"""What can be asked about an image, and how it is to be answered."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MAX_ANSWERS = 1000

Confidence = Annotated[float, Field(ge=0, le=1)]
LabelName = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Names = Annotated[tuple[LabelName, ...], Field(max_length=1000)]


class Frozen(BaseModel):
    """Base of everything that flows: frozen, and tolerant of fields that newer producers add."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Feature(StrEnum):
    """What a reference can ask for."""

    LABELS = "labels"
    OBJECTS = "objects"
    PROPERTIES = "properties"
    TEXT = "text"
    EMBEDDING = "embedding"
    HASH = "hash"
    FACES = "faces"
    MODERATION = "moderation"


DEFAULT_FEATURES = (Feature.LABELS, Feature.EMBEDDING)


class Options(Frozen):
    """How one feature is to be answered; an option that is misspelt is an error, since it would change the answer."""

    model_config = ConfigDict(extra="forbid")


class LabelOptions(Options):
    """Which labels are wanted. What is not given is as the platform's settings and the model's card say."""

    min_confidence: Confidence | None = Field(default=None, description="Labels with a lower confidence are left out.")
    max_labels: int | None = Field(
        default=None,
        ge=1,
        le=MAX_ANSWERS,
        description="The maximum number of labels. Those with the highest confidence are kept.",
    )
    include: Names = Field(
        default=(),
        description="If any names are listed, only these labels are returned, and those beneath these names in the "
        "hierarchy.",
    )
    exclude: Names = Field(
        default=(),
        description="These labels are never returned, nor those beneath these names in the hierarchy.",
    )


class ObjectOptions(Options):
    """Which objects are wanted. What is not given is as the platform's settings and the model's card say."""

    min_confidence: Confidence | None = Field(default=None, description="Objects with a lower confidence are left out.")
    max_objects: int | None = Field(
        default=None,
        ge=1,
        le=MAX_ANSWERS,
        description="The maximum number of objects. Those with the highest confidence are kept.",
    )
    include: Names = Field(
        default=(),
        description="If any names are listed, only objects with these names are returned, and those beneath these "
        "names in the hierarchy.",
    )
    exclude: Names = Field(
        default=(),
        description="Objects with these names are never returned, nor those beneath these names in the hierarchy.",
    )


class FaceOptions(Options):
    """Which faces are wanted. What is not given is as the platform's settings and the model's card say."""

    min_confidence: Confidence | None = Field(default=None, description="Faces with a lower confidence are left out.")
    max_faces: int | None = Field(
        default=None,
        ge=1,
        le=MAX_ANSWERS,
        description="The maximum number of faces. Those with the highest confidence are kept.",
    )


class ModerationOptions(Options):
    """Which categories of moderation are wanted. What is not given is as the model's card says."""

    min_confidence: Confidence | None = Field(
        default=None, description="Categories with a lower confidence are left out, and all others returned."
    )


class FeatureOptions(Options):
    """Options of features. A misspelt option is an error."""

    labels: LabelOptions = LabelOptions()
    objects: ObjectOptions = ObjectOptions()
    faces: FaceOptions = FaceOptions()
    moderation: ModerationOptions = ModerationOptions()


DEFAULT_OPTIONS = FeatureOptions()

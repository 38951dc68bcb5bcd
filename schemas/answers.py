"""The answers to the features of one image, each with the model that gave it, or the feature's own error."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.images import Feature, Frozen, VersionedName

# With that many words an answer takes about 300 kB of the 2 MiB that a result may have.
MOST_WORDS = 2000

Channel = Annotated[int, Field(ge=0, le=255)]
Ratio = Annotated[float, Field(ge=0, le=1)]
Point = Annotated[tuple[Ratio, Ratio], Field(description="Ratios of the width, from the left, and height, from above.")]


class Box(Frozen):
    """The position of something, in fractions of the upright image's width and height, from the upper left corner."""

    left: float = Field(ge=0, le=1, description="The distance of the left edge from that of the image.")
    top: float = Field(ge=0, le=1, description="The distance of the upper edge from that of the image.")
    width: float = Field(ge=0, le=1, description="The width of the box.")
    height: float = Field(ge=0, le=1, description="The height of the box.")


class Instance(Frozen):
    """The box of one object of a kind, with the detector's confidence from 0 to 1."""

    confidence: float = Field(ge=0, le=1, description="How sure the model is, from 0 to 1.")
    box: Box


Names = tuple[str, ...] | None
Instances = Annotated[
    tuple[Instance, ...] | None,
    Field(description="The objects of exactly this kind. Present only if `objects` was requested and some were found."),
]


class Label(Frozen):
    """One label with the model's confidence from 0 to 1, and its place in the hierarchy if the model has one."""

    name: str = Field(description="The label's name, as the model gives it.")
    confidence: float = Field(ge=0, le=1, description="How sure the model is, from 0 to 1.")
    parents: Names = Field(
        default=None, description="The names of everything more general, such as *dog* and *animal*, the nearest first."
    )
    aliases: Names = Field(default=None, description="Other names of the label.")
    categories: Names = Field(default=None, description="The names of the label's categories.")
    instances: Instances = None


class TreeNode(Frozen):
    """A label or something more general, such as *dog*, with a confidence from 0 to 1.

    The confidence is the sum over all labels beneath the node, returned or not, where the model's labels exclude each
    other. It is the highest of them for objects, and for a model whose labels do not.
    """

    name: str = Field(description="The name, which no other node of the same hierarchy has.")
    confidence: float = Field(ge=0, le=1, description="How sure the model is, from 0 to 1.")
    id: str | None = Field(
        default=None, description="The synset in WordNet 3.0, as ImageNet writes it.", examples=["n02084071"]
    )
    instances: Instances = None


class Category(Frozen):
    """One of the broad categories of labels, such as *Animals and Pets*, with a confidence from 0 to 1."""

    name: str = Field(description="The category's name.")
    confidence: float = Field(ge=0, le=1, description="How sure the model is, from 0 to 1.")


LabelTree = Annotated[
    tuple[TreeNode, ...] | None,
    Field(description="Labels and everything more general, in descending order of confidence."),
]
Categories = Annotated[
    tuple[Category, ...] | None, Field(description="Broad categories, in descending order of confidence.")
]


class LabelsAnswer(Frozen):
    """Labels, in descending order of confidence, what stands above them, and whether the model knows the image."""

    model: VersionedName = Field(description="The model, or the algorithm, that answered.")
    labels: tuple[Label, ...] = Field(description="Labels, in descending order of confidence.")
    known: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="How the image ranks among images of the model's classes: 5 % of these are below 0.05. Absent if "
        "the model's card does not say how to tell.",
    )
    label_tree: LabelTree = None
    categories: Categories = None


class EmbeddingAnswer(Frozen):
    """A unit vector. The smaller the angle between two vectors, the more similar the images.

    ``values`` is the base64 encoding of ``dimensions`` signed bytes: each component multiplied by 127 and rounded.
    """

    model: VersionedName = Field(description="The model, or the algorithm, that answered.")
    dimensions: int = Field(ge=1, description="How many components the vector has.")
    values: str = Field(description="The components, one signed byte each, in base64.")


class DetectedObject(Frozen):
    """One object and its position, with the model's confidence from 0 to 1."""

    name: str = Field(description="The name of the kind of object.")
    confidence: float = Field(ge=0, le=1, description="How sure the model is, from 0 to 1.")
    box: Box


class ObjectsAnswer(Frozen):
    """Objects, in descending order of confidence, and the nodes of the hierarchy that they belong to.

    Empty if none was found.
    """

    model: VersionedName = Field(description="The model, or the algorithm, that answered.")
    objects: tuple[DetectedObject, ...] = Field(description="Objects, in descending order of confidence.")
    label_tree: LabelTree = None
    categories: Categories = None


class Face(Frozen):
    """The position of one face, with the model's confidence from 0 to 1. It says nothing about whose face it is."""

    confidence: float = Field(ge=0, le=1, description="How sure the model is, from 0 to 1.")
    box: Box


class FacesAnswer(Frozen):
    """The faces in the image, in descending order of confidence. Empty if none was found."""

    model: VersionedName = Field(description="The model, or the algorithm, that answered.")
    faces: tuple[Face, ...] = Field(description="Faces, in descending order of confidence.")


class TextLine(Frozen):
    """One line of text with a confidence from 0 to 1, its ``corners``, and the upright ``box`` around them."""

    text: str = Field(min_length=1, description="What is written there.")
    confidence: float = Field(ge=0, le=1, description="How sure the model is, from 0 to 1.")
    box: Box
    corners: tuple[Point, Point, Point, Point] = Field(
        description="The corners around the line in reading direction, from its upper left one."
    )


class TextWord(Frozen):
    """One word of a line, with a confidence from 0 to 1 and the upright ``box`` around it.

    A word is what stands between white space. In scripts that are written without spaces, such as Chinese and Japanese,
    each character is a word.
    """

    text: str = Field(min_length=1, description="What is written there.")
    confidence: float = Field(ge=0, le=1, description="How sure the model is, from 0 to 1.")
    box: Box
    corners: tuple[Point, Point, Point, Point] | None = Field(
        default=None,
        description="The corners around the word in reading direction, from its upper left one. Absent if the text is "
        "upright: the corners are then those of the box.",
    )
    line: int = Field(ge=0, description="The position in `lines` of the line that contains the word, from 0.")


class TextAnswer(Frozen):
    """The text in the image: its lines from top to bottom, and all of them as one ``text`` with line breaks."""

    model: VersionedName = Field(description="The model, or the algorithm, that answered.")
    text: str = Field(description="All lines, with line breaks between them.")
    lines: tuple[TextLine, ...] = Field(description="The lines, from top to bottom.")
    words: tuple[TextWord, ...] | None = Field(
        default=None,
        description=f"The words of all lines in their order, at most the first {MOST_WORDS:,}. Absent in results that "
        "were made before words were recognised.",
    )
    words_left_out: int | None = Field(
        default=None,
        ge=1,
        description="The number of further words that are not in `words`. Absent if there are none.",
    )


class ModerationCategory(Frozen):
    """One category of what may be unfit to be shown, with a confidence from 0 to 1.

    The taxonomy has two levels: ``parent`` is the category above this one, and absent in those of the upper level.
    """

    name: str = Field(description="The category's name.")
    parent: str | None = Field(default=None, description="The category above. Absent in those of the upper level.")
    confidence: float = Field(ge=0, le=1, description="How sure the model is, from 0 to 1.")


class ModerationAnswer(Frozen):
    """What may be unfit to be shown, in descending order of confidence.

    Empty if no category reached its threshold. That proves nothing of what the model was not made to tell.
    """

    model: VersionedName = Field(description="The model, or the algorithm, that answered.")
    categories: tuple[ModerationCategory, ...] = Field(
        description="The categories that reached their thresholds, in descending order of confidence."
    )


class DominantColour(Frozen):
    """One dominant colour: its sRGB value, the nearest named CSS colour, and its share of the image."""

    rgb: tuple[Channel, Channel, Channel] = Field(description="Red, green and blue of sRGB, each from 0 to 255.")
    hex: str = Field(pattern=r"^#[0-9a-f]{6}$", description="The same as `#rrggbb`.")
    css: str = Field(description="The nearest named CSS colour.")
    share: float = Field(ge=0, le=1, description="The share of the image that has about this colour.")


class PropertiesAnswer(Frozen):
    """Properties of the whole image, computed without a model. ``model`` names the algorithm and its version.

    Every measure is from 0 to 1. ``brightness`` is the mean luma. ``contrast`` is twice the standard deviation of the
    luma. ``sharpness`` is 0 for a blurred image and near 1 for an image full of crisp edges.
    """

    model: VersionedName = Field(description="The model, or the algorithm, that answered.")
    dominant_colours: tuple[DominantColour, ...] = Field(
        min_length=1, max_length=5, description="The dominant colours, in descending order of their share."
    )
    brightness: float = Field(ge=0, le=1, description="How bright the image is.")
    contrast: float = Field(ge=0, le=1, description="How far bright and dark are apart.")
    sharpness: float = Field(ge=0, le=1, description="How crisp the edges are.")


class HashAnswer(Frozen):
    """A perceptual hash of the image, as 16 hexadecimal digits. ``model`` names the algorithm and its version.

    The fewer of the 64 bits differ between two hashes, the more similar the images. Copies of one image differ in few
    bits.
    """

    model: VersionedName = Field(description="The model, or the algorithm, that answered.")
    perceptual: str = Field(pattern=r"^[0-9a-f]{16}$", description="The hash, as 16 hexadecimal digits.")


class FailureCode(StrEnum):
    """Why a feature has no answer although the image could be read."""

    NOT_INSTALLED = "not_installed"
    MODEL_FAILED = "model_failed"


class FeatureFailure(Frozen):
    """Why a feature could not be answered. The other features of the result are not affected."""

    code: FailureCode
    message: str = Field(description="One sentence for people.")


class FailedFeature(Frozen):
    """Stands in place of an answer that could not be given."""

    model: VersionedName | None = Field(default=None, description="The model that failed. Absent if there is none.")
    error: FeatureFailure


class FeatureAnswers(Frozen):
    """The answer to each requested feature. Features that were not requested are absent."""

    labels: LabelsAnswer | FailedFeature | None = Field(default=None, description="What is in the image, in words.")
    embedding: EmbeddingAnswer | FailedFeature | None = Field(
        default=None, description="A vector with which images are compared."
    )
    objects: ObjectsAnswer | FailedFeature | None = Field(default=None, description="What is in the image, and where.")
    properties: PropertiesAnswer | FailedFeature | None = Field(
        default=None, description="Colours, brightness, contrast and sharpness."
    )
    text: TextAnswer | FailedFeature | None = Field(default=None, description="What is written in the image.")
    hash: HashAnswer | FailedFeature | None = Field(default=None, description="A hash that copies of an image share.")
    faces: FacesAnswer | FailedFeature | None = Field(default=None, description="Where there are faces.")
    moderation: ModerationAnswer | FailedFeature | None = Field(
        default=None, description="What some people would not want to see."
    )

    def answered(self) -> frozenset[Feature]:
        """The features that stand in this result, with an answer or with an error."""
        return frozenset(Feature(name) for name in type(self).model_fields if getattr(self, name) is not None)

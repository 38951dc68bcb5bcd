"""The model card: everything that running a model needs to know besides its file."""

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from PIL import Image
from pydantic import Field, ValidationError, field_validator, model_validator

from infra.errors import ConfigurationError
from processors.imaging.views import Crop, Letterbox, Stretch, View
from processors.models.calibration.card import CardCalibration, CardKnown
from processors.models.detection_card import CardDetection
from processors.models.moderation_card import CardModeration
from schemas.images import Feature, Frozen
from schemas.results import VersionedName

UNSCALED = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)

FEATURES = {
    "classification": frozenset({Feature.LABELS}),
    "detection": frozenset({Feature.OBJECTS}),
    "embedding": frozenset({Feature.EMBEDDING}),
}

Positive = Annotated[float, Field(gt=0)]
Side = Annotated[int, Field(ge=8, le=4096)]
OutputOfEachGrid = Annotated[tuple[str, ...], Field(min_length=1)]


class CardInput(Frozen):
    """What the model takes: upright RGB pixels, resized by one of three rules, then scaled.

    ``crop`` resizes the shorter side to ``resize_shorter_side`` and cuts a square of ``crop`` pixels from the middle;
    ``stretch`` squeezes the whole image into ``width`` x ``height``; ``letterbox`` fits it in there in its own shape
    and fills the rest with the grey ``fill``.

    A model fed ``(pixel - mean) / deviation`` names them here, for pixels from 0 to 255 (a mean of 0.485 for pixels
    from 0 to 1 is 123.675); one that normalises inside its graph takes ``uint8``.
    """

    name: str
    layout: Literal["NHWC", "NCHW"]
    dtype: Literal["uint8", "float32", "float16"]
    colour: Literal["RGB", "BGR"] = "RGB"
    resize: Literal["crop", "stretch", "letterbox"] = "crop"
    resize_shorter_side: Side | None = Field(default=None, description="Pixels of the shorter side after resizing.")
    crop: Side | None = Field(default=None, description="Side of the square cut from the middle, pixels.")
    width: Side | None = None
    height: Side | None = None
    fill: int = Field(default=114, ge=0, le=255, description="Grey around a letterboxed image.")
    anchor: Literal["centre", "top_left"] = Field(default="centre", description="Where a letterboxed image lies.")
    resampling: Literal["bicubic", "bilinear", "lanczos"] = "bicubic"
    photometric: Literal["none", "brightness_contrast"] = Field(
        default="none", description="`brightness_contrast` evens out the exposure of each image after resizing."
    )
    mean: tuple[float, float, float] = UNSCALED[0]
    deviation: tuple[Positive, Positive, Positive] = UNSCALED[1]
    constants: dict[str, tuple[float, ...]] = Field(
        default_factory=dict, description="Further inputs that are the same for every image, such as its size."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        sizes = ("resize_shorter_side", "crop") if self.resize == "crop" else ("width", "height")
        for name in ("resize_shorter_side", "crop", "width", "height"):
            if (getattr(self, name) is None) == (name in sizes):
                raise ValueError(f"resize: {self.resize} takes {sizes[0]} and {sizes[1]}, and no other size")
        if self.crop and self.resize_shorter_side and self.crop > self.resize_shorter_side:
            raise ValueError("crop must not be larger than resize_shorter_side")
        if self.resize == "letterbox" and self.photometric != "none":
            raise ValueError("photometric: a letterboxed image has a frame, which would count as part of its exposure")
        if self.dtype == "uint8" and (self.mean, self.deviation) != UNSCALED:
            raise ValueError("a model that takes uint8 normalises inside its graph: leave mean and deviation out")
        return self

    @property
    def view(self) -> View:
        """How an image is brought to what the model takes."""
        resampling = Image.Resampling[self.resampling.upper()]
        if self.resize == "crop":
            return Crop(self.resize_shorter_side or 0, self.crop or 0, resampling)
        if self.resize == "stretch":
            return Stretch(self.width or 0, self.height or 0, resampling)
        return Letterbox(self.width or 0, self.height or 0, self.fill, self.anchor == "centre", resampling)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what the model takes, in pixels."""
        return (self.crop or self.width or 0, self.crop or self.height or 0)


class CardOutputs(Frozen):
    """Names of the graph's outputs; exactly one of ``probabilities`` and ``logits`` for a classifier.

    A detector has ``boxes`` and, where these do not hold everything, ``scores``, ``classes`` and the ``count`` of boxes
    that mean something. A graph that gives each grid's boxes by themselves names one output for each of its strides.
    """

    probabilities: str | None = None
    logits: str | None = None
    embedding: str | None = None
    boxes: str | OutputOfEachGrid | None = None
    scores: str | OutputOfEachGrid | None = None
    classes: str | None = None
    count: str | None = None

    @property
    def names(self) -> list[str]:
        """Every output that is named."""
        named = self.model_dump(exclude_none=True).values()
        return [name for one in named for name in ((one,) if isinstance(one, str) else one)]


class Tolerance(Frozen):
    """How far a model's answers to one picture may lie apart, run in two ways, before it is refused."""

    confidence: float = Field(default=0.02, ge=0, le=1, description="The most that any confidence may differ.")
    agreement: float = Field(default=0.99, ge=0, le=1, description="The least share of pictures with the same answer.")
    cosine: float = Field(default=0.999, ge=-1, le=1, description="The least likeness of a picture's two embeddings.")


class ModelCard(Frozen):
    """One version of one model, as ``card.yaml`` beside its ``model.onnx`` describes it."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    version: int = Field(ge=1)
    task: Literal["classification", "detection", "embedding"]
    input: CardInput
    outputs: CardOutputs
    detection: CardDetection | None = Field(default=None, description="How a detector's outputs are to be read.")
    labels: str | None = Field(default=None, description="File with one label a line, in the order of the outputs.")
    tree: str | None = Field(
        default=None, description="File with the labels' own hierarchy, as CSV: name, parent, category, aliases, id."
    )
    tree_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$", description="Of that file.")
    multi_label: bool = Field(
        default=False, description="Whether a classifier's labels do not exclude each other: several may be sure."
    )
    calibration: CardCalibration | None = Field(default=None, description="Of a classifier's confidence.")
    known: CardKnown | None = Field(default=None, description="What tells pictures of none of a classifier's classes.")
    min_confidence: float = Field(default=0.0, ge=0, le=1, description="Below it, this model's labels mean nothing.")
    default_min_confidence: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The least confidence that is told where neither the reference nor the settings name one.",
    )
    precision: Literal["fp32", "fp16", "int8"] = Field(default="fp32", description="Of the graph's weights.")
    reference: VersionedName | None = Field(
        default=None, description="The model that this one was made of and must agree with."
    )
    tolerance: Tolerance = Tolerance()
    moderation: CardModeration | None = Field(
        default=None, description="What a classifier's classes mean for moderation, which it then answers as well."
    )
    limits: str | None = Field(default=None, description="What it was trained on, and what it cannot tell.")
    licence: str
    source: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @field_validator("labels", "tree")
    @classmethod
    def _beside_the_card(cls, file: str | None) -> str | None:
        if file is not None and Path(file).name != file:
            raise ValueError("must name a file in the model's own folder")
        return file

    @model_validator(mode="after")
    def _outputs_fit_the_task(self) -> Self:
        if self.task == "embedding" and self.outputs.embedding is None:
            raise ValueError("outputs: an embedding model needs embedding")
        if self.task == "classification":
            if (self.outputs.probabilities is None) == (self.outputs.logits is None):
                raise ValueError("outputs: a classifier needs either probabilities or logits")
            if self.labels is None:
                raise ValueError("labels: a classifier needs a file of labels")
        elif self.calibration is not None or self.known is not None:
            field = "known" if self.calibration is None else "calibration"
            raise ValueError(f"{field}: only a classifier's confidence can be calibrated")
        if self.moderation is not None and self.task != "classification":
            raise ValueError("moderation: only a classifier's classes can be categories")
        self._check_labels()
        if self.task == "detection":
            self._check_detection()
        return self

    def _check_labels(self) -> None:
        if (self.tree is None) != (self.tree_sha256 is None):
            raise ValueError("tree: a file of a hierarchy and tree_sha256 stand together")
        if self.tree is not None and self.labels is None:
            raise ValueError("tree: a hierarchy stands above labels, and the model has none")
        if self.multi_label and self.outputs.probabilities is None:
            raise ValueError("multi_label: only a classifier with probabilities has labels that stand for themselves")
        if self.multi_label and self.calibration is not None:
            raise ValueError("calibration: a temperature is for labels that exclude each other: leave multi_label out")

    def _check_detection(self) -> None:
        if self.detection is None:
            raise ValueError("detection: a detector's card says how its outputs are to be read")
        if self.labels is None:
            raise ValueError("labels: a detector needs a file of labels")
        if self.outputs.boxes is None:
            raise ValueError("outputs: a detector needs boxes")
        if self.input.resize == "crop":
            raise ValueError("input.resize: a detector is shown the whole image: stretch or letterbox")
        if (self.outputs.scores is None) != ("scores" in self.detection.row):
            raise ValueError("outputs: a detector needs scores, either there or in detection.row")
        if self.outputs.classes is not None and "class" in self.detection.row:
            raise ValueError("outputs: classes stand either there or in detection.row")
        self._check_grids(len(self.detection.strides))

    def _check_grids(self, strides: int) -> None:
        lists = {name: one for name in ("boxes", "scores") if isinstance(one := getattr(self.outputs, name), tuple)}
        for name, outputs in lists.items():
            if len(outputs) != strides:
                raise ValueError(
                    f"outputs.{name}: {len(outputs)} outputs for {strides} strides: name one output for each of"
                    " detection.strides, in their order"
                )
            if self.outputs.count is not None:
                raise ValueError(f"outputs.count: {name} are told grid by grid, and every cell counts: leave count out")

    @property
    def scores(self) -> str:
        """The output that a classifier's labels are read from."""
        name = self.outputs.probabilities or self.outputs.logits
        if name is None:
            raise ValueError(f"{self.id}: outputs: a classifier needs probabilities or logits")
        return name

    @property
    def temperature(self) -> float:
        """What a classifier's scores are divided by before they become probabilities."""
        return 1.0 if self.calibration is None else self.calibration.temperature

    def least_confidence(self, setting: float | None, usual: float) -> float:
        """Return the confidence from which answers are told where a reference names none.

        That is what the installation's ``setting`` says, or the card, or else the ``usual``.
        """
        return next(one for one in (setting, self.default_min_confidence, usual) if one is not None)

    @property
    def features(self) -> frozenset[Feature]:
        """What the model can be asked for."""
        more = {
            Feature.EMBEDDING: self.outputs.embedding,
            Feature.FACES: self.detection and self.detection.face_label,
            Feature.MODERATION: self.moderation,
        }
        return FEATURES[self.task] | {feature for feature, told in more.items() if told}

    @property
    def detection_rules(self) -> CardDetection:
        """How a detector's outputs are to be read."""
        if self.detection is None:
            raise ValueError(f"{self.id}: it is not the card of a detector")
        return self.detection

    @property
    def id(self) -> VersionedName:
        """``name@version``, as results carry it."""
        return f"{self.name}@{self.version}"

    @classmethod
    def read(cls, path: Path) -> "ModelCard":
        """Read a card; raises ``ConfigurationError`` that names the file and the field."""
        return cls.parse(path.read_bytes(), str(path))

    @classmethod
    def parse(cls, content: bytes, where: str) -> "ModelCard":
        """Read a card's content; raises ``ConfigurationError`` that names ``where`` it lies and the field."""
        try:
            return cls.model_validate(yaml.safe_load(content.decode("utf-8")))
        except ValidationError as error:
            raise ConfigurationError(f"{where}: {describe_problems(error)}") from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{where} is not readable YAML: {error}") from None

    def write(self, path: Path) -> None:
        text = yaml.safe_dump(self.model_dump(mode="json", exclude_none=True), sort_keys=False, allow_unicode=True)
        path.write_text(text, encoding="utf-8")


def describe_problems(error: ValidationError) -> str:
    """Return one sentence: each field at fault and what is wrong with it."""
    return "; ".join(_problem(problem["loc"], problem["msg"]) for problem in error.errors())


def _problem(location: tuple[int | str, ...], message: str) -> str:
    field = ".".join(str(part) for part in location)
    return f"{field}: {message}" if field else message

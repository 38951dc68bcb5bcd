"""The model card: everything that running a model needs to know besides its file."""

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from infra.errors import ConfigurationError
from processors.imaging.decode import InputSize
from schemas.images import Frozen
from schemas.results import VersionedName

Positive = Annotated[float, Field(gt=0)]


class CardInput(Frozen):
    """What the model takes: upright RGB pixels, resized and cut from the middle, then scaled.

    A model fed ``(pixel - mean) / deviation`` names them here; one that normalises inside its graph takes ``uint8``.
    """

    name: str
    layout: Literal["NHWC", "NCHW"]
    dtype: Literal["uint8", "float32"]
    colour: Literal["RGB", "BGR"] = "RGB"
    resize_shorter_side: int = Field(ge=8, le=4096, description="Pixels of the shorter side after resizing.")
    crop: int = Field(ge=8, le=4096, description="Side of the square cut from the middle, pixels.")
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    deviation: tuple[Positive, Positive, Positive] = (1.0, 1.0, 1.0)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.crop > self.resize_shorter_side:
            raise ValueError("crop must not be larger than resize_shorter_side")
        if self.dtype == "uint8" and (any(self.mean) or set(self.deviation) != {1.0}):
            raise ValueError("mean and deviation need dtype float32: a uint8 model normalises inside its graph")
        return self

    @property
    def size(self) -> InputSize:
        return InputSize(shorter_side=self.resize_shorter_side, crop=self.crop)


class CardOutputs(Frozen):
    """Names of the graph's outputs; exactly one of ``probabilities`` and ``logits`` for a classifier."""

    probabilities: str | None = None
    logits: str | None = None
    embedding: str | None = None

    @model_validator(mode="after")
    def _one_kind_of_scores(self) -> Self:
        if self.probabilities and self.logits:
            raise ValueError("name probabilities or logits, not both")
        return self


class ModelCard(Frozen):
    """One version of one model, as ``card.yaml`` beside its ``model.onnx`` describes it."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    version: int = Field(ge=1)
    task: Literal["classification", "embedding"]
    input: CardInput
    outputs: CardOutputs
    labels: str | None = Field(default=None, description="File with one label a line, in the order of the outputs.")
    licence: str
    source: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @field_validator("labels")
    @classmethod
    def _beside_the_card(cls, labels: str | None) -> str | None:
        if labels is not None and Path(labels).name != labels:
            raise ValueError("must name a file in the model's own folder")
        return labels

    @model_validator(mode="after")
    def _can_do_its_task(self) -> Self:
        if self.task == "classification" and (self.labels is None or self.scores is None):
            raise ValueError("a classifier needs labels, and an output for probabilities or logits")
        if self.task == "embedding" and self.outputs.embedding is None:
            raise ValueError("an embedding model needs an output for its embedding")
        return self

    @property
    def scores(self) -> str | None:
        """The output that labels are read from, where there is one."""
        return self.outputs.probabilities or self.outputs.logits

    @property
    def id(self) -> VersionedName:
        """``name@version``, as results carry it."""
        return f"{self.name}@{self.version}"

    @classmethod
    def read(cls, path: Path) -> "ModelCard":
        """Read a card; raises ``ConfigurationError`` that names the file and the fields at fault."""
        try:
            return cls.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except yaml.YAMLError as error:
            raise ConfigurationError(f"{path} is not YAML: {error}") from None
        except ValidationError as error:
            problems = [f"{_field(problem)}: {_message(problem)}" for problem in error.errors()]
            raise ConfigurationError(f"{path}: {'; '.join(problems)}") from None

    def write(self, path: Path) -> None:
        path.write_text(yaml.safe_dump(self.model_dump(mode="json", exclude_none=True), sort_keys=False), "utf-8")


def _field(problem: ErrorDetails) -> str:
    return ".".join(map(str, problem["loc"])) or "card"


def _message(problem: ErrorDetails) -> str:
    return problem["msg"].removeprefix("Value error, ")

"""The model card: everything that running a model needs to know besides its file."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, field_validator

from processors.imaging.decode import InputSize
from schemas.images import Frozen
from schemas.results import VersionedName


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
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def size(self) -> InputSize:
        return InputSize(shorter_side=self.resize_shorter_side, crop=self.crop)


class CardOutputs(Frozen):
    """Names of the graph's outputs; exactly one of ``probabilities`` and ``logits`` for a classifier."""

    probabilities: str | None = None
    logits: str | None = None
    embedding: str | None = None


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

    @property
    def scores(self) -> str:
        """The output that a classifier's labels are read from."""
        name = self.outputs.probabilities or self.outputs.logits
        if name is None:
            raise ValueError(f"{self.id}: outputs: a classifier needs probabilities or logits")
        return name

    @property
    def id(self) -> VersionedName:
        """``name@version``, as results carry it."""
        return f"{self.name}@{self.version}"

    @classmethod
    def read(cls, path: Path) -> "ModelCard":
        """Read a card; raises ``ValidationError`` that names the field."""
        return cls.model_validate(yaml.safe_load(path.read_text()))

    def write(self, path: Path) -> None:
        path.write_text(yaml.safe_dump(self.model_dump(mode="json", exclude_none=True), sort_keys=False))

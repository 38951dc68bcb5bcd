"""The part of a card that says how a detector's outputs are to be read."""

from itertools import accumulate
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from schemas.images import Frozen

Part = Literal["box", "objectness", "scores", "class", "skip"]
BOX_NUMBERS = 4


class CardDetection(Frozen):
    """How boxes, confidences and classes stand in the outputs of the graph.

    ``row`` names, in order, what the output ``boxes`` holds of each box: ``box`` is four numbers, ``objectness`` and
    ``class`` one, ``skip`` one that means nothing here, ``scores`` one for each label, or a single one where the class
    is told beside it. What no row holds stands in outputs of its own, ``scores`` and ``classes``.

    A confidence is the score, times ``objectness`` where that is told; a box is of the class that it has the highest
    score for.
    """

    # A rule that is misspelt would leave every box at the wrong place.
    model_config = ConfigDict(extra="forbid")

    row: tuple[Part, ...] = Field(default=("box",), min_length=1)
    transposed: bool = Field(default=False, description="One column a box, and not one row.")
    box: Literal["xyxy", "yxyx", "xywh", "cxcywh"] = Field(description="Corners; corner and size; centre and size.")
    unit: Literal["pixels", "ratios"] = Field(default="pixels", description="Of what the model takes, its width first.")
    strides: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(), description="Of the grids whose cells the boxes are still told in: [8, 16, 32] for a raw YOLOX."
    )
    activation: Literal["none", "sigmoid", "softmax"] = Field(
        default="none", description="What makes confidences of the scores; none where the graph has done so."
    )
    background: Literal["none", "first", "last"] = Field(
        default="none", description="Where among the classes the one is that stands for nothing and has no label."
    )
    batched: bool = Field(default=True, description="Whether outputs begin with a dimension for the image.")
    nms: bool = Field(default=True, description="Whether several boxes around one object are still to be made one.")
    iou_threshold: float = Field(default=0.45, gt=0, le=1, description="Boxes of a class that share more are one.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.row.count("box") != 1:
            raise ValueError("row must hold box, once")
        if any(self.row.count(part) > 1 for part in ("objectness", "scores", "class")):
            raise ValueError("row must hold nothing twice but skip")
        if self.strides and (self.box, self.unit) != ("cxcywh", "pixels"):
            raise ValueError("strides: boxes told in cells of grids are cxcywh, in pixels")
        if self.activation == "softmax" and {"class", "objectness"} & set(self.row):
            raise ValueError("activation: softmax needs a score for each class, and no objectness")
        return self

    def columns(self, scores: int) -> dict[Part, slice]:
        """Return where each part of a row stands, ``scores`` being how many numbers that part has."""
        ends = list(accumulate(self._sizes(scores)))
        return {part: slice(start, end) for part, start, end in zip(self.row, [0, *ends], ends, strict=False)}

    def width(self, scores: int) -> int:
        """How many numbers a row has."""
        return sum(self._sizes(scores))

    def _sizes(self, scores: int) -> list[int]:
        sizes: dict[Part, int] = {"box": BOX_NUMBERS, "scores": scores}
        return [sizes.get(part, 1) for part in self.row]

    @property
    def unlabelled(self) -> int:
        """How many classes have no label."""
        return int(self.background != "none")

"""The part of a card that says how a detector's outputs are to be read."""

from itertools import accumulate
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from schemas.images import Frozen

Part = Literal["box", "objectness", "scores", "class", "skip"]
BOX_NUMBERS = 4
MOST_BINS = 256
CELL_BOXES = ("cxcywh", "ltrb")
DISTANCE_FIELDS = ("bins", "distribution", "cell_point")


class CardDetection(Frozen):
    """How boxes, confidences and classes stand in the outputs of the graph.

    ``row`` names, in order, what the output ``boxes`` holds of each box: ``box`` is four numbers, ``objectness`` and
    ``class`` one, ``skip`` one that means nothing here, ``scores`` one for each label, or a single one where the class
    is told beside it. What no row holds stands in outputs of its own, ``scores`` and ``classes``.

    ``ltrb`` boxes are distances from a point in their cell to the four edges, in cells of the grid. With ``bins``, each
    distance is a distribution over 0, 1, … ``bins`` - 1 whose mean it is, so that ``box`` is four times ``bins``
    numbers (Li et al., "Generalized Focal Loss", 2020: NanoDet, PicoDet, YOLOv8 before it is decoded).

    A confidence is the score, times ``objectness`` where that is told; a box is of the class that it has the highest
    score for.
    """

    # A rule that is misspelt would leave every box at the wrong place.
    model_config = ConfigDict(extra="forbid")

    row: tuple[Part, ...] = Field(default=("box",), min_length=1)
    transposed: bool = Field(
        default=False, description="One column a box, and not one row; with `ltrb` that holds for `scores` as well."
    )
    box: Literal["xyxy", "yxyx", "xywh", "cxcywh", "ltrb"] = Field(
        description="Corners; corner and size; centre and size; distances from a point in a cell to the four edges."
    )
    unit: Literal["pixels", "ratios"] = Field(default="pixels", description="Of what the model takes, its width first.")
    strides: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(), description="Of the grids whose cells the boxes are still told in: [8, 16, 32] for a raw YOLOX."
    )
    bins: int | None = Field(
        default=None, ge=2, le=MOST_BINS, description="Numbers a distance is told by, where that is a distribution."
    )
    distribution: Literal["logits", "probabilities"] = Field(
        default="logits", description="What the numbers of a distance are: softmax makes probabilities of logits."
    )
    cell_point: float = Field(
        default=0.5, ge=0, le=1, description="Where in its cell a distance begins: 0.5 its middle, 0 its first corner."
    )
    activation: Literal["none", "sigmoid", "softmax"] = Field(
        default="none", description="What makes confidences of the scores; none where the graph has done so."
    )
    background: Literal["none", "first", "last"] = Field(
        default="none", description="Where among the classes the one is that stands for nothing and has no label."
    )
    face_label: str | None = Field(
        default=None, description="The label that stands for a face: a detector that has one answers `faces` as well."
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
        if self.strides and (self.box not in CELL_BOXES or self.unit != "pixels"):
            raise ValueError(f"strides: boxes told in cells of grids are {' or '.join(CELL_BOXES)}, in pixels")
        if self.box == "ltrb" and not self.strides:
            raise ValueError(
                "strides: ltrb boxes are distances in cells of grids, whose strides are needed: [8, 16, 32]"
            )
        if misplaced := [name for name in DISTANCE_FIELDS if self.box != "ltrb" and self._is_set(name)]:
            raise ValueError(
                f"{misplaced[0]}: only the distances of ltrb boxes have it: leave it out, or say box: ltrb"
            )
        if self.bins is None and self._is_set("distribution"):
            raise ValueError("distribution: it says what the bins hold: say how many bins a distance has")
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
        sizes: dict[Part, int] = {"box": BOX_NUMBERS * (self.bins or 1), "scores": scores}
        return [sizes.get(part, 1) for part in self.row]

    def _is_set(self, name: str) -> bool:
        return bool(getattr(self, name) != type(self).model_fields[name].default)

    @property
    def unlabelled(self) -> int:
        """How many classes have no label."""
        return int(self.background != "none")

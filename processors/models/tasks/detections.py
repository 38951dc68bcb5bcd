"""What a detector's outputs say of one image: boxes, confidences and classes, read as its card says."""

from dataclasses import dataclass

import numpy as np

from processors.models.card import ModelCard
from processors.models.detection_card import Part
from processors.models.runtime.image_graph import Outputs
from processors.models.runtime.session import Tensor
from processors.models.tasks.answers import sigmoid, softmax
from processors.models.tasks.boxes import TO_CORNERS
from processors.models.tasks.grids import DetectionGrids, UnreadableDetections, finite


@dataclass(frozen=True, slots=True)
class Detections:
    """Boxes of one image: corners in pixels of the view, a confidence and a label's number for each."""

    boxes: Tensor
    scores: Tensor
    classes: Tensor

    def only(self, wanted: Tensor) -> "Detections":
        """Return those that a mask or a list of numbers names."""
        return Detections(self.boxes[wanted], self.scores[wanted], self.classes[wanted])


class DetectionReader:
    """Reads the outputs of one detector."""

    def __init__(self, card: ModelCard, labels: int) -> None:
        self._outputs = card.outputs
        self._rules = card.detection_rules
        self._floor = card.min_confidence
        self._size = card.input.size
        self._labels = labels
        self._tells_classes = card.outputs.classes is not None or "class" in self._rules.row
        self._scores = 1 if self._tells_classes else labels + self._rules.unlabelled
        self._columns = self._rules.columns(self._scores)
        self._grids = DetectionGrids(self._rules, self._size) if self._rules.strides else None
        # That scores of their own stand as boxes do was never said of heads without distances.
        self._scores_transposed = self._rules.transposed and (
            self._rules.box == "ltrb" or isinstance(card.outputs.scores, tuple)
        )

    def read(self, outputs: Outputs) -> Detections:
        """Return what the model means of one image, whose outputs these are; raises ``UnreadableDetections``."""
        rows = self._rows(outputs)
        scores = self._class_scores(outputs, rows)
        classes = self._classes(outputs, rows, scores)
        confidences = scores.max(axis=1)
        if "objectness" in self._columns:
            confidences = confidences * self._activated(self._part(rows, "objectness"))[:, 0]
        # Graphs with a fixed number of rows fill up with zeros.
        meant = (confidences >= self._floor) & (confidences > 0) & (classes >= 0)
        return self._labelled(Detections(self._boxes(rows, meant), confidences[meant], classes[meant]))

    def _rows(self, outputs: Outputs) -> Tensor:
        rows = self._told(outputs, self._outputs.boxes, transposed=self._rules.transposed)
        if rows.shape[1] != self._rules.width(self._scores):
            row = " + ".join(f"{part} {place.stop - place.start}" for part, place in self._columns.items())
            raise UnreadableDetections(f"row: {row}, and the graph gives {rows.shape[1]} numbers a box")
        return rows

    def _class_scores(self, outputs: Outputs, rows: Tensor) -> Tensor:
        """Return a confidence in each label, ``[boxes, labels]``, or the only one, ``[boxes, 1]``."""
        if "scores" in self._columns:
            told = self._part(rows, "scores")
        else:
            told = self._told(outputs, self._outputs.scores, transposed=self._scores_transposed)
        if told.shape != (len(rows), self._scores):
            raise UnreadableDetections(f"scores: {told.shape} for {len(rows)} boxes of {self._scores} classes")
        scores = self._activated(told)
        if self._tells_classes or self._rules.background == "none":
            return scores
        return scores[:, 1:] if self._rules.background == "first" else scores[:, :-1]

    def _classes(self, outputs: Outputs, rows: Tensor, scores: Tensor) -> Tensor:
        """Return a label's number for each box, below zero for what stands for nothing."""
        if not self._tells_classes:
            best: Tensor = scores.argmax(axis=1)
            return best
        told = self._part(rows, "class") if "class" in self._columns else self._counted(outputs, self._outputs.classes)
        if told.shape != (len(rows), 1):
            raise UnreadableDetections(f"classes: {told.shape} for {len(rows)} boxes")
        numbers = np.rint(finite(told, "classes")[:, 0]).astype(np.int64)
        if self._rules.background == "first":
            return numbers - 1
        return np.where(numbers == self._labels, -1, numbers) if self._rules.background == "last" else numbers

    def _boxes(self, rows: Tensor, meant: Tensor) -> Tensor:
        """Return the corners of the rows that are ``meant``; those of thousands of cells are never worked out."""
        told = finite(self._part(rows, "box"), "boxes")
        if self._grids is not None:
            return self._grids.corners(told, meant)
        boxes = told[meant]
        if self._rules.unit == "ratios":
            boxes = boxes * np.array(_ratio_scale(self._size, self._rules.box), np.float32)
        return TO_CORNERS[self._rules.box](boxes)

    def _told(self, outputs: Outputs, names: str | tuple[str, ...] | None, *, transposed: bool) -> Tensor:
        """Return what an output tells, or the outputs of all grids together, a row for each box."""
        if self._grids is None or not isinstance(names, tuple):
            return self._counted(outputs, names, transposed=transposed)
        return self._grids.rows({name: outputs[name] for name in names}, transposed=transposed)

    def _counted(self, outputs: Outputs, name: str | tuple[str, ...] | None, *, transposed: bool = False) -> Tensor:
        """Return one output, a row for each box that counts, in 32 bits at least."""
        tensor = outputs[str(name)]
        rows = tensor[:, None] if tensor.ndim == 1 else tensor
        if rows.ndim != 2:
            raise UnreadableDetections(f"{name}: {tensor.ndim} dimensions besides the image's, and 2 can be read")
        rows = rows.T if transposed else rows
        return rows[: self._count(outputs, len(rows))].astype(np.promote_types(rows.dtype, np.float32), copy=False)

    def _count(self, outputs: Outputs, most: int) -> int:
        if self._outputs.count is None:
            return most
        told = np.ravel(finite(outputs[self._outputs.count], "counts"))
        if told.size != 1:
            raise UnreadableDetections(f"count: {told.size} numbers for one image")
        return int(told[0])

    def _part(self, rows: Tensor, part: Part) -> Tensor:
        return rows[:, self._columns[part]]

    def _activated(self, told: Tensor) -> Tensor:
        scores = finite(told, "scores")
        if self._rules.activation == "none":
            return scores
        return sigmoid(scores) if self._rules.activation == "sigmoid" else softmax(scores)

    def _labelled(self, found: Detections) -> Detections:
        if (found.classes >= self._labels).any():
            number = found.classes.max()
            raise UnreadableDetections(f"its class {number} has no label: there are {self._labels}")
        return found


def _ratio_scale(size: tuple[int, int], box: str) -> tuple[int, int, int, int]:
    width, height = size
    return (height, width, height, width) if box == "yxyx" else (width, height, width, height)

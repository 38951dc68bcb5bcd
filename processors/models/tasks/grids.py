"""Boxes that a detector tells cell by cell, in grids over the picture: YOLOX, and heads that tell distances."""

from collections.abc import Mapping

import numpy as np

from processors.models.detection_card import CardDetection
from processors.models.runtime.session import Tensor
from processors.models.tasks.answers import softmax
from processors.models.tasks.boxes import TO_CORNERS, expected, from_cells, from_distances, grid_cells, grid_shape

DISTANCES = 4


class UnreadableDetections(ValueError):
    """The outputs are not what the card says; the message is for whoever wrote it, or for the image's answer."""


class DetectionGrids:
    """The grids of one detector: which cell each box stands in, and so where it is."""

    def __init__(self, rules: CardDetection, size: tuple[int, int]) -> None:
        """``size`` is what the model takes, width first."""
        self._rules = rules
        self._size = size
        self._shapes = [grid_shape(size, stride, cut_cells=rules.box == "ltrb") for stride in rules.strides]
        self._cells = grid_cells(self._shapes, rules.strides)

    def rows(self, told: Mapping[str, Tensor], *, transposed: bool) -> Tensor:
        """Return the outputs of all grids, one for each stride, as a row for each cell, in 32 bits at least.

        An output is a table, or a map of the grid; where it is ``transposed`` its cells come last, else first. Raises
        ``UnreadableDetections`` where an output has not as many cells as its grid.
        """
        numbers = enumerate(told.items())
        rows = np.concatenate([self._of_grid(at, name, tensor, transposed) for at, (name, tensor) in numbers])
        return rows.astype(np.promote_types(rows.dtype, np.float32), copy=False)

    def corners(self, boxes: Tensor, wanted: Tensor) -> Tensor:
        """Return the corners, in pixels, of those of the cells' ``boxes`` that are ``wanted``."""
        if len(boxes) != len(self._cells):
            raise UnreadableDetections(f"strides: {len(self._cells)} cells, and the graph gives {len(boxes)} boxes")
        told, cells = boxes[wanted], self._cells[wanted]
        if self._rules.box == "ltrb":
            corners = from_distances(self._distances(told), cells, self._rules.cell_point)
        else:
            corners = TO_CORNERS[self._rules.box](from_cells(told, cells))
        return finite(corners, "boxes")

    def _distances(self, told: Tensor) -> Tensor:
        if self._rules.bins is None:
            return told
        distributions = told.reshape(-1, DISTANCES, self._rules.bins)
        return expected(softmax(distributions) if self._rules.distribution == "logits" else distributions)

    def _of_grid(self, at: int, name: str, tensor: Tensor, transposed: bool) -> Tensor:
        columns, lines = self._shapes[at]
        if tensor.ndim == 1:
            tensor = tensor[:, None]
        elif tensor.ndim == 3:
            tensor = _flat_map(name, tensor, (lines, columns), transposed)
        rows = tensor.T if transposed and tensor.ndim == 2 else tensor
        if rows.ndim != 2 or len(rows) != lines * columns:
            stride, (width, height) = self._rules.strides[at], self._size
            raise UnreadableDetections(
                f"{name}: shape {list(tensor.shape)}, and stride {stride} makes {lines * columns} cells of"
                f" {width} x {height} pixels: name the outputs in the order of the strides"
            )
        return rows


def _flat_map(name: str, tensor: Tensor, grid: tuple[int, int], transposed: bool) -> Tensor:
    found = tensor.shape[1:] if transposed else tensor.shape[:2]
    if found != grid:
        raise UnreadableDetections(
            f"{name}: a map of {found[0]} x {found[1]} cells, and its stride makes {grid[0]} x {grid[1]}: name the"
            " outputs in the order of the strides, and say transposed where a map's cells come last"
        )
    return tensor.reshape(len(tensor), -1) if transposed else tensor.reshape(grid[0] * grid[1], -1)


def finite(numbers: Tensor, what: str) -> Tensor:
    """Return the numbers; raises ``UnreadableDetections`` where one is infinite or none."""
    if not np.isfinite(numbers).all():
        raise UnreadableDetections(f"its {what} are not numbers")
    return numbers

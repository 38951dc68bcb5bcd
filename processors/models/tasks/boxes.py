"""Arithmetic on boxes: corners left, top, right, bottom, in rows."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from processors.imaging.views import Placement
from processors.models.runtime.session import Tensor


def _of_centres(boxes: Tensor) -> Tensor:
    halves = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - halves, boxes[:, :2] + halves], axis=1)


def _of_sizes(boxes: Tensor) -> Tensor:
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


TO_CORNERS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "xyxy": lambda boxes: boxes,
    "yxyx": lambda boxes: boxes[:, [1, 0, 3, 2]],
    "xywh": _of_sizes,
    "cxcywh": _of_centres,
}


def from_cells(boxes: Tensor, cells: Tensor) -> Tensor:
    """Return centres and sizes in pixels of what is told in the cells of grids, sizes as logarithms (YOLOX).

    ``cells`` are rows of column, row and stride, as ``grid_cells`` gives them.
    """
    strides = cells[:, 2:]
    # What is too large for a number becomes infinite, and is told as what it is by whoever reads the boxes.
    with np.errstate(over="ignore"):
        sizes = np.exp(boxes[:, 2:]) * strides
    return np.concatenate([(boxes[:, :2] + cells[:, :2]) * strides, sizes], axis=1)


def from_distances(distances: Tensor, cells: Tensor, cell_point: float) -> Tensor:
    """Return corners in pixels of distances, in cells, from ``cell_point`` of each cell to left, top, right, bottom."""
    strides = cells[:, 2:]
    points = (cells[:, :2] + np.float32(cell_point)) * strides
    # As above.
    with np.errstate(over="ignore"):
        reach = distances * strides
        return np.concatenate([points - reach[:, :2], points + reach[:, 2:]], axis=1)


def expected(distributions: Tensor) -> Tensor:
    """Return the mean of each distribution ``[..., bins]`` over 0, 1, … bins - 1."""
    means: Tensor = distributions @ np.arange(distributions.shape[-1], dtype=distributions.dtype)
    return means


def grid_shape(size: tuple[int, int], stride: int, *, cut_cells: bool = False) -> tuple[int, int]:
    """Return how many columns and rows the grid over ``size`` has.

    Where a side is no multiple of the stride, ``cut_cells`` counts the last cell, of which only a part lies inside.
    """
    columns, rows = (-(-side // stride) if cut_cells else side // stride for side in size)
    return columns, rows


def grid_cells(shapes: Sequence[tuple[int, int]], strides: Sequence[int]) -> Tensor:
    """Return column, row and stride of every cell of grids of these shapes, row by row, grid after grid."""
    grids = [_grid(*shape, stride) for shape, stride in zip(shapes, strides, strict=True)]
    return np.concatenate(grids).astype(np.float32)


def _grid(columns: int, rows: int, stride: int) -> Tensor:
    row, column = np.mgrid[:rows, :columns]
    return np.stack([column.ravel(), row.ravel(), np.full(rows * columns, stride)], axis=1)


def to_ratios(boxes: Tensor, placement: Placement) -> Tensor:
    """Return boxes of a view as ratios of the image that lies in it at ``placement``, cut off at its edges."""
    left, top, width, height = placement
    ratios = (boxes - np.array([left, top, left, top])) / np.array([width, height, width, height])
    clipped: Tensor = ratios.clip(0.0, 1.0)
    return clipped


def suppress(boxes: Tensor, scores: Tensor, classes: Tensor, iou_threshold: float, most: int) -> Tensor:
    """Return the numbers of the boxes that stay, the surest first, ``most`` at most.

    Greedy non-maximum suppression within each class: of boxes whose intersection is more than ``iou_threshold`` of
    their union, the surest stays. Of equals the earlier one counts as surer.
    """
    left = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while left.size and len(kept) < most:
        best, others = left[0], left[1:]
        kept.append(int(best))
        same = (classes[others] == classes[best]) & (overlaps(boxes[best], boxes[others]) > iou_threshold)
        left = others[~same]
    return np.array(kept, np.intp)


def overlaps(box: Tensor, others: Tensor) -> Tensor:
    """Return intersection over union of one box with each of the others; 0 for those without any area."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = sides.clip(min=0).prod(axis=1)
    united = _areas(box[None]) + _areas(others) - shared
    shares: Tensor = np.divide(shared, united, out=np.zeros_like(united), where=united > 0)
    return shares


def _areas(boxes: Tensor) -> Tensor:
    areas: Tensor = (boxes[:, 2:] - boxes[:, :2]).clip(min=0).prod(axis=1)
    return areas

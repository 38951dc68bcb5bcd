"""Average precision of boxes, as COCO defines it, and with the same numbers as its own evaluation.

Lin et al., "Microsoft COCO: Common Objects in Context" (2014), https://cocodataset.org/#detection-eval: overlaps from
0.50 to 0.95, precision at 101 steps of recall, 100 boxes a picture and kind, crowds neither right nor wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

OVERLAPS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
MOST_BOXES = 100
# An object that is found at this overlap is found, where one figure must do.
FOUND = 0

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Truths:
    """The objects of one kind in one picture: ``corners`` ``[objects, 4]``, and which of them are crowds."""

    corners: Array
    crowds: Flags


@dataclass(frozen=True, slots=True)
class Matched:
    """The boxes of one kind in one picture, the surest first.

    ``right`` and ``ignored`` are ``[overlaps, boxes]``; ``objects`` counts those that were to be found.
    """

    scores: Array
    right: Flags
    ignored: Flags
    objects: int


def match(corners: Array, scores: Array, truths: Truths) -> Matched:
    """Give each box the object that it overlaps most and that no surer box has taken."""
    order = np.argsort(-scores, kind="stable")[:MOST_BOXES]
    corners, scores = corners[order], scores[order]
    # Crowds last: a box counts for a crowd only where it counts for no object.
    truth_order = np.argsort(truths.crowds, kind="stable")
    crowds = truths.crowds[truth_order]
    overlaps = overlaps_of(corners, truths.corners[truth_order], crowds)
    right, ignored = (np.zeros((len(OVERLAPS), len(scores)), bool) for _ in range(2))
    for level, least in enumerate(OVERLAPS):
        taken = np.zeros(len(crowds), bool)
        for box in range(len(scores)):
            found = _best(overlaps[box], taken, crowds, min(least, 1 - 1e-10))
            if found is not None:
                taken[found] = True
                right[level, box], ignored[level, box] = not crowds[found], crowds[found]
    return Matched(scores, right, ignored, int((~crowds).sum()))


def _best(overlaps: Array, taken: Flags, crowds: Flags, least: float) -> int | None:
    """Return the object that a box overlaps most, the last of several that it overlaps alike."""
    for kind in (~crowds & ~taken, crowds):
        possible = np.flatnonzero(kind & (overlaps >= least))
        if possible.size:
            return int(possible[::-1][np.argmax(overlaps[possible[::-1]])])
    return None


def overlaps_of(boxes: Array, truths: Array, crowds: Flags) -> Array:
    """Return intersection over union, ``[boxes, truths]``; with a crowd, over the box's own area."""
    corner = np.maximum(boxes[:, None, :2], truths[None, :, :2])
    opposite = np.minimum(boxes[:, None, 2:], truths[None, :, 2:])
    shared = (opposite - corner).clip(0).prod(axis=2)
    own, theirs = (_areas(of) for of in (boxes, truths))
    united = np.where(crowds[None, :], own[:, None], own[:, None] + theirs[None, :] - shared)
    overlaps: Array = np.divide(shared, united, out=np.zeros_like(shared), where=united > 0)
    return overlaps


def average_precisions(pictures: Sequence[Matched]) -> Array | None:
    """Return the average precision of one kind at each overlap; None where there was nothing to find."""
    objects = sum(picture.objects for picture in pictures)
    if not objects:
        return None
    scores = np.concatenate([picture.scores for picture in pictures])
    order = np.argsort(-scores, kind="stable")
    right = np.concatenate([picture.right for picture in pictures], axis=1)[:, order]
    ignored = np.concatenate([picture.ignored for picture in pictures], axis=1)[:, order]
    return np.array([_average_precision(right[level], ignored[level], objects) for level in range(len(OVERLAPS))])


def _average_precision(right: Flags, ignored: Flags, objects: int) -> float:
    found = np.cumsum(right)
    wrong = np.cumsum(~right & ~ignored)
    recall = found / objects
    precision = found / np.maximum(found + wrong, np.spacing(1))
    # The best precision at this recall or any higher.
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, RECALLS, side="left")
    return float(np.append(precision, 0.0)[np.minimum(at, len(precision))].mean())


def _areas(corners: Array) -> Array:
    areas: Array = (corners[:, 2:] - corners[:, :2]).prod(axis=1)
    return areas

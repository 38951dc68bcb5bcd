"""What the boxes of annotated pictures come to: average precision, and how often one can rely on what is told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from processors.evaluation.metrics import Percentiles, percentiles
from processors.evaluation.objects.annotations import AnnotatedPicture, Corners, TrueObject
from processors.evaluation.objects.average_precision import (
    FOUND,
    Matched,
    Truths,
    average_precisions,
    match,
)


@dataclass(frozen=True, slots=True)
class FoundObject:
    """One box that the pipeline gave; ``corners`` are ratios of the picture's sides."""

    name: str
    confidence: float
    corners: Corners


@dataclass(frozen=True, slots=True)
class Inspected:
    """One picture: what is in it, and what was found."""

    picture: AnnotatedPicture
    found: tuple[FoundObject, ...]
    processing_time_s: float


@dataclass(frozen=True, slots=True)
class KindScore:
    """How one kind of object did; ``None`` where there is nothing to divide by.

    ``precision`` and ``recall`` are those at the confidence from which the pipeline tells an object, at an overlap of
    one half.
    """

    name: str
    objects: int
    told: int
    precision: float | None
    recall: float | None
    ap50: float | None
    ap: float | None


@dataclass(frozen=True, slots=True)
class PictureScore:
    """How many objects of one picture were missed, and how many were told that are not there."""

    image_id: str
    missed: int
    invented: int


@dataclass(frozen=True, slots=True)
class ObjectMetrics:
    """``map50`` is the mean of the kinds' average precision at an overlap of 0.5, ``map`` that from there to 0.95.

    Kinds that no picture shows do not count. ``least_confidence`` is that from which the pipeline tells an object.
    """

    pictures: int
    objects: int
    least_confidence: float
    map50: float
    map: float
    precision: float | None
    recall: float | None
    mean_processing_time_s: float
    processing_time_s: Percentiles
    kinds: tuple[KindScore, ...]
    worst: tuple[PictureScore, ...]


def object_metrics(inspected: Sequence[Inspected], least_confidence: float) -> ObjectMetrics:
    """Return the metrics of at least one picture with an object; ``least_confidence`` is what the pipeline tells."""
    names = sorted({name for each in inspected for name in _names(each)})
    matched = {name: [_matched(each, name) for each in inspected] for name in names}
    kinds = tuple(_kind(name, matched[name], least_confidence) for name in names)
    aps = [(kind.ap50, kind.ap) for kind in kinds if kind.ap50 is not None and kind.ap is not None]
    right, told, objects = _counts([one for pictures in matched.values() for one in pictures], least_confidence)
    seconds = [each.processing_time_s for each in inspected]
    return ObjectMetrics(
        pictures=len(inspected),
        objects=objects,
        least_confidence=least_confidence,
        map50=fmean(ap50 for ap50, _ in aps),
        map=fmean(ap for _, ap in aps),
        precision=right / told if told else None,
        recall=right / objects if objects else None,
        mean_processing_time_s=fmean(seconds),
        processing_time_s=percentiles(seconds),
        kinds=kinds,
        worst=_worst(inspected, matched, least_confidence),
    )


def _names(each: Inspected) -> set[str]:
    return {one.name for one in each.picture.objects} | {one.name for one in each.found}


def _matched(each: Inspected, name: str) -> Matched:
    true = [one for one in each.picture.objects if one.name == name]
    found = [one for one in each.found if one.name == name]
    return match(
        np.array([one.corners for one in found], np.float64).reshape(-1, 4),
        np.array([one.confidence for one in found], np.float64),
        _truths(true),
    )


def _truths(true: Sequence[TrueObject]) -> Truths:
    corners = np.array([one.corners for one in true], np.float64).reshape(-1, 4)
    return Truths(corners, np.array([one.crowd for one in true], bool))


def _kind(name: str, pictures: Sequence[Matched], least: float) -> KindScore:
    right, told, objects = _counts(pictures, least)
    aps = average_precisions(pictures)
    return KindScore(
        name=name,
        objects=objects,
        told=told,
        precision=right / told if told else None,
        recall=right / objects if objects else None,
        ap50=None if aps is None else float(aps[FOUND]),
        ap=None if aps is None else float(aps.mean()),
    )


def _counts(pictures: Sequence[Matched], least: float) -> tuple[int, int, int]:
    """Return how many boxes are right, how many were told, and how many objects there were to find."""
    sure = [(picture, picture.scores >= least) for picture in pictures]
    right = sum(int((picture.right[FOUND] & flags).sum()) for picture, flags in sure)
    told = sum(int((~picture.ignored[FOUND] & flags).sum()) for picture, flags in sure)
    return right, told, sum(picture.objects for picture in pictures)


def _worst(inspected: Sequence[Inspected], matched: dict[str, list[Matched]], least: float) -> tuple[PictureScore, ...]:
    """Return every picture in which something is wrong, the worst first."""
    wrong: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for pictures in matched.values():
        for at, picture in enumerate(pictures):
            right, told, objects = _counts([picture], least)
            wrong[at][0] += objects - right
            wrong[at][1] += told - right
    scores = [PictureScore(inspected[at].picture.image_id, *counts) for at, counts in wrong.items() if any(counts)]
    return tuple(sorted(scores, key=lambda score: (-(score.missed + score.invented), score.image_id)))

"""What the outcomes of labelled pictures come to: accuracy, classes, confusions, time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from processors.evaluation.run import Measured
from processors.models.calibration.known import STRANGE
from processors.models.calibration.reliability import Calibration, calibration_of


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Seconds within which so many of a hundred pictures were done, interpolated between neighbours."""

    p50: float
    p90: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How one label did; ``None`` where there is nothing to divide by.

    ``precision`` is the share of its predictions that were right, ``recall`` that of its ``images`` that were found.
    """

    label: str
    images: int
    predicted: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many pictures of ``label`` were taken for ``predicted``."""

    label: str
    predicted: str
    images: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """Shares are from 0 to 1; ``mean_accuracy`` is the mean confidence in the true label.

    ``uncalibrated`` is the calibration without the temperature of the model's card: the same where it has none.
    ``not_known`` is the share of pictures whose ``known`` is below 0.05, ``None`` where the model does not tell: of
    pictures like those that its card was fitted on it is 0.05.
    """

    images: int
    top1: float
    top5: float
    mean_accuracy: float
    mean_processing_time_s: float
    processing_time_s: Percentiles
    calibration: Calibration
    uncalibrated: Calibration
    not_known: float | None
    classes: tuple[ClassScore, ...]
    confusions: tuple[Confusion, ...]


def metrics_of(rows: Sequence[Measured]) -> Metrics:
    """Return the metrics of at least one picture."""
    return Metrics(
        images=len(rows),
        top1=fmean(row.correct for row in rows),
        top5=fmean(row.in_top5 for row in rows),
        mean_accuracy=fmean(row.accuracy for row in rows),
        mean_processing_time_s=fmean(row.processing_time_s for row in rows),
        processing_time_s=percentiles([row.processing_time_s for row in rows]),
        calibration=calibration_of([row.confidence for row in rows], [row.correct for row in rows]),
        uncalibrated=calibration_of([row.uncalibrated for row in rows], [row.correct for row in rows]),
        not_known=_not_known(rows),
        classes=_classes(rows),
        confusions=_confusions(rows),
    )


def worst_classes(classes: Sequence[ClassScore], count: int) -> list[ClassScore]:
    """Return the labels least often found, those with more pictures first; labels that were all found are not bad."""
    missed = [score for score in classes if score.recall is not None and score.recall < 1]
    return sorted(missed, key=lambda score: (score.recall, -score.images, score.label))[:count]


def percentiles(seconds: Sequence[float]) -> Percentiles:
    """Return the percentiles of at least one time."""
    return Percentiles(*(float(value) for value in np.percentile(seconds, [50, 90, 95, 99])))


def _not_known(rows: Sequence[Measured]) -> float | None:
    told = [row.known for row in rows if row.known is not None]
    return fmean(known < STRANGE for known in told) if told else None


def _classes(rows: Sequence[Measured]) -> tuple[ClassScore, ...]:
    """Return a score for each label that was shown or predicted, by name."""
    shown, predicted = Counter(row.label for row in rows), Counter(row.predicted for row in rows)
    right = Counter(row.label for row in rows if row.correct)
    return tuple(
        ClassScore(
            label=label,
            images=shown[label],
            predicted=predicted[label],
            precision=_share(right[label], predicted[label]),
            recall=_share(right[label], shown[label]),
        )
        for label in sorted(shown.keys() | predicted.keys())
    )


def _confusions(rows: Sequence[Measured]) -> tuple[Confusion, ...]:
    """Return every confusion, the most frequent first."""
    counts = Counter((row.label, row.predicted) for row in rows if not row.correct)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Confusion(label, predicted, images) for (label, predicted), images in ordered)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None

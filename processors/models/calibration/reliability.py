"""Whether a model's confidence means what it says: reliability bins and the expected calibration error."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean

BINS = 15


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The pictures with a confidence above ``above`` and up to ``up_to``; means are ``None`` for a bin with none."""

    above: float
    up_to: float
    images: int
    mean_confidence: float | None
    share_correct: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """``ece``: how far confidence and the share of right answers lie apart on average; 0 is perfect."""

    ece: float
    bins: tuple[ReliabilityBin, ...]


def calibration_of(confidences: Sequence[float], correct: Sequence[bool], bins: int = BINS) -> Calibration:
    """Return the expected calibration error over bins of equal width.

    As Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks" (2017), section 2: the gap between
    mean confidence and share of right answers in each bin, weighted by its share of the pictures.
    """
    inside: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for pair in zip(confidences, correct, strict=True):
        # Bins are open below and closed above; a confidence of zero belongs to the first.
        inside[max(0, ceil(pair[0] * bins) - 1)].append(pair)
    made = tuple(_bin(pairs, number, bins) for number, pairs in enumerate(inside))
    return Calibration(sum(_gap(each) * each.images for each in made) / len(confidences), made)


def _bin(pairs: Sequence[tuple[float, bool]], number: int, bins: int) -> ReliabilityBin:
    return ReliabilityBin(
        above=number / bins,
        up_to=(number + 1) / bins,
        images=len(pairs),
        mean_confidence=fmean(confidence for confidence, _ in pairs) if pairs else None,
        share_correct=fmean(right for _, right in pairs) if pairs else None,
    )


def _gap(each: ReliabilityBin) -> float:
    if each.mean_confidence is None or each.share_correct is None:
        return 0.0
    return abs(each.mean_confidence - each.share_correct)

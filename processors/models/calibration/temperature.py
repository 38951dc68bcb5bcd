"""The temperature of a classifier: the one number that makes its confidence mean what it says.

Scores are divided by it before they become probabilities. Above 1 it makes a model more modest, below 1 bolder; which
label comes first never changes. Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks" (2017),
section 4.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from processors.models.calibration.reliability import Calibration, calibration_of
from processors.models.runtime.session import Tensor
from processors.models.tasks.answers import softmax

COLDEST, HOTTEST = 0.05, 20.0
# Each halves what is not known of the temperature's logarithm: seven digits of it are left.
STEPS = 40
FOLDS = 5
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Confidence:
    """What a model's confidence was worth; ``log_loss`` is that of the true labels, in nats a picture."""

    calibration: Calibration
    mean_confidence: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Fit:
    """The temperature of all pictures, and what those of other pictures made of each picture's confidence."""

    temperature: float
    pictures: int
    top1: float
    before: Confidence
    after: Confidence


def fit(scores: Tensor, places: Sequence[int], temperature_before: float = 1.0, folds: int = FOLDS) -> Fit:
    """Return the temperature for ``scores``, ``[pictures, classes]``: logits, or logarithms of probabilities.

    ``places`` holds the true class of each picture. ``after`` is measured by cross-validation: each picture is judged
    by the temperature that the other folds give. ``before`` is what ``temperature_before`` gives.
    """
    held_out = np.empty(len(scores))
    for fold in deal(places, folds):
        inside = np.ones(len(scores), bool)
        inside[fold] = False
        held_out[fold] = fit_temperature(scores[inside], np.asarray(places)[inside])
    return Fit(
        temperature=round(fit_temperature(scores, np.asarray(places)), DIGITS),
        pictures=len(scores),
        top1=float(np.mean(scores.argmax(axis=1) == places)),
        before=_confidence(scores, places, np.full(len(scores), temperature_before)),
        after=_confidence(scores, places, held_out),
    )


def fit_temperature(scores: Tensor, places: Tensor) -> float:
    """Return the temperature at which the true classes are the most likely, between 0.05 and 20.

    The likelihood has one summit over the inverse of the temperature: where its slope is zero.
    """
    low, high = np.log(1 / HOTTEST), np.log(1 / COLDEST)
    true = scores[np.arange(len(scores)), places].astype(np.float64)
    for _ in range(STEPS):
        middle = (low + high) / 2
        expected = (softmax(scores * np.exp(middle)).astype(np.float64) * scores).sum(axis=1)
        low, high = (middle, high) if (expected - true).mean() < 0 else (low, middle)
    return float(np.exp(-(low + high) / 2))


def deal(places: Sequence[int], folds: int) -> list[Tensor]:
    """Deal the pictures out by class, so that each fold has as many of one as any other."""
    by_class = np.argsort(np.asarray(places), kind="stable")
    return [by_class[start::folds] for start in range(folds)]


def _confidence(scores: Tensor, places: Sequence[int], temperatures: Tensor) -> Confidence:
    probabilities = softmax(scores / temperatures[:, None])
    confidences = probabilities.max(axis=1).clip(0, 1).tolist()
    correct = (scores.argmax(axis=1) == places).tolist()
    true = probabilities[np.arange(len(scores)), places]
    return Confidence(
        calibration=calibration_of(confidences, correct),
        mean_confidence=float(np.mean(confidences)),
        log_loss=float(-np.log(true.clip(np.finfo(np.float64).tiny)).mean()),
    )

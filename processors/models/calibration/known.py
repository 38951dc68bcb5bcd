"""What tells pictures of none of a classifier's classes: how far the scores of pictures of its classes stand out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from processors.models.calibration.card import CardKnown
from processors.models.calibration.temperature import FOLDS, deal
from processors.models.runtime.session import Tensor
from processors.models.tasks.known import LEAST, known_scores, known_share

# Close together where it matters: among the strangest of the known pictures.
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
STRANGE = 0.05
DIGITS = 4


@dataclass(frozen=True, slots=True)
class KnownFit:
    """What the card is told, and the share of known pictures above ``STRANGE`` by what the other folds tell."""

    card: CardKnown
    passed: float


def fit_known(scores: Tensor, places: Sequence[int], folds: int = FOLDS) -> KnownFit:
    """Return what tells known pictures, whose ``scores`` ``[pictures, classes]`` are as ``Classifier.scores`` gives."""
    standing_out = known_scores(scores)
    passed = np.empty(len(scores), bool)
    for fold in deal(places, folds):
        inside = np.ones(len(scores), bool)
        inside[fold] = False
        others = _card(standing_out[inside])
        passed[fold] = [known_share(score, others) >= STRANGE for score in standing_out[fold]]
    return KnownFit(_card(standing_out), float(passed.mean()))


def _card(standing_out: Tensor) -> CardKnown:
    quantiles = np.quantile(standing_out, SHARES).round(DIGITS).tolist()
    return CardKnown(pictures=len(standing_out), quantiles=((0.0, LEAST), *zip(SHARES, quantiles, strict=True)))

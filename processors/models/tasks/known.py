"""Whether a picture shows any of a classifier's classes, told by how far its scores stand out.

The free energy of a picture's logits, as in Liu, Wang, Owens and Li, "Energy-based Out-of-distribution Detection"
(2020), over their mean. That is how far the model's softmax lies from an even one, in nats: the Kullback-Leibler
divergence. It can be told of logits and of logarithms of probabilities alike, and is 0 where all classes are as likely.
"""

from functools import lru_cache

import numpy as np

from processors.models.calibration.card import CardKnown
from processors.models.runtime.session import Tensor

LEAST = 0.0
DIGITS = 4


def known_scores(scores: Tensor) -> Tensor:
    """Return how far each picture's ``scores``, ``[..., classes]``, stand out: higher for what the model knows."""
    wide = scores.astype(np.float64)
    highest = wide.max(axis=-1, keepdims=True)
    energy = highest[..., 0] + np.log(np.exp(wide - highest).mean(axis=-1))
    told: Tensor = energy - wide.mean(axis=-1)
    return told


def known_share(score: float, card: CardKnown) -> float:
    """Return the share of known pictures that stand out less, from 0 to 1."""
    return round(float(np.interp(score, *_quantiles(card))), DIGITS)


@lru_cache(maxsize=16)
def _quantiles(card: CardKnown) -> tuple[Tensor, Tensor]:
    """Return scores, and the shares below them: made once, since it takes longer than to look a score up."""
    shares, scores = np.array(card.quantiles).T
    return scores, shares

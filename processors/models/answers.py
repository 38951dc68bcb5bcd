"""A model's outputs into answers that a caller understands."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.results import EmbeddingAnswer, Label, LabelsAnswer

CONFIDENCE_DIGITS = 6

Vector = npt.NDArray[Any]


def labels_answer(
    model: str, probabilities: Vector, names: Sequence[str], *, max_labels: int, min_confidence: float
) -> LabelsAnswer:
    """Return the labels at or above ``min_confidence``, the best first, ``max_labels`` at most; always the best one."""
    # Stable: of equal probabilities the earlier class comes first, in every run and on every machine.
    best = np.argsort(-probabilities, kind="stable")[:max_labels]
    kept = [number for number in best if probabilities[number] >= min_confidence] or [best[0]]
    return LabelsAnswer(
        model=model,
        labels=tuple(Label(name=names[number], confidence=_confidence(probabilities[number])) for number in kept),
    )


def embedding_answer(model: str, embedding: Vector) -> EmbeddingAnswer:
    """Return ``embedding``, scaled to length one, as signed bytes: each component times 127, rounded.

    That is a quarter of its size as floats.
    """
    values = embedding.astype(np.float64)
    length = float(np.linalg.norm(values)) or 1.0
    quantised = np.rint(values / length * 127).astype(np.int8)
    return EmbeddingAnswer(
        model=model, dimensions=quantised.size, values=base64.b64encode(quantised.tobytes()).decode()
    )


def softmax(logits: Vector) -> Vector:
    """Return probabilities along the last axis, in 32 bits at least."""
    logits = logits.astype(np.promote_types(logits.dtype, np.float32))
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: Vector = shifted / shifted.sum(axis=-1, keepdims=True)
    return probabilities


def _confidence(probability: float) -> float:
    """Rounding inside a model may leave 0 to 1 by a hair."""
    return round(min(1.0, max(0.0, float(probability))), CONFIDENCE_DIGITS)

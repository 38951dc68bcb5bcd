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
    count = min(max_labels, len(names))
    best = np.argpartition(probabilities, -count)[-count:]
    best = best[np.argsort(-probabilities[best], kind="stable")]
    kept = [number for number in best if probabilities[number] >= min_confidence] or [best[0]]
    return LabelsAnswer(
        model=model,
        labels=tuple(
            Label(name=names[number], confidence=round(min(1.0, float(probabilities[number])), CONFIDENCE_DIGITS))
            for number in kept
        ),
    )


def embedding_answer(model: str, embedding: Vector) -> EmbeddingAnswer:
    """Return a vector at unit length as signed bytes: each component times 127, rounded; a quarter of its floats' size.

    A vector of length zero has no direction and stays zero.
    """
    length = float(np.linalg.norm(embedding)) or 1.0
    quantised = np.clip(np.rint(embedding * (127 / length)), -127, 127).astype(np.int8)
    return EmbeddingAnswer(
        model=model, dimensions=quantised.size, values=base64.b64encode(quantised.tobytes()).decode()
    )


def softmax(logits: Vector) -> Vector:
    """Return probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: Vector = shifted / shifted.sum(axis=-1, keepdims=True)
    return probabilities

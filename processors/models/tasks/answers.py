"""A model's outputs into answers that a caller understands."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.images import DEFAULT_OPTIONS, LabelOptions, ObjectOptions
from schemas.results import (
    Box,
    DetectedObject,
    EmbeddingAnswer,
    Label,
    LabelsAnswer,
    ObjectsAnswer,
    TextAnswer,
    TextLine,
)

CONFIDENCE_DIGITS = 6
BOX_DIGITS = 6

Vector = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class LabelRules:
    """Which labels are told: never one below ``floor``; the others hold where the caller says nothing else."""

    floor: float
    min_confidence: float
    max_labels: int


def labels_answer(
    model: str,
    probabilities: Vector,
    names: Sequence[str],
    rules: LabelRules,
    options: LabelOptions = DEFAULT_OPTIONS.labels,
) -> LabelsAnswer:
    """Return the labels that are wanted, the best first; always the best one where the caller asks for no others."""
    # Stable: of equal probabilities the earlier class comes first, in every run and on every machine.
    best = np.argsort(-probabilities, kind="stable")
    if options != DEFAULT_OPTIONS.labels:
        kept = _chosen(best, probabilities, names, rules, options)
    else:
        least = max(rules.floor, rules.min_confidence)
        kept = [number for number in best[: rules.max_labels] if probabilities[number] >= least] or [best[0]]
    return LabelsAnswer(
        model=model,
        labels=tuple(Label(name=names[number], confidence=_confidence(probabilities[number])) for number in kept),
    )


def _chosen(
    best: Vector, probabilities: Vector, names: Sequence[str], rules: LabelRules, options: LabelOptions
) -> list[int]:
    least = max(rules.floor, rules.min_confidence if options.min_confidence is None else options.min_confidence)
    wanted = (number for number in best if probabilities[number] >= least and is_wanted(names[number], options))
    return list(islice(wanted, options.max_labels or rules.max_labels))


def is_wanted(name: str, options: LabelOptions | ObjectOptions) -> bool:
    """Whether the caller's filters let this name through; neither upper nor lower case matters to them."""
    folded = name.casefold()
    if any(folded == excluded.casefold() for excluded in options.exclude):
        return False
    return not options.include or any(folded == included.casefold() for included in options.include)


def objects_answer(model: str, names: Sequence[str], confidences: Vector, boxes: Vector) -> ObjectsAnswer:
    """Return objects as they come, boxes being left, top, right and bottom as ratios of the image."""
    rows = zip(names, confidences, boxes.round(BOX_DIGITS).tolist(), strict=True)
    return ObjectsAnswer(
        model=model,
        objects=tuple(
            DetectedObject(name=name, confidence=_confidence(confidence), box=_box(*corners))
            for name, confidence, corners in rows
        ),
    )


def _box(left: float, top: float, right: float, bottom: float) -> Box:
    width, height = round(right - left, BOX_DIGITS), round(bottom - top, BOX_DIGITS)
    return Box(left=left, top=top, width=width, height=height)


def text_answer(model: str, texts: Sequence[str], confidences: Sequence[float], corners: Vector) -> TextAnswer:
    """Return lines as they come, ``corners`` being ``[lines, 4, 2]``: ratios of the image, which they may leave."""
    within = corners.clip(0.0, 1.0).round(BOX_DIGITS)
    lines = tuple(
        TextLine(
            text=text,
            confidence=_confidence(confidence),
            box=_box(*quadrangle.min(axis=0).tolist(), *quadrangle.max(axis=0).tolist()),
            corners=quadrangle.tolist(),
        )
        for text, confidence, quadrangle in zip(texts, confidences, within, strict=True)
    )
    return TextAnswer(model=model, text="\n".join(texts), lines=lines)


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


def log_probabilities(probabilities: Vector) -> Vector:
    """Return logarithms, in 32 bits at least: ``softmax`` makes the same probabilities of them again."""
    wide = probabilities.astype(np.promote_types(probabilities.dtype, np.float32))
    logarithms: Vector = np.log(wide.clip(np.finfo(wide.dtype).tiny))
    return logarithms


def sigmoid(logits: Vector) -> Vector:
    """Return each number's own probability."""
    # By way of tanh, which never overflows.
    probabilities: Vector = (np.tanh(logits / 2) + 1) / 2
    return probabilities


def _confidence(probability: float) -> float:
    """Rounding inside a model may leave 0 to 1 by a hair."""
    return round(min(1.0, max(0.0, float(probability))), CONFIDENCE_DIGITS)

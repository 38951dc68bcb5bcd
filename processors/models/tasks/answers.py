"""A model's outputs into answers that a caller understands."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from processors.labels.tree import LabelTree, rounded_confidence
from schemas.answers import (
    Box,
    DetectedObject,
    EmbeddingAnswer,
    Face,
    FacesAnswer,
    LabelsAnswer,
    ModerationAnswer,
    ModerationCategory,
    ObjectsAnswer,
)
from schemas.images import DEFAULT_OPTIONS, LabelOptions, ObjectOptions

BOX_DIGITS = 6

Vector = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class LabelRules:
    """Which labels are told: never one below ``floor``; the others hold where the caller says nothing else."""

    floor: float
    min_confidence: float
    max_labels: int
    min_tree_confidence: float


def labels_answer(
    model: str,
    probabilities: Vector,
    rules: LabelRules,
    tree: LabelTree,
    options: LabelOptions = DEFAULT_OPTIONS.labels,
    known: float | None = None,
) -> LabelsAnswer:
    """Return the labels that are wanted, the best first; always the best one where the caller asks for no others.

    What stands above them in the ``tree`` is as sure as the whole model makes it, and not only the labels returned.
    """
    if options != DEFAULT_OPTIONS.labels:
        kept = _chosen(probabilities, rules, tree, options)
    else:
        likely = _best(probabilities, max(rules.floor, rules.min_confidence))
        kept = likely[: rules.max_labels] or [int(probabilities.argmax())]
    least = max(rules.floor, _or(options.min_confidence, rules.min_tree_confidence))
    return LabelsAnswer(
        model=model,
        labels=tuple(tree.label(number, rounded_confidence(probabilities[number])) for number in kept),
        label_tree=tree.nodes(probabilities, least, options),
        categories=tree.categories(probabilities, least, options),
        known=known,
    )


def _chosen(probabilities: Vector, rules: LabelRules, tree: LabelTree, options: LabelOptions) -> list[int]:
    least = max(rules.floor, _or(options.min_confidence, rules.min_confidence))
    filtered = tree.wanted(options)
    wanted = [number for number in _best(probabilities, least) if filtered[number]]
    return wanted[: options.max_labels or rules.max_labels]


def _best(probabilities: Vector, least: float) -> list[int]:
    """Return which are at least as likely, the likeliest first.

    Of equal probabilities the earlier class comes first, in every run and on every machine.
    """
    likely = np.flatnonzero(probabilities >= least)
    order: list[int] = likely[np.argsort(-probabilities[likely], kind="stable")].tolist()
    return order


def _or(asked: float | None, default: float) -> float:
    return default if asked is None else asked


def objects_answer(
    model: str,
    tree: LabelTree,
    classes: Vector,
    confidences: Vector,
    boxes: Vector,
    options: ObjectOptions = DEFAULT_OPTIONS.objects,
) -> ObjectsAnswer:
    """Return objects as they come, of the classes of the ``tree``; boxes are left, top, right, bottom as ratios."""
    rows = zip(classes, confidences, boxes.round(BOX_DIGITS).tolist(), strict=True)
    surest = np.zeros(len(tree.labels))
    np.maximum.at(surest, classes, confidences)
    return ObjectsAnswer(
        model=model,
        objects=tuple(
            DetectedObject(name=tree.labels[number], confidence=rounded_confidence(confidence), box=box_of(*corners))
            for number, confidence, corners in rows
        ),
        label_tree=tree.nodes(surest, 0.0, options),
        categories=tree.categories(surest, 0.0),
    )


def faces_answer(model: str, confidences: Vector, boxes: Vector) -> FacesAnswer:
    """Return faces as they come, boxes as ``objects_answer`` takes them."""
    rows = zip(confidences, boxes.round(BOX_DIGITS).tolist(), strict=True)
    faces = tuple(Face(confidence=rounded_confidence(confidence), box=box_of(*corners)) for confidence, corners in rows)
    return FacesAnswer(model=model, faces=faces)


def moderation_answer(model: str, rows: Iterable[tuple[str, str | None, float]]) -> ModerationAnswer:
    """Return categories as they come: name, the category above it, confidence."""
    categories = tuple(
        ModerationCategory(name=name, parent=parent, confidence=rounded_confidence(confidence))
        for name, parent, confidence in rows
    )
    return ModerationAnswer(model=model, categories=categories)


def box_of(left: float, top: float, right: float, bottom: float, digits: int = BOX_DIGITS) -> Box:
    """Return the box between two corners, which are rounded already."""
    width, height = round(right - left, digits), round(bottom - top, digits)
    return Box(left=left, top=top, width=width, height=height)


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

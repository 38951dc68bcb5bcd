"""How much two answers to one picture are alike."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from processors.models.card import Tolerance
from processors.models.feature_model import Answer, Answers
from processors.models.verification.verdict import RunComparison
from schemas.answers import (
    Box,
    DetectedObject,
    EmbeddingAnswer,
    Face,
    FacesAnswer,
    FailedFeature,
    LabelsAnswer,
    ModerationAnswer,
    ObjectsAnswer,
)

# What must be found either way: less sure objects come and go with the last digit.
SURE = 0.5
IOU = 0.5

Found = DetectedObject | Face


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two answers to one picture, compared: whether they say the same, and how far their numbers lie apart."""

    same: bool
    confidence: float | None = None
    cosine: float | None = None


@dataclass
class Tally:
    """The likeness of many pictures, and what becomes of it by a card's tolerance."""

    what: str
    tolerance: Tolerance
    pictures: int = 0
    same: int = 0
    confidences: list[float] = field(default_factory=list)
    cosines: list[float] = field(default_factory=list)

    def add(self, ours: Answers, theirs: Answers) -> None:
        """Count one picture; every feature must be alike for the picture to be."""
        found = [compare(ours[feature], theirs[feature]) for feature in ours if feature in theirs]
        self.pictures += 1
        self.same += all(one.same for one in found)
        self.confidences += [one.confidence for one in found if one.confidence is not None]
        self.cosines += [one.cosine for one in found if one.cosine is not None]

    def close(self) -> RunComparison:
        """Return the comparison; there must have been a picture."""
        agreement = self.same / self.pictures
        confidence = max(self.confidences, default=None)
        cosine = min(self.cosines, default=None)
        return RunComparison(
            what=self.what,
            pictures=self.pictures,
            agreement=agreement,
            confidence=confidence,
            cosine=cosine,
            passed=agreement >= self.tolerance.agreement
            and (confidence or 0.0) <= self.tolerance.confidence
            and (1.0 if cosine is None else cosine) >= self.tolerance.cosine,
        )


def compare(ours: Answer, theirs: Answer) -> Likeness:
    """Return how much two answers to the same question are alike; a failure is like nothing."""
    if isinstance(ours, LabelsAnswer) and isinstance(theirs, LabelsAnswer):
        return _compare_labels(ours, theirs)
    if isinstance(ours, EmbeddingAnswer) and isinstance(theirs, EmbeddingAnswer):
        return Likeness(same=ours.dimensions == theirs.dimensions, cosine=_cosine(ours, theirs))
    if isinstance(ours, ObjectsAnswer) and isinstance(theirs, ObjectsAnswer):
        return _compare_boxes(ours.objects, theirs.objects)
    if isinstance(ours, FacesAnswer) and isinstance(theirs, FacesAnswer):
        return _compare_boxes(ours.faces, theirs.faces)
    if isinstance(ours, ModerationAnswer) and isinstance(theirs, ModerationAnswer):
        return _compare_categories(ours, theirs)
    return Likeness(same=not isinstance(ours, FailedFeature) and _content(ours) == _content(theirs))


def _content(answer: Answer) -> dict[str, Any]:
    return answer.model_dump(exclude={"model"})


def _compare_labels(ours: LabelsAnswer, theirs: LabelsAnswer) -> Likeness:
    mine, others = _confidences(ours), _confidences(theirs)
    apart = max(abs(mine.get(name, 0.0) - others.get(name, 0.0)) for name in {*mine, *others})
    return Likeness(same=ours.labels[0].name == theirs.labels[0].name, confidence=apart)


def _compare_categories(ours: ModerationAnswer, theirs: ModerationAnswer) -> Likeness:
    mine, others = ({one.name: one.confidence for one in answer.categories} for answer in (ours, theirs))
    apart = max((abs(mine[name] - others[name]) for name in mine.keys() & others.keys()), default=0.0)
    return Likeness(same=mine.keys() == others.keys(), confidence=apart)


def _compare_boxes(ours: Sequence[Found], theirs: Sequence[Found]) -> Likeness:
    """Match each with the surest of the same name that lies where it does; one without a match is missing."""
    left = list(theirs)
    apart, missing = 0.0, 0
    for one in ours:
        match = next((other for other in left if _is_same(one, other)), None)
        if match is None:
            missing += one.confidence >= SURE
            continue
        left.remove(match)
        apart = max(apart, abs(one.confidence - match.confidence))
    missing += sum(other.confidence >= SURE for other in left)
    return Likeness(same=not missing, confidence=apart)


def _is_same(one: Found, other: Found) -> bool:
    names = [found.name if isinstance(found, DetectedObject) else None for found in (one, other)]
    return names[0] == names[1] and _overlap(one.box, other.box) >= IOU


def _overlap(one: Box, other: Box) -> float:
    """Return the intersection of two boxes over their union."""
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    shared = max(0.0, width) * max(0.0, height)
    union = one.width * one.height + other.width * other.height - shared
    return shared / union if union else 0.0


def _confidences(answer: LabelsAnswer) -> Mapping[str, float]:
    return {label.name: label.confidence for label in answer.labels}


def _cosine(ours: EmbeddingAnswer, theirs: EmbeddingAnswer) -> float | None:
    if ours.dimensions != theirs.dimensions:
        return None
    mine, other = (np.frombuffer(base64.b64decode(one.values), np.int8).astype(float) for one in (ours, theirs))
    lengths = float(np.linalg.norm(mine) * np.linalg.norm(other))
    return float(mine @ other) / lengths if lengths else 1.0

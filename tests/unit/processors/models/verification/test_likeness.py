"""How far two answers lie apart, and what a card's tolerance makes of it."""

import base64

import numpy as np
import pytest

from processors.models.card import Tolerance
from processors.models.feature_model import Answer, model_failed
from processors.models.verification.likeness import Tally, compare
from schemas.answers import (
    Box,
    DetectedObject,
    EmbeddingAnswer,
    Face,
    FacesAnswer,
    HashAnswer,
    Label,
    LabelsAnswer,
    ModerationAnswer,
    ModerationCategory,
    ObjectsAnswer,
)
from schemas.images import Feature


def labels(**confidences: float) -> LabelsAnswer:
    return LabelsAnswer(
        model="a@1", labels=tuple(Label(name=name, confidence=value) for name, value in confidences.items())
    )


def embedding(*values: int) -> EmbeddingAnswer:
    encoded = base64.b64encode(np.array(values, np.int8).tobytes()).decode()
    return EmbeddingAnswer(model="a@1", dimensions=len(values), values=encoded)


def objects(*found: tuple[str, float, float]) -> ObjectsAnswer:
    """Return objects by name, confidence and left edge."""
    return ObjectsAnswer(
        model="a@1",
        objects=tuple(
            DetectedObject(name=name, confidence=confidence, box=Box(left=left, top=0, width=0.2, height=0.2))
            for name, confidence, left in found
        ),
    )


def test_labels_are_the_same_where_the_best_is_and_the_largest_difference_counts() -> None:
    found = compare(labels(cat=0.7, dog=0.2), labels(cat=0.6, dog=0.25, owl=0.04))
    assert (found.same, found.confidence) == (True, pytest.approx(0.1))


def test_another_best_label_is_another_answer() -> None:
    assert not compare(labels(cat=0.51, dog=0.49), labels(dog=0.51, cat=0.49)).same


def test_embeddings_are_compared_by_their_angle() -> None:
    assert compare(embedding(100, 0), embedding(50, 0)).cosine == pytest.approx(1)
    assert compare(embedding(100, 0), embedding(70, 70)).cosine == pytest.approx(0.7071, abs=1e-4)
    assert not compare(embedding(1, 0), embedding(1, 0, 0)).same


def test_objects_are_matched_by_name_and_place() -> None:
    found = compare(objects(("cup", 0.9, 0.1), ("cup", 0.8, 0.6)), objects(("cup", 0.85, 0.61), ("cup", 0.88, 0.1)))
    assert (found.same, found.confidence) == (True, pytest.approx(0.05))


def test_categories_of_moderation_must_be_the_same_and_their_confidences_near() -> None:
    def told(**confidences: float) -> ModerationAnswer:
        rows = [ModerationCategory(name=name, confidence=one) for name, one in confidences.items()]
        return ModerationAnswer(model="a@1", categories=tuple(rows))

    assert compare(told(), told()).same
    found = compare(told(explicit=0.9, nudity=0.8), told(explicit=0.85, nudity=0.79))
    assert (found.same, found.confidence) == (True, pytest.approx(0.05))
    assert not compare(told(explicit=0.9), told()).same
    assert not compare(told(explicit=0.9), told(violence=0.9)).same


def test_faces_are_matched_by_place_and_faint_ones_may_come_and_go() -> None:
    def faces(*found: tuple[float, float]) -> FacesAnswer:
        boxes = [(confidence, Box(left=left, top=0, width=0.2, height=0.2)) for confidence, left in found]
        return FacesAnswer(model="a@1", faces=tuple(Face(confidence=one, box=box) for one, box in boxes))

    found = compare(faces((0.9, 0.1), (0.4, 0.7)), faces((0.85, 0.11)))
    assert (found.same, found.confidence) == (True, pytest.approx(0.05))
    assert not compare(faces((0.9, 0.1)), faces((0.9, 0.6))).same
    assert not compare(faces((0.9, 0.1)), faces()).same
    assert compare(faces(), faces()).same


@pytest.mark.parametrize(
    "other", [objects(), objects(("cup", 0.9, 0.5)), objects(("mug", 0.9, 0.1)), objects(("cup", 0.9, 0.1))]
)
def test_a_sure_object_that_is_missing_or_more_is_another_answer(other: ObjectsAnswer) -> None:
    ours = objects(("cup", 0.9, 0.1))
    assert compare(ours, other).same is (other == ours)
    assert compare(other, ours).same is (other == ours)


def test_an_unsure_object_may_come_and_go() -> None:
    assert compare(objects(("cup", 0.3, 0.1)), objects()).same


@pytest.mark.parametrize("ours", [labels(cat=1.0), embedding(1, 0), objects(), model_failed("a@1", "why")])
def test_a_failure_is_like_nothing(ours: Answer) -> None:
    assert not compare(ours, model_failed("a@1", "why")).same


def test_what_is_computed_is_the_same_or_not() -> None:
    first = HashAnswer(model="a@1", perceptual="0" * 16)
    assert compare(first, HashAnswer(model="b@2", perceptual="0" * 16)).same
    assert not compare(first, HashAnswer(model="a@1", perceptual="1" * 16)).same


@pytest.mark.parametrize(
    ("tolerance", "passed"),
    [
        (Tolerance(confidence=0.61, agreement=0.5, cosine=0.9), True),
        (Tolerance(confidence=0.59, agreement=0.5, cosine=0.9), False),
        (Tolerance(confidence=0.61, agreement=0.6, cosine=0.9), False),
        (Tolerance(confidence=0.61, agreement=0.5, cosine=1), False),
    ],
)
def test_a_comparison_passes_within_every_tolerance(tolerance: Tolerance, passed: bool) -> None:
    tally = Tally("one against another", tolerance)
    vectors = embedding(100, 0), embedding(100, 10)
    for ours, theirs in ((labels(cat=0.6), labels(cat=0.5)), (labels(cat=0.6), labels(dog=0.6, cat=0.6))):
        tally.add(
            {Feature.LABELS: ours, Feature.EMBEDDING: vectors[0]},
            {Feature.LABELS: theirs, Feature.EMBEDDING: vectors[1]},
        )
    found = tally.close()
    assert (found.pictures, found.agreement) == (2, 0.5)
    assert found.passed is passed

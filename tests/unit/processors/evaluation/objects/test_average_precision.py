"""Average precision is the one that COCO's own evaluation gives for the same boxes."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from processors.evaluation.objects.average_precision import (
    MOST_BOXES,
    Truths,
    average_precisions,
    match,
)

KINDS = 3
WIDTH, HEIGHT = 640, 480


@dataclass(frozen=True)
class Drawn:
    """Boxes in pixels of one picture: true ones with kind and crowd, found ones with kind and score."""

    true: Sequence[tuple[int, Sequence[float], bool]]
    found: Sequence[tuple[int, Sequence[float], float]]


def drawn(seed: int, pictures: int, scores: int = 1000) -> list[Drawn]:
    """Pictures with some objects, found well, badly, several times or not at all; few ``scores`` make many ties."""
    random = np.random.default_rng(seed)
    return [_drawn(random, scores) for _ in range(pictures)]


def _drawn(random: np.random.Generator, scores: int) -> Drawn:
    true, found = [], []
    for _ in range(random.integers(0, 6)):
        kind = int(random.integers(1, KINDS + 1))
        box = [float(value) for value in random.uniform((0, 0, 20, 20), (400, 300, 200, 150))]
        true.append((kind, box, bool(random.random() < 0.15)))
        for _ in range(random.integers(0, 3)):
            told = kind if random.random() < 0.9 else int(random.integers(1, KINDS + 1))
            moved = [value + shift for value, shift in zip(box, random.normal(0, 12, 4), strict=True)]
            found.append((told, [*moved[:2], max(1.0, moved[2]), max(1.0, moved[3])], score(random, scores)))
    for _ in range(random.integers(0, 3)):
        box = [float(value) for value in random.uniform((0, 0, 20, 20), (400, 300, 200, 150))]
        found.append((int(random.integers(1, KINDS + 1)), box, score(random, scores)))
    return Drawn(true, found)


def score(random: np.random.Generator, scores: int) -> float:
    return float(random.integers(1, scores + 1)) / scores


def ours(pictures: Sequence[Drawn]) -> tuple[float, float]:
    """Return mAP at 0.5 and from there to 0.95."""
    aps = []
    for kind in range(1, KINDS + 1):
        matched = []
        for picture in pictures:
            true = [(corners(box), crowd) for one, box, crowd in picture.true if one == kind]
            found = [(corners(box), told) for one, box, told in picture.found if one == kind]
            boxes = np.array([box for box, _ in found], np.float64).reshape(-1, 4)
            objects = np.array([box for box, _ in true], np.float64).reshape(-1, 4)
            crowds = np.array([crowd for _, crowd in true], bool)
            matched.append(match(boxes, np.array([told for _, told in found], np.float64), Truths(objects, crowds)))
        if (found_aps := average_precisions(matched)) is not None:
            aps.append(found_aps)
    return float(np.mean([one[0] for one in aps])), float(np.mean(aps))


def corners(box: Sequence[float]) -> list[float]:
    left, top, width, height = box
    return [left / WIDTH, top / HEIGHT, (left + width) / WIDTH, (top + height) / HEIGHT]


def theirs(pictures: Sequence[Drawn]) -> tuple[float, float]:
    truths: list[dict[str, Any]] = [
        {"image_id": at, "category_id": kind, "bbox": list(box), "iscrowd": int(crowd), "area": box[2] * box[3]}
        for at, picture in enumerate(pictures, 1)
        for kind, box, crowd in picture.true
    ]
    results = [
        {"image_id": at, "category_id": kind, "bbox": list(box), "score": told}
        for at, picture in enumerate(pictures, 1)
        for kind, box, told in picture.found
    ]
    known = COCO()
    known.dataset = {
        "images": [{"id": at, "width": WIDTH, "height": HEIGHT} for at in range(1, len(pictures) + 1)],
        "annotations": [{"id": number, **truth} for number, truth in enumerate(truths, 1)],
        "categories": [{"id": kind, "name": str(kind)} for kind in range(1, KINDS + 1)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        known.createIndex()
        evaluation = COCOeval(known, known.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[1]), float(evaluation.stats[0])


def can_be_compared(pictures: Sequence[Drawn]) -> bool:
    """COCO's evaluation takes no empty list of results, and has no mean of nothing."""
    return any(picture.found for picture in pictures) and any(
        not crowd for picture in pictures for _, _, crowd in picture.true
    )


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
@example(7, 60)
def test_it_is_what_cocos_own_evaluation_says(seed: int, pictures: int) -> None:
    made = drawn(seed, pictures)
    if can_be_compared(made):
        assert ours(made) == pytest.approx(theirs(made), abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_many_boxes_of_one_score_are_taken_in_the_same_order(seed: int, pictures: int) -> None:
    made = drawn(seed, pictures, scores=3)
    if can_be_compared(made):
        assert ours(made) == pytest.approx(theirs(made), abs=1e-9)


def test_a_perfect_detector_has_one_and_a_blind_one_nothing() -> None:
    true = Truths(np.array([[0.1, 0.1, 0.4, 0.4], [0.5, 0.5, 0.9, 0.9]]), np.array([False, False]))
    found = average_precisions([match(true.corners, np.array([0.9, 0.8]), true)])
    blind = average_precisions([match(np.zeros((0, 4)), np.zeros(0), true)])
    assert found is not None
    assert blind is not None
    assert found == pytest.approx(np.ones(10))
    assert blind.tolist() == [0.0] * 10


def test_what_no_picture_shows_has_no_average_precision() -> None:
    nothing = Truths(np.zeros((0, 4)), np.zeros(0, bool))
    assert average_precisions([match(np.array([[0, 0, 1, 1.0]]), np.array([0.5]), nothing)]) is None


def test_no_more_boxes_count_than_coco_counts() -> None:
    true = Truths(np.array([[0.0, 0.0, 0.5, 0.5]]), np.array([False]))
    boxes = np.vstack([np.tile([0.6, 0.6, 0.9, 0.9], (MOST_BOXES, 1)), true.corners])
    found = average_precisions([match(boxes, np.linspace(1, 0.1, len(boxes)), true)])
    assert found is not None
    assert found.tolist() == [0.0] * 10

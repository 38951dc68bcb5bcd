"""Outputs become answers: the best first, never none, and an embedding that survives its bytes."""

import base64
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.labels.hierarchy import Hierarchy, Node
from processors.labels.tree import LabelTree
from processors.models.tasks.answers import LabelRules, embedding_answer, labels_answer, softmax
from schemas.images import LabelOptions

TREE = LabelTree(Hierarchy((Node("vowel"), Node("a", ("vowel",)), Node("e", ("vowel",)))), ("a", "b", "c", "d", "e"))


def labels_of(
    *probabilities: float, max_labels: int = 3, min_confidence: float = 0.0, floor: float = 0.0, asked: Any = None
) -> list[tuple[str, float]]:
    """``asked`` is the caller's, the others are the platform's and the model's."""
    given_, rules = np.array(probabilities, np.float32), LabelRules(floor, min_confidence, max_labels, 0.05)
    answer = labels_answer("m@1", given_, rules, TREE, LabelOptions(**(asked or {})))
    return [(label.name, label.confidence) for label in answer.labels]


def test_the_best_come_first_and_no_more_than_asked_for() -> None:
    assert [name for name, _ in labels_of(0.1, 0.4, 0.05, 0.3, 0.15)] == ["b", "d", "e"]


def test_of_equals_the_earlier_class_comes_first() -> None:
    assert [name for name, _ in labels_of(0.1, 0.3, 0.3, 0.1, 0.2, max_labels=5)] == ["b", "c", "e", "a", "d"]
    assert [name for name, _ in labels_of(0.2, 0.2, 0.2, 0.2, 0.2)] == ["a", "b", "c"]


def test_more_labels_than_there_are_classes_are_all_of_them() -> None:
    assert len(labels_of(0.2, 0.2, 0.2, 0.2, 0.2, max_labels=100)) == 5


def test_labels_below_the_least_confidence_are_left_out() -> None:
    assert [name for name, _ in labels_of(0.5, 0.3, 0.1, 0.05, 0.05, min_confidence=0.3)] == ["a", "b"]


def test_the_best_label_is_kept_however_unsure_it_is() -> None:
    assert [name for name, _ in labels_of(0.2, 0.3, 0.2, 0.2, 0.1, min_confidence=0.9)] == ["b"]


def test_confidences_that_rounding_pushed_over_the_edge_are_pulled_back() -> None:
    told = labels_of(1.0000001, -1e-9, -1e-9, -1e-9, -1e-9, min_confidence=-1, floor=-1)
    assert told == [
        ("a", 1.0),
        ("b", 0.0),
        ("c", 0.0),
    ]


SURE = (0.5, 0.3, 0.1, 0.06, 0.04)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"max_labels": 5}, "abcde"),
        ({"max_labels": 1}, "a"),
        ({"min_confidence": 0.3}, "ab"),
        ({"min_confidence": 0.9}, ""),
        ({"include": ["B", "e"]}, "be"),
        ({"exclude": ["A"]}, "bcd"),
        ({"include": ["a", "b"], "exclude": ["a"]}, "b"),
        ({"include": ["nothing of the kind"]}, ""),
    ],
)
def test_a_caller_gets_what_was_asked_for_and_nothing_else(asked: dict[str, Any], told: str) -> None:
    assert "".join(name for name, _ in labels_of(*SURE, asked=asked)) == told


def test_no_caller_gets_labels_below_what_the_model_means() -> None:
    assert [name for name, _ in labels_of(*SURE, floor=0.2, asked={"min_confidence": 0.0, "max_labels": 5})] == [
        "a",
        "b",
    ]


vectors = st.lists(st.floats(-1e3, 1e3, width=32), min_size=2, max_size=300).map(lambda v: np.array(v, np.float32))


def decoded(values: str) -> npt.NDArray[np.float64]:
    return np.frombuffer(base64.b64decode(values), np.int8) / 127


@given(vectors)
def test_an_embedding_comes_back_within_half_a_step(vector: npt.NDArray[np.float32]) -> None:
    answer = embedding_answer("m@1", vector)
    length = np.linalg.norm(vector.astype(np.float64))
    unit = vector / length if length else np.zeros(len(vector))
    assert answer.dimensions == len(vector)
    assert np.abs(decoded(answer.values) - unit).max() <= 0.5 / 127 + 1e-6


def test_the_angle_between_embeddings_survives_their_bytes() -> None:
    chance = np.random.default_rng(3)
    for _ in range(50):
        unit = chance.normal(size=256)
        unit /= np.linalg.norm(unit)
        back = decoded(embedding_answer("m@1", unit.astype(np.float32)).values)
        assert back @ unit / np.linalg.norm(back) > 0.999


def test_an_embedding_of_nothing_is_nothing() -> None:
    assert not decoded(embedding_answer("m@1", np.zeros(8, np.float32)).values).any()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_softmax_stays_finite_for_large_logits(dtype: type) -> None:
    probabilities = softmax(np.array([[1e4, 1e4, 0], [-1e4, 0, 1]], dtype))
    assert probabilities.sum(axis=-1) == pytest.approx([1, 1])
    assert probabilities[0] == pytest.approx([0.5, 0.5, 0])

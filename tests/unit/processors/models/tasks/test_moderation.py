"""Any classifier answers moderation by its card: classes into a taxonomy of two levels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.models.feature_model import FeatureRequest
from processors.models.moderation_card import CardModeration
from processors.models.runtime.session import OnnxSession
from processors.models.tasks.classifier import Classifier
from processors.models.tasks.moderation import Moderator
from schemas.answers import FailedFeature, LabelsAnswer, ModerationAnswer
from schemas.images import Feature, FeatureOptions, ModerationOptions
from tests.fakes.models import COLOURS, SIDE, add_colours, colour_model

LABELS = ("drawing", "nude", "swimwear", "gore", "gun", "plain")
ROWS: list[dict[str, Any]] = [
    {"name": "Nudity", "parent": "Explicit", "classes": ["nude"]},
    {"name": "Swimwear", "parent": "Suggestive", "classes": ["swimwear"], "min_confidence": 0.8},
    {"name": "Violence", "classes": ["gore"]},
    {"name": "Weapons", "parent": "Violence", "classes": ["gun"]},
]


def judge(
    confidences: dict[str, float], *, multi_label: bool = False, least: float | None = None, floor: float = 0.0
) -> list[tuple[str, str | None, float]]:
    rules = CardModeration.model_validate({"categories": ROWS, "min_confidence": 0.5})
    numbers = np.array([confidences.get(label, 0.0) for label in LABELS], np.float32)
    moderator = Moderator(rules, LABELS, multi_label=multi_label)
    answer = moderator.judge("judge@1", numbers, ModerationOptions(min_confidence=least), floor)
    assert answer.model == "judge@1"
    return [(one.name, one.parent, round(one.confidence, 4)) for one in answer.categories]


@pytest.mark.parametrize(
    ("confidences", "told"),
    [
        ({"plain": 1.0}, []),
        ({"drawing": 0.9, "nude": 0.1}, []),
        ({"nude": 0.7}, [("Explicit", None, 0.7), ("Nudity", "Explicit", 0.7)]),
        ({"swimwear": 0.7}, [("Suggestive", None, 0.7)]),
        ({"swimwear": 0.8}, [("Suggestive", None, 0.8), ("Swimwear", "Suggestive", 0.8)]),
        ({"gore": 0.3, "gun": 0.3}, [("Violence", None, 0.6)]),
        ({"gun": 0.6}, [("Violence", None, 0.6), ("Weapons", "Violence", 0.6)]),
        ({"gore": 0.49}, []),
    ],
)
def test_categories_are_told_from_their_thresholds_on(
    confidences: dict[str, float], told: list[tuple[str, str | None, float]]
) -> None:
    assert judge(confidences) == told


def test_classes_that_do_not_exclude_each_other_are_never_added_up() -> None:
    assert judge({"gore": 0.4, "gun": 0.4}, multi_label=True) == []
    assert judge({"gore": 0.6, "gun": 0.9}, multi_label=True) == [
        ("Violence", None, 0.9),
        ("Weapons", "Violence", 0.9),
    ]


def test_a_caller_sets_another_threshold_for_all_but_never_one_below_what_the_model_means() -> None:
    assert [name for name, *_ in judge({"nude": 0.2}, least=0.1)] == ["Explicit", "Nudity"]
    assert judge({"nude": 0.7}, least=0.9) == []
    assert [name for name, *_ in judge({"swimwear": 0.6}, least=0.5)] == ["Suggestive", "Swimwear"]
    assert judge({"nude": 0.2}, least=0.0, floor=0.3) == []


@given(st.lists(st.floats(0, 1, width=32), min_size=6, max_size=6), st.booleans(), st.floats(0.01, 1))
def test_whatever_a_model_says_the_answer_is_in_order_and_holds_together(
    scores: list[float], multi_label: bool, least: float
) -> None:
    total = 1.0 if multi_label else max(sum(scores), 1.0)
    told = judge(dict(zip(LABELS, [one / total for one in scores], strict=True)), multi_label=multi_label, least=least)
    confidences = {name: confidence for name, _, confidence in told}
    assert list(confidences.values()) == sorted(confidences.values(), reverse=True)
    for name, parent, confidence in told:
        assert parent is None or confidences[parent] >= confidence, name
    names = [name for name, *_ in told]
    assert all(parent is None or names.index(parent) < names.index(name) for name, parent, _ in told)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([], "at least 1 item"),
        ([{"name": "A", "classes": []}], "at least 1 item"),
        ([{"name": "A", "classes": ["x"], "treshold": 1}], "Extra inputs are not permitted"),
        ([{"name": "A", "classes": ["x"]}, {"name": "a", "classes": ["y"]}], "a stands there twice"),
        ([{"name": "A", "classes": ["x"]}, {"name": "B", "classes": ["x"]}], "the class x stands for two"),
        ([{"name": "A", "classes": ["x", "x"]}], "the class x stands for two"),
        (
            [{"name": "A", "parent": "B", "classes": ["x"]}, {"name": "C", "parent": "b", "classes": ["y"]}],
            "b is written in two ways",
        ),
        (
            [{"name": "A", "parent": "B", "classes": ["x"]}, {"name": "B", "parent": "C", "classes": ["y"]}],
            "B has a parent and is one: the taxonomy has two levels",
        ),
        ([{"name": "A", "parent": "A", "classes": ["x"]}], "two levels"),
        ([{"name": " A", "classes": ["x"]}], "pattern"),
    ],
)
def test_a_table_that_means_nothing_is_told(rows: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        CardModeration.model_validate({"categories": rows})


def colours(folder: Path, rows: list[dict[str, Any]], operator: str | None = None) -> Classifier:
    rules = CardModeration.model_validate({"categories": rows})
    files = add_colours(folder, model=colour_model(operator), moderation=rules).load("colours", 2)
    return Classifier(files, OnnxSession(files.onnx), ModelSettings())


def shown(classifier: Classifier, *colour: int) -> DecodedImage:
    """Return an image of one colour: red, green, blue."""
    return DecodedImage({classifier.view: np.full((SIDE, SIDE, 3), colour, np.uint8)}, SIDE, SIDE, "PNG")


def test_a_classifier_answers_moderation_beside_labels_and_by_itself(tmp_path: Path) -> None:
    rows = [{"name": "Danger", "parent": "Alarm", "classes": ["red"]}]
    classifier = colours(tmp_path, rows)
    assert classifier.features == {Feature.LABELS, Feature.EMBEDDING, Feature.MODERATION}
    red = shown(classifier, 250, 0, 0)
    [alone] = classifier.answer([red], [FeatureRequest([Feature.MODERATION])])
    assert alone.keys() == {Feature.MODERATION}
    answer = alone[Feature.MODERATION]
    assert isinstance(answer, ModerationAnswer)
    assert [(one.name, one.parent) for one in answer.categories] == [("Alarm", None), ("Danger", "Alarm")]
    [both] = classifier.answer([red], [FeatureRequest([Feature.LABELS, Feature.MODERATION])])
    assert both[Feature.MODERATION] == answer
    labels = both[Feature.LABELS]
    assert isinstance(labels, LabelsAnswer)
    assert labels.labels[0].confidence == answer.categories[1].confidence
    least = FeatureOptions(moderation=ModerationOptions(min_confidence=1.0))
    [none] = classifier.answer([shown(classifier, 0, 0, 250)], [FeatureRequest([Feature.MODERATION], least)])
    nothing = none[Feature.MODERATION]
    assert isinstance(nothing, ModerationAnswer)
    assert nothing.categories == ()


def test_a_class_that_the_model_does_not_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"moderation\.categories: the class pink is none of its labels"):
        colours(tmp_path, [{"name": "Danger", "classes": ["red", "pink"]}])
    assert "pink" not in COLOURS


def test_scores_that_are_no_numbers_cost_only_their_own_image(tmp_path: Path) -> None:
    classifier = colours(tmp_path, [{"name": "Danger", "classes": ["red"]}], "Log")
    [answers] = classifier.answer([shown(classifier, 0, 0, 0)], [FeatureRequest([Feature.MODERATION])])
    assert isinstance(answers[Feature.MODERATION], FailedFeature)

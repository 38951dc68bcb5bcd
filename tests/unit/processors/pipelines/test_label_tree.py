"""The hierarchy in the answers of the real default model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from processors.labels.shipped import shipped_labels
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import LoadedPipeline
from schemas.answers import LabelsAnswer
from schemas.images import Feature, FeatureOptions, LabelOptions


def labels_of(pipeline: LoadedPipeline, picture: Path, **options: Any) -> LabelsAnswer:
    image = pipeline.decode(picture.read_bytes(), [Feature.LABELS])
    request = FeatureRequest([Feature.LABELS], FeatureOptions(labels=LabelOptions(**options)))
    [answers] = pipeline.answer([image], [request])
    assert isinstance(answers.labels, LabelsAnswer)
    return answers.labels


def test_a_cat_is_an_animal_as_surely_as_all_animals_together(pipeline: LoadedPipeline, pictures: Path) -> None:
    answer = labels_of(pipeline, pictures / "chelsea.jpg")
    sure = {node.name: node.confidence for node in answer.label_tree or ()}
    assert {"animal", "mammal", "cat"} <= sure.keys()
    [probabilities] = pipeline.classifier.probabilities([pipeline.decode((pictures / "chelsea.jpg").read_bytes())])
    hierarchy = shipped_labels().hierarchy
    cats = [number for number, name in enumerate(pipeline.classifier.labels) if "cat" in hierarchy.ancestors(name)]
    assert sure["cat"] == pytest.approx(float(probabilities[cats].sum()), abs=1e-4)
    assert sure["cat"] > max(label.confidence for label in answer.labels)
    assert answer.categories is not None
    assert answer.categories[0].name == "Animals and Pets"
    top = answer.labels[0]
    assert top.parents is not None
    assert "cat" in top.parents
    assert top.categories == ("Animals and Pets",)


def test_filters_follow_the_hierarchy(pipeline: LoadedPipeline, pictures: Path) -> None:
    everything = labels_of(pipeline, pictures / "chelsea.jpg", max_labels=1000, min_confidence=0.0)
    only_cats = labels_of(pipeline, pictures / "chelsea.jpg", include=("cat",), max_labels=1000, min_confidence=0.0)
    no_cats = labels_of(pipeline, pictures / "chelsea.jpg", exclude=("cat",), max_labels=1000, min_confidence=0.0)
    assert len(everything.labels) == 1000
    assert len(only_cats.labels) == 7
    assert len(no_cats.labels) == 993
    assert not {"cat", "tabby"} & {node.name for node in no_cats.label_tree or ()}
    assert np.isclose(sum(label.confidence for label in everything.labels), 1.0, atol=1e-3)


def test_what_the_model_says_stays_as_it_was(pipeline: LoadedPipeline, pictures: Path) -> None:
    answer = labels_of(pipeline, pictures / "coffee.jpg")
    [probabilities] = pipeline.classifier.probabilities([pipeline.decode((pictures / "coffee.jpg").read_bytes())])
    best = np.argsort(-probabilities, kind="stable")[: len(answer.labels)]
    assert [label.name for label in answer.labels] == [pipeline.classifier.labels[number] for number in best]
    assert len(answer.labels) <= 10


def test_a_picture_that_shows_a_little_of_everything_has_a_small_tree(pipeline: LoadedPipeline, pictures: Path) -> None:
    for picture in pictures.glob("*.jpg"):
        assert len(labels_of(pipeline, picture, min_confidence=0.0).label_tree or ()) <= 32

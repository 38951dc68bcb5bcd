"""The default detector as `make setup` has fetched and built it: it knows a cat."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from infra.settings.settings import Settings
from processors.imaging.decoding.decode import DecodedImage, decode
from processors.models.default.nanodet.install import DEFAULT_MIN_CONFIDENCE, LABELS, MODEST_VERSION, NAME, VERSION
from processors.models.default.shipped import add_shipped_models
from processors.models.feature_model import FeatureModel, FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.repository import MODEL_FILE, ModelRepository
from processors.pictures import DEMO_PICTURES
from schemas.answers import DetectedObject, ObjectsAnswer
from schemas.images import DEFAULT_OPTIONS, Feature, FeatureOptions, ObjectOptions
from tests.fetched import rebuild


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> ModelRepository:
    return rebuild(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def detector(repository: ModelRepository) -> FeatureModel:
    return load_model(f"{NAME}@{VERSION}", repository, Settings().models)


def test_it_knows_the_classes_of_coco() -> None:
    assert len(set(LABELS)) == 80


@pytest.mark.parametrize(("picture", "name"), [("chelsea", "cat"), ("astronaut", "person"), ("coffee", "cup")])
def test_it_finds_what_the_bundled_pictures_show(detector: FeatureModel, picture: str, name: str) -> None:
    image = decode((DEMO_PICTURES / f"{picture}.jpg").read_bytes(), [detector.view], 10**7)
    [answers] = detector.answer([image], [FeatureRequest([Feature.OBJECTS])])
    found = answers[Feature.OBJECTS]
    assert isinstance(found, ObjectsAnswer)
    [first, *_] = [one for one in found.objects if one.name == name]
    assert first.box.width * first.box.height > 0.05


def test_the_second_card_leaves_out_what_the_first_was_not_sure_of(repository: ModelRepository) -> None:
    first, second = (load_model(f"{NAME}@{version}", repository, Settings().models) for version in (1, MODEST_VERSION))
    below = FeatureOptions(objects=ObjectOptions(min_confidence=0.1))
    for path in sorted(DEMO_PICTURES.glob("*.jpg")):
        image = decode(path.read_bytes(), [first.view], 10**7)
        all_found, sure, asked = (
            found_by(model, image, options)
            for model, options in ((first, DEFAULT_OPTIONS), (second, DEFAULT_OPTIONS), (second, below))
        )
        assert sure == [one for one in all_found if one.confidence >= DEFAULT_MIN_CONFIDENCE]
        assert asked == found_by(first, image, below)
        assert len(asked) > len(sure)


def test_a_detector_that_was_built_before_gets_its_second_card_without_a_network(
    repository: ModelRepository, tmp_path: Path
) -> None:
    shutil.copytree(repository.path(NAME, VERSION), tmp_path / NAME / str(VERSION))
    upgraded = ModelRepository(tmp_path)
    add_shipped_models(upgraded)
    assert upgraded.load(NAME, MODEST_VERSION) == replace(
        repository.load(NAME, MODEST_VERSION), onnx=upgraded.path(NAME, MODEST_VERSION) / MODEL_FILE
    )


def found_by(model: FeatureModel, image: DecodedImage, options: FeatureOptions) -> list[DetectedObject]:
    [answers] = model.answer([image], [FeatureRequest([Feature.OBJECTS], options)])
    found = answers[Feature.OBJECTS]
    assert isinstance(found, ObjectsAnswer)
    return list(found.objects)

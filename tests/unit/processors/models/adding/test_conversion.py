"""A model in fewer bits is a model of its own, agrees with the first, and is told apart from it."""

from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from infra.settings.settings import Settings
from processors.imaging.decoding.decode import DecodedImage, decode
from processors.models.adding.conversion import LEAST_CALIBRATION, Precision, add_converted
from processors.models.repository.repository import ModelRepository
from processors.models.verification.verify import verify
from processors.pictures import DEMO_PICTURES as PICTURES
from tests.fakes.models import add_colours
from tests.fakes.pictures import encoded, scene


def scenes(repository: ModelRepository, count: int) -> list[DecodedImage]:
    view = repository.read_card("colours", 2).input.view
    return [decode(encoded(scene(64, 48, seed=seed), "PNG"), [view], 1_000_000) for seed in range(count)]


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_it_agrees_with_the_model_that_it_is_made_of(tmp_path: Path, precision: Precision) -> None:
    repository = add_colours(tmp_path / "models")
    card = add_converted("colours@2", "colours-small@1", precision, scenes(repository, LEAST_CALIBRATION), repository)
    original = repository.load("colours", 2)
    converted = repository.load("colours-small", 1)
    assert (card.precision, card.reference, converted.labels) == (precision, "colours@2", original.labels)
    assert converted.onnx.read_bytes() != original.onnx.read_bytes()
    verdict = verify(repository, card.id, PICTURES, Settings(home=tmp_path / "home"))
    assert f"{precision} against colours@2" in [comparison.what for comparison in verdict.comparisons]
    assert all(comparison.agreement == 1 for comparison in verdict.comparisons)


def test_too_few_pictures_to_calibrate_on_are_an_error(tmp_path: Path) -> None:
    repository = add_colours(tmp_path)
    with pytest.raises(ConfigurationError, match="int8 is calibrated on 16 pictures or more"):
        add_converted("colours@2", "colours-small@1", "int8", scenes(repository, 3), repository)
    assert repository.list_models() == [("colours", 2)]


def test_a_converted_model_is_not_converted_again(tmp_path: Path) -> None:
    repository = add_colours(tmp_path)
    add_converted("colours@2", "colours-half@1", "fp16", [], repository)
    with pytest.raises(ConfigurationError, match="colours-half@1 is in fp16 already"):
        add_converted("colours-half@1", "colours-quarter@1", "fp16", [], repository)

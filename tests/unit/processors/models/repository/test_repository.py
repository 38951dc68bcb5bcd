"""Models are used only if they are the files that their cards describe."""

import hashlib
import os
from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from processors.models.repository.repository import ModelRepository
from tests.fakes.models import COLOURS, add_colours, colour_model


def test_a_model_is_loaded_with_its_card_and_labels(tmp_path: Path) -> None:
    files = add_colours(tmp_path).load("colours", 2)
    assert (files.card.id, files.labels) == ("colours@2", COLOURS)
    assert files.onnx.read_bytes() == colour_model()


def test_an_altered_model_is_refused_with_the_file_and_both_sums(tmp_path: Path) -> None:
    repository = add_colours(tmp_path)
    path = tmp_path / "colours" / "2" / "model.onnx"
    path.write_bytes(path.read_bytes() + b"!")
    expected = hashlib.sha256(colour_model()).hexdigest()
    found = hashlib.sha256(colour_model() + b"!").hexdigest()
    with pytest.raises(ConfigurationError) as refused:
        repository.load("colours", 2)
    assert str(refused.value).startswith(
        f"{path} is not the file it should be: expected sha256 {expected}, found {found}"
    )


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no model colours@2 in .*: add it, or run `make setup`"):
        ModelRepository(tmp_path).load("colours", 2)


@pytest.mark.parametrize("name", ["model.onnx", "names.txt"])
def test_a_file_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    repository = add_colours(tmp_path)
    (tmp_path / "colours" / "2" / name).unlink()
    with pytest.raises(ConfigurationError, match=f"{name} is missing"):
        repository.load("colours", 2)


def test_a_card_in_another_models_folder_is_refused(tmp_path: Path) -> None:
    repository = add_colours(tmp_path)
    (tmp_path / "colours" / "2").rename(tmp_path / "colours" / "3")
    with pytest.raises(ConfigurationError, match="is the card of colours@2"):
        repository.load("colours", 3)


def test_a_model_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    repository = add_colours(tmp_path)

    def write(_folder: Path) -> None:
        raise AssertionError("it is there already")

    repository.add("colours", 2, write)
    assert repository.load("colours", 2).labels == COLOURS


def test_a_model_that_could_not_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        (folder / "model.onnx").write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        ModelRepository(tmp_path).add("colours", 2, write)
    assert list((tmp_path / "colours").iterdir()) == []


def test_the_first_of_two_writers_wins(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        add_colours(tmp_path)
        (folder / "model.onnx").write_bytes(b"the second")

    repository = ModelRepository(tmp_path)
    repository.add("colours", 2, write)
    assert repository.load("colours", 2).onnx.read_bytes() == colour_model()
    assert os.listdir(tmp_path / "colours") == ["2"]  # noqa: PTH208 - names alone, hidden ones too


def test_a_folder_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match=r"cannot be written: .*; set VEDETTE_MODELS__REPOSITORY"):
        add_colours(tmp_path / "file")

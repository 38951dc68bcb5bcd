"""What every model repository promises, in a folder or in an object store."""

from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from processors.models.repository.repository import Repository
from tests.fakes.models import COLOURS, colour_model, write_colours

NOTE = "verification.json"


class ModelRepositoryContract:
    """Tests on the fixture ``repository``, which is empty at first."""

    def test_a_model_is_loaded_as_it_was_added(self, repository: Repository) -> None:
        repository.add("colours", 2, write_colours())
        files = repository.load("colours", 2)
        assert (files.card.id, files.labels) == ("colours@2", COLOURS)
        assert files.onnx.read_bytes() == colour_model()
        assert repository.read_card("colours", 2) == files.card

    def test_a_model_that_is_there_stays_as_it_is(self, repository: Repository) -> None:
        repository.add("colours", 2, write_colours())
        repository.add("colours", 2, write_colours(names=("a", "b", "c")))
        assert repository.load("colours", 2).labels == COLOURS

    def test_models_are_listed_by_name_and_number(self, repository: Repository) -> None:
        assert repository.list_models() == []
        for name, version in (("colours", 10), ("colours", 2), ("animals", 1)):
            repository.add(name, version, write_colours(name=name, version=version))
        assert repository.list_models() == [("animals", 1), ("colours", 2), ("colours", 10)]

    def test_a_missing_model_says_what_to_do(self, repository: Repository) -> None:
        for look in (repository.load, repository.read_card):
            with pytest.raises(ConfigurationError, match=r"no model colours@2 in .*: add it"):
                look("colours", 2)

    def test_a_removed_model_is_gone_and_its_neighbour_is_not(self, repository: Repository) -> None:
        for version in (2, 20):
            repository.add("colours", version, write_colours(version=version))
        repository.remove("colours", 2)
        repository.remove("colours", 3)
        assert repository.list_models() == [("colours", 20)]
        assert repository.load("colours", 20).labels == COLOURS

    def test_a_removed_model_can_be_added_anew(self, repository: Repository) -> None:
        repository.add("colours", 2, write_colours())
        repository.load("colours", 2)
        repository.remove("colours", 2)
        other = colour_model("Sigmoid")
        repository.add("colours", 2, write_colours(model=other, names=("a", "b", "c")))
        files = repository.load("colours", 2)
        assert (files.onnx.read_bytes(), files.labels) == (other, ("a", "b", "c"))

    def test_a_note_stands_beside_the_model_and_goes_with_it(self, repository: Repository) -> None:
        repository.add("colours", 2, write_colours())
        assert repository.read_note("colours", 2, NOTE) is None
        repository.write_note("colours", 2, NOTE, b"first")
        repository.write_note("colours", 2, NOTE, b"second")
        assert repository.read_note("colours", 2, NOTE) == b"second"
        assert repository.load("colours", 2).labels == COLOURS
        repository.remove("colours", 2)
        assert repository.read_note("colours", 2, NOTE) is None

    def test_what_could_not_be_written_is_not_there(self, repository: Repository) -> None:
        def write(folder: Path) -> None:
            (folder / "model.onnx").write_bytes(b"half")
            raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            repository.add("colours", 2, write)
        assert repository.list_models() == []

    def test_a_card_in_another_models_folder_is_refused(self, repository: Repository) -> None:
        repository.add("colours", 3, write_colours(version=2))
        with pytest.raises(ConfigurationError, match="is the card of colours@2"):
            repository.load("colours", 3)

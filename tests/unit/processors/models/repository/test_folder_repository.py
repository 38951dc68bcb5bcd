"""A repository in a folder keeps the promises of every repository."""

from pathlib import Path

import pytest

from processors.models.repository.repository import ModelRepository
from tests.contracts.model_repository_contract import ModelRepositoryContract
from tests.fakes.models import write_colours


class TestModelRepository(ModelRepositoryContract):
    @pytest.fixture
    def repository(self, tmp_path: Path) -> ModelRepository:
        return ModelRepository(tmp_path / "models")


def test_a_removed_model_leaves_no_file_behind(tmp_path: Path) -> None:
    repository = ModelRepository(tmp_path)
    repository.add("colours", 2, write_colours())
    repository.remove("colours", 2)
    assert list((tmp_path / "colours").iterdir()) == []

"""What tests of the processors share: quiet parsers, and the real default model, built once."""

from pathlib import Path

import pytest

from infra.settings.settings import Settings
from processors.imaging.decoding.decode import quiet_parsers
from processors.models.default.install import NAME, VERSION
from processors.models.repository.repositories import open_repository
from processors.models.repository.repository import ModelFiles
from processors.pictures import DEMO_PICTURES
from processors.pipelines.loaded import LoadedPipeline, build_pipeline


@pytest.fixture(autouse=True)
def _quiet_parsers() -> None:
    """As a worker does when it starts; pytest takes the filter away again after each test."""
    quiet_parsers()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def pipeline(settings: Settings) -> LoadedPipeline:
    """The pipeline that workers run, on the real model."""
    return build_pipeline(settings)


@pytest.fixture(scope="session")
def default_files(settings: Settings) -> ModelFiles:
    return open_repository(settings).load(NAME, VERSION)


@pytest.fixture(scope="session")
def pictures() -> Path:
    """The six photos that come with the demonstration."""
    return DEMO_PICTURES

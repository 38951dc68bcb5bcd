"""What tests of the processors share: quiet parsers, and the real default model, built once."""

from pathlib import Path

import pytest

from infra.settings import Settings
from processors.imaging.decode import quiet_parsers
from processors.models.default import NAME, VERSION
from processors.models.repositories import open_repository
from processors.models.repository import ModelFiles
from processors.pipeline import LoadedPipeline, build_pipeline


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
    return Path(__file__).parents[3] / "infra" / "demo_pictures"

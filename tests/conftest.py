"""What all tests share: one stack of real servers for the whole run."""

import shutil
from collections.abc import Iterator

import pytest

from infra.demo import PICTURES
from tests.platforms import RunningPlatform, running_platform
from tests.stacks import RunningStack, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Kafka, Cassandra and Elasticsearch, started at the first test that asks, stopped after the last."""
    with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def platform(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """Workers and API on the session's servers, with a folder of pictures that they may read."""
    pictures = tmp_path_factory.mktemp("pictures")
    for picture in PICTURES.glob("*.jpg"):
        shutil.copy(picture, pictures)
    with running_platform(stack, pictures) as platform:
        yield platform

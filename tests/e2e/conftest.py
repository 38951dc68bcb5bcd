"""One platform for all end-to-end tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms import RunningPlatform, platform_with_pictures
from tests.stacks import RunningStack


@pytest.fixture(scope="package")
def platform(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """Workers and API on the session's servers, with a folder of pictures that they may read."""
    with platform_with_pictures(stack, tmp_path_factory.mktemp("pictures")) as platform:
        yield platform


@pytest.fixture
def chelsea(platform: RunningPlatform) -> Path:
    return platform.pictures / "chelsea.jpg"

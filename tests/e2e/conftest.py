"""Pictures for the end-to-end tests."""

from pathlib import Path

import pytest

from tests.platforms import RunningPlatform


@pytest.fixture
def chelsea(platform: RunningPlatform) -> Path:
    return platform.pictures / "chelsea.jpg"

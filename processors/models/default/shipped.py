"""The models that come with Vedette. One is built of a Python package; another is fetched first, and may be missing."""

from collections.abc import Mapping
from pathlib import Path

from processors.models.card import ModelCard
from processors.models.default import install
from processors.models.default.nanodet.install import LABELS, detector_card, write_detector
from processors.models.repository.repository import ModelRepository, UnknownModel
from schemas.records.pipelines import split_id
from schemas.results import VersionedName

SOURCES = "sources"
PREPARE = "vedette models prepare"


def fetched_models() -> Mapping[VersionedName, ModelCard]:
    """Return the models that an installation may lack, which costs the features that they answer and nothing else."""
    card = detector_card()
    return {card.id: card}


def shipped_models() -> Mapping[VersionedName, tuple[ModelCard, tuple[str, ...]]]:
    """Return card and labels of every model that comes with Vedette."""
    default, detector = install.default_card(), detector_card()
    return {default.id: (default, install.default_labels()), detector.id: (detector, LABELS)}


def fetch_models(cache: Path) -> None:
    """Build what must be fetched first into the cache's repository, where it is not there yet; blocks.

    What is fetched is kept in the cache, so that building it anew needs no network. Raises ``NotFetched``.
    """
    sources = cache / SOURCES
    name, version = split_id(detector_card().id)
    _repository(cache).add(name, version, lambda folder: write_detector(folder, sources / f"{name}-{version}"))


def is_fetched(cache: Path, model: VersionedName) -> bool:
    """Whether the model lies in the cache's repository."""
    try:
        _repository(cache).read_card(*split_id(model))
    except UnknownModel:
        return False
    return True


def _repository(cache: Path) -> ModelRepository:
    return ModelRepository(cache / "models")

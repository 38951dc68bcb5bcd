"""From a model's name to a model that answers."""

from infra.settings.recognition import ModelSettings
from processors.models.computed import COMPUTED
from processors.models.feature_model import FeatureModel
from processors.models.repository.repository import ModelFiles, Repository
from processors.models.runtime.session import OnnxSession
from processors.models.tasks import text_reader
from processors.models.tasks.classifier import Classifier
from processors.models.tasks.detector import Detector
from processors.models.tasks.embedder import Embedder
from schemas.results import VersionedName


def load_model(name: VersionedName, repository: Repository, settings: ModelSettings) -> FeatureModel:
    """Load one model, or the algorithm of that name; blocks. Raises ``ConfigurationError`` where it cannot be run."""
    if name in COMPUTED:
        return COMPUTED[name]
    if name == text_reader.NAME:
        return text_reader.load_text_reader(settings)
    model, _, version = name.partition("@")
    files = repository.load(model, int(version))
    return _of_task(files, OnnxSession(files.onnx, settings), settings)


def _of_task(files: ModelFiles, session: OnnxSession, settings: ModelSettings) -> FeatureModel:
    if files.card.task == "classification":
        return Classifier(files, session, settings)
    if files.card.task == "detection":
        return Detector(files, session, settings)
    return Embedder(files, session)

"""From a model's name to a model that answers."""

from infra.errors import ConfigurationError
from infra.settings import ModelSettings
from processors.models.classifier import Classifier
from processors.models.computed import COMPUTED
from processors.models.feature_model import FeatureModel
from processors.models.repository import ModelRepository
from processors.models.session import OnnxSession
from schemas.results import VersionedName


def load_model(name: VersionedName, repository: ModelRepository, settings: ModelSettings) -> FeatureModel:
    """Load one model, or the algorithm of that name; blocks. Raises ``ConfigurationError`` where it cannot be run."""
    if name in COMPUTED:
        return COMPUTED[name]
    model, _, version = name.partition("@")
    files = repository.load(model, int(version))
    if files.card.task != "classification":
        raise ConfigurationError(f"model {name}: no code runs the task {files.card.task}")
    return Classifier(files, OnnxSession(files.onnx), settings)

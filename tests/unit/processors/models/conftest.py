"""The default model, built once for all tests of models."""

import numpy as np
import pytest

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage, decode
from processors.imaging.views import View
from processors.models.default.install import NAME, VERSION, add_default_model
from processors.models.repository.repository import ModelFiles, ModelRepository
from processors.models.runtime.session import OnnxSession
from processors.models.tasks.classifier import Classifier
from processors.pictures import DEMO_PICTURES

PICTURES = DEMO_PICTURES


@pytest.fixture(scope="session")
def default_files(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    repository = ModelRepository(tmp_path_factory.mktemp("models"))
    add_default_model(repository)
    return repository.load(NAME, VERSION)


@pytest.fixture(scope="session")
def default_classifier(default_files: ModelFiles) -> Classifier:
    return Classifier(default_files, OnnxSession(default_files.onnx), ModelSettings())


@pytest.fixture(scope="session")
def pictures(default_files: ModelFiles) -> dict[str, DecodedImage]:
    view = default_files.card.input.view
    return {path.stem: decode(path.read_bytes(), [view], 10_000_000) for path in sorted(PICTURES.glob("*.jpg"))}


@pytest.fixture
def noise(default_files: ModelFiles) -> list[DecodedImage]:
    """Eight images of noise, of the default model's size."""
    random = np.random.default_rng(7)
    view: View = default_files.card.input.view
    arrays = [random.integers(0, 256, (224, 224, 3), dtype=np.uint8) for _ in range(8)]
    return [DecodedImage({view: pixels}, 224, 224, "PNG") for pixels in arrays]

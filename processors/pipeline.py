"""The pipeline that a worker runs: which model answers which feature, loaded and ready."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from infra.settings import Settings
from processors.imaging.decode import DecodedImage, decode, quiet_parsers
from processors.models.classifier import Answers, Classifier
from processors.models.default import NAME, VERSION, add_default_model
from processors.models.repository import ModelRepository
from processors.models.session import ModelFailed, OnnxSession
from schemas.images import Feature
from schemas.pipelines import DEFAULT_PIPELINE, Pipeline
from schemas.results import (
    FailedFeature,
    FailureCode,
    FeatureAnswers,
    FeatureFailure,
    VersionedName,
)

CLASSIFIED = frozenset({Feature.LABELS, Feature.EMBEDDING})

log = structlog.get_logger(__name__)


class LoadedPipeline:
    """Pipeline ``standard``: labels and embedding by one classifier; every other feature is its own error."""

    def __init__(self, description: Pipeline, classifier: Classifier, max_pixels: int) -> None:
        self._description = description
        self._classifier = classifier
        self._max_pixels = max_pixels

    @property
    def name(self) -> VersionedName:
        """The pipeline and its version, such as ``standard@1``."""
        return self._description.id

    @property
    def classifier(self) -> Classifier:
        """The model that answers labels."""
        return self._classifier

    def decode(self, data: bytes) -> DecodedImage:
        """Decode one image for this pipeline's models; raises ``Rejected``."""
        return decode(data, self._classifier.card.input.size, self._max_pixels)

    def answer(self, images: Sequence[DecodedImage], features: Sequence[Sequence[Feature]]) -> list[FeatureAnswers]:
        """Answer for each image the features asked of it, every failure in its own place."""
        wanted = [at for at, asked in enumerate(features) if CLASSIFIED.intersection(asked)]
        given = dict(zip(wanted, self._classify([images[at] for at in wanted]), strict=True))
        return [_answers(asked, given.get(at, (None, None))) for at, asked in enumerate(features)]

    def _classify(self, images: Sequence[DecodedImage]) -> Sequence[Answers]:
        """Return the model's answers; a batch that fails is run one by one, so that one image costs no other."""
        if not images:
            return []
        try:
            return self._classifier.run(images)
        except ModelFailed as error:
            if len(images) > 1:
                return [answer for image in images for answer in self._classify([image])]
            log.exception("model_failed", model=self._classifier.card.id)
            failed = self._classifier.failed(str(error))
            return [(failed, failed)]


def _answers(asked: Sequence[Feature], given: Answers | tuple[None, None]) -> FeatureAnswers:
    available = {Feature.LABELS: given[0], Feature.EMBEDDING: given[1]}
    return FeatureAnswers(**{feature.value: available.get(feature) or not_installed(feature) for feature in asked})


def not_installed(feature: Feature) -> FailedFeature:
    """The answer to a feature that no installed model gives."""
    message = f"no installed model answers {feature.value}"
    return FailedFeature(error=FeatureFailure(code=FailureCode.NOT_INSTALLED, message=message))


def open_repository(settings: Settings) -> ModelRepository:
    """Return the model repository, the default model in it; builds that at first use."""
    folder: Path = settings.models.repository or settings.cache / "models"
    repository = ModelRepository(folder)
    add_default_model(repository)
    return repository


def build_pipeline(settings: Settings) -> LoadedPipeline:
    """Load the default pipeline; blocks for about a second, more where the model must be built first."""
    quiet_parsers()
    files = open_repository(settings).load(NAME, VERSION)
    classifier = Classifier(files, OnnxSession(files.onnx), settings.models)
    return LoadedPipeline(DEFAULT_PIPELINE, classifier, settings.models.max_pixels)


async def load_pipeline(settings: Settings) -> LoadedPipeline:
    """Load the default pipeline in a thread, so that the consumer goes on answering its group."""
    return await asyncio.to_thread(build_pipeline, settings)

"""The pipeline that a worker runs: which model answers which feature, loaded and ready."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog

from infra.settings import Settings
from processors.imaging import perceptual_hash, properties
from processors.imaging.decode import DecodedImage, Pixels, decode, quiet_parsers
from processors.models.classifier import Answers, Classifier
from processors.models.default import NAME, VERSION, add_default_model
from processors.models.repository import ModelRepository
from processors.models.session import ModelFailed, OnnxSession
from schemas.images import DEFAULT_FEATURES, Feature
from schemas.pipelines import DEFAULT_PIPELINE, Pipeline
from schemas.results import (
    FailedFeature,
    FailureCode,
    FeatureAnswers,
    FeatureFailure,
    HashAnswer,
    PropertiesAnswer,
    VersionedName,
)

CLASSIFIED = frozenset({Feature.LABELS, Feature.EMBEDDING})
Computed = PropertiesAnswer | HashAnswer
# What is computed from a thumbnail, without a model, by the name that it has in a pipeline.
COMPUTED: Mapping[VersionedName, Callable[[Pixels], Computed]] = {
    properties.NAME: properties.measure_properties,
    perceptual_hash.NAME: perceptual_hash.hash_image,
}

log = structlog.get_logger(__name__)


class LoadedPipeline:
    """Labels and embedding by one classifier, others computed from a thumbnail; what is neither is its own error."""

    def __init__(self, description: Pipeline, classifier: Classifier, max_pixels: int) -> None:
        self._description = description
        self._classifier = classifier
        self._max_pixels = max_pixels

    @property
    def name(self) -> VersionedName:
        """The pipeline and its version, such as ``standard@2``."""
        return self._description.id

    @property
    def classifier(self) -> Classifier:
        """The model that answers labels."""
        return self._classifier

    def decode(self, data: bytes, features: Sequence[Feature] = DEFAULT_FEATURES) -> DecodedImage:
        """Decode one image as far as ``features`` need it; raises ``Rejected``."""
        thumbnail = any(self._description.models.get(feature) in COMPUTED for feature in features)
        return decode(data, self._classifier.card.input.size, self._max_pixels, thumbnail=thumbnail)

    def answer(self, images: Sequence[DecodedImage], features: Sequence[Sequence[Feature]]) -> list[FeatureAnswers]:
        """Answer for each image the features asked of it, every failure in its own place."""
        wanted = [at for at, asked in enumerate(features) if CLASSIFIED.intersection(asked)]
        given = dict(zip(wanted, self._classify([images[at] for at in wanted]), strict=True))
        return [
            self._answers(image, asked, given.get(at))
            for at, (image, asked) in enumerate(zip(images, features, strict=True))
        ]

    def _answers(self, image: DecodedImage, asked: Sequence[Feature], given: Answers | None) -> FeatureAnswers:
        classified = dict(zip((Feature.LABELS, Feature.EMBEDDING), given or (), strict=False))
        return FeatureAnswers(
            **{feature.value: classified.get(feature) or self._compute(image, feature) for feature in asked}
        )

    def _compute(self, image: DecodedImage, feature: Feature) -> Computed | FailedFeature:
        name = self._description.models.get(feature)
        compute = COMPUTED.get(name) if name else None
        if compute is None:
            return not_installed(feature)
        try:
            return compute(_thumbnail(image))
        except (ArithmeticError, ValueError) as error:
            log.exception("feature_failed", feature=feature, model=name)
            return FailedFeature(model=name, error=_failure(error))

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


def _thumbnail(image: DecodedImage) -> Pixels:
    if image.thumbnail is None:
        raise ValueError("the image was decoded without a thumbnail")
    return image.thumbnail


def _failure(error: Exception) -> FeatureFailure:
    return FeatureFailure(code=FailureCode.MODEL_FAILED, message=f"the computation failed: {type(error).__name__}")


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

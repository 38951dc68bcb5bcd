"""The pipeline that a worker runs: which model answers which feature, loaded and ready."""

from collections.abc import Collection, Mapping, Sequence

import structlog

from infra.errors import ConfigurationError
from infra.settings.settings import Settings
from processors.imaging.decoding.decode import DecodedImage, quiet_parsers
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.decoding.processes.pool import DecoderPool
from processors.imaging.views import View
from processors.labels.instances import with_instances
from processors.models.feature_model import Answer, Answers, FeatureModel, FeatureRequest, model_failed
from processors.models.loading import load_models
from processors.models.missing import MissingModel
from processors.models.repository.records import CheckedRepository, added_by_operators
from processors.models.repository.repositories import open_repository
from processors.models.runtime.session import ModelFailed
from processors.models.tasks.classifier import Classifier
from processors.models.tasks.detector import Detector
from processors.pipelines.recorded import RecordedPipeline
from processors.pipelines.shared_graphs import share_graphs
from schemas.answers import (
    FailedFeature,
    FailureCode,
    FeatureAnswers,
    FeatureFailure,
    LabelsAnswer,
    ObjectsAnswer,
)
from schemas.images import DEFAULT_FEATURES, Feature
from schemas.records.pipelines import DEFAULT_PIPELINE, PipelineSpec
from schemas.results import VersionedName

log = structlog.get_logger(__name__)


class LoadedPipeline:
    """Models that answer together; one that fails costs only its own features, and one that is missing only its own."""

    def __init__(
        self,
        description: PipelineSpec,
        models: Mapping[VersionedName, FeatureModel],
        decoder: Decoder,
    ) -> None:
        """``models`` holds every model that the description names.

        Raises ``ConfigurationError`` where one cannot answer the feature that it is there for.
        """
        self._description = description
        self._models = {feature: models[name] for feature, name in description.models.items()}
        self._answering = share_graphs(self._models)
        self._decoder = decoder
        for feature, model in self._models.items():
            if feature not in model.features:
                raise ConfigurationError(f"pipeline {self.name}: {model.id} does not answer {feature.value}")

    @property
    def name(self) -> VersionedName:
        """The pipeline and its version, such as ``standard@2``."""
        return self._description.id

    @property
    def classifier(self) -> Classifier:
        """The model that answers labels; raises ``ConfigurationError`` where none does."""
        model = self._models.get(Feature.LABELS)
        if not isinstance(model, Classifier):
            raise ConfigurationError(f"pipeline {self.name} has no classifier that answers labels")
        return model

    @property
    def detector(self) -> Detector:
        """The model that answers objects; raises ``ConfigurationError`` where none does."""
        model = self._models.get(Feature.OBJECTS)
        if not isinstance(model, Detector):
            raise ConfigurationError(f"pipeline {self.name} has no detector that answers objects")
        return model

    @property
    def text_reader(self) -> FeatureModel:
        """The model that reads text; raises ``ConfigurationError`` where none does, or where it is not installed."""
        model = self._models.get(Feature.TEXT)
        if model is None:
            raise ConfigurationError(f"pipeline {self.name} has no model that answers text")
        if isinstance(model, MissingModel):
            raise ConfigurationError(f"pipeline {self.name}: {model.message}")
        return model

    def decode(self, data: bytes, features: Collection[Feature] = DEFAULT_FEATURES) -> DecodedImage:
        """Decode one image as far as ``features`` need it; raises ``Rejected``."""
        return self._decoder.decode(data, self.views(features))

    def views(self, features: Collection[Feature]) -> frozenset[View]:
        """Return what the models of ``features`` must be shown."""
        return frozenset(self._models[feature].view for feature in features if feature in self._models)

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[FeatureAnswers]:
        """Answer for each image the features asked of it, every failure in its own place."""
        given: list[dict[Feature, Answer]] = [{} for _ in asked]
        for model in {model.id: model for model in self._answering.values()}.values():
            self._ask(model, images, asked, given)
        return [self._complete(request, answers) for request, answers in zip(asked, given, strict=True)]

    def _complete(self, request: FeatureRequest, answers: Mapping[Feature, Answer]) -> FeatureAnswers:
        """Put boxes of objects under the labels of their kinds, and an error in the place of what no model answered."""
        labels, objects = answers.get(Feature.LABELS), answers.get(Feature.OBJECTS)
        if isinstance(labels, LabelsAnswer) and isinstance(objects, ObjectsAnswer):
            answers = {**answers, Feature.LABELS: with_instances(labels, objects, self.detector.tree.node_of)}
        return FeatureAnswers(
            **{feature.value: answers.get(feature) or not_installed(feature) for feature in request.features}
        )

    def _ask(
        self,
        model: FeatureModel,
        images: Sequence[DecodedImage],
        asked: Sequence[FeatureRequest],
        given: Sequence[dict[Feature, Answer]],
    ) -> None:
        """Let one model answer what it is there for; only images of which that is asked are shown to it."""
        own = [self._own(model, request) for request in asked]
        shown = [at for at, request in enumerate(own) if request.features]
        answers = self._answer([images[at] for at in shown], [own[at] for at in shown], model)
        for at, answer in zip(shown, answers, strict=True):
            given[at].update(answer)

    def _own(self, model: FeatureModel, request: FeatureRequest) -> FeatureRequest:
        features = [feature for feature in request.features if self._answering.get(feature) is model]
        return FeatureRequest(features, request.options)

    def _answer(
        self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest], model: FeatureModel
    ) -> Sequence[Answers]:
        """Return the model's answers; a batch that fails is run one by one, so that one image costs no other."""
        if not images:
            return []
        try:
            return model.answer(images, asked)
        except ModelFailed as error:
            if len(images) > 1:
                pairs = zip(images, asked, strict=True)
                return [answer for image, request in pairs for answer in self._answer([image], [request], model)]
            log.exception("model_failed", model=model.id)
            why = f"the model failed: {error}"
            return [{feature: model_failed(self._models[feature].id, why) for feature in asked[0].features}]


def not_installed(feature: Feature) -> FailedFeature:
    """The answer to a feature that no installed model gives."""
    message = f"no installed model answers {feature.value}"
    return FailedFeature(error=FeatureFailure(code=FailureCode.NOT_INSTALLED, message=message))


def build_pipeline(
    settings: Settings, description: PipelineSpec = DEFAULT_PIPELINE, processes: DecoderPool | None = None
) -> LoadedPipeline:
    """Load a pipeline's models; blocks for about a second, more where the default model must be built first.

    Models of a pipeline that comes with records must be what these say. Without ``processes`` it decodes in the calling
    thread alone, which is as fast, and ends no image that takes long.
    """
    quiet_parsers()
    records = description.records if isinstance(description, RecordedPipeline) else None
    repository = open_repository(settings, theirs=added_by_operators(records or {}))
    if records is not None:
        repository = CheckedRepository(repository, records)
    models = load_models(description.models.values(), repository, settings.models)
    decoder = Decoder(settings.models.max_pixels, processes, accept_truncated=settings.models.accept_truncated)
    return LoadedPipeline(description, models, decoder)

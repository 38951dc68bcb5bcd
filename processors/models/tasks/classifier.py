"""A classifier described by its card alone: labels, and an embedding where its graph gives one."""

from collections.abc import Sequence

import numpy as np

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import View
from processors.models.feature_model import Answer, Answers, FeatureRequest, model_failed
from processors.models.repository.repository import ModelFiles
from processors.models.runtime.image_graph import ImageGraph, Outputs
from processors.models.runtime.session import ModelFailed, OnnxSession, Tensor
from processors.models.tasks.answers import LabelRules, embedding_answer, labels_answer, log_probabilities, softmax
from schemas.images import Feature, LabelOptions
from schemas.results import EmbeddingAnswer, FailedFeature, LabelsAnswer, VersionedName


class Classifier:
    """One loaded classification model."""

    def __init__(self, files: ModelFiles, session: OnnxSession, settings: ModelSettings) -> None:
        """Raises ``ConfigurationError`` that says what of the card does not fit the graph."""
        self.card = files.card
        self._labels = files.labels
        self._graph = ImageGraph(files.card, session)
        self._rules = LabelRules(files.card.min_confidence, settings.min_confidence, settings.max_labels)
        self._scores = files.card.scores
        self._embedding = files.card.outputs.embedding
        self._try_out()

    @property
    def id(self) -> VersionedName:
        return self.card.id

    @property
    def view(self) -> View:
        return self._graph.view

    @property
    def features(self) -> frozenset[Feature]:
        return frozenset({Feature.LABELS, Feature.EMBEDDING} if self._embedding else {Feature.LABELS})

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label's name, in the order of ``probabilities``."""
        return self._labels

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[Answers]:
        """Return labels and embedding as asked; numbers that are none cost only their own image.

        Raises ``ModelFailed`` if the model cannot run on the batch.
        """
        wanted = [feature for feature in self.features if any(feature in request.features for request in asked)]
        outputs = self._graph.run(images, [self._output(feature) for feature in wanted]) if wanted else {}
        return [self._answer(outputs, at, request) for at, request in enumerate(asked)]

    def probabilities(self, images: Sequence[DecodedImage]) -> Tensor:
        """Return the confidence in every label, ``[images, labels]``; raises ``ModelFailed``."""
        return self._probabilities(self._run(images))

    def scores(self, images: Sequence[DecodedImage]) -> Tensor:
        """Return what the card's temperature divides, ``[images, labels]``: logits, or logarithms of probabilities.

        Raises ``ModelFailed``.
        """
        return self._logits(self._run(images))

    def _run(self, images: Sequence[DecodedImage]) -> Tensor:
        scores = _flat(self._graph.run(images, [self._scores])[self._scores])
        if not np.isfinite(scores).all():
            raise ModelFailed("its scores are not numbers")
        return scores

    def _probabilities(self, scores: Tensor) -> Tensor:
        if self.card.calibration is None and self.card.outputs.probabilities:
            return scores
        return softmax(self._logits(scores) / self.card.temperature)

    def _logits(self, scores: Tensor) -> Tensor:
        return log_probabilities(scores) if self.card.outputs.probabilities else scores

    def _output(self, feature: Feature) -> str:
        return self._embedding if feature is Feature.EMBEDDING and self._embedding else self._scores

    def _answer(self, outputs: Outputs, at: int, request: FeatureRequest) -> Answers:
        answers: dict[Feature, Answer] = {}
        if Feature.LABELS in request.features:
            answers[Feature.LABELS] = self._label(outputs[self._scores][at].ravel(), request.options.labels)
        if Feature.EMBEDDING in request.features and self._embedding:
            answers[Feature.EMBEDDING] = self._embed(outputs[self._embedding][at].ravel())
        return answers

    def _label(self, scores: Tensor, options: LabelOptions) -> LabelsAnswer | FailedFeature:
        if not np.isfinite(scores).all():
            return model_failed(self.id, "the model failed: its scores are not numbers")
        return labels_answer(self.id, self._probabilities(scores), self._labels, self._rules, options)

    def _embed(self, embedding: Tensor) -> EmbeddingAnswer | FailedFeature:
        if not np.isfinite(embedding).all():
            return model_failed(self.id, "the model failed: its embedding is not made of numbers")
        return embedding_answer(self.id, embedding)

    def _try_out(self) -> None:
        outputs = self._graph.try_out(self.card.outputs.names)
        if (count := outputs[self._scores].size) != len(self._labels):
            raise self._graph.unfit(f"labels: {len(self._labels)} names for {count} classes")


def _flat(scores: Tensor) -> Tensor:
    """Return ``[images, labels]``: some exports keep trailing dimensions of one."""
    return scores.reshape(len(scores), -1)

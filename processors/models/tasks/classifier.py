"""A classifier described by its card alone: labels, and where the card says so an embedding and moderation."""

from collections.abc import Sequence

import numpy as np

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import View
from processors.models.feature_model import Answer, Answers, FeatureRequest, model_failed
from processors.models.label_trees import tree_of
from processors.models.repository.repository import ModelFiles
from processors.models.runtime.image_graph import ImageGraph
from processors.models.runtime.session import ModelFailed, OnnxSession, Tensor
from processors.models.tasks.answers import LabelRules, embedding_answer, labels_answer, log_probabilities, softmax
from processors.models.tasks.known import known_scores, known_share
from processors.models.tasks.moderation import Moderator, UnknownClass
from processors.models.tasks.one_run import answer_in_one_run
from schemas.answers import EmbeddingAnswer, FailedFeature, LabelsAnswer
from schemas.images import Feature, FeatureOptions, LabelOptions
from schemas.results import VersionedName

# Where neither the reference nor the settings nor the model's card says another.
MIN_CONFIDENCE = 0.01


class Classifier:
    """One loaded classification model."""

    def __init__(self, files: ModelFiles, session: OnnxSession, settings: ModelSettings) -> None:
        """Raises ``ConfigurationError`` that says what of the card does not fit the graph."""
        self.card = files.card
        self._tree = tree_of(files)
        self.graph = ImageGraph(files.card, session)
        least = files.card.least_confidence(settings.min_confidence, MIN_CONFIDENCE)
        self._rules = LabelRules(files.card.min_confidence, least, settings.max_labels, settings.min_tree_confidence)
        self._scores = files.card.scores
        # Probabilities that no card corrects are answered as they come.
        self._as_they_are = files.card.calibration is None and files.card.outputs.probabilities
        self._embedding = files.card.outputs.embedding
        self._try_out()
        self._moderator = self._read_moderation()

    @property
    def id(self) -> VersionedName:
        return self.card.id

    @property
    def view(self) -> View:
        return self.graph.view

    @property
    def features(self) -> frozenset[Feature]:
        return self.card.features

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label's name, in the order of ``probabilities``."""
        return self._tree.labels

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[Answers]:
        """Return labels, embedding and moderation as asked; numbers that are none cost only their own image.

        Raises ``ModelFailed`` if the model cannot run on the batch.
        """
        return answer_in_one_run(dict.fromkeys(self.features, self), images, asked)

    def output(self, feature: Feature) -> str:
        return self._embedding if feature is Feature.EMBEDDING and self._embedding else self._scores

    def read(self, feature: Feature, output: Tensor, options: FeatureOptions) -> Answer:
        """Return one image's labels, embedding or categories of moderation."""
        if feature is Feature.EMBEDDING:
            return self._embed(output)
        if not np.isfinite(output).all():
            return model_failed(self.id, "the model failed: its scores are not numbers")
        if feature is Feature.MODERATION and self._moderator is not None:
            floor = self.card.min_confidence
            return self._moderator.judge(self.id, self._probabilities(output), options.moderation, floor)
        return self._label(output, options.labels)

    def probabilities(self, images: Sequence[DecodedImage]) -> Tensor:
        """Return the confidence in every label, ``[images, labels]``; raises ``ModelFailed``."""
        return self._probabilities(self._run(images))

    def scores(self, images: Sequence[DecodedImage]) -> Tensor:
        """Return what the card's temperature divides, ``[images, labels]``: logits, or logarithms of probabilities.

        Raises ``ModelFailed``.
        """
        return self._logits(self._run(images))

    def known(self, scores: Tensor) -> float | None:
        """Return ``known`` of one picture, whose ``scores`` are as above; ``None`` where the card does not tell."""
        card = self.card.known
        return None if card is None else known_share(float(known_scores(scores)), card)

    def _run(self, images: Sequence[DecodedImage]) -> Tensor:
        scores = _flat(self.graph.run(images, [self._scores])[self._scores])
        if not np.isfinite(scores).all():
            raise ModelFailed("its scores are not numbers")
        return scores

    def _probabilities(self, scores: Tensor) -> Tensor:
        return scores if self._as_they_are else self._softened(self._logits(scores))

    def _softened(self, logits: Tensor) -> Tensor:
        return softmax(logits / self.card.temperature)

    def _logits(self, scores: Tensor) -> Tensor:
        return log_probabilities(scores) if self.card.outputs.probabilities else scores

    def _label(self, scores: Tensor, options: LabelOptions) -> LabelsAnswer:
        logits = self._logits(scores)
        probabilities = scores if self._as_they_are else self._softened(logits)
        return labels_answer(self.id, probabilities, self._rules, self._tree, options, self.known(logits))

    def _embed(self, embedding: Tensor) -> EmbeddingAnswer | FailedFeature:
        if not np.isfinite(embedding).all():
            return model_failed(self.id, "the model failed: its embedding is not made of numbers")
        return embedding_answer(self.id, embedding)

    def _read_moderation(self) -> Moderator | None:
        if self.card.moderation is None:
            return None
        try:
            return Moderator(self.card.moderation, self.labels, multi_label=self.card.multi_label)
        except UnknownClass as error:
            raise self.graph.unfit(str(error)) from None

    def _try_out(self) -> None:
        outputs = self.graph.try_out(self.card.outputs.names)
        if (count := outputs[self._scores].size) != len(self.labels):
            raise self.graph.unfit(f"labels: {len(self.labels)} names for {count} classes")


def _flat(scores: Tensor) -> Tensor:
    """Return ``[images, labels]``: some exports keep trailing dimensions of one."""
    return scores.reshape(len(scores), -1)

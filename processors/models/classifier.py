"""A classifier described by its card alone: pixels in, labels and embedding out."""

from collections.abc import Sequence

import numpy as np

from infra.errors import ConfigurationError
from infra.settings import ModelSettings
from processors.imaging.decode import DecodedImage
from processors.models.answers import embedding_answer, labels_answer, softmax
from processors.models.repository import ModelFiles
from processors.models.session import ModelFailed, OnnxSession, Tensor
from schemas.results import EmbeddingAnswer, FailedFeature, FailureCode, FeatureFailure, LabelsAnswer

Answers = tuple[LabelsAnswer | FailedFeature, EmbeddingAnswer | FailedFeature | None]


class Classifier:
    """One loaded classification model."""

    def __init__(self, files: ModelFiles, session: OnnxSession, settings: ModelSettings) -> None:
        """Try the model on one blank image, so that what its card says is known to hold.

        Raises ``ConfigurationError`` where card, labels and model do not belong together.
        """
        card = files.card
        if card.task != "classification" or card.scores is None:
            raise ConfigurationError(f"model {card.id} has task {card.task}: labels need a classification model")
        self.card = card
        self._labels = files.labels
        self._session = session
        self._settings = settings
        self._scores = card.scores
        self._outputs = [self._scores, *([card.outputs.embedding] if card.outputs.embedding else [])]
        self._try()

    def run(self, images: Sequence[DecodedImage]) -> list[Answers]:
        """Return labels, and an embedding where the model has one, for each image.

        Raises ``ModelFailed`` if the model cannot run on the batch; numbers that are none cost only their own image.
        """
        outputs = self._run(images)
        return [self._answer(outputs, at) for at in range(len(images))]

    def tensor(self, images: Sequence[DecodedImage]) -> Tensor:
        """Return the batch as the card's input wants it."""
        card = self.card.input
        batch: Tensor = np.stack([image.pixels for image in images])
        if card.colour == "BGR":
            batch = batch[..., ::-1]
        if card.dtype == "float32":
            mean, deviation = np.array(card.mean, np.float32), np.array(card.deviation, np.float32)
            batch = (batch.astype(np.float32) - mean) / deviation
        if card.layout == "NCHW":
            batch = batch.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(batch)

    def _run(self, images: Sequence[DecodedImage]) -> dict[str, Tensor]:
        tensors = self._session.run({self.card.input.name: self.tensor(images)}, self._outputs)
        return dict(zip(self._outputs, tensors, strict=True))

    def _answer(self, outputs: dict[str, Tensor], at: int) -> Answers:
        name = self.card.outputs.embedding
        return self._label(outputs[self._scores][at]), self._embed(outputs[name][at]) if name else None

    def _label(self, scores: Tensor) -> LabelsAnswer | FailedFeature:
        if not np.isfinite(scores).all():
            return self.failed("its scores are not numbers")
        return labels_answer(
            self.card.id,
            scores if self.card.outputs.probabilities else softmax(scores),
            self._labels,
            max_labels=self._settings.max_labels,
            min_confidence=self._settings.min_confidence,
        )

    def _embed(self, embedding: Tensor) -> EmbeddingAnswer | FailedFeature:
        if not np.isfinite(embedding).all():
            return self.failed("its embedding is not made of numbers")
        return embedding_answer(self.card.id, embedding)

    def failed(self, why: str) -> FailedFeature:
        """Return the place of an answer that this model could not give."""
        failure = FeatureFailure(code=FailureCode.MODEL_FAILED, message=f"the model failed: {why}")
        return FailedFeature(model=self.card.id, error=failure)

    def _try(self) -> None:
        side = self.card.input.crop
        blank = DecodedImage(np.zeros((side, side, 3), np.uint8), side, side, "PNG")
        try:
            outputs = self._run([blank])
        except ModelFailed as error:
            raise ConfigurationError(
                f"model {self.card.id} does not run as its card says ({error}): "
                "compare the card's input and outputs with those of the ONNX file"
            ) from error
        shapes = {name: tensor.shape for name, tensor in outputs.items()}
        if shapes[self._scores] != (1, len(self._labels)):
            raise ConfigurationError(
                f"model {self.card.id}: {self.card.labels} holds {len(self._labels)} labels, "
                f"but output {self._scores} has shape {list(shapes[self._scores])}"
            )
        if any(len(shape) != 2 for shape in shapes.values()):
            name = self.card.outputs.embedding
            raise ConfigurationError(f"model {self.card.id}: output {name} is not one vector for each image")

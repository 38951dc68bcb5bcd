"""A classifier described by its card alone: pixels in, labels and embedding out."""

from collections.abc import Sequence

import numpy as np

from infra.settings import ModelSettings
from processors.imaging.decode import DecodedImage
from processors.models.answers import embedding_answer, labels_answer, softmax
from processors.models.repository import ModelFiles
from processors.models.session import OnnxSession, Tensor
from schemas.results import EmbeddingAnswer, LabelsAnswer


class Classifier:
    """One loaded classification model."""

    def __init__(self, files: ModelFiles, session: OnnxSession, settings: ModelSettings) -> None:
        self.card = files.card
        self._labels = files.labels
        self._session = session
        self._settings = settings
        outputs = files.card.outputs
        self._scores = files.card.scores
        self._outputs = [self._scores, *([outputs.embedding] if outputs.embedding else [])]

    def run(self, images: Sequence[DecodedImage]) -> list[tuple[LabelsAnswer, EmbeddingAnswer | None]]:
        """Return labels, and an embedding where the model has one, for each image."""
        tensors = self._session.run({self.card.input.name: self.tensor(images)}, self._outputs)
        outputs = dict(zip(self._outputs, tensors, strict=True))
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

    def _answer(self, outputs: dict[str, Tensor], at: int) -> tuple[LabelsAnswer, EmbeddingAnswer | None]:
        scores = outputs[self._scores][at]
        labels = labels_answer(
            self.card.id,
            scores if self.card.outputs.probabilities else softmax(scores),
            self._labels,
            max_labels=self._settings.max_labels,
            min_confidence=self._settings.min_confidence,
        )
        name = self.card.outputs.embedding
        return labels, embedding_answer(self.card.id, outputs[name][at]) if name else None

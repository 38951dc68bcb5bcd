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
        """Run once on a black image, so that a card that does not fit its graph is told here and not by an image.

        Raises ``ConfigurationError`` that says what does not fit.
        """
        self.card = files.card
        self._labels = files.labels
        self._session = session
        self._max_labels = settings.max_labels
        self._min_confidence = max(settings.min_confidence, files.card.min_confidence)
        self._scores = files.card.scores
        self._embedding = files.card.outputs.embedding
        self._outputs = [self._scores, *([self._embedding] if self._embedding else [])]
        self._check_names()
        self._fixed_batch = _fixed_batch(session.inputs[files.card.input.name])
        self._try()

    def run(self, images: Sequence[DecodedImage]) -> list[Answers]:
        """Return labels, and an embedding where the model has one, for each image.

        Raises ``ModelFailed`` if the model cannot run on the batch; numbers that are none cost only their own image.
        """
        if not images:
            return []
        outputs = self._infer(np.stack([image.pixels for image in images]))
        return [self._answer(outputs, at) for at in range(len(images))]

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label's name, in the order of ``probabilities``."""
        return self._labels

    def probabilities(self, images: Sequence[DecodedImage]) -> Tensor:
        """Return the confidence in every label, ``[images, labels]``; raises ``ModelFailed``."""
        scores = self._infer(np.stack([image.pixels for image in images]))[self._scores]
        if not np.isfinite(scores).all():
            raise ModelFailed("its scores are not numbers")
        return scores if self.card.outputs.probabilities else softmax(scores)

    def failed(self, why: str) -> FailedFeature:
        """Return the place of an answer that this model could not give."""
        failure = FeatureFailure(code=FailureCode.MODEL_FAILED, message=f"the model failed: {why}")
        return FailedFeature(model=self.card.id, error=failure)

    def _infer(self, pixels: Tensor) -> dict[str, Tensor]:
        """Return each output as ``[images, values]``, in runs of the size that the graph was fixed to, if it was."""
        size = self._fixed_batch or len(pixels)
        runs = [self._run_once(pixels[start : start + size], size) for start in range(0, len(pixels), size)]
        return {name: np.concatenate([run[at] for run in runs]) for at, name in enumerate(self._outputs)}

    def _run_once(self, pixels: Tensor, size: int) -> list[Tensor]:
        count = len(pixels)
        if count < size:
            pixels = np.concatenate([pixels, np.zeros((size - count, *pixels.shape[1:]), pixels.dtype)])
        tensors = self._session.run({self.card.input.name: self._tensor(pixels)}, self._outputs)
        return [tensor.reshape(size, -1)[:count] for tensor in tensors]

    def _tensor(self, pixels: Tensor) -> Tensor:
        """Return ``[images, height, width, RGB]`` bytes as the card's input wants them."""
        card = self.card.input
        if card.colour == "BGR":
            pixels = pixels[..., ::-1]
        if card.dtype == "float32":
            pixels = (pixels - np.array(card.mean, np.float32)) / np.array(card.deviation, np.float32)
        if card.layout == "NCHW":
            pixels = pixels.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(pixels)

    def _answer(self, outputs: dict[str, Tensor], at: int) -> Answers:
        labels = self._label(outputs[self._scores][at])
        return labels, self._embed(outputs[self._embedding][at]) if self._embedding else None

    def _label(self, scores: Tensor) -> LabelsAnswer | FailedFeature:
        if not np.isfinite(scores).all():
            return self.failed("its scores are not numbers")
        return labels_answer(
            self.card.id,
            scores if self.card.outputs.probabilities else softmax(scores),
            self._labels,
            max_labels=self._max_labels,
            min_confidence=self._min_confidence,
        )

    def _embed(self, embedding: Tensor) -> EmbeddingAnswer | FailedFeature:
        if not np.isfinite(embedding).all():
            return self.failed("its embedding is not made of numbers")
        return embedding_answer(self.card.id, embedding)

    def _check_names(self) -> None:
        if list(self._session.inputs) != [self.card.input.name]:
            raise self._unfit(f"input {self.card.input.name}: the graph takes {', '.join(self._session.inputs)}")
        if missing := [name for name in self._outputs if name not in self._session.outputs]:
            given = ", ".join(sorted(self._session.outputs))
            raise self._unfit(f"output {missing[0]}: the graph gives {given}")

    def _try(self) -> None:
        side = self.card.input.crop
        try:
            outputs = self._infer(np.zeros((1, side, side, 3), np.uint8))
        except ModelFailed as error:
            raise self._unfit(" ".join(str(error.__cause__).split())) from None
        if (count := outputs[self._scores].shape[1]) != len(self._labels):
            raise self._unfit(f"labels: {len(self._labels)} names for {count} classes")

    def _unfit(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"model {self.card.id}: its card does not fit its graph: {what}")


def _fixed_batch(shape: list[int | str | None]) -> int | None:
    """Return the only batch size that the graph takes; ``None`` where it takes any."""
    first = shape[0] if shape else None
    return first if isinstance(first, int) and first > 0 else None

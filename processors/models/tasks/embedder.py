"""A model that gives an embedding and nothing else, described by its card alone."""

from collections.abc import Sequence

import numpy as np

from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import View
from processors.models.feature_model import Answer, Answers, FeatureRequest, model_failed
from processors.models.repository.repository import ModelFiles
from processors.models.runtime.image_graph import ImageGraph
from processors.models.runtime.session import OnnxSession, Tensor
from processors.models.tasks.answers import embedding_answer
from processors.models.tasks.one_run import answer_in_one_run
from schemas.images import Feature, FeatureOptions
from schemas.results import VersionedName


class Embedder:
    """One loaded embedding model."""

    features = frozenset({Feature.EMBEDDING})

    def __init__(self, files: ModelFiles, session: OnnxSession) -> None:
        """Raises ``ConfigurationError`` that says what of the card does not fit the graph."""
        self.card = files.card
        self.graph = ImageGraph(files.card, session)
        self._output = files.card.outputs.embedding or ""
        self.graph.try_out([self._output])

    @property
    def id(self) -> VersionedName:
        return self.card.id

    @property
    def view(self) -> View:
        return self.graph.view

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[Answers]:
        """Return each image's embedding at length one; numbers that are none cost only their own image.

        Raises ``ModelFailed`` if the model cannot run on the batch.
        """
        return answer_in_one_run({Feature.EMBEDDING: self}, images, asked)

    def output(self, _feature: Feature) -> str:
        return self._output

    def read(self, _feature: Feature, output: Tensor, _options: FeatureOptions) -> Answer:
        """Return one image's embedding."""
        if not np.isfinite(output).all():
            return model_failed(self.id, "the model failed: its embedding is not made of numbers")
        return embedding_answer(self.id, output)

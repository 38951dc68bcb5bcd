"""Answers that are read from outputs of one graph, which runs once for all of them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from processors.imaging.decoding.decode import DecodedImage
from processors.models.feature_model import Answer, Answers, FeatureRequest
from processors.models.runtime.image_graph import ImageGraph
from processors.models.runtime.session import Tensor
from schemas.images import Feature, FeatureOptions


class OutputReader(Protocol):
    """A loaded model that answers each of its features from one output of its graph."""

    @property
    def graph(self) -> ImageGraph:
        """What runs it."""

    def output(self, feature: Feature) -> str:
        """Return the output that a feature is read from."""

    def read(self, feature: Feature, output: Tensor, options: FeatureOptions) -> Answer:
        """Return one image's answer, ``output`` being that image's numbers, flat."""


def answer_in_one_run(
    readers: Mapping[Feature, OutputReader], images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]
) -> list[Answers]:
    """Return the answers to what is asked of each image, by whichever reader is there for it.

    The graph of all readers must be the same. Raises ``ModelFailed`` if it cannot run on the batch.
    """
    outputs = {
        feature: reader.output(feature)
        for feature, reader in readers.items()
        if any(feature in request.features for request in asked)
    }
    graph = next(iter(readers.values())).graph
    ran = graph.run(images, list(dict.fromkeys(outputs.values()))) if outputs else {}

    def read(feature: Feature, at: int) -> Answer:
        return readers[feature].read(feature, ran[outputs[feature]][at].ravel(), asked[at].options)

    return [
        {feature: read(feature, at) for feature in request.features if feature in readers}
        for at, request in enumerate(asked)
    ]

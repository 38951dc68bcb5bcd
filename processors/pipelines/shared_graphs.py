"""Models of one pipeline that are one graph: a classifier and its calibrated version cost one inference together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import View
from processors.models.feature_model import Answers, FeatureModel, FeatureRequest
from processors.models.tasks.classifier import Classifier
from processors.models.tasks.embedder import Embedder
from processors.models.tasks.one_run import answer_in_one_run
from schemas.images import Feature
from schemas.results import VersionedName

Reader = Classifier | Embedder


@dataclass(frozen=True, slots=True)
class SharedGraph:
    """Answers each feature by its own model, all of which read the outputs of one run."""

    readers: Mapping[Feature, Reader]

    @property
    def id(self) -> VersionedName:
        return "+".join(dict.fromkeys(reader.id for reader in self.readers.values()))

    @property
    def view(self) -> View:
        return next(iter(self.readers.values())).view

    @property
    def features(self) -> frozenset[Feature]:
        return frozenset(self.readers)

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[Answers]:
        """Return what is asked; raises ``ModelFailed`` if the graph cannot run on the batch."""
        return answer_in_one_run(self.readers, images, asked)


def share_graphs(models: Mapping[Feature, FeatureModel]) -> Mapping[Feature, FeatureModel]:
    """Return what answers each feature: where several models are one graph on the same pixels, one for all of them."""
    readers = {feature: model for feature, model in models.items() if isinstance(model, Reader)}
    shared = dict(models)
    for feature, reader in readers.items():
        alike = {other: one for other, one in readers.items() if one.graph.runs_as(reader.graph)}
        if shared[feature] is reader and any(one is not reader for one in alike.values()):
            shared |= dict.fromkeys(alike, SharedGraph(alike))
    return shared

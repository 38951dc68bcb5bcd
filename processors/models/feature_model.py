"""What a model is to a pipeline: it looks at one view of an image and answers one feature or several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import View
from schemas.answers import (
    EmbeddingAnswer,
    FacesAnswer,
    FailedFeature,
    FailureCode,
    FeatureFailure,
    HashAnswer,
    LabelsAnswer,
    ModerationAnswer,
    ObjectsAnswer,
    PropertiesAnswer,
    TextAnswer,
)
from schemas.images import DEFAULT_FEATURES, DEFAULT_OPTIONS, Feature, FeatureOptions
from schemas.results import VersionedName

Answer = (
    LabelsAnswer
    | ObjectsAnswer
    | TextAnswer
    | EmbeddingAnswer
    | PropertiesAnswer
    | HashAnswer
    | FacesAnswer
    | ModerationAnswer
    | FailedFeature
)
Answers = Mapping[Feature, Answer]


@dataclass(frozen=True, slots=True)
class FeatureRequest:
    """What is asked of one image."""

    features: Sequence[Feature] = DEFAULT_FEATURES
    options: FeatureOptions = DEFAULT_OPTIONS


class FeatureModel(Protocol):
    """A loaded model, or an algorithm that needs none; ``answer`` may be called from several threads at once."""

    @property
    def id(self) -> VersionedName:
        """``name@version``, as results carry it."""

    @property
    def view(self) -> View:
        """What it must be shown of each image."""

    @property
    def features(self) -> frozenset[Feature]:
        """What it can answer."""

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> Sequence[Answers]:
        """Return for each image an answer to every feature asked of it that is one of ``features``.

        Raises ``ModelFailed`` where it cannot answer for the batch; what only one image is to blame for is a
        ``FailedFeature`` of that image.
        """


def model_failed(model: VersionedName, why: str) -> FailedFeature:
    """Return the place of an answer that ``model`` could not give."""
    return FailedFeature(model=model, error=FeatureFailure(code=FailureCode.MODEL_FAILED, message=why))

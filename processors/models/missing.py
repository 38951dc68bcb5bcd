"""What stands in the place of a model that an installation lacks, and answers its features with an error."""

from collections.abc import Sequence
from dataclasses import dataclass

from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import THUMBNAIL, View
from processors.models.feature_model import Answers, FeatureRequest
from schemas.answers import FailedFeature, FailureCode, FeatureFailure
from schemas.images import Feature
from schemas.results import VersionedName


@dataclass(frozen=True, slots=True)
class MissingModel:
    """Answers ``not_installed`` with ``message``, which says what to do; every other feature is answered as ever."""

    id: VersionedName
    features: frozenset[Feature]
    message: str
    view: View = THUMBNAIL

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[Answers]:
        """Return for each image that what it asks is not installed."""
        missing = FailedFeature(error=FeatureFailure(code=FailureCode.NOT_INSTALLED, message=self.message))
        return [dict.fromkeys(self.features.intersection(request.features), missing) for request in asked]

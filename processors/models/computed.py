"""Features that need no model: computed from a thumbnail, under names and versions like a model's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from processors.imaging import perceptual_hash, properties
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import THUMBNAIL, Pixels, View
from processors.models.feature_model import Answer, Answers, FeatureRequest, model_failed
from schemas.answers import HashAnswer, PropertiesAnswer
from schemas.images import Feature
from schemas.results import VersionedName

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ComputedFeature:
    """One feature, computed from the thumbnail of each image that it is asked of."""

    id: VersionedName
    feature: Feature
    compute: Callable[[Pixels], PropertiesAnswer | HashAnswer]
    view: View = THUMBNAIL

    @property
    def features(self) -> frozenset[Feature]:
        return frozenset({self.feature})

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[Answers]:
        """Return the feature for each image; arithmetic that fails costs only its own image."""
        pairs = zip(images, asked, strict=True)
        return [{self.feature: self._compute(image)} if self.feature in of.features else {} for image, of in pairs]

    def _compute(self, image: DecodedImage) -> Answer:
        try:
            return self.compute(image.views[self.view])
        except (ArithmeticError, ValueError) as error:
            log.exception("feature_failed", feature=self.feature, model=self.id)
            return model_failed(self.id, f"the computation failed: {type(error).__name__}")


COMPUTED: Mapping[VersionedName, ComputedFeature] = {
    computed.id: computed
    for computed in (
        ComputedFeature(properties.NAME, Feature.PROPERTIES, properties.measure_properties),
        ComputedFeature(perceptual_hash.NAME, Feature.HASH, perceptual_hash.hash_image),
    )
}

"""Run annotated pictures through a pipeline, one at a time, and take every box that its detector has to give."""

from collections.abc import Iterator, Sequence

from processors.evaluation.objects.annotations import AnnotatedPicture
from processors.evaluation.objects.average_precision import MOST_BOXES
from processors.evaluation.objects.metrics import FoundObject, Inspected
from processors.evaluation.run import Unreadable, ask, run_warm
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import LoadedPipeline
from schemas.answers import DetectedObject, ObjectsAnswer
from schemas.images import Feature, FeatureOptions, ObjectOptions

# Below it a box says nothing; the average precision needs those that are not told otherwise.
LEAST_CONFIDENCE = 0.001
EVERY_BOX = FeatureRequest(
    (Feature.OBJECTS,),
    FeatureOptions(objects=ObjectOptions(min_confidence=LEAST_CONFIDENCE, max_objects=MOST_BOXES)),
)


class ObjectEvaluator:
    """Measure a pipeline's detector on annotated pictures; one that cannot be read costs no other."""

    def __init__(self, pipeline: LoadedPipeline, max_bytes: int) -> None:
        self._pipeline = pipeline
        self._max_bytes = max_bytes

    def inspect_all(self, pictures: Sequence[AnnotatedPicture]) -> Iterator[Inspected | Unreadable]:
        """Yield each picture's outcome."""
        return run_warm(self.inspect, pictures)

    def inspect(self, picture: AnnotatedPicture) -> Inspected | Unreadable:
        """Return one picture's outcome; its time is that of reading, decoding and inference."""
        outcome = ask(self._pipeline, picture.image_id, picture.path, EVERY_BOX, ObjectsAnswer, self._max_bytes)
        if isinstance(outcome, Unreadable):
            return outcome
        return Inspected(picture, tuple(map(_found, outcome.answer.objects)), outcome.seconds)


def _found(one: DetectedObject) -> FoundObject:
    box = one.box
    corners = (box.left, box.top, box.left + box.width, box.top + box.height)
    return FoundObject(one.name, one.confidence, corners)

"""Run annotated pictures through a pipeline, one at a time, and take every box that its detector has to give."""

import time
from collections.abc import Iterator, Sequence

from infra.errors import Rejected
from processors.evaluation.objects.annotations import AnnotatedPicture
from processors.evaluation.objects.average_precision import MOST_BOXES
from processors.evaluation.objects.metrics import FoundObject, Inspected
from processors.evaluation.run import Unreadable, read_picture, unreadable
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import LoadedPipeline
from schemas.images import Feature, FeatureOptions, ObjectOptions
from schemas.results import DetectedObject, ObjectsAnswer

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
        """Yield each picture's outcome; the first picture is run once more before, unmeasured, to warm up."""
        for picture in pictures[:1]:
            self.inspect(picture)
        for picture in pictures:
            yield self.inspect(picture)

    def inspect(self, picture: AnnotatedPicture) -> Inspected | Unreadable:
        """Return one picture's outcome; its time is that of reading, decoding and inference."""
        started = time.perf_counter()
        try:
            data = read_picture(picture.path, self._max_bytes)
            image = self._pipeline.decode(data, EVERY_BOX.features)
        except (Rejected, OSError) as error:
            return unreadable(picture.image_id, error)
        answer = self._pipeline.answer([image], [EVERY_BOX])[0].objects
        if not isinstance(answer, ObjectsAnswer):
            message = "" if answer is None else answer.error.message
            return Unreadable(picture.image_id, "model_failed", message)
        found = tuple(_found(one) for one in answer.objects)
        return Inspected(picture, found, time.perf_counter() - started)


def _found(one: DetectedObject) -> FoundObject:
    box = one.box
    corners = (box.left, box.top, box.left + box.width, box.top + box.height)
    return FoundObject(one.name, one.confidence, corners)

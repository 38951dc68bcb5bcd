"""A detector described by its card alone: what is where in the picture."""

from collections.abc import Sequence

import numpy as np

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import Letterbox, Stretch, View
from processors.models.feature_model import Answers, FeatureRequest, model_failed
from processors.models.repository.repository import ModelFiles
from processors.models.runtime.image_graph import ImageGraph, Outputs
from processors.models.runtime.session import OnnxSession, Tensor
from processors.models.tasks.answers import is_wanted, objects_answer
from processors.models.tasks.boxes import suppress, to_ratios
from processors.models.tasks.detections import DetectionReader, Detections
from processors.models.tasks.grids import UnreadableDetections
from schemas.images import Feature, ObjectOptions
from schemas.results import FailedFeature, ObjectsAnswer, VersionedName

# Of thousands of boxes around one thing these are more than enough; comparing all would take seconds.
MAX_CANDIDATES = 4096


class Detector:
    """One loaded detection model."""

    features = frozenset({Feature.OBJECTS})

    def __init__(self, files: ModelFiles, session: OnnxSession, settings: ModelSettings) -> None:
        """Raises ``ConfigurationError`` that says what of the card does not fit the graph."""
        self.card = files.card
        self._labels = files.labels
        self._settings = settings
        self._rules = files.card.detection_rules
        self._graph = ImageGraph(files.card, session)
        self._reader = DetectionReader(files.card, len(files.labels))
        self._try_out()

    @property
    def id(self) -> VersionedName:
        return self.card.id

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of every kind of object that it knows."""
        return self._labels

    @property
    def least_confidence(self) -> float:
        """The confidence from which an object is told, where a caller asks for no other."""
        return self._settings.min_object_confidence

    @property
    def view(self) -> View:
        return self._graph.view

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[Answers]:
        """Return the objects that are wanted; outputs that cannot be read cost only their own image.

        Raises ``ModelFailed`` if the model cannot run on the batch.
        """
        outputs = self._graph.run_each(images, self.card.outputs.names, batched=self._rules.batched)
        triples = zip(images, outputs, asked, strict=True)
        return [{Feature.OBJECTS: self._find(*triple)} for triple in triples]

    def _find(self, image: DecodedImage, outputs: Outputs, request: FeatureRequest) -> ObjectsAnswer | FailedFeature:
        try:
            found = self._reader.read(outputs)
        except UnreadableDetections as error:
            return model_failed(self.id, f"the model failed: {error}")
        kept = self._choose(self._within(image, found), request.options.objects)
        names = [self._labels[number] for number in kept.classes]
        return objects_answer(self.id, names, kept.scores, kept.boxes)

    def _within(self, image: DecodedImage, found: Detections) -> Detections:
        """Return boxes as ratios of the upright image; what lies outside is left out."""
        view = self._graph.view
        if not isinstance(view, Letterbox | Stretch):
            raise TypeError(f"{self.id}: a detector is shown the whole image")
        boxes = to_ratios(found.boxes, view.placement((image.width, image.height)))
        shorter_sides = (boxes[:, 2:] - boxes[:, :2]).min(axis=1)
        return Detections(boxes, found.scores, found.classes).only(np.flatnonzero(shorter_sides > 0))

    def _choose(self, found: Detections, options: ObjectOptions) -> Detections:
        """Return the surest that are wanted, one box for each object."""
        most = options.max_objects or self._settings.max_objects
        least = self._settings.min_object_confidence if options.min_confidence is None else options.min_confidence
        found = found.only(np.flatnonzero((found.scores >= least) & self._wanted(options)[found.classes]))
        found = found.only(np.argsort(-found.scores, kind="stable")[:MAX_CANDIDATES])
        if not self._rules.nms:
            return found.only(np.arange(min(most, len(found.scores))))
        return found.only(suppress(found.boxes, found.scores, found.classes, self._rules.iou_threshold, most))

    def _wanted(self, options: ObjectOptions) -> Tensor:
        return np.array([is_wanted(name, options) for name in self._labels], bool)

    def _try_out(self) -> None:
        outputs = self._graph.try_out(self.card.outputs.names, batched=self._rules.batched)
        try:
            # A graph that looks for contrast may give no numbers for black; what must fit here are the shapes.
            self._reader.read({name: np.nan_to_num(tensor) for name, tensor in outputs.items()})
        except UnreadableDetections as error:
            raise self._graph.unfit(str(error)) from None

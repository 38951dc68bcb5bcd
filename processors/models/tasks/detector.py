"""A detector described by its card alone: what is where in the picture."""

from collections.abc import Sequence

import numpy as np

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import Letterbox, Stretch, View
from processors.labels.tree import LabelTree
from processors.models.feature_model import Answer, Answers, FeatureRequest, model_failed
from processors.models.label_trees import tree_of
from processors.models.repository.repository import ModelFiles
from processors.models.runtime.image_graph import ImageGraph, Outputs
from processors.models.runtime.session import OnnxSession, Tensor
from processors.models.tasks.answers import faces_answer, objects_answer
from processors.models.tasks.boxes import suppress, to_ratios
from processors.models.tasks.detections import DetectionReader, Detections
from processors.models.tasks.grids import UnreadableDetections
from schemas.answers import FacesAnswer, ObjectsAnswer
from schemas.images import FaceOptions, Feature, ObjectOptions
from schemas.results import VersionedName

# Of thousands of boxes around one thing these are more than enough; comparing all would take seconds.
MAX_CANDIDATES = 4096
# Where neither the reference nor the settings nor the model's card says another.
MIN_OBJECT_CONFIDENCE = 0.25
MIN_FACE_CONFIDENCE = 0.5


class Detector:
    """One loaded detection model; where one of its labels stands for a face, it answers ``faces`` as well."""

    def __init__(self, files: ModelFiles, session: OnnxSession, settings: ModelSettings) -> None:
        """Raises ``ConfigurationError`` that says what of the card does not fit the graph."""
        self.card = files.card
        self._tree = tree_of(files)
        self._settings = settings
        self._rules = files.card.detection_rules
        self._graph = ImageGraph(files.card, session)
        self._reader = DetectionReader(files.card, len(files.labels))
        self._is_face = np.array([label == self._rules.face_label for label in files.labels], bool)
        self._try_out()

    @property
    def id(self) -> VersionedName:
        return self.card.id

    @property
    def features(self) -> frozenset[Feature]:
        return self.card.features

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of every kind of object that it knows."""
        return self._tree.labels

    @property
    def tree(self) -> LabelTree:
        """Where the kinds of objects stand in the hierarchy of labels."""
        return self._tree

    @property
    def least_confidence(self) -> float:
        """The confidence from which an object is told, where a caller asks for no other."""
        return self.card.least_confidence(self._settings.min_object_confidence, MIN_OBJECT_CONFIDENCE)

    @property
    def view(self) -> View:
        return self._graph.view

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[Answers]:
        """Return the objects and faces that are wanted; outputs that cannot be read cost only their own image.

        Raises ``ModelFailed`` if the model cannot run on the batch.
        """
        outputs = self._graph.run_each(images, self.card.outputs.names, batched=self._rules.batched)
        return [self._answer(*triple) for triple in zip(images, outputs, asked, strict=True)]

    def _answer(self, image: DecodedImage, outputs: Outputs, request: FeatureRequest) -> Answers:
        try:
            found = self._within(image, self._reader.read(outputs))
        except UnreadableDetections as error:
            failed = model_failed(self.id, f"the model failed: {error}")
            return dict.fromkeys(self.features.intersection(request.features), failed)
        answers: dict[Feature, Answer] = {}
        if Feature.OBJECTS in request.features:
            answers[Feature.OBJECTS] = self._find_objects(found, request.options.objects)
        if Feature.FACES in request.features and Feature.FACES in self.features:
            answers[Feature.FACES] = self._find_faces(found, request.options.faces)
        return answers

    def _find_objects(self, found: Detections, options: ObjectOptions) -> ObjectsAnswer:
        least = self.least_confidence if options.min_confidence is None else options.min_confidence
        most = options.max_objects or self._settings.max_objects
        kept = self._choose(found, self._tree.wanted(options), least, most)
        return objects_answer(self.id, self._tree, kept.classes, kept.scores, kept.boxes, options)

    def _find_faces(self, found: Detections, options: FaceOptions) -> FacesAnswer:
        usual = self.card.least_confidence(self._settings.min_face_confidence, MIN_FACE_CONFIDENCE)
        least = usual if options.min_confidence is None else options.min_confidence
        kept = self._choose(found, self._is_face, least, options.max_faces or self._settings.max_faces)
        return faces_answer(self.id, kept.scores, kept.boxes)

    def _within(self, image: DecodedImage, found: Detections) -> Detections:
        """Return boxes as ratios of the upright image; what lies outside is left out."""
        view = self._graph.view
        if not isinstance(view, Letterbox | Stretch):
            raise TypeError(f"{self.id}: a detector is shown the whole image")
        boxes = to_ratios(found.boxes, view.placement((image.width, image.height)))
        shorter_sides = (boxes[:, 2:] - boxes[:, :2]).min(axis=1)
        return Detections(boxes, found.scores, found.classes).only(np.flatnonzero(shorter_sides > 0))

    def _choose(self, found: Detections, wanted: Tensor, least: float, most: int) -> Detections:
        """Return the surest of the labels that are ``wanted``, one box for each object."""
        found = found.only(np.flatnonzero((found.scores >= least) & wanted[found.classes]))
        found = found.only(np.argsort(-found.scores, kind="stable")[:MAX_CANDIDATES])
        if not self._rules.nms:
            return found.only(np.arange(min(most, len(found.scores))))
        return found.only(suppress(found.boxes, found.scores, found.classes, self._rules.iou_threshold, most))

    def _try_out(self) -> None:
        outputs = self._graph.try_out(self.card.outputs.names, batched=self._rules.batched)
        try:
            # A graph that looks for contrast may give no numbers for black; what must fit here are the shapes.
            self._reader.read({name: np.nan_to_num(tensor) for name, tensor in outputs.items()})
        except UnreadableDetections as error:
            raise self._graph.unfit(str(error)) from None
        if self._rules.face_label is not None and not self._is_face.any():
            raise self._graph.unfit(f"detection.face_label: {self._rules.face_label} is none of its labels")

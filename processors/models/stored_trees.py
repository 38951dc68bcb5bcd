"""The hierarchy above labels that were stored without one, by a model that comes with Vedette."""

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from processors.labels.tree import LabelTree, Vector
from processors.models.default.shipped import shipped_models
from processors.models.label_trees import known_tree
from schemas.answers import DetectedObject, FailedFeature, Label, LabelsAnswer, ObjectsAnswer
from schemas.results import RecognitionResult, VersionedName


class StoredTrees:
    """Derives what stands above stored labels and objects from these alone.

    Of a model's other labels nothing is known any more: what is more general is at least as sure as it is told then.
    """

    def __init__(self, least: float) -> None:
        """``least`` is the least confidence of what is told of labels."""
        self._least = least

    def complete(self, result: RecognitionResult) -> RecognitionResult:
        """Return the result with its hierarchy, where it has none and its model is known."""
        labels, objects = result.features.labels, result.features.objects
        changed = {"labels": self._of_labels(labels), "objects": self._of_objects(objects)}
        if (changed["labels"], changed["objects"]) == (labels, objects):
            return result
        return result.model_copy(update={"features": result.features.model_copy(update=changed)})

    def _of_labels(self, answer: LabelsAnswer | FailedFeature | None) -> LabelsAnswer | FailedFeature | None:
        tree = self._tree_for(answer)
        if tree is None or not isinstance(answer, LabelsAnswer):
            return answer
        sure = _confidences(tree, answer.labels)
        return answer.model_copy(
            update={
                "labels": tuple(_placed(label, tree) for label in answer.labels),
                "label_tree": tree.nodes(sure, self._least),
                "categories": tree.categories(sure, self._least),
            }
        )

    def _of_objects(self, answer: ObjectsAnswer | FailedFeature | None) -> ObjectsAnswer | FailedFeature | None:
        tree = self._tree_for(answer)
        if tree is None or not isinstance(answer, ObjectsAnswer):
            return answer
        sure = _confidences(tree, answer.objects)
        return answer.model_copy(update={"label_tree": tree.nodes(sure, 0.0), "categories": tree.categories(sure, 0.0)})

    def _tree_for(self, answer: LabelsAnswer | ObjectsAnswer | FailedFeature | None) -> LabelTree | None:
        if not isinstance(answer, LabelsAnswer | ObjectsAnswer) or answer.label_tree is not None:
            return None
        return self._trees.get(answer.model)

    @cached_property
    def _trees(self) -> Mapping[VersionedName, LabelTree]:
        return {
            model: known_tree(labels, exclusive=card.task == "classification")
            for model, (card, labels) in shipped_models().items()
        }


def _confidences(tree: LabelTree, found: Iterable[Label | DetectedObject]) -> Vector:
    """Return a confidence for each of a model's labels: none where nothing of it was stored."""
    sure = np.zeros(len(tree.labels))
    for one in found:
        if (number := tree.number_of(one.name)) is not None:
            sure[number] = max(sure[number], one.confidence)
    return sure


def _placed(label: Label, tree: LabelTree) -> Label:
    number = tree.number_of(label.name)
    return label if number is None else tree.label(number, label.confidence)

"""Boxes of objects beneath the labels and nodes of exactly their kind."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TypeVar

from schemas.answers import Instance, Label, LabelsAnswer, ObjectsAnswer, TreeNode

Placed = TypeVar("Placed", Label, TreeNode)
Instances = Mapping[str, list[Instance]]


def with_instances(labels: LabelsAnswer, objects: ObjectsAnswer, node_of: Callable[[str], str]) -> LabelsAnswer:
    """Return the labels with the boxes of the objects, each where the hierarchy has its kind and nowhere beneath.

    ``node_of`` says what the hierarchy calls a kind of object: a *cat* stands under *cat*, and not under *tabby*.
    """
    if labels.label_tree is None or not objects.objects:
        return labels
    boxes: dict[str, list[Instance]] = defaultdict(list)
    for found in objects.objects:
        boxes[node_of(found.name)].append(Instance(confidence=found.confidence, box=found.box))
    return labels.model_copy(
        update={
            "labels": tuple(_placed(label, boxes) for label in labels.labels),
            "label_tree": tuple(_placed(node, boxes) for node in labels.label_tree),
        }
    )


def _placed(item: Placed, boxes: Instances) -> Placed:
    return item.model_copy(update={"instances": tuple(boxes[item.name])}) if item.name in boxes else item

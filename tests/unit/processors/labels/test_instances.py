"""The boxes of objects stand where the hierarchy has their kind, and nowhere beneath."""

from processors.labels.instances import with_instances
from processors.labels.shipped import shipped_labels
from schemas.answers import Box, DetectedObject, Label, LabelsAnswer, ObjectsAnswer, TreeNode

BOX = Box(left=0.1, top=0.2, width=0.3, height=0.4)
LABELS = LabelsAnswer(
    model="m@1",
    labels=(Label(name="tabby", confidence=0.6), Label(name="television", confidence=0.1)),
    label_tree=(
        TreeNode(name="animal", confidence=0.8),
        TreeNode(name="cat", confidence=0.8),
        TreeNode(name="tabby", confidence=0.6),
    ),
)


def found(*names: str) -> ObjectsAnswer:
    objects = tuple(DetectedObject(name=name, confidence=0.5, box=BOX) for name in names)
    return ObjectsAnswer(model="d@1", objects=objects)


def node_of(label: str) -> str:
    return shipped_labels().coco.get(label, label)


def boxes(answer: LabelsAnswer) -> dict[str, int]:
    placed = (*answer.labels, *(answer.label_tree or ()))
    return {item.name: len(item.instances) for item in placed if item.instances}


def test_a_cat_stands_under_cat_and_not_under_tabby() -> None:
    placed = with_instances(LABELS, found("cat", "cat"), node_of)
    assert boxes(placed) == {"cat": 2}


def test_an_object_is_placed_by_what_the_hierarchy_calls_it() -> None:
    assert boxes(with_instances(LABELS, found("tv", "bus"), node_of)) == {"television": 1}


def test_without_objects_or_a_hierarchy_nothing_changes() -> None:
    assert with_instances(LABELS, found(), node_of) is LABELS
    bare = LABELS.model_copy(update={"label_tree": None})
    assert with_instances(bare, found("tabby"), node_of) is bare

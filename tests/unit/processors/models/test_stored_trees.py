"""Results that were stored before there was a hierarchy get one from their labels, where their model is known."""

from processors.models.stored_trees import StoredTrees
from schemas.answers import FailedFeature, FailureCode, FeatureAnswers, FeatureFailure, Label, LabelsAnswer
from tests.samples import CAT, OBJECTS, result

TREES = StoredTrees(0.05)
DOGS = (
    Label(name="pug", confidence=0.4),
    Label(name="beagle", confidence=0.3),
    Label(name="volcano", confidence=0.03),
)


def completed(answer: LabelsAnswer) -> LabelsAnswer:
    features = TREES.complete(result("shop", features=FeatureAnswers(labels=answer))).features
    assert isinstance(features.labels, LabelsAnswer)
    return features.labels


def test_a_parent_is_at_least_as_sure_as_the_stored_labels_beneath_it() -> None:
    answer = completed(LabelsAnswer(model="lite0@1", labels=DOGS))
    sure = {node.name: node.confidence for node in answer.label_tree or ()}
    assert sure["dog"] == 0.7
    assert sure["animal"] == 0.7
    assert "volcano" not in sure
    assert [label.name for label in answer.labels] == ["pug", "beagle", "volcano"]
    assert [label.confidence for label in answer.labels] == [0.4, 0.3, 0.03]
    assert "dog" in (answer.labels[0].parents or ())
    assert [category.name for category in answer.categories or ()] == ["Animals and Pets"]


def test_objects_of_the_default_detector_get_theirs() -> None:
    objects = OBJECTS.model_copy(update={"model": "nanodet@1"})
    features = TREES.complete(result("shop", features=FeatureAnswers(objects=objects))).features
    sure = {node.name: node.confidence for node in getattr(features.objects, "label_tree", None) or ()}
    assert (sure["dog"], sure["car"], sure["vehicle"]) == (0.9, 0.6, 0.6)


def test_what_has_a_hierarchy_or_no_known_model_stays_as_it_is() -> None:
    unknown = result("shop", features=FeatureAnswers(labels=LabelsAnswer(model="own@1", labels=(CAT,))))
    assert TREES.complete(unknown) is unknown
    failure = FailedFeature(error=FeatureFailure(code=FailureCode.MODEL_FAILED, message="It failed."))
    failed = result("shop", features=FeatureAnswers(labels=failure))
    assert TREES.complete(failed) is failed
    once = TREES.complete(result("shop"))
    assert TREES.complete(once) is once
    assert "cat" in (once.features.labels.labels[0].parents or ())  # type: ignore[union-attr]

"""What the index keeps of properties, hashes, objects and text, in fields that can be filtered."""

from hypothesis import given
from hypothesis import strategies as st

from infra.elasticsearch.answer_fields import least_score_term, score_term
from infra.elasticsearch.migration import read_definition
from infra.elasticsearch.result_documents import hash_bands, result_document
from schemas.answers import (
    Category,
    FailedFeature,
    FailureCode,
    FeatureAnswers,
    FeatureFailure,
    Label,
    LabelsAnswer,
    TreeNode,
)
from schemas.results import ResultWarning
from tests.samples import FACES, HASH, MODERATION, NO_FACES, OBJECTS, PROPERTIES, TEXT, result


def test_properties_and_hash_become_fields_of_their_own() -> None:
    source = result_document(result("shop", features=FeatureAnswers(properties=PROPERTIES, hash=HASH))).source
    assert source["colours"] == ["red", "black"]
    assert (source["brightness"], source["contrast"], source["sharpness"]) == (0.4, 0.3, 0.6)
    assert source["hash"] == "c2924c5532bddfc8"
    assert source["hash_bands"] == ["0:c292", "1:4c55", "2:32bd", "3:dfc8"]
    assert (source["properties_model"], source["hash_model"]) == ("properties@1", "phash@1")


def test_a_black_image_keeps_its_zeros() -> None:
    black = PROPERTIES.model_copy(update={"brightness": 0.0, "contrast": 0.0, "sharpness": 0.0})
    source = result_document(result("shop", features=FeatureAnswers(properties=black))).source
    assert (source["brightness"], source["contrast"], source["sharpness"]) == (0.0, 0.0, 0.0)


def test_a_failed_hash_is_told_and_leaves_no_field() -> None:
    failed = FailedFeature(error=FeatureFailure(code=FailureCode.MODEL_FAILED, message="It failed."))
    source = result_document(result("shop", features=FeatureAnswers(hash=failed))).source
    assert source["failed_features"] == ["hash"]
    assert not {"hash", "hash_bands", "hash_model"} & set(source)


def test_hashes_three_bits_apart_share_a_band() -> None:
    near = f"{int(HASH.perceptual, 16) ^ (1 << 63 | 1 << 40 | 1 << 20):016x}"
    assert set(hash_bands(near)) & set(hash_bands(HASH.perceptual)) == {"3:dfc8"}


def test_the_mapping_has_every_field_that_documents_have() -> None:
    answers = FeatureAnswers(
        properties=PROPERTIES, hash=HASH, objects=OBJECTS, text=TEXT, faces=FACES, moderation=MODERATION
    )
    source = result_document(result("shop", features=answers, warnings=(ResultWarning.TRUNCATED,))).source
    assert source["warnings"] == ["truncated"]
    assert set(source) <= set(read_definition()["mappings"]["properties"])


def test_objects_become_names_a_count_and_each_by_itself() -> None:
    source = result_document(result("shop", features=FeatureAnswers(objects=OBJECTS))).source
    assert source["objects"] == ["dog", "car"]
    assert source["objects_50"] == ["dog", "car"]
    assert source["object_count"] == 3
    assert source["object_model"] == "finder@1"
    assert source["detections"][1] == {
        "name": "car",
        "confidence": 0.6,
        "box": {"left": 0.5, "top": 0.0, "width": 0.5, "height": 0.25},
    }
    assert {"dog", "car"} <= set(source["search_text"].split())


def test_objects_of_less_than_half_confidence_are_only_among_all() -> None:
    faint = OBJECTS.model_copy(update={"objects": OBJECTS.objects[1:]})
    source = result_document(result("shop", features=FeatureAnswers(objects=faint))).source
    assert (source["objects"], source["objects_50"]) == (["car", "dog"], ["car"])


def test_of_faces_the_index_keeps_their_number_alone() -> None:
    bare = result_document(result("shop", features=FeatureAnswers())).source
    with_faces = result_document(result("shop", features=FeatureAnswers(faces=FACES))).source
    more = {name: value for name, value in with_faces.items() if name not in bare}
    assert more == {"face_count": 2, "face_model": "blazeface@1"}
    none = result_document(result("shop", features=FeatureAnswers(faces=NO_FACES))).source
    assert none["face_count"] == 0


def test_an_image_with_nothing_in_it_says_so() -> None:
    nothing = FeatureAnswers(
        objects=OBJECTS.model_copy(update={"objects": ()}), text=TEXT.model_copy(update={"text": "", "lines": ()})
    )
    source = result_document(result("shop", features=nothing)).source
    assert (source["object_count"], source["text_lines"]) == (0, 0)
    assert (source["object_model"], source["text_model"]) == ("finder@1", "ppocr@1")


def test_text_is_kept_as_it_is_read_and_found_among_the_words() -> None:
    source = result_document(result("shop", features=FeatureAnswers(text=TEXT))).source
    assert (source["text"], source["text_lines"]) == ("Fragile\nThis side UP", 2)
    assert {"fragile", "this", "side", "up"} <= set(source["search_text"].split())


CLASSIFIED = LabelsAnswer(
    model="lite0@1",
    labels=(Label(name="pug", confidence=0.6, aliases=("pug-dog",)),),
    label_tree=(TreeNode(name="animal", confidence=0.95), TreeNode(name="Dog", confidence=0.6)),
    categories=(Category(name="Animals and Pets", confidence=0.95),),
)


def test_the_hierarchy_of_labels_and_objects_becomes_flat_fields() -> None:
    nodes = (TreeNode(name="Dog", confidence=0.9), TreeNode(name="vehicle", confidence=0.3))
    objects = OBJECTS.model_copy(update={"label_tree": nodes})
    source = result_document(result("shop", features=FeatureAnswers(labels=CLASSIFIED, objects=objects))).source
    assert source["label_tree"] == ["animal", "Dog", "vehicle"]
    assert source["label_tree_50"] == source["label_tree_90"] == ["animal", "Dog"]
    assert source["label_tree_scores"] == ["animal\x1f0.950000", "dog\x1f0.900000", "vehicle\x1f0.300000"]
    assert (source["categories"], source["category_scores"]) == (["Animals and Pets"], ["animals and pets\x1f0.950000"])
    assert {"pug", "dog", "animal", "vehicle", "pets"} <= set(source["search_text"].split())
    assert source["labels"] == ["pug"]
    assert set(source) <= set(read_definition()["mappings"]["properties"])


def test_a_result_without_a_hierarchy_has_no_field_of_it() -> None:
    source = result_document(result("shop")).source
    assert not [name for name in source if name.startswith(("label_tree", "categor"))]


@given(st.floats(0, 1), st.floats(0, 1))
def test_terms_of_one_name_are_in_the_order_of_their_confidences(stored: float, least: float) -> None:
    stored = round(stored, 6)
    least = round(least, 6)
    found = least_score_term("Dog", least) <= score_term("dog", stored) <= score_term("dog", 1.0)
    assert found == (stored >= least)

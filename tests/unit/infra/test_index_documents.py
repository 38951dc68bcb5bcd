"""What the index keeps of properties and hashes, in fields that can be filtered."""

from infra.index_documents import hash_bands, result_document
from infra.index_migration import read_definition
from schemas.results import FailedFeature, FailureCode, FeatureAnswers, FeatureFailure
from tests.samples import HASH, PROPERTIES, result


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
    source = result_document(result("shop", features=FeatureAnswers(properties=PROPERTIES, hash=HASH))).source
    assert set(source) <= set(read_definition()["mappings"]["properties"])

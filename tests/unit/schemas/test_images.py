"""Whose image it is, under which key, and in which order references count."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.images import (
    LATEST_MS,
    Feature,
    ImageIdentity,
    ImageReference,
    Origin,
    derive_image_id,
    identity_of,
)

owners = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)
image_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,127}", fullmatch=True)


def origin(**changes: int) -> Origin:
    fields: dict[str, Any] = {"partition": 1, "offset": 2, "appended_at_ms": 3}
    return Origin(topic="image-references", **{**fields, **changes})


def test_the_key_is_part_of_the_contract() -> None:
    # printf 'shop\0a-1' | sha256sum | cut -c1-40
    assert ImageIdentity(owner="shop", image_id="a-1").image_key == "24d45ca504b70291553fd02f213faa3720cebb51"


def test_the_derived_name_is_part_of_the_contract() -> None:
    # printf 's3://shop/a.jpg' | sha256sum | cut -c1-32
    assert derive_image_id("s3://shop/a.jpg") == "uri-b9307d7212323251e4c3bb8624daa934"


@given(owners, image_ids, owners, image_ids)
def test_two_images_share_a_key_only_if_they_are_one(owner: str, name: str, other: str, other_name: str) -> None:
    one, two = ImageIdentity(owner=owner, image_id=name), ImageIdentity(owner=other, image_id=other_name)
    assert (one.image_key == two.image_key) == (one == two)


def test_moving_letters_from_workspace_to_name_gives_another_image() -> None:
    assert ImageIdentity(owner="ab", image_id="c").image_key != ImageIdentity(owner="a", image_id="bc").image_key


@pytest.mark.parametrize(
    "signed", ["https://h.example/a.jpg?sig=1", "https://h.example/a.jpg#x", "https://me:secret@h.example/a.jpg?sig=2"]
)
def test_a_signature_does_not_change_the_name(signed: str) -> None:
    assert derive_image_id(signed) == derive_image_id("https://h.example/a.jpg")


def test_a_producers_own_name_is_stronger_than_the_derived_one() -> None:
    named = ImageReference(owner="shop", uri="s3://shop/a.jpg", image_id="mine")
    assert named.identity == ImageIdentity(owner="shop", image_id="mine")
    unnamed = ImageReference(owner="shop", uri="s3://shop/a.jpg")
    assert unnamed.identity.image_id == derive_image_id("s3://shop/a.jpg")


def test_features_are_kept_in_order_and_once_each() -> None:
    reference = ImageReference(owner="shop", uri="s3://shop/a.jpg", features=("text", "labels", "text"))
    assert reference.features == (Feature.TEXT, Feature.LABELS)
    assert ImageReference(owner="shop", uri="s3://shop/a.jpg").features is None


def test_the_public_address_has_no_secrets() -> None:
    reference = ImageReference(owner="shop", uri="https://me:secret@h.example/a.jpg?sig=secret#secret")
    assert reference.public_uri == "https://h.example/a.jpg"


def test_a_message_is_known_by_its_place() -> None:
    assert origin().name == "image-references:1:2"
    assert origin(appended_at_ms=1_700_000_000_500).appended_at == datetime(2023, 11, 14, 22, 13, 20, 500_000, UTC)


def test_a_later_reference_counts_more() -> None:
    assert origin(appended_at_ms=4, offset=0).version > origin(appended_at_ms=3, offset=999).version
    assert origin(offset=6).version > origin(offset=5).version


def test_the_last_version_fits_into_64_bits() -> None:
    last = origin(appended_at_ms=LATEST_MS, offset=2**63 - 1)
    assert last.version < 2**63
    assert last.appended_at.year == 9999


@pytest.mark.parametrize(
    "changes",
    [
        {"offset": -1},
        {"offset": 2**63},
        {"partition": -1},
        {"partition": 2**31},
        {"appended_at_ms": 253_402_300_800_000},
    ],
)
def test_a_place_that_kafka_cannot_have_is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        origin(**changes)


@pytest.mark.parametrize(
    "payload", [None, 7, [], {}, {"owner": "shop"}, {"owner": "shop", "uri": None}, {"uri": "s3://a/b"}]
)
def test_what_names_no_image_has_no_identity(payload: Any) -> None:
    assert identity_of(payload) is None


def test_what_names_an_image_has_one_whatever_else_is_wrong() -> None:
    named = identity_of({"owner": "shop", "image_id": "a-1", "uri": 7, "features": "none"})
    assert named == ImageIdentity(owner="shop", image_id="a-1")

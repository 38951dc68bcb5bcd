"""Any bytes become a reference or an error that names the field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letters import Reason
from schemas.images import ImageIdentity, ImageReference, derive_image_id
from schemas.wire import InvalidReference, identity_named, parse_reference, unframe

VALID = {"owner": "shop", "uri": "s3://shop/a.jpg"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=5,
)


def _parse(**changes: Any) -> ImageReference:
    return parse_reference(json.dumps({**VALID, **changes}).encode())


def _refusal(value: bytes | None) -> InvalidReference:
    with pytest.raises(InvalidReference) as refused:
        parse_reference(value)
    return refused.value


def _refusal_of(**changes: Any) -> InvalidReference:
    return _refusal(json.dumps({**VALID, **changes}).encode())


def test_owner_and_uri_are_enough() -> None:
    assert _parse() == ImageReference(owner="shop", uri="s3://shop/a.jpg")


def test_fields_that_newer_producers_add_are_ignored() -> None:
    assert _parse(colour="red", nested={"a": [1]}) == _parse()


def test_the_last_of_two_equal_keys_counts() -> None:
    assert parse_reference(b'{"owner":"a","owner":"shop","uri":"s3://shop/a.jpg"}') == _parse()


def test_confluents_frame_is_taken_off() -> None:
    assert parse_reference(b"\0\0\0\0\7" + json.dumps(VALID).encode()) == _parse()


def test_json_without_a_frame_is_left_as_it_is() -> None:
    assert unframe(b'{"a":1}') == b'{"a":1}'


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"   ",
        b"\0\0\0\0\7",
        b"\0",
        b"not json",
        b"\xff\xfe",
        b'{"owner": "shop"',
        b'{"owner": "shop", "uri": "s3://a/b"} trailing',
        b'{"owner": "shop", "uri": "s3://a/b", "metadata": {"n": NaN}}',
        b'{"owner": "shop", "uri": "s3://a/b", "metadata": {"n": -Infinity}}',
        b'{"owner": "\\ud800", "uri": "s3://a/b"}',
        b'{"owner": "\xed\xa0\x80", "uri": "s3://a/b"}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"owner": "shop", "uri": "s3://a/b", "deep": ' + b"[" * 1000 + b"]" * 1000 + b"}",
        b'{"owner": "shop", "uri": "s3://a/b", "metadata": {"n": ' + b"9" * 10_000 + b"}}",
    ],
)
def test_what_is_not_json_is_said_to_be_so(value: bytes | None) -> None:
    assert _refusal(value).reason is Reason.INVALID_JSON


@pytest.mark.parametrize(
    ("value", "kind"),
    [(b"null", "null"), (b"7", "a number"), (b"0.5", "a number"), (b'"x"', "a text"), (b"[]", "a list")],
)
def test_json_that_is_no_object_is_no_reference(value: bytes, kind: str) -> None:
    refusal = _refusal(value)
    assert (refusal.reason, refusal.detail) == (
        Reason.INVALID_REFERENCE,
        f"the message is {kind}, not a JSON object",
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"owner": None}, "owner: Input should be a valid string"),
        ({"owner": "No Such"}, "owner: String should match pattern"),
        ({"uri": ["s3://a/b"]}, "uri: Input should be a valid string"),
        ({"uri": "s3://a/b c"}, "uri: String should match pattern"),
        ({"uri": "s3://a/" + "b" * 9000}, "uri: String should have at most 8192 characters"),
        ({"image_id": "../a"}, "image_id: String should match pattern"),
        ({"image_id": 7}, "image_id: Input should be a valid string"),
        ({"features": []}, "features: Tuple should have at least 1 item"),
        ({"features": ["labels", "horoscope"]}, "features.1: Input should be 'labels', 'objects'"),
        ({"metadata": {"n": [1]}}, "metadata.n: must be text of at most 1024 characters, a number, true or false"),
        ({"metadata": {"n": "x" * 1025}}, "metadata.n: must be text"),
        ({"metadata": {"": "x"}}, "metadata.: the name is too long or empty"),
        ({"metadata": {str(n): n for n in range(65)}}, "metadata: Dictionary should have at most 64 items"),
        ({"metadata": {"n": 2**63}}, "metadata: n does not fit into 64 bits: send it as text"),
        ({"submitted_at": "yesterday"}, "submitted_at: Input should be a valid datetime"),
        ({"submitted_at": "2025-01-01T00:00:00"}, "submitted_at: Input should have timezone info"),
        ({"deadline": "9999-12-31T23:59:59-14:00"}, "deadline: is out of range"),
        ({"deadline": 1e300}, "deadline: Input should be a valid datetime"),
    ],
)
def test_each_bad_field_is_named(changes: dict[str, Any], problem: str) -> None:
    refusal = _refusal_of(**changes)
    assert refusal.reason is Reason.INVALID_REFERENCE
    assert refusal.detail.startswith(problem)


def test_a_number_too_large_for_any_reader_is_named() -> None:
    refusal = _refusal(b'{"owner":"shop","uri":"s3://a/b","metadata":{"n":1e999}}')
    assert refusal.detail == "metadata: n is not a finite number"


def test_missing_fields_are_named_in_order() -> None:
    assert _refusal(b"{}").detail == "owner: Field required; uri: Field required"


def test_what_the_fields_hold_is_not_repeated() -> None:
    refusal = _refusal_of(uri="https://user:secret@host/a b?sig=secret", image_id="secret secret", owner="SECRET")
    assert "secret" not in refusal.detail.lower()


def test_a_message_full_of_faults_gives_a_short_sentence() -> None:
    refusal = _refusal_of(metadata={f"{n}{'n' * 500}": [n] for n in range(60)})
    assert len(refusal.detail) < 1000
    assert "and 55 more" in refusal.detail


def test_a_message_that_is_too_large_is_refused_under_its_own_name() -> None:
    refusal = _refusal_of(image_id="a-1", padding="x" * 262_144)
    assert refusal.detail == "the message is larger than 262144 bytes"
    assert refusal.identity == ImageIdentity(owner="shop", image_id="a-1")


def test_a_bad_field_leaves_the_image_its_name() -> None:
    assert _refusal_of(image_id="a-1", features=[]).identity == ImageIdentity(owner="shop", image_id="a-1")
    derived = ImageIdentity(owner="shop", image_id=derive_image_id(VALID["uri"]))
    assert _refusal_of(features=[]).identity == derived


@pytest.mark.parametrize("changes", [{"owner": "Not One"}, {"image_id": "../.."}, {"uri": 7}])
def test_a_message_whose_image_cannot_be_named_has_no_identity(changes: dict[str, Any]) -> None:
    assert _refusal_of(**changes).identity is None


@pytest.mark.parametrize("image_id", ["", False, 0, 0.0, [], {}, " ", " a-1", "a-1\n", 7, True])
def test_a_name_that_is_none_is_not_replaced_by_the_address(image_id: Any) -> None:
    assert _refusal_of(image_id=image_id).identity is None


@pytest.mark.parametrize("owner", [None, False, 0, 7, [], ["shop"], {}, "", " shop", "shop ", "SHOP", "shop\n"])
def test_a_valid_name_of_no_valid_workspace_names_no_image(owner: Any) -> None:
    assert _refusal_of(owner=owner, image_id="a-1").identity is None


@pytest.mark.parametrize("uri", [None, "", " s3://shop/a.jpg", "s3://shop/a.jpg\n", "s" * 8193, ["s3://shop/a.jpg"]])
def test_an_address_that_is_none_names_no_image(uri: Any) -> None:
    assert _refusal_of(uri=uri).identity is None


def test_of_two_equal_keys_the_last_one_names_the_image_of_a_refused_message_too() -> None:
    refusal = _refusal(b'{"owner":"shop","uri":"s3://b/a","image_id":"first","image_id":"last","features":[]}')
    assert refusal.identity == ImageIdentity(owner="shop", image_id="last")
    assert _refusal(b'{"owner":"shop","uri":"s3://b/a","image_id":"first","image_id":""}').identity is None


NAMES: Any = json_values | st.sampled_from(["shop", "a-1", "s3://shop/a.jpg", "", " ", "0", "\ud800", "null"])
PAYLOADS = st.fixed_dictionaries({}, optional={"owner": NAMES, "image_id": NAMES, "uri": NAMES, "features": NAMES})


@given(PAYLOADS)
def test_a_refused_message_touches_only_what_a_valid_one_with_the_same_names_would(payload: dict[str, Any]) -> None:
    touched = identity_named(json.dumps(payload).encode())
    if touched is None:
        return
    names = {name: payload[name] for name in ("owner", "image_id") if payload.get(name) is not None}
    uri = {} if "image_id" in names else {"uri": payload["uri"]}
    assert ImageReference.model_validate({"uri": VALID["uri"], **names, **uri}).identity == touched


def test_moments_are_kept_in_utc() -> None:
    reference = _parse(submitted_at="2025-01-01T02:00:00+02:00")
    assert reference.submitted_at is not None
    assert reference.submitted_at.isoformat() == "2025-01-01T00:00:00+00:00"


@given(st.binary())
def test_no_bytes_fail_otherwise(value: bytes) -> None:
    _parse_or_refuse(value)


@given(st.dictionaries(st.sampled_from(sorted(ImageReference.model_fields)) | st.text(), json_values))
def test_no_json_fails_otherwise(payload: dict[str, Any]) -> None:
    _parse_or_refuse(json.dumps(payload).encode())


@given(st.text(min_size=1))
def test_no_address_fails_otherwise(uri: str) -> None:
    _parse_or_refuse(json.dumps({"owner": "shop", "uri": uri}).encode())


def _parse_or_refuse(value: bytes) -> None:
    try:
        reference = parse_reference(value)
    except InvalidReference:
        return
    assert reference.identity.image_key
    assert ImageReference.model_validate_json(reference.model_dump_json()) == reference

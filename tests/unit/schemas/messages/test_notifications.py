"""Bucket notifications of AWS, MinIO and Ceph become references."""

import json
from typing import Any

import pytest

from schemas.images import ImageReference
from schemas.messages.notifications import references_of
from tests.places import DATA

NOTIFICATIONS = DATA / "notifications"
OWNERS = {"photos": "shop"}
RED_FLOWER = "s3://photos/2025/red%20flower+1.jpg"


def _read(name: str) -> bytes:
    return (NOTIFICATIONS / f"{name}.json").read_bytes()


def _changed(**changes: Any) -> bytes:
    """MinIO's notification with parts of its record replaced; ``None`` removes one."""
    notification = json.loads(_read("minio"))
    record = notification["Records"][0]
    for path, value in changes.items():
        *parents, name = path.split("__")
        target = record
        for parent in parents:
            target = target[parent]
        if value is None:
            del target[name]
        else:
            target[name] = value
    return json.dumps(notification).encode()


def test_minio_with_its_encoded_slashes_gives_the_objects_address() -> None:
    (reference,) = references_of(_read("minio"), OWNERS)
    assert (reference.owner, reference.uri) == ("shop", RED_FLOWER)
    assert reference.submitted_at is not None
    assert reference.submitted_at.isoformat() == "2025-03-04T07:34:32.118000+00:00"


def test_aws_names_the_objects_version_and_a_removed_object_gives_nothing() -> None:
    (reference,) = references_of(_read("aws"), OWNERS)
    assert reference.uri == f"{RED_FLOWER}?versionId=096fKKXTRTtl3on89fVO.nfljtsv6qko"


def test_ceph_with_its_plain_key_and_empty_version_gives_the_same_address() -> None:
    (reference,) = references_of(_read("ceph"), OWNERS)
    assert reference.uri == RED_FLOWER


def test_two_stores_telling_of_one_object_mean_one_image() -> None:
    (minio,), (ceph,) = references_of(_read("minio"), OWNERS), references_of(_read("ceph"), OWNERS)
    assert minio.identity == ceph.identity


def test_two_versions_of_an_object_are_two_images() -> None:
    (old,) = references_of(_changed(s3__object__versionId="1"), OWNERS)
    (new,) = references_of(_changed(s3__object__versionId="2"), OWNERS)
    assert old.identity != new.identity


def test_every_record_of_a_notification_gives_a_reference() -> None:
    notification = json.loads(_read("minio"))
    notification["Records"] *= 3
    assert len(references_of(json.dumps(notification).encode(), OWNERS)) == 3


def test_the_event_that_aws_sends_to_try_the_connection_gives_nothing() -> None:
    assert references_of(_read("aws-test-event"), OWNERS) == ()


@pytest.mark.parametrize("key", ["photos/", "2025%2F"])
def test_the_empty_object_that_stands_for_a_folder_gives_nothing(key: str) -> None:
    assert references_of(_changed(s3__object__key=key), OWNERS) == ()


@pytest.mark.parametrize("key", ["a%3Fb%23c.jpg", "%25%2041.jpg", "%E7%8C%AB.jpg"])
def test_any_key_becomes_a_valid_address(key: str) -> None:
    (reference,) = references_of(_changed(s3__object__key=key), OWNERS)
    assert ImageReference.model_validate_json(reference.model_dump_json()) == reference
    assert reference.public_uri == reference.uri


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "Records: a list is required"),
        (b'{"Records": {}}', "Records: a list is required"),
        (b'{"Records": [7]}', r"Records\[0\].eventName: text is required"),
        (b'{"Records": [{"eventName": 7}]}', r"Records\[0\].eventName: text is required"),
        (_changed(s3=None), r"Records\[0\].s3: Field required"),
        (_changed(s3__bucket__name=None), r"Records\[0\].s3.bucket.name: Field required"),
        (_changed(s3__object__key=None), r"Records\[0\].s3.object.key: Field required"),
        (_changed(s3__object__key=""), r"Records\[0\].s3.object.key: String should have at least 1 character"),
        (_changed(s3__object__key="a%FF.jpg"), r"Records\[0\].s3.object.key: the decoded key is not UTF-8 text"),
        (_changed(eventTime="yesterday"), r"Records\[0\].eventTime: "),
        (_changed(s3__object__key="x" * 9000), r"Records\[0\].uri: String should have at most 8192 characters"),
        (_changed(s3__bucket__name="other"), r"Records\[0\].s3.bucket.name: bucket other belongs to no workspace"),
    ],
)
def test_what_is_no_notification_is_refused_with_the_field_named(value: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        references_of(value, OWNERS)

"""Pictures are listed from a real S3 interface, page by page, under any key."""

import io
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from infra.manifests.references import ReferenceTemplate, Refusal
from infra.settings.recognition import SourceSettings
from producers.sources.sources import find_images
from schemas.images import ImageReference

KEYS = ("2024-a.jpg", "2025/red flower #1.jpg", "2025/100%.png", "2025/notes.txt", "2025/in/ü.webp", "2025/in/")


@pytest.fixture(scope="module")
def stores() -> Iterator[SourceSettings]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {"endpoint": f"http://{host}:{port}", "region": "us-east-1"}
    client = boto3.client(
        "s3",
        endpoint_url=options["endpoint"],
        region_name=options["region"],
        aws_access_key_id="key-of-test",
        aws_secret_access_key="secret-of-test",  # noqa: S106 - the store of this test takes any
    )
    for bucket in ("photos", "many", "odd"):
        client.create_bucket(Bucket=bucket)
    for key in KEYS:
        client.put_object(Bucket="photos", Key=key, Body=b"picture")
    for number in range(1100):
        client.put_object(Bucket="many", Key=f"{number:05d}.jpg", Body=b"")
    client.put_object(Bucket="odd", Key="a//b.jpg", Body=b"")
    client.close()
    yield SourceSettings(
        s3={**options, "access_key_id": "key-of-test", "secret_access_key": "secret-of-test"}, timeout_s=5
    )
    server.stop()


def _find(source: str, stores: SourceSettings, **options: Any) -> list[str]:
    found = list(find_images(source, ReferenceTemplate("shop"), standard_input=io.BytesIO(), stores=stores, **options))
    assert not [one for one in found if isinstance(one, Refusal)], found
    return sorted(one.uri.removeprefix("s3://") for one in found if isinstance(one, ImageReference))


def _refusal(source: str, stores: SourceSettings) -> Refusal:
    (refusal,) = find_images(source, ReferenceTemplate("shop"), standard_input=io.BytesIO(), stores=stores)
    assert isinstance(refusal, Refusal)
    return refusal


def test_a_buckets_pictures_become_percent_encoded_addresses(stores: SourceSettings) -> None:
    assert _find("s3://photos", stores) == [
        "photos/2024-a.jpg",
        "photos/2025/100%25.png",
        "photos/2025/in/%C3%BC.webp",
        "photos/2025/red%20flower%20%231.jpg",
    ]


@pytest.mark.parametrize("prefix", ["2025/in", "2025/in/", "2025/i"])
def test_a_prefix_is_what_keys_start_with(prefix: str, stores: SourceSettings) -> None:
    assert _find(f"s3://photos/{prefix}", stores) == ["photos/2025/in/%C3%BC.webp"]


def test_a_prefix_need_not_end_at_a_slash(stores: SourceSettings) -> None:
    assert _find("s3://photos/202", stores) == _find("s3://photos", stores)


def test_a_prefix_may_be_percent_encoded(stores: SourceSettings) -> None:
    assert _find("s3://photos/2025/red%20", stores) == ["photos/2025/red%20flower%20%231.jpg"]


@pytest.mark.parametrize("prefix", ["2025", "2025/"])
def test_what_lies_deeper_can_be_left_out(prefix: str, stores: SourceSettings) -> None:
    deep = _find(f"s3://photos/{prefix}", stores, recursive=False)
    assert deep == ["photos/2025/100%25.png", "photos/2025/red%20flower%20%231.jpg"]


def test_more_objects_than_one_page_holds_are_all_found(stores: SourceSettings) -> None:
    assert len(_find("s3://many/", stores)) == 1100


def test_a_bucket_that_is_not_there_is_said_so(stores: SourceSettings) -> None:
    assert _refusal("s3://nowhere/a/", stores).reason == "there is no such bucket"


def test_a_prefix_without_pictures_is_said_so(stores: SourceSettings) -> None:
    assert _refusal("s3://photos/1999/", stores).reason.startswith("holds no picture")


def test_a_key_that_breaks_the_listing_is_never_passed_over_in_silence(stores: SourceSettings) -> None:
    assert "empty or dotted part" in _refusal("s3://odd/", stores).reason


def test_a_store_that_does_not_answer_is_said_so_without_its_address(stores: SourceSettings) -> None:
    silent = stores.model_copy(update={"s3": {**stores.s3, "endpoint": "http://127.0.0.1:9"}, "timeout_s": 1})
    refusal = _refusal("s3://photos/", silent)
    assert refusal.reason.startswith("the listing broke off (GenericError): check that the store answers")
    assert "127.0.0.1" not in refusal.reason

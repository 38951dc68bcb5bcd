"""Images from a real S3 server: keys as they are, versions, limits, and the reasons why not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import httpx
import pytest
import structlog

from infra.errors import Rejected, SourceUnavailable
from infra.settings.recognition import SourceSettings
from infra.sources.image_source import ImageSource
from schemas.dead_letters import Reason
from schemas.texts.uris import object_uri
from tests.s3_server import running_s3

LIMIT_BYTES = 65_536
SECRET = "hush-hush-hush"  # noqa: S105 - a made-up key for a server of this test alone
VERSIONING = (
    '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status>'
    "</VersioningConfiguration>"
)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_s3(tmp_path_factory.mktemp("s3")) as url:
        yield url


@pytest.fixture(scope="module")
def bucket(endpoint: str) -> str:
    """A bucket with versions; its URL."""
    url = f"{endpoint}/shop-a"
    httpx.put(url, trust_env=False).raise_for_status()
    httpx.put(f"{url}?versioning", content=VERSIONING, trust_env=False).raise_for_status()
    return url


def put(bucket: str, key: str, data: bytes) -> str:
    """Store one object and return its version."""
    headers = {"Content-Type": "image/jpeg", "Authorization": "AWS test:test"}
    response = httpx.put(f"{bucket}/{quote(key)}", content=data, headers=headers, trust_env=False)
    return str(response.raise_for_status().headers["x-amz-version-id"])


def options(endpoint: str) -> dict[str, str]:
    return {"endpoint": endpoint, "region": "us-east-1", "access_key_id": "AKIATEST", "secret_access_key": SECRET}


@pytest.fixture
async def source(endpoint: str, bucket: str) -> AsyncIterator[ImageSource]:
    source = ImageSource(SourceSettings(s3=options(endpoint), max_bytes=LIMIT_BYTES, attempts=1))
    yield source
    await source.close()


async def refused(source: ImageSource, uri: str) -> Reason:
    with pytest.raises(Rejected) as refusal:
        await source.fetch(uri, allowed_prefixes=["s3://*-a/"])
    assert SECRET not in refusal.value.detail
    assert "http" not in refusal.value.detail
    return refusal.value.reason


@pytest.mark.parametrize(
    "key",
    [
        "a.jpg",
        "2024/a b.jpg",
        "a%20b.jpg",
        "a?b#c.jpg",
        "\u00e9/\u65e5\u672c.jpg",
        "a@2x.jpg",
        "a+b&c=d;e,f.jpg",
        "~'(!)*.jpg",
    ],
)
async def test_an_object_is_found_by_its_key_whatever_characters_it_holds(
    bucket: str, source: ImageSource, key: str
) -> None:
    version = put(bucket, key, key.encode())
    image = await source.fetch(object_uri("s3", "shop-a", key), allowed_prefixes=["s3://shop-*/"])
    assert (image.data, image.content_type, image.object_version) == (key.encode(), "image/jpeg", version)


async def test_the_version_that_a_uri_names_is_the_one_that_comes(bucket: str, source: ImageSource) -> None:
    versions = [put(bucket, "versions.jpg", data) for data in (b"old", b"new")]
    uris = ["s3://shop-a/versions.jpg", *(f"s3://shop-a/versions.jpg?versionId={version}" for version in versions)]
    images = [await source.fetch(uri, allowed_prefixes=["s3://shop-a/"]) for uri in uris]
    assert [image.data for image in images] == [b"new", b"old", b"new"]
    assert [image.object_version for image in images] == [versions[1], *versions]


async def test_an_object_as_large_as_the_limit_comes_and_one_byte_more_is_refused(
    bucket: str, source: ImageSource
) -> None:
    put(bucket, "full.jpg", b"x" * LIMIT_BYTES)
    put(bucket, "over.jpg", b"x" * (LIMIT_BYTES + 1))
    assert len((await source.fetch("s3://shop-a/full.jpg", allowed_prefixes=["s3://shop-a/"])).data) == LIMIT_BYTES
    assert await refused(source, "s3://shop-a/over.jpg") is Reason.TOO_LARGE


async def test_an_empty_object_and_missing_ones_have_reasons_of_their_own(bucket: str, source: ImageSource) -> None:
    put(bucket, "empty.jpg", b"")
    assert await refused(source, "s3://shop-a/empty.jpg") is Reason.EMPTY
    assert await refused(source, "s3://shop-a/none.jpg") is Reason.NOT_FOUND
    assert await refused(source, "s3://shop-a/empty.jpg?versionId=none") is Reason.NOT_FOUND
    assert await refused(source, "s3://none-a/a.jpg") is Reason.NOT_FOUND


async def test_another_workspaces_bucket_is_never_asked_for(source: ImageSource) -> None:
    assert await refused(source, "s3://shop-b/a.jpg") is Reason.SOURCE_NOT_ALLOWED


@pytest.fixture
def guarded_bucket(endpoint: str, bucket: str) -> Iterator[str]:
    """The bucket while the server looks at credentials, which it does not otherwise."""
    put(bucket, "a.jpg", b"x")
    httpx.post(f"{endpoint}/moto-api/reset-auth", content=b"0", trust_env=False).raise_for_status()
    yield bucket
    httpx.post(f"{endpoint}/moto-api/reset-auth", content=b"inf", trust_env=False).raise_for_status()


@pytest.mark.usefixtures("guarded_bucket")
async def test_credentials_that_the_store_does_not_know_are_denied(source: ImageSource) -> None:
    assert await refused(source, "s3://shop-a/a.jpg") is Reason.ACCESS_DENIED


async def test_a_store_that_is_not_there_is_waited_for_and_shows_nothing_of_its_settings() -> None:
    source = ImageSource(SourceSettings(s3=options("http://127.0.0.1:9"), attempts=2))
    with structlog.testing.capture_logs() as logged:
        waiting = asyncio.create_task(source.fetch("s3://shop-a/a.jpg?versionId=1", allowed_prefixes=["s3://shop-a/"]))
        while len(logged) < 3:  # noqa: ASYNC110 - the log tells nobody of its entries
            await asyncio.sleep(0.05)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert [entry["doing"] for entry in logged if entry["log_level"] == "warning"] == ["read from s3://"]
    assert SECRET not in str(logged)
    assert "127.0.0.1" not in str(logged)
    await source.close()


async def test_a_store_that_never_answers_is_left_when_the_time_is_up() -> None:
    accepted: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda reader, writer: accepted.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    source = ImageSource(SourceSettings(s3=options(f"http://127.0.0.1:{port}"), attempts=1, timeout_s=0.5))
    with pytest.raises(SourceUnavailable):
        await source.fetch("s3://shop-a/a.jpg", allowed_prefixes=["s3://shop-a/"])
    assert accepted
    for writer in accepted:
        writer.close()
        await writer.wait_closed()
    server.close()
    await server.wait_closed()
    await source.close()


async def test_many_buckets_are_read_from_through_a_bounded_number_of_clients(endpoint: str) -> None:
    source = ImageSource(SourceSettings(s3=options(endpoint), attempts=1))
    uris = [f"s3://none{number}-a/a.jpg" for number in range(70)]
    reasons = [await refused(source, uri) for uri in uris]
    assert set(reasons) == {Reason.NOT_FOUND}
    await source.close()

"""Uploads on a real S3 server: written, read by what workers fetch with, and deleted."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.errors import Rejected, TransientError
from infra.objects.upload_place import UploadPlace
from infra.objects.upload_store import UploadStore
from infra.settings.api import UploadSettings
from infra.settings.recognition import SourceSettings
from infra.settings.settings import Settings
from infra.sources.image_source import ImageSource
from schemas.dead_letters import Reason
from schemas.texts.uploads import Upload, upload_prefix
from tests.s3_server import running_s3

SECRET = "hush-hush-hush"  # noqa: S105 - a made-up key for a server of this test alone
KEY, OTHER_KEY = "a" * 40, "b" * 40


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_s3(tmp_path_factory.mktemp("s3")) as url:
        httpx.put(f"{url}/kept", trust_env=False).raise_for_status()
        yield url


def settings_of(home: Path, endpoint: str) -> Settings:
    options = {"endpoint": endpoint, "region": "us-east-1", "access_key_id": "AKIATEST", "secret_access_key": SECRET}
    uploads = UploadSettings(place="s3://kept/up loads", s3=options)
    return Settings(home=home, uploads=uploads, sources=SourceSettings(max_bytes=65_536, attempts=1))


async def test_uploads_are_written_read_and_deleted(endpoint: str, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, endpoint)
    place = UploadPlace.of(settings)
    store, source = UploadStore(place), ImageSource(settings.sources, uploads=place)
    first, second = Upload("shop", KEY, "0" * 64), Upload("shop", KEY, "1" * 64)
    neighbour = Upload("shop", OTHER_KEY, "0" * 64)
    for upload in (first, second, neighbour, first):
        await store.save(upload, upload.sha256.encode())
    mine = (upload_prefix("shop"),)
    for upload in (first, second, neighbour):
        assert (await source.fetch(upload.uri, allowed_prefixes=mine)).data == upload.sha256.encode()
    for _ in range(2):
        await store.delete("shop", KEY)
    for gone in (first, second):
        with pytest.raises(Rejected) as refusal:
            await source.fetch(gone.uri, allowed_prefixes=mine)
        assert refusal.value.reason is Reason.NOT_FOUND
    assert (await source.fetch(neighbour.uri, allowed_prefixes=mine)).data == neighbour.sha256.encode()
    await source.close()
    await store.close()


async def test_a_store_that_is_down_is_a_transient_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.objects.object_folder.ATTEMPTS_BEYOND_THE_FIRST", 0)
    store = UploadStore(UploadPlace.of(settings_of(tmp_path, "http://127.0.0.1:9")))
    with pytest.raises(TransientError) as failure:
        await store.save(Upload("shop", KEY, "0" * 64), b"picture")
    assert SECRET not in str(failure.value)
    with pytest.raises(TransientError):
        await store.delete("shop", KEY)
    await store.close()

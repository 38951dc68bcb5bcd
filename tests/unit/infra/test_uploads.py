"""Uploads in a folder: written and read by name, closed to every other reference, and removed by image."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from infra.errors import ConfigurationError, Rejected
from infra.objects.object_folder import ObjectFolder
from infra.objects.upload_place import UploadPlace
from infra.objects.upload_store import UploadStore
from infra.settings.api import UploadSettings
from infra.settings.recognition import SourceSettings
from infra.settings.settings import Settings
from infra.sources.image_source import ImageSource
from infra.sources.rules import SourceRules
from schemas.dead_letters import Reason
from schemas.texts.uploads import Upload, upload_prefix

KEY, OTHER_KEY = "a" * 40, "b" * 40
UPLOAD = Upload("shop", KEY, "0" * 64)
SHOP = (upload_prefix("shop"),)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """File references may name everything beneath the folder in which the uploads lie as well."""
    return Settings(home=tmp_path / "home", sources=SourceSettings(file_roots=[tmp_path], max_bytes=1024, attempts=1))


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[UploadStore]:
    store = UploadStore(UploadPlace.of(settings))
    yield store
    await store.close()


@pytest.fixture
async def source(settings: Settings) -> AsyncIterator[ImageSource]:
    source = ImageSource(settings.sources, uploads=UploadPlace.of(settings))
    yield source
    await source.close()


async def refused(source: ImageSource, uri: str, *prefixes: str) -> Reason:
    with pytest.raises(Rejected) as refusal:
        await source.fetch(uri, allowed_prefixes=prefixes)
    return refusal.value.reason


async def test_what_was_saved_is_read_whole(store: UploadStore, source: ImageSource) -> None:
    for _ in range(2):
        await store.save(UPLOAD, b"picture")
        assert (await source.fetch(UPLOAD.uri, allowed_prefixes=SHOP)).data == b"picture"


async def test_only_its_own_workspace_reads_it(store: UploadStore, source: ImageSource) -> None:
    await store.save(UPLOAD, b"picture")
    assert await refused(source, UPLOAD.uri, upload_prefix("rival")) is Reason.SOURCE_NOT_ALLOWED
    assert await refused(source, UPLOAD.uri) is Reason.SOURCE_NOT_ALLOWED
    never = Upload("shop", OTHER_KEY, "0" * 64)
    assert await refused(source, never.uri, *SHOP) is Reason.NOT_FOUND


@pytest.mark.parametrize(
    "uri",
    [
        "upload://shop/../rival",
        f"upload://shop/{KEY}",
        f"upload://shop/{KEY}/{'0' * 63}/",
        f"upload://shop/{KEY}/{'0' * 64}?x",
        f"UPLOAD://shop/{KEY}/{'0' * 64}",
        f"upload://shop/{KEY}/{'0' * 64}\n",
    ],
)
async def test_what_is_no_uploads_name_is_refused(source: ImageSource, uri: str) -> None:
    assert await refused(source, uri, *SHOP) in (Reason.UNSUPPORTED_SCHEME, Reason.INVALID_REFERENCE)


async def test_a_source_without_uploads_has_none(settings: Settings) -> None:
    source = ImageSource(settings.sources)
    assert await refused(source, UPLOAD.uri, *SHOP) is Reason.SOURCE_NOT_ALLOWED
    await source.close()


async def test_no_file_reference_reaches_an_upload(
    store: UploadStore, source: ImageSource, settings: Settings, tmp_path: Path
) -> None:
    await store.save(UPLOAD, b"picture")
    kept = settings.home / "uploads" / "shop" / KEY / ("0" * 64)
    assert kept.read_bytes() == b"picture"
    everything = f"{tmp_path.as_uri()}/"
    assert await refused(source, kept.as_uri(), everything) is Reason.SOURCE_NOT_ALLOWED
    (tmp_path / "link").symlink_to(settings.home / "uploads")
    (tmp_path / "picture.jpg").symlink_to(kept)
    for way in (tmp_path / "link" / "shop" / KEY / ("0" * 64), tmp_path / "picture.jpg"):
        assert await refused(source, way.as_uri(), everything) is Reason.SOURCE_NOT_ALLOWED


async def test_everything_uploaded_for_an_image_is_deleted_and_nothing_else(
    store: UploadStore, source: ImageSource
) -> None:
    second, neighbour = Upload("shop", KEY, "1" * 64), Upload("shop", OTHER_KEY, "0" * 64)
    theirs = Upload("rival", KEY, "0" * 64)
    for upload in (UPLOAD, second, neighbour, theirs):
        await store.save(upload, b"picture")
    for _ in range(2):
        await store.delete("shop", KEY)
    for gone in (UPLOAD, second):
        assert await refused(source, gone.uri, *SHOP) is Reason.NOT_FOUND
    assert (await source.fetch(neighbour.uri, allowed_prefixes=SHOP)).data == b"picture"
    assert (await source.fetch(theirs.uri, allowed_prefixes=(upload_prefix("rival"),))).data == b"picture"


@pytest.mark.parametrize("image_key", [None, KEY])
async def test_only_pictures_that_were_written_before_expire_each_once(
    store: UploadStore, settings: Settings, image_key: str | None
) -> None:
    old, young, theirs = UPLOAD, Upload("shop", KEY, "1" * 64), Upload("rival", KEY, "0" * 64)
    for upload in (old, young, theirs):
        await store.save(upload, b"picture")
    place = Path(UploadPlace.of(settings).url)
    for upload in (old, theirs):
        os.utime(place / upload.owner / upload.image_key / upload.sha256, (1, 1))
    before = datetime.now(UTC) - timedelta(hours=1)
    assert [gone async for gone in store.expire("shop", before, image_key)] == [1]
    assert [gone async for gone in store.expire("shop", before, image_key)] == []
    left = [upload for upload in (old, young, theirs) if (place / upload.owner / KEY / upload.sha256).exists()]
    assert left == [young, theirs]


def test_only_objects_that_were_written_before_are_told() -> None:
    folder = ObjectFolder(
        "s3://bucket/uploads", {"region": "us-east-1", "skip_signature": "true"}, "VEDETTE_UPLOADS__S3"
    )
    folder._store = MemoryStore()  # type: ignore[assignment]
    folder.write("key/picture", b"picture")
    now = datetime.now(UTC)
    assert list(folder.older(now - timedelta(hours=1))) == []
    assert list(folder.older(now + timedelta(hours=1))) == [["key/picture"]]


async def test_an_upload_above_the_limit_is_not_read(store: UploadStore, source: ImageSource) -> None:
    await store.save(UPLOAD, bytes(1025))
    assert await refused(source, UPLOAD.uri, *SHOP) is Reason.TOO_LARGE


async def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    place = str(tmp_path / "file")
    store = UploadStore(UploadPlace.of(Settings(home=tmp_path, uploads=UploadSettings(place=place))))
    with pytest.raises(ConfigurationError, match="VEDETTE_UPLOADS__PLACE"):
        await store.save(UPLOAD, b"picture")
    await store.close()


@pytest.mark.parametrize(
    ("place", "closed", "opened"),
    [
        ("s3://media/uploads", "s3://media/uploads/a.jpg", "s3://media/uploads-2/a.jpg"),
        ("s3://media/up%20loads/", "s3://media/up%20loads/a.jpg", "s3://media/a.jpg"),
        ("s3://media", "s3://media/a.jpg", "s3://media-2/a.jpg"),
        ("gs://media/uploads", "gs://media/uploads/a.jpg", "s3://media/uploads/a.jpg"),
    ],
)
def test_no_reference_reaches_a_buckets_uploads(place: str, closed: str, opened: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, uploads=UploadSettings(place=place))
    rules = SourceRules(settings.sources, UploadPlace.of(settings))
    wide = ("s3://media*/", "gs://media*/")
    rules.check_uri(opened, wide)
    with pytest.raises(Rejected) as refusal:
        rules.check_uri(closed, wide)
    assert refusal.value.reason is Reason.SOURCE_NOT_ALLOWED


def test_options_of_uploads_go_before_those_of_sources(tmp_path: Path) -> None:
    sources = SourceSettings(s3={"region": "eu-1"})
    shared = Settings(home=tmp_path, sources=sources, uploads=UploadSettings(place="s3://u"))
    own = Settings(home=tmp_path, sources=sources, uploads=UploadSettings(place="s3://u", s3={"region": "eu-2"}))
    assert UploadPlace.of(shared).options == {"region": "eu-1"}
    assert UploadPlace.of(own).options == {"region": "eu-2"}

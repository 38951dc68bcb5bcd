"""Files are read beneath open folders alone, whatever links and pipes lie in them."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.errors import Rejected
from infra.settings.recognition import SourceSettings
from infra.sources import file_source
from infra.sources.image_source import ImageSource
from schemas.dead_letters import Reason

LIMIT_BYTES = 2048


@pytest.fixture
def root(tmp_path: Path) -> Path:
    pictures = tmp_path / "pictures"
    for folder in ("shop", "other"):
        (pictures / folder).mkdir(parents=True)
        (pictures / folder / "a.jpg").write_bytes(folder.encode())
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    return pictures


@pytest.fixture
async def source(root: Path) -> AsyncIterator[ImageSource]:
    source = ImageSource(SourceSettings(file_roots=[root], max_bytes=LIMIT_BYTES, attempts=1, timeout_s=10))
    yield source
    await source.close()


async def read(source: ImageSource, root: Path, name: str) -> bytes:
    image = await source.fetch(f"file://{root}/shop/{name}", allowed_prefixes=[f"file://{root}/shop/"])
    return image.data


async def refused(source: ImageSource, root: Path, name: str) -> Reason:
    with pytest.raises(Rejected) as refusal:
        await read(source, root, name)
    return refusal.value.reason


async def test_a_file_beneath_an_open_folder_is_read_whole(source: ImageSource, root: Path) -> None:
    (root / "shop" / "b c%.jpg").write_bytes(b"x" * LIMIT_BYTES)
    assert await read(source, root, "a.jpg") == b"shop"
    assert await read(source, root, "b%20c%25.jpg") == b"x" * LIMIT_BYTES


async def test_a_name_that_is_not_utf_8_can_be_read(source: ImageSource, root: Path) -> None:
    (root / "shop" / os.fsdecode(b"\xe9.jpg")).write_bytes(b"latin")
    assert await read(source, root, "%E9.jpg") == b"latin"


async def test_a_missing_file_an_empty_one_and_one_too_large_have_reasons_of_their_own(
    source: ImageSource, root: Path
) -> None:
    (root / "shop" / "empty.jpg").touch()
    (root / "shop" / "large.jpg").write_bytes(b"x" * (LIMIT_BYTES + 1))
    assert await refused(source, root, "none.jpg") is Reason.NOT_FOUND
    assert await refused(source, root, "a.jpg/b.jpg") is Reason.NOT_FOUND
    assert await refused(source, root, "n" * 300) is Reason.NOT_FOUND
    assert await refused(source, root, "empty.jpg") is Reason.EMPTY
    assert await refused(source, root, "large.jpg") is Reason.TOO_LARGE


async def test_a_link_within_the_workspace_is_followed(source: ImageSource, root: Path) -> None:
    (root / "shop" / "link.jpg").symlink_to("a.jpg")
    assert await read(source, root, "link.jpg") == b"shop"


async def test_a_link_out_of_the_folder_is_refused_whether_or_not_its_target_exists(
    source: ImageSource, root: Path
) -> None:
    for name, target in (("up.jpg", "../../secret.jpg"), ("etc.jpg", "/etc/passwd"), ("none.jpg", "/no/such/file")):
        (root / "shop" / name).symlink_to(target)
        assert await refused(source, root, name) is Reason.SOURCE_NOT_ALLOWED
    (root / "shop" / "folder").symlink_to(root.parent)
    assert await refused(source, root, "folder/secret.jpg") is Reason.SOURCE_NOT_ALLOWED


async def test_a_link_into_another_workspaces_folder_is_refused(source: ImageSource, root: Path) -> None:
    (root / "shop" / "theirs.jpg").symlink_to(root / "other" / "a.jpg")
    (root / "shop" / "theirs").symlink_to(root / "other")
    assert await refused(source, root, "theirs.jpg") is Reason.SOURCE_NOT_ALLOWED
    assert await refused(source, root, "theirs/a.jpg") is Reason.SOURCE_NOT_ALLOWED


async def test_links_in_a_circle_are_refused(source: ImageSource, root: Path) -> None:
    (root / "shop" / "circle.jpg").symlink_to("circle.jpg")
    assert await refused(source, root, "circle.jpg") is Reason.SOURCE_NOT_ALLOWED


async def test_a_folder_that_is_itself_a_link_can_be_opened(root: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").symlink_to(root)
    source = ImageSource(SourceSettings(file_roots=[tmp_path / "disk"]))
    try:
        assert await read(source, tmp_path / "disk", "a.jpg") == b"shop"
    finally:
        await source.close()


async def test_a_pipe_and_a_folder_are_refused_and_never_waited_for(source: ImageSource, root: Path) -> None:
    os.mkfifo(root / "shop" / "pipe.jpg")
    (root / "shop" / "folder.jpg").mkdir()
    assert await refused(source, root, "pipe.jpg") is Reason.SOURCE_NOT_ALLOWED
    assert await refused(source, root, "folder.jpg") is Reason.SOURCE_NOT_ALLOWED


async def test_a_device_is_refused() -> None:
    source = ImageSource(SourceSettings(file_roots=[Path("/dev")]))
    try:
        with pytest.raises(Rejected) as refusal:
            await source.fetch("file:///dev/zero", allowed_prefixes=["file:///dev/"])
    finally:
        await source.close()
    assert refusal.value.reason is Reason.SOURCE_NOT_ALLOWED


async def test_a_file_that_hides_its_size_is_still_cut_off_at_the_limit() -> None:
    source = ImageSource(SourceSettings(file_roots=[Path("/proc")], max_bytes=1024))
    try:
        with pytest.raises(Rejected) as refusal:
            await source.fetch("file:///proc/self/maps", allowed_prefixes=["file:///proc/"])
    finally:
        await source.close()
    assert refusal.value.reason is Reason.TOO_LARGE


async def test_a_link_put_in_place_after_the_check_is_not_followed(root: Path, tmp_path: Path) -> None:
    (root / "shop" / "late").symlink_to(tmp_path)
    for below in (["shop", "late"], ["shop", "late", "secret.jpg"]):
        with pytest.raises(OSError, match=r"Too many levels|Not a directory"):
            file_source._open_beneath(str(root), below)

"""Images are found in files, folders, manifests and lines, and what is none is refused with a reason."""

import io
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.manifests.references import Found, ReferenceTemplate, Refusal
from producers.sources.sources import find_images
from schemas.images import Feature, ImageReference

SHOP = ReferenceTemplate("shop")


def _find(source: Path | str, template: ReferenceTemplate = SHOP, lines: bytes = b"", **options: Any) -> list[Found]:
    return list(find_images(str(source), template, standard_input=io.BytesIO(lines), **options))


def _references(found: list[Found]) -> list[ImageReference]:
    assert not [one for one in found if isinstance(one, Refusal)]
    return [one for one in found if isinstance(one, ImageReference)]


def _only_refusal(found: list[Found]) -> Refusal:
    (refusal,) = found
    assert isinstance(refusal, Refusal)
    return refusal


def _names(found: list[Found]) -> list[str]:
    return [unquote(urlsplit(reference.uri).path).rpartition("/")[2] for reference in _references(found)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.jpg", "inner/c.webp", "inner/deep/d.tiff", ".git/e.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
    return tmp_path


def test_a_picture_becomes_an_absolute_percent_encoded_address(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "red flower #1 ü.jpg").write_bytes(b"picture")
    monkeypatch.chdir(tmp_path)
    (reference,) = _references(_find("red flower #1 ü.jpg"))
    assert reference.uri == f"file://{tmp_path}/red%20flower%20%231%20%C3%BC.jpg"
    assert (reference.owner, reference.image_id) == ("shop", None)


def test_a_folders_pictures_come_by_name_and_its_folders_after_them(folder: Path) -> None:
    assert _names(_find(folder)) == ["a.png", "b.JPG", "c.webp", "d.tiff"]


def test_a_folder_can_be_read_without_the_folders_in_it(folder: Path) -> None:
    assert _names(_find(folder, recursive=False)) == ["a.png", "b.JPG"]


def test_a_link_to_a_folder_is_not_followed_into_a_circle(folder: Path) -> None:
    (folder / "inner" / "again").symlink_to(folder)
    assert len(_find(folder)) == 4


def test_a_linked_picture_keeps_its_own_name(folder: Path) -> None:
    (folder / "link.jpg").symlink_to(folder / "a.png")
    assert _names(_find(folder / "link.jpg")) == ["link.jpg"]


def test_a_pipe_named_as_a_picture_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert _only_refusal(_find(tmp_path)) == Refusal(str(tmp_path / "pipe.jpg"), "not a regular file")


def test_a_file_name_that_is_no_text_is_still_an_address(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.jpg")).write_bytes(b"picture")
    (reference,) = _references(_find(tmp_path))
    assert reference.uri.endswith("/%FF.jpg")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("no/such.jpg", "there is no such file or folder"),
        ("ftp://host/a.jpg", "ftp:// is not supported"),
        ("https://[x", "uri: "),
        ("s3:///a/", "the listing broke off"),
    ],
)
def test_a_source_that_cannot_be_read_is_one_refusal(source: str, reason: str) -> None:
    refusal = _only_refusal(_find(source))
    assert refusal.source == source
    assert refusal.reason.startswith(reason)


def test_an_empty_folder_and_a_file_of_another_kind_say_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    assert _only_refusal(_find(tmp_path)).reason.startswith("holds no picture (.arw, .avif, ")
    assert _only_refusal(_find(tmp_path / "notes.txt")).reason.startswith("not a picture (.arw, .avif, ")


@pytest.mark.parametrize("address", ["https://img.shop.example/a?b=c", "file:///srv/a.jpg", "s3://shop/a.jpg"])
def test_an_address_of_one_image_is_taken_as_it_stands(address: str) -> None:
    assert [reference.uri for reference in _references(_find(address))] == [address]


def test_rekognitions_and_sagemakers_manifests_are_read(tmp_path: Path) -> None:
    manifest = tmp_path / "output.manifest"
    lines = [
        {"source-ref": "s3://shop/red flower #1.jpg"},
        {"source-ref": "s3://shop/b.jpg", "class": 7, "human": True, "class-metadata": {"confidence": 1}},
    ]
    manifest.write_text("\n".join(json.dumps(line) for line in lines))
    first, second = _references(_find(manifest))
    assert (first.uri, first.metadata) == ("s3://shop/red%20flower%20%231.jpg", {})
    assert (second.uri, second.metadata) == ("s3://shop/b.jpg", {"class": 7, "human": True})


def test_lines_may_be_whole_references_or_bare_addresses() -> None:
    lines = b'{"uri": "s3://a/1.jpg", "owner": "other", "image_id": "one"}\r\n\r\ns3://a/2.jpg\n'
    first, second = _references(_find("-", lines=b"\xef\xbb\xbf" + lines))
    assert (first.owner, first.image_id) == ("other", "one")
    assert (second.owner, second.uri) == ("shop", "s3://a/2.jpg")


def test_what_a_line_says_counts_more_than_what_all_share() -> None:
    template = ReferenceTemplate("shop", (Feature.TEXT,), {"run": "7", "camera": "1"})
    lines = b's3://a/1.jpg\n{"uri": "s3://a/2.jpg", "metadata": {"camera": "2"}, "features": ["hash"]}'
    first, second = _references(_find("-", template, lines))
    assert (first.features, first.metadata) == ((Feature.TEXT,), {"run": "7", "camera": "1"})
    assert (second.features, second.metadata) == ((Feature.HASH,), {"run": "7", "camera": "2"})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", "neither a JSON object nor an address such as s3://bucket/key"),
        (b"\xff://", "not UTF-8 text"),
        (b"{", "not JSON: EOF while parsing an object at line 1 column 1"),
        (b'{"source": "text"}', "uri: Field required"),
        (b'{"source-ref": 7}', "uri: Input should be a valid string"),
        (b'{"uri": "s3://a/b", "metadata": []}', "metadata: Input should be a valid dictionary"),
    ],
)
@pytest.mark.parametrize("template", [SHOP, ReferenceTemplate("shop", None, {"run": "7"})])
def test_a_line_that_is_no_reference_is_refused_with_its_number(
    line: bytes, reason: str, template: ReferenceTemplate
) -> None:
    found = _find("-", template, b"s3://a/1.jpg\n" + line + b"\ns3://a/3.jpg")
    assert found[1] == Refusal("standard input, line 2", reason)
    assert len([one for one in found if isinstance(one, ImageReference)]) == 2


def test_references_are_found_one_at_a_time() -> None:
    def endless() -> Any:
        while True:
            yield b"s3://a/1.jpg\n"

    found = find_images("-", SHOP, standard_input=endless())
    assert isinstance(next(found), ImageReference)


def test_a_circle_of_links_is_refused_and_costs_its_neighbours_nothing(folder: Path) -> None:
    (folder / "x.jpg").symlink_to("y.jpg")
    (folder / "y.jpg").symlink_to("x.jpg")
    (folder / "gone.jpg").symlink_to("nothing.jpg")
    (folder / "round").symlink_to(folder)
    found = _find(folder)
    assert len([one for one in found if isinstance(one, ImageReference)]) == 4
    refused = {Path(one.source).name: one.reason for one in found if isinstance(one, Refusal)}
    assert set(refused) == {"x.jpg", "y.jpg", "gone.jpg"}
    assert "symbolic links" in refused["x.jpg"]
    assert "no such file" in refused["gone.jpg"]


@pytest.mark.parametrize("name", ["x.jpg", "round", "round/a.jpg"])
def test_a_source_that_is_a_circle_of_links_is_one_refusal(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.jpg").symlink_to("x.jpg")
    (tmp_path / "round").symlink_to("round")
    assert "symbolic links" in _only_refusal(_find(tmp_path / name)).reason


@pytest.mark.parametrize("name", [f"{'x' * 300}.jpg", "x" * 300, f"{'x/' * 3000}a.jpg", f"{'x' * 300}.jsonl"])
def test_a_name_that_is_too_long_is_one_refusal(tmp_path: Path, name: str) -> None:
    assert "too long" in _only_refusal(_find(f"{tmp_path}/{name}")).reason


def test_a_name_with_a_nul_byte_is_one_refusal() -> None:
    assert "null byte" in _only_refusal(_find("a\0b.jpg")).reason


def test_folders_within_folders_are_read_however_deep_they_lie(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(1_500):
        os.mkdir("d")  # noqa: PTH102 - the whole path is longer than a call may name
        os.chdir("d")
    (Path("deep.jpg")).write_bytes(b"picture")
    monkeypatch.chdir(tmp_path)
    (reference,) = _references(_find(tmp_path))
    assert reference.uri.endswith("/d/d/deep.jpg")
    # Python's own removal of folders recurses.
    subprocess.run(["rm", "-r", str(tmp_path / "d")], check=True)


names = st.binary(min_size=1, max_size=60).filter(lambda name: b"/" not in name and b"\0" not in name)


@given(st.lists(names, min_size=1, max_size=4))
def test_whatever_files_are_called_each_is_found_or_refused(called: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wanted = {name + b".jpg" for name in called if not name.startswith(b".")}
        for name in wanted:
            Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(b"picture")  # noqa: PTH118 - bytes
        found = [one for one in _find(folder) if not (isinstance(one, Refusal) and "holds no picture" in one.reason)]
        assert len(found) == len(wanted)

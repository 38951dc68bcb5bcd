"""A folder of pictures becomes a folder of variations, the same files for the same seed."""

from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from infra.cli import build_app
from infra.errors import ConfigurationError
from processors.imaging.augmented_folder import AugmentedFolder, Variations
from processors.imaging.picture_folder import find_pictures
from tests.fakes.pictures import encoded, scene


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "cats").mkdir(parents=True)
    (folder / "cats" / "a.png").write_bytes(encoded(scene(300, 200), "PNG"))
    (folder / "cats" / "a.jpg").write_bytes(encoded(scene(300, 200, seed=1)))
    (folder / "0001_house_finch.webp").write_bytes(encoded(scene(100, 150, seed=2), "WEBP"))
    return folder


def write(folder: Path, output: Path, copies: int = 2, seed: int = 1) -> AugmentedFolder:
    return Variations(copies, seed, longest_side=120, max_pixels=1_000_000).write(find_pictures(folder), folder, output)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_picture_gets_its_copies_where_its_label_stays_readable(folder: Path, tmp_path: Path) -> None:
    assert write(folder, tmp_path / "out") == AugmentedFolder(6, ())
    names = {"01_webp_0001_house_finch.jpg", "02_webp_0001_house_finch.jpg"}
    names |= {f"cats/0{number}_{kind}_a.jpg" for number in (1, 2) for kind in ("png", "jpg")}
    written = files(tmp_path / "out")
    assert written.keys() == names
    assert len(set(written.values())) == 6
    with Image.open(tmp_path / "out" / "cats" / "01_png_a.jpg") as image:
        assert image.size == (120, 80)


def test_a_seed_gives_the_same_files_whatever_lies_beside_them(folder: Path, tmp_path: Path) -> None:
    write(folder, tmp_path / "first")
    (folder / "0000_new.png").write_bytes(encoded(scene(50, 50), "PNG"))
    write(folder, tmp_path / "second", copies=3)
    first, second = files(tmp_path / "first"), files(tmp_path / "second")
    assert first.items() <= second.items()
    write(folder, tmp_path / "other", seed=2)
    assert not {*files(tmp_path / "other").values()} & {*first.values()}


def test_a_picture_that_cannot_be_read_is_told_and_costs_no_other(folder: Path, tmp_path: Path) -> None:
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    report = write(folder, tmp_path / "out")
    assert report.written == 6
    assert len(report.unreadable) == 1
    assert report.unreadable[0].startswith(f"{folder / 'broken.jpg'}: ")


def test_variations_never_become_originals(folder: Path) -> None:
    for output in (folder, folder / "cats" / "more"):
        with pytest.raises(ConfigurationError, match="name a folder for the output elsewhere"):
            write(folder, output)


def test_the_command_says_what_it_wrote(folder: Path, tmp_path: Path) -> None:
    arguments = ["augment", str(folder), "--output", str(tmp_path / "out"), "--copies", "3", "--seed", "5"]
    result = CliRunner().invoke(build_app("augment"), arguments)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("9 variations of 3 pictures are in ")
    assert len(files(tmp_path / "out")) == 9

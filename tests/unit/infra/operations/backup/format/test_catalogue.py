"""Backups in a folder: complete only with their manifest, and checked down to the last row."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.progress import Progress

from infra.errors import ConfigurationError, NotFound
from infra.operations.backup.format.errors import DamagedBackup
from infra.operations.backup.format.verification import require_whole, verify_backup
from tests.backups import BEGUN, catalogue, rows, write_backup

QUIET = Progress(disable=True)
LATER = datetime(2026, 11, 26, 3, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "place"


def test_a_whole_backup_is_found_whole(place: Path, tmp_path: Path) -> None:
    backups = catalogue(place)
    written = write_backup(backups, tmp_path, [rows(300), rows(200)])
    assert backups.find("latest") == written
    assert verify_backup(backups, written, QUIET) == []


def test_a_backup_without_its_manifest_is_none(place: Path, tmp_path: Path) -> None:
    backups = catalogue(place)
    whole = write_backup(backups, tmp_path, [rows(3)], BEGUN)
    broken_off = write_backup(backups, tmp_path, [rows(3)], LATER, finish=False)
    assert [(one.id, one.is_complete) for one in backups.list()] == [(whole.id, True), (broken_off.id, False)]
    assert backups.find("latest").id == whole.id
    with pytest.raises(NotFound, match="never finished"):
        backups.find(broken_off.id)


def test_a_missing_an_altered_and_an_exchanged_part_are_all_told(place: Path, tmp_path: Path) -> None:
    backups = catalogue(place)
    written = write_backup(backups, tmp_path, [rows(9), rows(8), rows(7), rows(6)])
    folder = place / written.id
    (folder / "images-00000.vbk").unlink()
    altered = folder / "images-00001.vbk"
    altered.write_bytes(altered.read_bytes()[:-1] + b"?")
    (folder / "images-00002.vbk").write_bytes((folder / "images-00003.vbk").read_bytes())
    problems = verify_backup(backups, written, QUIET)
    assert [problem.split(" ")[0].rpartition("/")[2] for problem in problems] == [
        f"images-0000{number}.vbk" for number in (0, 1, 2)
    ]
    with pytest.raises(DamagedBackup, match="choose another"):
        require_whole(backups, written, QUIET)


def test_rows_that_the_manifest_does_not_tell_of_are_found(place: Path, tmp_path: Path) -> None:
    backups = catalogue(place)
    written = write_backup(backups, tmp_path, [rows(9)])
    (table,) = written.tables
    claimed = table.model_copy(update={"content": table.content.model_copy(update={"rows": 10})})
    (problem,) = verify_backup(backups, written.model_copy(update={"tables": (claimed,)}), QUIET)
    assert problem.startswith("images: the rows are not those")


def test_an_altered_manifest_and_one_of_another_backup_are_refused(place: Path, tmp_path: Path) -> None:
    backups = catalogue(place)
    first = write_backup(backups, tmp_path, [rows(1)], BEGUN)
    second = write_backup(backups, tmp_path, [rows(1)], LATER)
    manifest = place / first.id / "manifest.vbk"
    manifest.write_bytes((place / second.id / "manifest.vbk").read_bytes())
    with pytest.raises(DamagedBackup, match="not genuine"):
        backups.find(first.id)


def test_another_key_is_refused_by_the_name_of_the_setting(place: Path, tmp_path: Path) -> None:
    write_backup(catalogue(place), tmp_path, [rows(1)])
    with pytest.raises(ConfigurationError, match="VEDETTE_BACKUP__KEY"):
        catalogue(place, bytes(32)).find("latest")


def test_a_deleted_backup_leaves_nothing_and_the_others_as_they_are(place: Path, tmp_path: Path) -> None:
    backups = catalogue(place)
    first = write_backup(backups, tmp_path, [rows(1)], BEGUN)
    second = write_backup(backups, tmp_path, [rows(1)], LATER)
    backups.delete(first.id)
    assert [path.name for path in place.iterdir()] == [second.id]
    assert verify_backup(backups, backups.find("latest"), QUIET) == []


def test_a_place_that_cannot_be_written_is_told_by_the_name_of_the_setting(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(ConfigurationError, match="VEDETTE_BACKUP__PLACE"):
        write_backup(catalogue(blocked / "place"), tmp_path, [rows(1)])

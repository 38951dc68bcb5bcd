"""Wiping deletes what Vedette keeps in its home, says so before, and never reaches beyond."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import build_app
from infra.embedded.homes.errors import StackError
from infra.embedded.homes.home import Home
from infra.embedded.homes.wiping import CONTENTS, to_be_kept, to_be_wiped, wipe

FOLDERS = [name for name in CONTENTS if "." not in name]
FILES = [name for name in CONTENTS if "." in name]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one file in everything that Vedette keeps there."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    for name in FOLDERS:
        (home.root / name / "deep").mkdir(parents=True)
        (home.root / name / "deep" / "file").write_text("x")
    for name in FILES:
        (home.root / name).write_text("{}")
    return home


def test_all_that_is_named_is_deleted_and_the_home_with_it(home: Home) -> None:
    assert {entry.path.name for entry in to_be_wiped(home)} == set(CONTENTS)
    wipe(home)
    assert not home.root.exists()


def test_what_somebody_else_put_there_is_told_and_kept(home: Home) -> None:
    (home.root / "holiday.jpg").write_text("x")
    assert to_be_kept(home) == ["holiday.jpg"]
    wipe(home)
    assert [path.name for path in home.root.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("depth", ["", "deep/link"])
def test_links_are_removed_and_what_they_lead_to_stays(home: Home, tmp_path: Path, name: str, depth: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("x")
    link = home.root / name / depth if depth else home.root / name
    if not depth:
        (link / "deep" / "file").unlink()
        (link / "deep").rmdir()
        link.rmdir()
    link.symlink_to(elsewhere)
    wipe(home)
    assert (elsewhere / "precious").exists()
    assert not home.root.exists()


def test_the_command_says_what_goes_and_what_stays_before_it_asks(home: Home, tmp_path: Path) -> None:
    (home.root / "holiday.jpg").write_text("x")
    (home.root / "outbox" / "deep" / "file").unlink()
    (home.root / "outbox" / "deep").rmdir()
    (home.root / "outbox").rmdir()
    (home.root / "outbox").symlink_to(tmp_path)
    said = CliRunner().invoke(build_app("down"), ["down", "--wipe", "--home", str(home.root)], input="n\n").output
    assert f"To be deleted from {home.root}" in said
    assert all(f"  {name}: " in said for name in CONTENTS)
    assert f"outbox: a link; what it leads to stays ({tmp_path})" in said
    assert "kept, since Vedette did not make it: holiday.jpg" in said
    assert {entry.path.name for entry in to_be_wiped(home)} == set(CONTENTS)


def test_nothing_is_deleted_while_a_process_has_a_file_of_it_open(home: Home) -> None:
    holding = "import sys, time; file = open(sys.argv[1]); print('open', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", holding, str(home.root / "data" / "deep" / "file")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(StackError, match=rf"nothing was deleted: process {process.pid} \("):
            wipe(home)
        process.kill()
    assert {entry.path.name for entry in to_be_wiped(home)} == set(CONTENTS)


@pytest.mark.parametrize("spelling", ["VEDETTE_HOME", "folder"])
def test_nothing_is_deleted_while_a_worker_that_somebody_started_by_hand_uses_the_home(
    home: Home, tmp_path: Path, spelling: str
) -> None:
    # Stands for `vedette worker store`: the words of its command line, and its environment.
    command = [sys.executable, "-c", "print('up', flush=True); import time; time.sleep(60)", "infra.cli", "worker"]
    home.root.rename(tmp_path / ".vedette")
    renamed = Home(tmp_path / ".vedette")
    environment = {name: value for name, value in os.environ.items() if name != "VEDETTE_HOME"}
    if spelling == "VEDETTE_HOME":
        environment["VEDETTE_HOME"] = str(renamed.root)
    folder = tmp_path if spelling == "folder" else Path("/")
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=folder) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(StackError, match="still uses it"):
            wipe(renamed)
        process.kill()
    assert {entry.path.name for entry in to_be_wiped(renamed)} == set(CONTENTS)

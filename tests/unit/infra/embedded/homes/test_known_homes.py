"""A platform that runs elsewhere is told of; homes that are gone or stopped are not."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import build_app
from infra.embedded.homes.home import Home, HomeState
from infra.embedded.homes.known_homes import KnownHomes, where_platforms_run
from infra.embedded.processes import ServerProcess
from infra.settings.settings import Settings

PATIENT = "import time; time.sleep(60)"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Home]:
    """A home whose Kafka, a small Python process, runs."""
    home = Home(tmp_path / "elsewhere" / ".vedette")
    home.create()
    home.endpoints_file.write_text("{}")
    process = ServerProcess(home, "kafka")
    process.start([sys.executable, "-c", PATIENT, process.mark], os.environ)
    yield home
    process.stop(0)


@pytest.fixture
def here(tmp_path: Path) -> Home:
    return Home(tmp_path / "here" / ".vedette")


def test_another_home_is_known_while_it_runs(tmp_path: Path, running: Home, here: Home) -> None:
    known = KnownHomes(tmp_path / "state")
    known.remember(running)
    assert known.running_besides(here) == [running.root]
    assert known.running_besides(running) == []
    ServerProcess(running, "kafka").stop(0)
    assert known.running_besides(here) == []


def test_a_home_that_is_gone_is_forgotten_at_the_next_start(tmp_path: Path, running: Home, here: Home) -> None:
    known = KnownHomes(tmp_path / "state")
    here.create()
    known.remember(here)
    for folder in here.root.iterdir():
        folder.rmdir()
    here.root.rmdir()
    known.remember(running)
    assert len(list((tmp_path / "state").iterdir())) == 1


def test_the_list_is_for_its_owner_alone(tmp_path: Path, running: Home) -> None:
    KnownHomes(tmp_path / "state").remember(running)
    [file] = (tmp_path / "state").iterdir()
    assert ((tmp_path / "state").stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


def test_two_homes_that_start_at_once_choose_different_ports(tmp_path: Path, here: Home) -> None:
    known = KnownHomes(tmp_path / "state")
    there = Home(tmp_path / "there" / ".vedette")
    for home, port in ((here, 20_001), (there, 20_002)):
        home.create()
        with known.choosing_ports(home):
            HomeState(ports={"kafka": port}).save(home)
    with known.choosing_ports(here) as others:
        assert others == {20_002}


@pytest.mark.parametrize("state", [b"{", b'{"ports": {"kafka": "x"}}', b"\xff"])
def test_a_home_whose_state_is_broken_keeps_no_other_from_starting(tmp_path: Path, here: Home, state: bytes) -> None:
    known = KnownHomes(tmp_path / "state")
    broken = Home(tmp_path / "broken" / ".vedette")
    broken.create()
    broken.state_file.write_bytes(state)
    known.remember(broken)
    with known.choosing_ports(here) as others:
        assert others == set()


def test_who_finds_no_server_is_told_where_one_runs(tmp_path: Path, running: Home, here: Home) -> None:
    settings = Settings(home=here.root, state=tmp_path / "state")
    assert where_platforms_run(settings) == f"No server runs in this folder's home, {here.root}."
    KnownHomes(settings.state).remember(running)
    assert f"One of yours runs in {running.root}: use it with `export VEDETTE_HOME=" in where_platforms_run(settings)


@pytest.mark.parametrize("command", ["status", "down"])
def test_status_and_down_name_the_home_and_the_platform_elsewhere(
    command: str, tmp_path: Path, running: Home, here: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEDETTE_STATE", str(tmp_path / "state"))
    KnownHomes(tmp_path / "state").remember(running)
    said = CliRunner().invoke(build_app(command), [command, "--home", str(here.root)]).output
    assert f"Home: {here.root}" in said
    assert f"Another platform of yours runs in {running.root}" in said
    assert ("Nothing runs in this home" in said) is (command == "status")

"""`vedette up` says whose port it is, which settings are in force, which home this is, and what a wipe takes."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from infra.embedded.homes.errors import StackError
from infra.embedded.homes.home import Home, HomeState
from infra.embedded.platform import Platform, PlatformPart
from infra.embedded.processes import ServerProcess
from infra.embedded.reports import tell_nobody
from infra.settings.settings import Settings
from tests.child_servers import free_port

VEDETTE = [sys.executable, "-m", "infra.cli"]
# Of one command; a busy machine takes minutes.
TIMEOUT_S = 900
UP = ("up", "--timeout", "600")
API_PORT = str(free_port())

pytestmark = [pytest.mark.long, pytest.mark.timeout(2 * TIMEOUT_S)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("up") / ".vedette")
    yield home
    vedette(home, "down")


def vedette(home: Home, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in this home, with a list of homes that is the test's own."""
    own = {
        "VEDETTE_HOME": str(home.root),
        "VEDETTE_STATE": str(home.root.parent / "state"),
        "VEDETTE_API__PORT": API_PORT,
        **variables,
    }
    return subprocess.run(
        [*VEDETTE, *arguments],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


@contextmanager
def another_program(port: int = 0) -> Iterator[int]:
    """Listen on ``port``, and accept whoever comes."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        yield int(listening.getsockname()[1])


def pid(home: Home, name: str) -> int | None:
    process = ServerProcess(home, name).find()
    return None if process is None else process.pid


def test_a_port_that_another_program_holds_is_no_ready_api(home: Home) -> None:
    with another_program() as port:
        result = vedette(home, *UP, "--all", VEDETTE_API__PORT=str(port))
    assert result.returncode == 1
    assert f"another program holds port {port}, which VEDETTE_API__PORT names" in result.stderr
    assert "api            ready" not in result.stdout
    assert pid(home, "api") is None


def test_a_held_port_of_metrics_is_told_before_a_worker_dies_of_it(home: Home) -> None:
    with another_program() as port:
        result = vedette(home, *UP, "--all", VEDETTE_METRICS__PORT=str(port - 1))
    assert result.returncode == 1
    assert f"{port} (store)" in result.stderr
    assert pid(home, "store") is None


def test_up_starts_the_rest_and_names_the_home_and_what_is_open(home: Home) -> None:
    result = vedette(home, *UP, "--all")
    assert result.returncode == 0, result.stderr
    assert f"Home: {home.root}" in result.stdout
    assert "Elasticsearch requires no password" in result.stdout
    assert vedette(home, "status").returncode == 0


def test_settings_that_are_not_in_force_are_named_and_no_value_is(home: Home, tmp_path: Path) -> None:
    before = pid(home, "recognise")
    result = vedette(home, *UP, "--all", VEDETTE_SOURCES__FILE_ROOTS=str(tmp_path))
    assert result.returncode == 0, result.stderr
    notes = [line for line in result.stdout.splitlines() if line.startswith("note:") and "FILE_ROOTS" in line]
    assert all(any(part in note for note in notes) for part in ("recognise", "store", "index", "api"))
    assert str(tmp_path) not in result.stdout
    assert "vedette up --all --restart" in result.stdout
    assert pid(home, "recognise") == before


def test_restart_puts_them_in_force_and_leaves_the_servers_alone(home: Home, tmp_path: Path) -> None:
    before = {name: pid(home, name) for name in ("recognise", "kafka", "cassandra", "elasticsearch")}
    result = vedette(home, *UP, "--all", "--restart", VEDETTE_SOURCES__FILE_ROOTS=str(tmp_path))
    after = {name: pid(home, name) for name in before}
    assert result.returncode == 0, result.stderr
    assert [name for name in before if after[name] != before[name]] == ["recognise"]
    assert "not in force" not in result.stdout


def test_a_worker_that_dies_at_once_is_not_ready_for_the_one_before(home: Home) -> None:
    """Kafka counts a killed worker among its group for ten seconds more."""
    platform = Platform(Settings(home=home.root))
    platform.kill("index")
    with pytest.raises(StackError, match="index died while starting"):
        platform.start_part(PlatformPart("index", ("worker", "no-such-worker")), tell_nobody)
    assert vedette(home, *UP, "--all").returncode == 0


def test_another_folder_is_told_where_the_platform_runs(home: Home, tmp_path: Path) -> None:
    state = {"VEDETTE_STATE": str(home.root.parent / "state")}
    elsewhere = Home(tmp_path / ".vedette")
    (tmp_path / "a.jpg").write_bytes(b"x")
    publish = vedette(elsewhere, "publish", str(tmp_path), "--owner", "shop", **state)
    status = vedette(elsewhere, "status", **state)
    assert publish.returncode == 1
    assert str(elsewhere.root) in publish.stderr
    assert f"export VEDETTE_HOME={home.root}" in publish.stderr
    assert f"Home: {elsewhere.root}" in status.stdout
    assert f"export VEDETTE_HOME={home.root}" in status.stdout


def test_a_server_whose_configuration_is_of_an_earlier_version_is_restarted_where_asked_for(home: Home) -> None:
    record = home.root / "run" / "elasticsearch.started.json"
    kept = orjson.loads(record.read_bytes())
    record.write_bytes(orjson.dumps({**kept, "digests": {**kept["digests"], "heap": "other"}}))
    before = pid(home, "elasticsearch")
    noted = vedette(home, *UP)
    assert "elasticsearch started with other settings" in noted.stdout
    assert "heap" in noted.stdout
    assert pid(home, "elasticsearch") == before
    assert vedette(home, *UP, "--restart").returncode == 0
    assert pid(home, "elasticsearch") not in (None, before)


def test_wiping_takes_uploads_and_secrets_and_frees_the_ports(home: Home) -> None:
    ports = HomeState.load(home).ports
    (home.root / "uploads").mkdir(exist_ok=True)
    (home.root / "uploads" / "picture").write_bytes(b"x")
    assert (home.root / "secrets").is_dir()
    result = vedette(home, "down", "--wipe", "--yes")
    assert result.returncode == 0, result.stderr
    assert {"uploads", "secrets", "data"} <= {line.strip().partition(":")[0] for line in result.stdout.splitlines()}
    assert not home.root.exists()
    for port in ports.values():
        with another_program(port):
            pass

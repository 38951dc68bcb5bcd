"""Servers are found again and ended, strangers never; the servers here are small Python processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from infra.embedded.homes.home import Home
from infra.embedded.processes import PidRecord, ServerProcess

PATIENT = "import time; print('up', flush=True); time.sleep(60)"
PATIENCE_S = 300
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
BROKEN = "print('cannot bind'); raise SystemExit(1)"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    home = Home(tmp_path / "home")
    home.create()
    process = ServerProcess(home, "kafka")
    yield process
    process.stop(grace_s=0)


def start(server: ServerProcess, program: str) -> int:
    return server.start([sys.executable, "-c", program, server.mark], os.environ)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_a_started_server_is_found_by_another_object_for_the_same_home(server: ServerProcess) -> None:
    pid = start(server, PATIENT)
    found = ServerProcess(server.home, "kafka").find()

    assert found is not None
    assert found.pid == pid


def test_a_started_server_is_found_the_moment_that_start_returns(server: ServerProcess) -> None:
    found = []
    for _ in range(20):
        start(server, PATIENT)
        found.append(server.find() is not None)
        server.kill()

    assert all(found)


def test_a_server_has_a_session_of_its_own_so_that_it_outlives_the_terminal(server: ServerProcess) -> None:
    pid = start(server, PATIENT)

    assert os.getsid(pid) == pid


def test_a_stopped_server_is_gone_and_counts_as_stopped(server: ServerProcess) -> None:
    pid = start(server, PATIENT)
    server.stop(grace_s=PATIENCE_S)

    assert not psutil.pid_exists(pid)
    assert server.find() is None
    assert not server.was_left()


def test_a_server_that_ignores_the_request_is_killed_after_the_grace_period(server: ServerProcess) -> None:
    pid = start(server, STUBBORN)
    until(lambda: server.last_log_lines() == ["up"])
    server.stop(grace_s=0.2)

    assert not psutil.pid_exists(pid)


def test_a_killed_server_counts_as_died(server: ServerProcess) -> None:
    start(server, PATIENT)
    server.kill()

    assert server.find() is None
    assert server.was_left()


def test_a_server_that_ends_by_itself_leaves_its_last_words(server: ServerProcess) -> None:
    start(server, BROKEN)
    until(lambda: server.find() is None)

    assert server.was_left()
    assert server.last_log_lines() == ["cannot bind"]


def test_each_start_has_a_log_of_its_own_and_the_one_before_is_kept(server: ServerProcess) -> None:
    start(server, BROKEN)
    until(lambda: server.find() is None)
    start(server, PATIENT)
    until(lambda: server.last_log_lines() == ["up"])

    assert server.home.log("kafka").with_suffix(".log.1").read_text() == "cannot bind\n"


def test_a_recycled_pid_is_never_taken_for_the_server(server: ServerProcess) -> None:
    with subprocess.Popen([sys.executable, "-c", PATIENT], stdout=subprocess.DEVNULL) as stranger:
        record = PidRecord(pid=stranger.pid, started_at=time.time())
        server.home.pid_file("kafka").write_text(record.model_dump_json())
        found = server.find()
        server.stop(grace_s=0)
        still_running = stranger.poll() is None
        stranger.kill()

    assert found is None
    assert still_running


def test_a_server_whose_pid_file_was_never_written_is_found_and_stopped(server: ServerProcess) -> None:
    with subprocess.Popen([sys.executable, "-c", PATIENT, server.mark], stdout=subprocess.DEVNULL) as orphan:
        until(lambda: server.find() is not None)
        server.stop(grace_s=PATIENCE_S)

        assert not psutil.pid_exists(orphan.pid)


def test_a_torn_pid_file_does_not_hide_the_server(server: ServerProcess) -> None:
    pid = start(server, PATIENT)
    server.home.pid_file("kafka").write_text('{"pid": 1')
    found = server.find()

    assert found is not None
    assert found.pid == pid


def test_the_same_server_of_another_home_is_left_alone(server: ServerProcess, tmp_path: Path) -> None:
    pid = start(server, PATIENT)
    neighbour = Home(Path(f"{server.home.root}2"))
    neighbour.create()
    ServerProcess(neighbour, "kafka").stop(grace_s=0)

    assert psutil.pid_exists(pid)
    assert server.find() is not None


def test_a_command_without_the_mark_is_refused(server: ServerProcess) -> None:
    with pytest.raises(ValueError, match="lacks its mark"):
        server.start([sys.executable, "-c", PATIENT], os.environ)

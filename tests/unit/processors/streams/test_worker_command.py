"""``vedette worker``: one of each as child processes, each started again when it ends by a fault."""

import os
import signal
import subprocess
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import structlog
from psutil import STATUS_ZOMBIE, Process

from processors.streams import supervisor
from processors.streams.supervisor import Supervisor

LASTING = [sys.executable, "-c", "import time; time.sleep(60)"]


def ending(code: int) -> list[str]:
    return [sys.executable, "-c", f"raise SystemExit({code})"]


def still_running() -> list[Process]:
    """The lasting ones that run on; what other tests of this run left behind is none of them."""
    return [child for child in Process().children() if child.status() != STATUS_ZOMBIE and child.cmdline() == LASTING]


def signalled_at(event: str, number: signal.Signals) -> AbstractContextManager[Any]:
    """Send this process a signal at the moment when ``event`` is logged: it listens by then."""

    def signal_then(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if entry["event"] == event:
            os.kill(os.getpid(), number)
        return entry

    return structlog.testing.capture_logs(processors=[signal_then])


def supervised(**commands: list[str]) -> int:
    return Supervisor(commands).run()


def test_one_that_cannot_work_as_it_is_set_up_ends_the_others_too() -> None:
    assert supervised(one=LASTING, other=ending(1), third=LASTING) == 1
    assert still_running() == []


def test_one_that_ends_by_a_fault_is_started_again_and_costs_the_others_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_WAIT_S", 0.01)
    starts = tmp_path / "starts"
    program = f"""
import os, sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
starts = Path({str(starts)!r})
starts.open("a").write("x")
if len(starts.read_text()) < 3: os._exit(70)
if len(starts.read_text()) < 4: os.kill(os.getpid(), 9)
Path({str(starts)!r} + ".done").touch()
sys.exit(1)
"""
    with structlog.testing.capture_logs() as logged:
        assert supervised(steady=LASTING, faulty=[sys.executable, "-c", program]) == 1
    assert starts.read_text() == "xxxx"
    ends = [(entry["child"], entry["exit_code"]) for entry in logged if entry["event"] == "child_ended"]
    assert ends == [("faulty", 70), ("faulty", 70), ("faulty", -9)]
    assert [entry["child"] for entry in logged if entry["event"] == "child_started"].count("steady") == 1
    assert still_running() == []


def test_the_wait_doubles_with_each_fault_in_a_row_up_to_a_bound() -> None:
    now = [1000.0]
    child = supervisor._Child("worker", LASTING, {}, started_at=now[0], clock=lambda: now[0])
    waits = []
    for _ in range(9):
        child.put_off(70)
        waits.append(child.start_at - now[0])
        assert not child.is_due()
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    now[0] += supervisor.PROVEN_S
    assert child.is_due()
    child.put_off(70)
    assert child.start_at - now[0] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_them(number: signal.Signals) -> None:
    with signalled_at("child_started", number):
        assert supervised(one=LASTING, other=LASTING) == 0
    assert still_running() == []


def test_a_signal_ends_also_the_wait_for_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_WAIT_S", 3600)
    monkeypatch.setattr(supervisor, "LONGEST_WAIT_S", 3600)
    with signalled_at("child_ended", signal.SIGTERM):
        assert supervised(faulty=ending(70)) == 0


def test_a_command_that_cannot_be_started_leaves_no_other_behind() -> None:
    with pytest.raises(FileNotFoundError):
        supervised(one=LASTING, missing=["no-such-command-anywhere"])
    assert still_running() == []


def test_all_of_them_say_what_is_missing_and_end(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "infra.cli", "worker", "all"],
        env={name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        | {"VEDETTE_HOME": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode != 0
    assert "no Kafka is configured: run `vedette up`" in ended.stderr

"""``vedette worker``: one of each as child processes, which end together."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from psutil import STATUS_ZOMBIE, Process

from processors.cli import run_together

LASTING = [sys.executable, "-c", "import time; time.sleep(60)"]


def ending(code: int) -> list[str]:
    return [sys.executable, "-c", f"raise SystemExit({code})"]


def still_running() -> list[Process]:
    """The lasting ones that run on; what other tests of this run left behind is none of them."""
    return [child for child in Process().children() if child.status() != STATUS_ZOMBIE and child.cmdline() == LASTING]


def test_when_one_ends_the_others_are_stopped_and_its_exit_code_is_told() -> None:
    assert run_together([LASTING, ending(70), LASTING]) == 70
    assert still_running() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_them(number: signal.Signals) -> None:
    threading.Timer(0.5, os.kill, (os.getpid(), number)).start()
    assert run_together([LASTING, LASTING]) == -signal.SIGTERM
    assert still_running() == []


def test_a_command_that_cannot_be_started_leaves_no_other_behind() -> None:
    with pytest.raises(FileNotFoundError):
        run_together([LASTING, ["no-such-command-anywhere"]])
    assert still_running() == []


def test_all_of_them_say_what_is_missing_and_end(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "infra.cli", "worker", "all"],
        env={name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        | {"VEDETTE_HOME": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode != 0
    assert "no Kafka is configured: run `vedette up`" in ended.stderr

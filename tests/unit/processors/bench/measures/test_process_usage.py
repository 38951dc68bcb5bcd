"""Processor time and memory are those of real processes, their children included."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from infra.embedded.homes.home import Home
from processors.bench.measures.process_usage import UsageMeter, running_processes
from processors.bench.measures.result_flow import BenchFailed

BUSY_AT_EACH_LINE = """
import sys, time
for line in sys.stdin:
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    print("done", flush=True)
"""
IN_A_CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def work(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    assert process.stdout.readline() == "done\n"


def end(process: subprocess.Popen[str], *, then_fail_with: str | None = None) -> None:
    process.kill()
    process.wait()
    if then_fail_with is not None:
        raise BenchFailed(then_fail_with)


def test_only_what_was_used_within_the_block_is_counted() -> None:
    with running(BUSY_AT_EACH_LINE) as process:
        work(process)
        spent_before = sum(psutil.Process(process.pid).cpu_times()[:2])
        with UsageMeter({"busy": psutil.Process(process.pid)}) as meter:
            work(process)
        spent_after = sum(psutil.Process(process.pid).cpu_times()[:2])

    assert meter.usage.cpu_s["busy"] >= 0.15
    assert meter.usage.cpu_s["busy"] <= spent_after - spent_before + 0.02
    assert meter.usage.peak_rss_mib["busy"] > 1


def test_what_a_child_uses_counts_for_its_parent() -> None:
    with running(IN_A_CHILD, BUSY_AT_EACH_LINE) as process:
        work(process)
        with UsageMeter({"parent": psutil.Process(process.pid)}) as meter:
            work(process)

    assert meter.usage.cpu_s["parent"] >= 0.15


def test_a_process_that_ends_within_the_block_fails_the_run_by_its_name() -> None:
    with running(BUSY_AT_EACH_LINE) as process:
        watched = psutil.Process(process.pid)
        with pytest.raises(BenchFailed, match="kafka ended"), UsageMeter({"kafka": watched}):
            end(process)


def test_the_error_of_a_failed_run_is_not_hidden_by_the_processes_it_took_along() -> None:
    with running(BUSY_AT_EACH_LINE) as process:
        watched = psutil.Process(process.pid)
        with pytest.raises(BenchFailed, match="no result"), UsageMeter({"kafka": watched}):
            end(process, then_fail_with="no result for 120 s")


def test_nothing_runs_in_an_empty_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()

    assert running_processes(home) == {}

"""Worker processes of tests, on servers that run already."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.platform import Platform
from infra.settings import Settings

READY_S = 60.0
STOP_S = 60.0


@dataclass
class RunningWorker:
    """A worker of a test."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def stop(self) -> int:
        """Tell it to stop, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOP_S)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=STOP_S)

    def said(self, what: str) -> int:
        """Return how often the log says ``what``."""
        return self.log.read_text(errors="replace").count(what)


@contextmanager
def running_worker(
    settings: Settings,
    name: str,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    command: Sequence[str] = (),
    wait: bool = True,
) -> Iterator[RunningWorker]:
    """Run ``vedette worker NAME`` or ``command``; it has its partitions when this is entered."""
    log = folder / f"{name}-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(command or ("-m", "infra.cli", "worker", name))],
            env={**os.environ, "VEDETTE_HOME": str(settings.home), **(environment or {})},
            stdout=output,
            stderr=output,
        )
    worker = RunningWorker(process, log)
    try:
        if wait:
            wait_until_consuming(settings, name, worker)
        yield worker
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                worker.kill()


def wait_until_consuming(settings: Settings, name: str, worker: RunningWorker) -> None:
    platform = Platform(settings)
    deadline = time.monotonic() + READY_S
    while not platform.is_consuming(name):
        assert worker.process.poll() is None, worker.log.read_text()
        assert time.monotonic() < deadline, worker.log.read_text()
        time.sleep(0.2)

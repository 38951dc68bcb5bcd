"""``vedette worker``: run the stream processors."""

import signal
import subprocess
import sys
import time
from enum import StrEnum
from types import FrameType
from typing import Annotated

import typer

POLL_INTERVAL_S = 0.2


class Worker(StrEnum):
    """The stream processors, each a consumer group of its own."""

    RECOGNISE = "recognise"
    STORE = "store"
    INDEX = "index"
    ALL = "all"


def worker(
    name: Annotated[Worker, typer.Argument(help="Which one; `all` runs one of each, for a small machine.")],
) -> None:
    """Run a stream processor until it is told to stop. Start more of the same to share its work."""
    if name is Worker.ALL:
        sys.exit(run_all())
    run_one(name)


def run_one(name: Worker) -> None:
    """Run one worker in this process; does not return."""
    # Each worker's libraries are imported only where it runs: the command line stays quick, and a sink needs no models.
    from infra.settings import Settings

    settings = Settings()
    if name is Worker.RECOGNISE:
        from processors.recognise import create_app
    elif name is Worker.STORE:
        from processors.store import create_app
    else:
        from processors.index import create_app
    from processors.worker import run_worker

    run_worker(create_app(settings), settings)


def run_all() -> int:
    """Run one of each as child processes; when one ends, the others are stopped. Returns the first one's exit code."""
    commands = [[sys.executable, "-m", "infra.cli", "worker", name.value] for name in Worker if name is not Worker.ALL]
    children = [subprocess.Popen(command) for command in commands]  # noqa: S603 - our own interpreter and names

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for child in children:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    exit_code = _first_exit_code(children)
    stop(signal.SIGTERM, None)
    for child in children:
        child.wait()
    return exit_code


def _first_exit_code(children: list[subprocess.Popen[bytes]]) -> int:
    while True:
        for child in children:
            if (exit_code := child.poll()) is not None:
                return exit_code
        time.sleep(POLL_INTERVAL_S)

"""Programs that listen to live streams without an end."""

import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Producer

from schemas.topics import RECOGNITION_RESULTS
from tests import samples

ENOUGH = 12
PAUSE_S = 0.5
Lines = Callable[[], list[str]]


@contextmanager
def listening_program(
    command: Sequence[str], environment: Mapping[str, str], folder: Path | None = None
) -> Iterator[Lines]:
    """Run a program; yields what returns the lines that it has written since it was asked last."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    program = subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with program:
        reading = threading.Thread(target=_read, args=(program, lines), daemon=True)
        reading.start()
        try:
            yield lambda: [lines.get() for _ in range(lines.qsize())]
        finally:
            os.killpg(program.pid, signal.SIGKILL)
            reading.join()


def _read(program: "subprocess.Popen[str]", lines: "queue.SimpleQueue[str]") -> None:
    assert program.stdout is not None
    for line in program.stdout:
        lines.put(line)


def publish_until(
    producer: Producer, workspace: str, lines: Lines, is_enough: Callable[[list[list[str]]], bool]
) -> tuple[list[str], list[list[str]]]:
    """Publish results, one after another, until ``is_enough`` of what a program has told: JSON arrays, one a line.

    Returns the ids of what was published, and what was told.
    """
    published: list[str] = []
    told: list[list[str]] = []
    while not is_enough(told):
        # Of one image, so that all stand in one partition, in their order.
        result = samples.result(workspace, "a.jpg")
        producer.produce(RECOGNITION_RESULTS, result.model_dump_json(), result.image_key.encode())
        assert producer.flush(60) == 0
        published.append(f"{result.origin.name}:{result.pipeline}")
        time.sleep(PAUSE_S)
        told += [json.loads(line) for line in lines()]
    return published, told

"""A worker waits for Kafka where it is not there yet, drains when it is told to stop, and is restarted when it dies."""

import os
import signal
from collections import Counter
from pathlib import Path

import psutil
import pytest

from infra.embedded.platform import Platform
from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from schemas.results import RecognitionResult, parse_result_event
from schemas.topics import RECOGNITION_RESULTS
from tests.child_servers import free_port
from tests.platforms import PICTURES, create_workspace, eventually
from tests.stacks import RunningStack
from tests.topic_tail import TopicTail
from tests.workers import RunningWorker, running_worker, skip_backlog, wait_until_consuming

pytestmark = pytest.mark.long

REFERENCES = 300


@pytest.fixture
def roots() -> dict[str, str]:
    return {"VEDETTE_SOURCES__FILE_ROOTS": str(PICTURES)}


def test_a_worker_that_starts_before_kafka_waits_and_can_be_told_to_stop(tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    settings = Settings(home=tmp_path, kafka=KafkaSettings(bootstrap_servers=nowhere))
    environment = {"VEDETTE_KAFKA__BOOTSTRAP_SERVERS": nowhere}
    with running_worker(settings, "index", tmp_path, environment, wait=False) as worker:
        eventually(lambda: worker.said("reach Kafka"))
        assert worker.process.poll() is None
        assert worker.stop() == 0


def test_a_worker_that_starts_before_kafka_works_once_it_is_there(stack: RunningStack, tmp_path: Path) -> None:
    Platform(stack.settings).migrate()
    stack.kill("kafka")
    try:
        with running_worker(stack.settings, "index", tmp_path, wait=False) as worker:
            eventually(lambda: worker.said("reach Kafka"))
            stack.restart("kafka")
            wait_until_consuming(stack.settings, "index", worker)
            assert worker.stop() == 0
    finally:
        stack.restart("kafka")


async def test_a_worker_that_is_told_to_stop_finishes_what_it_has_taken(
    stack: RunningStack, tmp_path: Path, roots: dict[str, str]
) -> None:
    platform = Platform(stack.settings)
    platform.migrate()
    skip_backlog(stack.settings)
    owner = "drained-worker"
    await create_workspace(stack.settings, owner, f"{PICTURES.as_uri()}/")
    with TopicTail(stack.settings.kafka, RECOGNITION_RESULTS) as results:
        with running_worker(stack.settings, "recognise", tmp_path, roots) as first:
            platform.run("publish", str(PICTURES), "--owner", owner, "--repeat", str(REFERENCES // 6))
            before = results.read(30, 60, naming=owner)
            assert first.stop() == 0, first.log.read_text()
        assert first.said("outlasted the grace period") == 0
        with running_worker(stack.settings, "recognise", tmp_path, roots):
            events = [
                parse_result_event(message.value() or b"")
                for message in before + results.read(REFERENCES - len(before), 60, naming=owner)
            ]
    origins = Counter(
        event.origin.name for event in events if isinstance(event, RecognitionResult) and event.owner == owner
    )
    assert len(origins) == REFERENCES
    assert set(origins.values()) == {1}


def child_of(worker: RunningWorker) -> psutil.Process:
    (child,) = eventually(lambda: psutil.Process(worker.process.pid).children())
    assert isinstance(child, psutil.Process)
    return child


def test_a_supervised_worker_that_is_killed_is_started_again(stack: RunningStack, tmp_path: Path) -> None:
    Platform(stack.settings).migrate()
    command = ("-m", "infra.cli", "worker", "index", "--supervise")
    with running_worker(stack.settings, "index", tmp_path, command=command) as worker:
        child = child_of(worker)
        os.kill(child.pid, signal.SIGKILL)
        eventually(lambda: child_of(worker).pid != child.pid)
        wait_until_consuming(stack.settings, "index", worker)
        assert worker.said("child_ended") == 1
        assert worker.stop() == 0
    assert not psutil.pid_exists(child.pid)


STANDING_STILL = """
import time
from infra.settings.settings import Settings
from processors.workers.index import create_app
from processors.streams.worker import run_worker

async def stand_still():
    time.sleep(600)

settings = Settings()
app = create_app(settings)
app.run_beside(stand_still)
run_worker(app, settings)
"""
GETTING_NOWHERE = """
import asyncio
from infra.settings.settings import Settings
from processors.streams.worker import create_worker, run_worker
from schemas.topics import IMAGE_REFERENCES

async def stand_still(stream):
    async for _ in stream.poll(1, 0.1):
        await asyncio.Event().wait()

settings = Settings()
app = create_worker("stuck", settings)
app.consume([IMAGE_REFERENCES], stand_still)
run_worker(app, settings)
"""


@pytest.mark.parametrize(
    ("owner", "program", "problem"),
    [
        ("standing-still", STANDING_STILL, "the event loop has not moved"),
        ("getting-nowhere", GETTING_NOWHERE, "messages wait, and none was acknowledged"),
    ],
)
async def test_a_worker_that_gets_nowhere_ends_and_tells_what_it_did(
    stack: RunningStack, tmp_path: Path, owner: str, program: str, problem: str
) -> None:
    Platform(stack.settings).migrate()
    await create_workspace(stack.settings, owner, f"{PICTURES.as_uri()}/")
    Platform(stack.settings).run("publish", str(PICTURES), "--owner", owner)
    environment = {"VEDETTE_WORKER__STALL_S": "2"}
    with running_worker(stack.settings, "stuck", tmp_path, environment, ("-c", program), wait=False) as worker:
        assert worker.process.wait(240) == 70, worker.log.read_text()
    assert worker.said(problem)
    assert worker.said("in stand_still")

"""An image that truly kills workers is found after three deaths; its neighbours are recognised."""

import time
from pathlib import Path

import pytest

from infra.embedded.platform import Platform
from schemas.dead_letters import Reason, Rejection, decode_headers
from schemas.results import RecognitionResult, parse_result_event
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS
from tests.killing_worker import DEADLY, RAISING
from tests.platforms import PICTURES, create_workspace
from tests.stacks import RunningStack
from tests.topic_tail import TopicTail
from tests.workers import running_worker

NEIGHBOURS = 10


def next_rejection(dead_letters: TopicTail, owner: str) -> Rejection:
    """Return the workspace's next rejection; what other tests left on the topics is rejected meanwhile."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for letter in dead_letters.read(1, 5):
            rejection = decode_headers(letter.headers() or ())  # type: ignore[arg-type]
            if rejection.owner == owner:
                return rejection
    raise AssertionError("nothing of the workspace was rejected")


def next_results(results: TopicTail, owner: str) -> set[str]:
    """Return the addresses of the workspace's next images that are recognised, as many as there are neighbours."""
    found: set[str] = set()
    deadline = time.monotonic() + 120
    while len(found) < NEIGHBOURS and time.monotonic() < deadline:
        events = [parse_result_event(message.value() or b"") for message in results.read(1, 5)]
        found |= {event.uri for event in events if isinstance(event, RecognitionResult) and event.owner == owner}
    return found


@pytest.mark.parametrize(("ending", "exit_code"), [(DEADLY, -11), (RAISING, 70)])
async def test_after_three_deaths_the_culprit_is_rejected_and_its_neighbours_are_recognised(
    stack: RunningStack, tmp_path: Path, ending: bytes, exit_code: int
) -> None:
    Platform(stack.settings).migrate()
    owner = f"killing{-exit_code if exit_code < 0 else exit_code}"
    await create_workspace(stack.settings, owner, f"{tmp_path.as_uri()}/")
    picture = (PICTURES / "chelsea.jpg").read_bytes()
    for number in range(NEIGHBOURS):
        (tmp_path / f"{number}.jpg").write_bytes(picture)
    (tmp_path / "culprit.jpg").write_bytes(picture + ending)
    kafka = stack.settings.kafka.bootstrap_servers
    environment = {"VEDETTE_SOURCES__FILE_ROOTS": str(tmp_path)}
    command = ("-m", "tests.killing_worker")
    with TopicTail(kafka, RECOGNITION_RESULTS) as results, TopicTail(kafka, DEAD_LETTERS) as dead_letters:
        Platform(stack.settings).run("publish", str(tmp_path), "--owner", owner)
        for _ in range(3):
            with running_worker(stack.settings, "recognise", tmp_path, environment, command, wait=False) as worker:
                assert worker.process.wait(120) == exit_code, worker.log.read_text()
        with running_worker(stack.settings, "recognise", tmp_path, environment, command, wait=False) as worker:
            rejection = next_rejection(dead_letters, owner)
            recognised = next_results(results, owner)
            assert worker.process.poll() is None
            assert worker.stop() == 0
    assert rejection.reason is Reason.CRASHED_WORKER
    assert (rejection.uri or "").endswith("culprit.jpg")
    assert len(recognised) == NEIGHBOURS

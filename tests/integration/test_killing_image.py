"""An image that truly kills workers is found after three deaths; its neighbours are recognised."""

from pathlib import Path

import pytest

from infra.embedded.platform import Platform
from schemas.dead_letters import Reason, decode_headers
from schemas.results import RecognitionResult, parse_result_event
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS
from tests.killing_worker import DEADLY, RAISING
from tests.platforms import PICTURES, create_workspace
from tests.stacks import RunningStack
from tests.topic_tail import TopicTail
from tests.workers import running_worker, skip_backlog

pytestmark = pytest.mark.long

NEIGHBOURS = 10


@pytest.mark.parametrize(("ending", "exit_code"), [(DEADLY, -11), (RAISING, 70)])
async def test_after_three_deaths_the_culprit_is_rejected_and_its_neighbours_are_recognised(
    stack: RunningStack, tmp_path: Path, ending: bytes, exit_code: int
) -> None:
    Platform(stack.settings).migrate()
    skip_backlog(stack.settings)
    owner = f"killing{-exit_code if exit_code < 0 else exit_code}"
    await create_workspace(stack.settings, owner, f"{tmp_path.as_uri()}/")
    picture = (PICTURES / "chelsea.jpg").read_bytes()
    for number in range(NEIGHBOURS):
        (tmp_path / f"{number}.jpg").write_bytes(picture)
    (tmp_path / "culprit.jpg").write_bytes(picture + ending)
    kafka = stack.settings.kafka
    environment = {"VEDETTE_SOURCES__FILE_ROOTS": str(tmp_path)}
    command = ("-m", "tests.killing_worker")
    with TopicTail(kafka, RECOGNITION_RESULTS) as results, TopicTail(kafka, DEAD_LETTERS) as dead_letters:
        Platform(stack.settings).run("publish", str(tmp_path), "--owner", owner)
        for _ in range(3):
            with running_worker(stack.settings, "recognise", tmp_path, environment, command, wait=False) as worker:
                assert worker.process.wait(240) == exit_code, worker.log.read_text()
        with running_worker(stack.settings, "recognise", tmp_path, environment, command, wait=False) as worker:
            (letter,) = dead_letters.read(1, 120, naming=owner)
            events = [
                parse_result_event(message.value() or b"") for message in results.read(NEIGHBOURS, 120, naming=owner)
            ]
            assert worker.process.poll() is None
            assert worker.stop() == 0
    rejection = decode_headers(letter.headers() or ())  # type: ignore[arg-type]
    assert rejection.reason is Reason.CRASHED_WORKER
    assert (rejection.uri or "").endswith("culprit.jpg")
    assert len({event.uri for event in events if isinstance(event, RecognitionResult)}) == NEIGHBOURS

"""Whatever is published, each message has its outcome, no worker ends, and memory stays bounded."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.operations.reconcile.window import Window
from schemas.topics import IMAGE_REFERENCES
from tests.faults.fuzzing import WORKERS, fuzz, worker_process
from tests.platforms import ANSWER_TIMEOUT_S, RunningPlatform
from tests.reconciliations import counted

COUNT = 5000
ODD_PRODUCER = Path(__file__).parents[1] / "foreign" / "odd_header_producer.py"


async def test_a_header_whose_name_is_no_text_ends_no_worker(platform: RunningPlatform) -> None:
    workers = [worker_process(platform, name) for name in WORKERS]
    since = datetime.now(UTC)
    own = {**os.environ, "VEDETTE_HOME": str(platform.settings.home)}
    command = (sys.executable, "-P", ODD_PRODUCER, IMAGE_REFERENCES, "{}")
    publishing = await asyncio.create_subprocess_exec(*command, env=own)
    assert await publishing.wait() == 0
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    while (found := await counted(platform.settings, Window(since=since))).rejected == 0:
        assert time.monotonic() < deadline, found
    assert (found.accepted, found.is_clean) == (1, True)
    assert all(worker.is_running() for worker in workers)


@pytest.mark.timeout(900)
async def test_fuzzed_messages_become_dead_letters_and_end_no_worker(platform: RunningPlatform) -> None:
    fuzzed = await asyncio.to_thread(fuzz, platform, COUNT, 2, 20_000)
    assert fuzzed.problems == []
    assert fuzzed.found.rejected > COUNT * 0.9

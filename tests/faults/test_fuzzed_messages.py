"""Whatever is published, each message has its outcome, no worker ends, and memory stays bounded."""

import asyncio

import pytest

from tests.faults.fuzzing import fuzz
from tests.platforms import RunningPlatform

COUNT = 5000


@pytest.mark.timeout(600)
async def test_fuzzed_messages_become_dead_letters_and_end_no_worker(platform: RunningPlatform) -> None:
    fuzzed = await asyncio.to_thread(fuzz, platform, COUNT, 2)
    assert fuzzed.problems == []
    assert fuzzed.found.rejected > COUNT * 0.9

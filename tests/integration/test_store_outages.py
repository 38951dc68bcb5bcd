"""A store that dies under a writer says to try again, and the same connection works once the store is back."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from infra.cassandra.images.results import ResultStore
from infra.cassandra.migrations import migrate_tables
from infra.elasticsearch.results import ResultIndex
from infra.errors import TransientError
from infra.retries import retry_transient
from schemas.queries import ResultQuery
from schemas.results import RecognitionResult
from tests.samples import result
from tests.stacks import RunningStack

pytestmark = pytest.mark.long

Save = Callable[[list[RecognitionResult]], Awaitable[None]]


class Writer:
    """Saves ten images again and again, and once more after each error, as a worker does."""

    def __init__(self, save: Save, owner: str) -> None:
        self._save = save
        self._owner = owner
        self.saved: set[str] = set()
        self.progressed = asyncio.Event()
        self.failed = asyncio.Event()
        self.stopping = False

    async def run(self) -> None:
        for number in itertools.count():
            batch = [result(self._owner, f"{number}-{part}.jpg") for part in range(10)]
            await self._retry(batch)
            self.saved |= {item.image_key for item in batch}
            self.progressed.set()
            if self.stopping:
                return

    async def wait_for_progress(self) -> None:
        """Return once more is saved than now."""
        self.progressed.clear()
        await self.progressed.wait()

    async def _retry(self, batch: list[RecognitionResult]) -> None:
        while True:
            try:
                return await self._save(batch)
            except TransientError:
                self.failed.set()
                await asyncio.sleep(0.2)


async def write_through_a_crash(stack: RunningStack, server: str, save: Save, owner: str) -> set[str]:
    """Kill and restart ``server`` under a writer; return the keys of the images whose saving was confirmed."""
    writer = Writer(save, owner)
    # A group, so that an error of the writer's ends the test rather than what waits for it.
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        await writer.wait_for_progress()
        await asyncio.to_thread(stack.kill, server)
        await writer.failed.wait()
        await asyncio.to_thread(stack.restart, server)
        await writer.wait_for_progress()
        writer.stopping = True
    return writer.saved


@pytest.fixture
def owner() -> str:
    return f"shop-{uuid4().hex[:12]}"


async def test_a_result_store_outlives_a_crash_of_cassandra(stack: RunningStack, owner: str) -> None:
    await migrate_tables(stack.settings.cassandra)
    store = await ResultStore.connect(stack.settings.cassandra.model_copy(update={"request_timeout_s": 3.0}))
    saved = await write_through_a_crash(stack, "cassandra", store.save_results, owner)

    async def scanned() -> set[str]:
        return {item.image_key async for item in store.scan_results()}

    # A server that has just come back may need longer for all rows than a writer would wait.
    assert saved <= await retry_transient(scanned, doing="scan after the crash")
    await store.close()


async def test_a_result_index_outlives_a_crash_of_elasticsearch(stack: RunningStack, owner: str) -> None:
    settings = stack.settings.elasticsearch.model_copy(
        update={"index": f"outage-{uuid4().hex[:8]}", "request_timeout_s": 5.0}
    )
    index = ResultIndex.connect(settings)
    await index.migrate()
    saved = await write_through_a_crash(stack, "elasticsearch", index.save_results, owner)
    await retry_transient(index.refresh, doing="refresh after the crash")
    assert await retry_transient(index.count, doing="count after the crash") == len(saved)
    assert (await index.search(ResultQuery(owners=frozenset({owner})))).items
    await index.close()

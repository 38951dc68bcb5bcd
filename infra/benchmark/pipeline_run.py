"""One run of the whole pipeline: published, recognised, in both stores, and counted there."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from rich.progress import Progress, TaskID

from infra.account_store import AccountStore
from infra.embedded.platform import Platform
from infra.errors import VedetteError
from infra.event_bus import client_configuration
from infra.result_index import ResultIndex
from infra.result_store import ResultStore
from infra.settings import Settings
from schemas.accounts import Workspace
from schemas.queries import ImageStatus
from schemas.topics import RECOGNITION_RESULTS

SINK_GROUPS = ("vedette-store", "vedette-index")
POLL_INTERVAL_S = 0.25
STALLED_AFTER_S = 120.0


class BenchFailed(VedetteError):
    """A run did not give what it should: its figure would mean nothing."""


def run_pipeline(
    platform: Platform, folder: Path, workspace: str, pictures: int, repeat: int, progress: Progress
) -> float:
    """Return images a second from the first publishing until the last result is in both stores."""
    settings = platform.settings
    asyncio.run(_create_workspace(settings, workspace, folder))
    expected = pictures * repeat
    task = progress.add_task(f"pipeline {workspace.removeprefix('bench-')}", total=expected)
    admin = AdminClient(client_configuration(settings.kafka))
    before = _results_appended(admin)
    began = time.perf_counter()
    platform.run("publish", str(folder), "--owner", workspace, "--repeat", str(repeat))
    _await_results(admin, before, expected, progress, task)
    _await_sinks(admin)
    took = time.perf_counter() - began
    asyncio.run(_check(settings, workspace, expected))
    return expected / took


async def _create_workspace(settings: Settings, name: str, folder: Path) -> None:
    accounts = await AccountStore.connect(settings.cassandra)
    try:
        prefixes = (f"{folder.as_uri()}/",)
        await accounts.create_workspace(
            Workspace(id=name, name=name, allowed_prefixes=prefixes, created_at=datetime.now(UTC))
        )
    finally:
        await accounts.close()


def _await_results(admin: AdminClient, before: int, expected: int, progress: Progress, task: TaskID) -> None:
    """Return once ``expected`` more results stand in Kafka; raises ``BenchFailed`` when none come any more."""
    seen, seen_at = 0, time.monotonic()
    while seen < expected:
        appended = _results_appended(admin) - before
        if appended > seen:
            seen, seen_at = appended, time.monotonic()
            progress.update(task, completed=seen)
        if time.monotonic() - seen_at > STALLED_AFTER_S:
            raise BenchFailed(f"no result for {STALLED_AFTER_S:.0f} s after {seen} of {expected}: see dead letters")
        time.sleep(POLL_INTERVAL_S)


def _results_appended(admin: AdminClient) -> int:
    return sum(_ends(admin).values())


def _ends(admin: AdminClient) -> dict[int, int]:
    partitions = admin.list_topics(RECOGNITION_RESULTS).topics[RECOGNITION_RESULTS].partitions
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # the client annotates it in part
    wanted = {TopicPartition(RECOGNITION_RESULTS, number): latest for number in partitions}
    return {at.partition: found.result().offset for at, found in admin.list_offsets(wanted).items()}


def _await_sinks(admin: AdminClient) -> None:
    """Return once both sinks have acknowledged every result."""
    deadline = time.monotonic() + STALLED_AFTER_S
    while any(_lag(admin, group) for group in SINK_GROUPS):
        if time.monotonic() > deadline:
            raise BenchFailed("a sink did not catch up")
        time.sleep(POLL_INTERVAL_S)


def _lag(admin: AdminClient, group: str) -> int:
    ends = _ends(admin)
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(RECOGNITION_RESULTS, number) for number in ends])
    offsets = admin.list_consumer_group_offsets([asked])[group].result().topic_partitions
    return sum(ends[at.partition] - max(0, at.offset) for at in offsets)


async def _check(settings: Settings, workspace: str, expected: int) -> None:
    """Raise ``BenchFailed`` unless both stores hold exactly the expected results of this round."""
    counts = {"Cassandra": await _stored(settings, workspace), "Elasticsearch": await _indexed(settings, workspace)}
    for store, count in counts.items():
        if count != expected:
            raise BenchFailed(f"{store} holds {count} results of {expected} published")


async def _stored(settings: Settings, workspace: str) -> int:
    store = await ResultStore.connect(settings.cassandra)
    try:
        count, cursor = 0, None
        while True:
            page = await store.list_images(workspace, 200, cursor)
            count += sum(record.status is ImageStatus.RECOGNISED for record in page.items)
            cursor = page.next_cursor
            if cursor is None:
                return count
    finally:
        await store.close()


async def _indexed(settings: Settings, workspace: str) -> int:
    index = ResultIndex.connect(settings.elasticsearch)
    try:
        await index.refresh()
        return await index.count(workspace)
    finally:
        await index.close()

"""``make fuzz-messages``: publish fuzzed messages, and see that each has its outcome and no worker ended.

Run as a module it starts servers and workers of its own; the test of fewer messages uses those of all tests.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from confluent_kafka import Producer
from rich.console import Console

from infra.embedded.homes.home import Home
from infra.embedded.processes import ServerProcess
from infra.kafka.event_bus import client_configuration
from infra.settings.servers import KafkaSettings
from schemas.records.reconciliation import Reconciliation
from schemas.topics import LARGEST_MESSAGE_BYTES, REFERENCE_TOPICS
from tests.faults.bombs import odd_batches, publish_in_transactions
from tests.faults.fuzzed_messages import FuzzedMessage, fuzzed_messages
from tests.peak_memory import forget_peak, peak_bytes
from tests.platforms import RunningPlatform, create_workspace, platform_with_pictures
from tests.raw_producer import publish_raw
from tests.reconciliations import reconciled
from tests.stacks import running_stack

WORKERS = ("recognise", "store", "index")
OWNER = "fuzz"
COUNT = 100_000
TINY_RECORDS = 1_000_000
MOST_MIB = 450
MIB = 2**20
STALLED_AFTER_S = 600.0


@dataclass(frozen=True)
class Fuzzed:
    """What came of fuzzed messages; memory is the most that each worker held beyond what it began with, in MiB."""

    published: int
    found: Reconciliation
    ended: tuple[str, ...]
    most_mib: Mapping[str, int]

    @property
    def problems(self) -> list[str]:
        found = self.found
        checks = {
            f"workers ended: {', '.join(self.ended)}": not self.ended,
            f"{found.accepted} accepted of {self.published}": found.accepted == self.published,
            f"{found.pending} are pending": found.pending == 0,
            f"{found.lost} lost, {found.doubled} doubled": found.is_clean,
            f"memory beyond that at the start, in MiB: {dict(self.most_mib)}": max(self.most_mib.values()) <= MOST_MIB,
        }
        return [problem for problem, is_fine in checks.items() if not is_fine]


def fuzz(platform: RunningPlatform, count: int, seed: int, tiny: int) -> Fuzzed:
    """Publish odd batches, transactions and ``count`` fuzzed messages; return what came of them, once something has.

    One of the batches has ``tiny`` records.
    """
    asyncio.run(create_workspace(platform.settings, OWNER, f"{platform.pictures.as_uri()}/"))
    workers = {name: worker_process(platform, name) for name in WORKERS}
    began_with = {name: process.memory_info().rss for name, process in workers.items()}
    for process in workers.values():
        forget_peak(process.pid)
    time.sleep(1.0)  # the command's window begins with a whole second
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    uri = (platform.pictures / "chelsea.jpg").as_uri()
    odd = publish_odd_batches(platform.settings.kafka, uri, tiny)
    odd += publish_in_transactions(platform.settings.kafka, json.dumps({"owner": OWNER, "uri": uri}).encode())
    publish_all(platform.settings.kafka, fuzzed_messages(count, seed, OWNER, uri))
    found, most_mib = await_outcomes(platform, since, workers, began_with)
    ended = tuple(name for name, process in workers.items() if not process.is_running())
    return Fuzzed(count + odd, found, ended, most_mib)


def publish_odd_batches(kafka: KafkaSettings, uri: str, tiny: int) -> int:
    """Publish them and return how many references they hold, as the broker counts."""
    batches = odd_batches(OWNER, uri, tiny)
    refused = publish_raw(kafka, batches)
    wrongly = {batch.name: refused[batch.name] for batch in batches if batch.name in refused and batch.messages}
    assert not wrongly, wrongly
    taken = [batch for batch in batches if batch.topic in REFERENCE_TOPICS and batch.name not in refused]
    # A broker that takes a broken batch would have all offsets that it claims: none does.
    assert all(batch.messages for batch in taken)
    return sum(batch.messages for batch in taken)


def worker_process(platform: RunningPlatform, name: str) -> psutil.Process:
    process = ServerProcess(Home(platform.settings.home), name).find()
    assert process is not None
    return process


def publish_all(kafka: KafkaSettings, messages: Iterable[FuzzedMessage]) -> None:
    """Publish as a careless producer does; the broker must take every message."""
    refused: list[str] = []
    configuration = {**client_configuration(kafka), "message.max.bytes": LARGEST_MESSAGE_BYTES, "batch.size": 900_000}
    producer = Producer(configuration)
    for message in messages:
        while True:
            try:
                producer.produce(
                    message.topic,
                    message.value,
                    message.key,
                    headers=list(message.headers),
                    on_delivery=lambda error, _: refused.append(str(error)) if error else None,
                )
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    producer.flush()
    assert not refused, refused[:5]


def await_outcomes(
    platform: RunningPlatform, since: str, workers: Mapping[str, psutil.Process], began_with: Mapping[str, int]
) -> tuple[Reconciliation, dict[str, int]]:
    """Return the last count, once nothing is pending or nothing more comes of it, and how memory grew meanwhile."""
    most_mib = dict.fromkeys(workers, 0)
    pending, changed_at = -1, time.monotonic()
    while True:
        found = reconciled(platform.settings, "--since", since)
        for name, process in workers.items():
            if process.is_running():
                most_mib[name] = max(most_mib[name], (peak_bytes(process.pid) - began_with[name]) // MIB)
        if found.pending != pending:
            pending, changed_at = found.pending, time.monotonic()
        if found.pending == 0 or time.monotonic() - changed_at > STALLED_AFTER_S:
            return found, most_mib
        time.sleep(1.0)


def main() -> int:
    """Fuzz a platform of its own; returns the exit code."""
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="vedette-fuzz-") as home:
        pictures = Path(home) / "pictures"
        pictures.mkdir()
        with running_stack(Path(home)) as stack, platform_with_pictures(stack, pictures) as platform:
            began_at = time.monotonic()
            fuzzed = fuzz(platform, COUNT, seed=1, tiny=TINY_RECORDS)
            seconds = time.monotonic() - began_at
    found = fuzzed.found
    console.print(
        f"{fuzzed.published:,} fuzzed messages in {seconds:.0f} s: {found.rejected:,} rejected, {found.discarded:,} "
        f"discarded, {found.recognised:,} recognised, {found.lost:,} lost, {found.doubled:,} doubled, "
        f"{len(fuzzed.ended)} workers ended; most memory beyond that at the start, in MiB: {dict(fuzzed.most_mib)}"
    )
    for problem in fuzzed.problems:
        console.print(f"[bold red]wrong[/] {problem}")
    return 1 if fuzzed.problems else 0


if __name__ == "__main__":
    sys.exit(main())

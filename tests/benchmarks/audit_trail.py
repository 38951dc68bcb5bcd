"""Measure the audit trail: how fast entries are added to Cassandra, and how long a check of them all takes.

Run as a module. Cassandra is real; the messages are made here, as large as those of log-ins.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from infra.cassandra.migrations import migrate_tables
from infra.cassandra.session import CassandraSession
from infra.operations.audit.chain import PublishedAct
from infra.operations.audit.keys import AuditKeys
from infra.operations.audit.store import AuditStore
from infra.operations.audit.verification import Verification
from infra.operations.audit.writer import ChainWriter
from infra.settings.servers import CassandraSettings
from tests.fakes.audit import KEY, published
from tests.stacks import running_stack

TOPIC_ID = "benchmark"
PARTITIONS = 6
BATCH = 500
KEYS = AuditKeys([KEY])


def main() -> None:
    """Print what was measured; exits with 1 where the trail is not intact."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, default=30_000)
    wanted: int = arguments.parse_args().entries
    with tempfile.TemporaryDirectory() as home, running_stack(Path(home)) as stack:
        sys.exit(asyncio.run(measure(stack.settings.cassandra, wanted)))


async def measure(settings: CassandraSettings, wanted: int) -> int:
    await migrate_tables(settings)
    session = await CassandraSession.connect(settings)
    try:
        store = AuditStore(session)
        writing_s = await write(store, wanted)
        began = time.perf_counter()
        report = await Verification(store, KEYS).run()
        checking_s = time.perf_counter() - began
    finally:
        await session.close()
    entries = sum(head.entries for head in report.heads)
    sys.stdout.write(
        f"{entries} entries on {PARTITIONS} partitions: added at {entries / writing_s:.0f} a second, "
        f"checked in {checking_s:.1f} s ({entries / checking_s:.0f} a second), {report.found} faults\n"
    )
    return int(not report.is_intact or entries != wanted)


async def write(store: AuditStore, wanted: int) -> float:
    """Add entries as the worker does, a batch of the topic at a time; returns how long it took."""
    writer = ChainWriter(store, KEYS, TOPIC_ID, topic_id)
    batches = [batch_of(start, min(BATCH, wanted - start)) for start in range(0, wanted, BATCH)]
    began = time.perf_counter()
    for batch in batches:
        await writer.save(batch)
    return time.perf_counter() - began


async def topic_id() -> str:
    return TOPIC_ID


def batch_of(start: int, size: int) -> dict[int, list[PublishedAct]]:
    """Return messages in turn on every partition, each half an access event that leaves no entry."""
    numbers = range(start, start + size)
    return {at: published(*(2 * number for number in numbers if number % PARTITIONS == at)) for at in range(PARTITIONS)}


if __name__ == "__main__":
    main()

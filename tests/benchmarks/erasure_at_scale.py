"""Ten thousand of fifty thousand images erased while traffic runs: how long it takes, and whether anything is left.

``make bench-erasure`` looks for what is left in every table, the index, an index that was rebuilt, an export, a live
stream that is resumed from the beginning of the topics, and both stores after a restore of an older backup. The exit
code is 1 where anything is. Cassandra, Elasticsearch and Kafka are real; references are answered without a recogniser.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from api.live.cursors import LiveCursors
from api.live.hub import LiveHub
from api.live.subscribers import Subscriber
from api.security.tokens.cursor_seal import CursorSeal
from infra.cassandra.images.results import ResultStore
from infra.elasticsearch.matching.outcome_filters import OutcomeFilter
from infra.kafka.outcomes.outcome_topics import OutcomeTopics
from infra.operations.backup.creation import create_backup
from infra.operations.backup.format.catalogue import open_catalogue
from infra.operations.backup.restore.restoration import restore_backup
from infra.settings.operations import ErasureSettings
from infra.settings.settings import Settings
from infra.terminal import say
from schemas.messages.topic_owners import TopicOwners
from schemas.queries import ResultQuery
from schemas.records.erasures import Erasure, ErasureSearch
from tests.backup_world import KEY, QUIET, World, backup_world, own_kafka
from tests.erasing import CANARY, erasing, left, places_with_canaries, publish, workers
from tests.stacks import running_stack

AT_ONCE = 2000
SOMEBODY = {"customer": "somebody"}
THEM = {"customer": CANARY}
# Of the traffic, one in twenty is about the customer as well.
PER_SECOND = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--theirs", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vedette-erasure-") as name, running_stack(Path(name, "home")) as stack:
        folder = Path(name)
        with own_kafka(folder / "kafka") as kafka:

            async def measured() -> bool:
                async with backup_world(kafka, stack, folder / "world") as world:
                    world.settings = world.settings.model_copy(update={"erasure": ErasureSettings(key=SecretStr(KEY))})
                    return await measure(world, folder, asked.images, asked.theirs)

            return 0 if asyncio.run(measured()) else 1


async def measure(world: World, folder: Path, images: int, theirs: int) -> bool:
    with workers(world, folder):
        for first in range(0, images, AT_ONCE):
            await publish(world, first, min(AT_ONCE, images - first), THEM if first < theirs else SOMEBODY)
        await world.caught_up()
        say(f"{images:,} images, {await left(world):,} of them of the customer")
        backup = await create_backup(world.settings, open_catalogue(world.settings), QUIET)
        async with traffic(world):
            began = time.monotonic()
            done = await erased(world)
            took = time.monotonic() - began
        say(f"erased {done.erased:,} images in {took:.0f} s: {done.erased / took:,.0f} a second, with traffic")
        await world.caught_up()
        while await left(world):
            say(f"erased {(await erased(world)).erased:,} that came after it had closed")
            await world.caught_up()
    found = {"stores": await places_with_canaries(world), "live streams": await resumed(world.settings)}
    world.done("rebuild", "index")
    found["rebuilt index"] = await places_with_canaries(world)
    export = folder / "export.jsonl"
    world.done("export", "--owner", "shop", "--output", str(export))
    found["export"] = [export.name] if CANARY in export.read_text() else []
    await restore_backup(world.settings, open_catalogue(world.settings), backup.id, QUIET, lambda _: True)
    with workers(world, folder):
        await world.caught_up()
    found["stores after the restore of an older backup"] = await places_with_canaries(world)
    for place, canaries in found.items():
        say(f"{place}: {', '.join(canaries) or 'nothing of the customer'}")
    return not any(found.values())


@asynccontextmanager
async def traffic(world: World) -> AsyncIterator[None]:
    """Let images come in, of the customer as well."""

    async def go_on() -> None:
        number = 1_000_000
        while True:
            await publish(world, number, PER_SECOND - 1, SOMEBODY)
            await publish(world, number + PER_SECOND, 1, THEM)
            number += 2 * PER_SECOND
            await asyncio.sleep(1)

    task = asyncio.create_task(go_on())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def erased(world: World) -> Erasure:
    """Erase whatever a search finds of the customer now; it may find more by the time that it is asked for."""

    @asynccontextmanager
    async def unrecorded(*_act: object, **_more: object) -> AsyncIterator[None]:
        yield

    async with erasing(world) as (erasures, loop):
        search = ErasureSearch(owner="shop", metadata=THEM)
        begun = await erasures.begin(search, (await erasures.count(search)).images, "ops@desk", unrecorded)
        await loop.look()
        return await erasures.find(begun.id)


async def resumed(settings: Settings) -> list[str]:
    """Return the names of outcomes that tell of the customer, to a client that has missed everything."""
    secret = Ed25519PrivateKey.generate().private_bytes_raw()
    topics, store = OutcomeTopics(settings.kafka), await ResultStore.connect(settings.cassandra)
    cursors = LiveCursors(CursorSeal(lambda: [secret]))
    hub = LiveHub(topics, cursors, TopicOwners({}), settings.live, store)
    subscriber = Subscriber(OutcomeFilter(ResultQuery(owners=frozenset({"shop"}))), settings.live)
    await hub.position_of(None)
    start = {at: held.first for at, held in (await topics.holdings()).items()}
    told: list[str] = []
    outcomes = 0
    async with aclosing(hub.follow(subscriber, start)) as batches:
        async for batch in batches:
            outcomes += len(batch.entries)
            told += [entry.outcome.id for entry in batch.entries if entry.outcome and CANARY.encode() in entry.json]
            if outcomes and not batch.entries:
                break
    say(f"a client that resumed from the beginning was told {outcomes:,} outcomes")
    await hub.close()
    await store.close()
    return told


if __name__ == "__main__":
    sys.exit(main())

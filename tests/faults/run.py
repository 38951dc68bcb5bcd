"""``make faults`` and ``make faults-short``: the whole platform at work while workers and servers are killed.

Ends with what ``vedette reconcile`` counts, on the last line, held against an own count of what was published. The exit
code is 1 unless nothing was lost or doubled and both stores hold the same, in time.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from infra.cassandra.images.results import ResultStore
from infra.elasticsearch.session import ElasticsearchSession
from infra.embedded.homes.home import Home
from infra.embedded.platform import Platform
from infra.embedded.processes import ServerProcess
from infra.settings.settings import Settings
from processors.pictures import DEMO_PICTURES as PICTURES
from schemas.queries import ImageStatus
from schemas.records.reconciliation import Reconciliation
from tests.faults.fault_plan import Fault, Faults, Load, plan_store_faults, plan_worker_kills
from tests.faults.steady_publisher import SteadyPublisher
from tests.faults.supervised import SupervisedWorkers
from tests.platforms import create_workspace
from tests.reconciliations import reconciled, reconciled_line
from tests.stacks import EmbeddedTestStack, embedded_stack, kafka_variables

SHORT = (Load(images=1500, pace=8), Faults(recognise_workers=2, worker_kills=4, store_kills=1))
FULL = (Load(images=10_000, pace=12), Faults(recognise_workers=3, worker_kills=20, store_kills=5, freeze_s=30))
OWNER = "faults"
WORKERS_START_S = 90.0
SETTLED_WITHIN_S = 60.0
GIVE_UP_S = 300.0
LOOK_EVERY_S = 2.0

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Ending:
    """How a run ended."""

    found: Reconciliation
    settled_in_s: float
    cassandra: int
    elasticsearch: int


def main() -> int:
    """Run once and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer images and faults")
    parser.add_argument("--seed", type=int, default=1, help="of the moments and targets")
    arguments = parser.parse_args()
    load, faults = SHORT if arguments.short else FULL
    home = Path(tempfile.mkdtemp(prefix="vedette-faults-"))
    problems = ["the run did not end"]
    try:
        problems = run(home, load, faults, arguments.seed)
    finally:
        if problems:
            console.print(f"logs are kept in {home}/logs")
        else:
            shutil.rmtree(home)
    return 1 if problems else 0


def run(home: Path, load: Load, faults: Faults, seed: int) -> list[str]:
    """Run the platform in ``home`` while faults happen; returns what is wrong at the end."""
    pictures = home / "pictures"
    shutil.copytree(PICTURES, pictures, ignore=shutil.ignore_patterns("*.md"))
    with embedded_stack(home) as stack:
        Platform(stack.settings).migrate()
        asyncio.run(create_workspace(stack.settings, OWNER, f"{pictures.as_uri()}/"))
        with running_workers(stack.settings, faults.workers, pictures) as workers:
            publisher = SteadyPublisher(stack.settings.kafka, load, OWNER, pictures)
            happened = inflict(stack, workers, publisher, load, faults, seed)
            ending = await_end(stack.settings)
            problems = judge(publisher, ending)
            tell(publisher, workers, happened, ending, problems)
        # The command itself, as its users see it, has the last line.
        console.print(reconciled_line(stack.settings))
    return problems


@contextmanager
def running_workers(settings: Settings, names: Sequence[str], pictures: Path) -> Iterator[SupervisedWorkers]:
    """Run supervised workers that know every server's address by heart, whether or not it runs when they start."""
    cassandra = settings.cassandra
    assert cassandra.password is not None
    environment = {
        "VEDETTE_HOME": str(settings.home),
        "VEDETTE_SOURCES__FILE_ROOTS": str(pictures),
        **kafka_variables(settings.kafka),
        "VEDETTE_CASSANDRA__CONTACT_POINTS": ",".join(cassandra.contact_points),
        "VEDETTE_CASSANDRA__PORT": str(cassandra.port),
        "VEDETTE_CASSANDRA__USERNAME": cassandra.username or "",
        "VEDETTE_CASSANDRA__PASSWORD": cassandra.password.get_secret_value(),
        "VEDETTE_ELASTICSEARCH__URLS": ",".join(settings.elasticsearch.urls),
        "VEDETTE_MODELS__THREADS": "1",
    }
    workers = SupervisedWorkers(names, environment, settings.home / "logs")
    try:
        await_consumers(settings)
        yield workers
    finally:
        workers.stop()


def await_consumers(settings: Settings) -> None:
    """Return once every consumer group has members at work."""
    platform = Platform(settings)
    deadline = time.monotonic() + WORKERS_START_S
    while not all(platform.is_consuming(name) for name in ("recognise", "store", "index")):
        if time.monotonic() > deadline:
            raise TimeoutError(f"workers did not start within {WORKERS_START_S:.0f} s")
        time.sleep(LOOK_EVERY_S)


def inflict(
    stack: EmbeddedTestStack,
    workers: SupervisedWorkers,
    publisher: SteadyPublisher,
    load: Load,
    faults: Faults,
    seed: int,
) -> Counter[str]:
    """Publish and let things go wrong; returns what happened once all is published and every server is back."""
    happened: Counter[str] = Counter()
    started_at = time.monotonic()
    publisher.start()

    def hit(fault: Fault) -> None:
        time.sleep(max(0.0, started_at + fault.at_s - time.monotonic()))
        if fault.target in faults.workers:
            workers.kill(fault.target)
        else:
            hit_server(stack, fault)
        happened[f"{fault.kind} {fault.target.partition('-')[0]}"] += 1
        console.print(f"{time.monotonic() - started_at:6.1f} s  {fault.kind} {fault.target}")

    def carry_out(plan: Sequence[Fault]) -> None:
        for fault in plan:
            hit(fault)

    with ThreadPoolExecutor(2, thread_name_prefix="faults") as pool:
        plans = (plan_worker_kills(load, faults, seed), plan_store_faults(load, faults, seed))
        list(pool.map(carry_out, plans))
    publisher.join()
    return happened


def hit_server(stack: EmbeddedTestStack, fault: Fault) -> None:
    """Kill a server and start it again after a while, or stop it for a while without its noticing."""
    if fault.kind == "kill":
        stack.kill(fault.target)
        time.sleep(fault.lasts_s)
        stack.restart(fault.target)
        return
    process = ServerProcess(Home(stack.settings.home), fault.target).find()
    assert process is not None
    process.suspend()
    time.sleep(fault.lasts_s)
    process.resume()


def await_end(settings: Settings) -> Ending:
    """Return what is counted once everything has its outcome, or nothing more comes of it."""
    began_at = time.monotonic()
    while True:
        elapsed_s = time.monotonic() - began_at
        found = reconciled(settings)
        if found.pending == 0 or elapsed_s > GIVE_UP_S:
            cassandra, elasticsearch = asyncio.run(count_recognised(settings))
            return Ending(found, elapsed_s, cassandra, elasticsearch)
        time.sleep(LOOK_EVERY_S)


async def count_recognised(settings: Settings) -> tuple[int, int]:
    """Count results in Cassandra and documents of recognised images in Elasticsearch."""
    store, index = await ResultStore.connect(settings.cassandra), ElasticsearchSession.open(settings.elasticsearch)
    alias = settings.elasticsearch.index
    recognised = {"query": {"term": {"status": ImageStatus.RECOGNISED}}}
    try:
        await index.request("POST", f"/{alias}/_refresh")
        answer = await index.request("POST", f"/{alias}/_count", recognised)
        return await store.count_results(), int(answer["count"])
    finally:
        await store.close()
        await index.close()


def judge(publisher: SteadyPublisher, ending: Ending) -> list[str]:
    """Return what is wrong, by our own count of what was published."""
    found, images = ending.found, len(publisher.good)
    wanted = {
        "references that Kafka did not confirm": (len(publisher.failed), 0),
        "lost": (found.lost, 0),
        "doubled": (found.doubled, 0),
        "pending": (found.pending, 0),
        "accepted": (found.accepted, publisher.confirmed),
        "recognised": (found.recognised, publisher.confirmed - publisher.bad_confirmed),
        "rejected": (found.rejected, publisher.bad_confirmed),
        "results in Cassandra": (ending.cassandra, images),
        "recognised documents in Elasticsearch": (ending.elasticsearch, images),
    }
    problems = [f"{what}: {is_so} instead of {should}" for what, (is_so, should) in wanted.items() if is_so != should]
    if ending.settled_in_s > SETTLED_WITHIN_S:
        problems.append(f"settled only after {ending.settled_in_s:.0f} s")
    return problems


def tell(
    publisher: SteadyPublisher,
    workers: SupervisedWorkers,
    happened: Counter[str],
    ending: Ending,
    problems: Sequence[str],
) -> None:
    console.print(f"faults: {', '.join(f'{count} {fault}' for fault, count in sorted(happened.items()))}")
    console.print(f"workers ended, by exit code: {dict(workers.exits)}")
    console.print(
        f"published {publisher.confirmed:,} references, {publisher.bad_confirmed:,} of them bad, to "
        f"{len(publisher.good):,} images"
    )
    console.print(
        f"{ending.settled_in_s:.0f} s after the last: {ending.cassandra:,} results in Cassandra, "
        f"{ending.elasticsearch:,} in Elasticsearch"
    )
    for problem in problems:
        console.print(f"[bold red]wrong[/] {problem}")


if __name__ == "__main__":
    sys.exit(main())

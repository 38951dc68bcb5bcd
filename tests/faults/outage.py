"""``make outage``: one server is down for minutes under load; what it does not hold goes on, and nothing is lost.

References are published at a steady pace throughout, and finished images are asked for through the API, which reads
them from Cassandra. Ends like ``make faults``: with what ``vedette reconcile`` counts on the last line, exit code 1
unless every read was answered and everything came into both stores.
"""

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from infra.embedded.platform import Platform
from infra.embedded.reports import tell_nobody
from infra.settings.settings import Settings
from processors.bench.measures.result_flow import ResultFlow
from processors.bench.report import percentiles_ms
from processors.pictures import DEMO_PICTURES as PICTURES
from schemas.queries import ImageStatus
from tests.faults.fault_plan import STORES, Load
from tests.faults.run import OWNER, await_end, console, judge
from tests.faults.steady_publisher import SteadyPublisher
from tests.platforms import RunningPlatform
from tests.reconciliations import reconciled_line
from tests.stacks import EmbeddedTestStack, embedded_stack

EMAIL = "reader@faults.example"
BEFORE_S, AFTER_S = 30.0, 60.0
READ_EVERY_S = 0.2
# Recognised and stored by then, on a machine that has other work too.
FINISHED_AFTER_S = 20.0


@dataclass
class Reader:
    """Asks the API for images that were published a while ago, and keeps count of the answers."""

    platform: RunningPlatform
    publisher: SteadyPublisher
    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)
        self._published: list[tuple[float, frozenset[str]]] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        chance = random.Random(1)  # noqa: S311 - which picture is looked at, nothing secret
        with self.platform.client(EMAIL) as client:
            while not self._stop.wait(READ_EVERY_S):
                if finished := self._finished():
                    began = time.perf_counter()
                    self.answers[self._read(client, chance.choice(finished))] += 1
                    self.seconds.append(time.perf_counter() - began)

    def _finished(self) -> list[str]:
        """Return what had been confirmed ``FINISHED_AFTER_S`` ago."""
        now = time.monotonic()
        if not self._published or now - self._published[-1][0] > 1:
            self._published.append((now, frozenset(tuple(self.publisher.good))))
        older = [names for at, names in self._published if now - at > FINISHED_AFTER_S]
        self._published = self._published[max(0, len(older) - 1) :]
        return sorted(older[-1]) if older else []

    @staticmethod
    def _read(client: httpx.Client, image_id: str) -> str:
        try:
            answer = client.get(f"/v1/images/{image_id}")
        except httpx.HTTPError as error:
            return type(error).__name__
        if answer.status_code != httpx.codes.OK:
            return str(answer.status_code)
        return str(answer.json()["status"])


def main() -> int:
    """Run once and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", choices=[name for name in STORES if name != "cassandra"], default="elasticsearch")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--pace", type=float, default=12)
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="vedette-outage-"))
    problems = ["the run did not end"]
    try:
        problems = run(home, arguments.server, arguments.minutes * 60, arguments.pace)
    finally:
        if problems:
            console.print(f"logs are kept in {home}/logs")
        else:
            shutil.rmtree(home)
    return 1 if problems else 0


def run(home: Path, server: str, outage_s: float, pace: float) -> list[str]:
    """Run the platform in ``home`` while ``server`` is down for ``outage_s``; returns what is wrong at the end."""
    pictures = home / "pictures"
    shutil.copytree(PICTURES, pictures, ignore=shutil.ignore_patterns("*.md"))
    with embedded_stack(home) as stack:
        platform = Platform(stack.settings, {"VEDETTE_SOURCES__FILE_ROOTS": str(pictures)})
        platform.migrate()
        try:
            platform.start(tell_nobody)
            running = RunningPlatform(platform, Settings(home=home), pictures, s3_url="")
            problems = watch(stack, running, server, outage_s, pace)
            # The command itself, as its users see it, has the last line.
            console.print(reconciled_line(stack.settings))
        finally:
            platform.stop(tell_nobody)
    return problems


def watch(stack: EmbeddedTestStack, platform: RunningPlatform, server: str, outage_s: float, pace: float) -> list[str]:
    """Let it happen while images are published and read; returns what is wrong at the end."""
    platform.create_account(EMAIL, OWNER, allow=(f"{platform.pictures.as_uri()}/",))
    load = Load(images=int(pace * (BEFORE_S + outage_s + AFTER_S)), pace=pace)
    publisher = SteadyPublisher(stack.settings.kafka, load, OWNER, platform.pictures)
    reader = Reader(platform, publisher)
    publisher.start()
    reader.start()
    time.sleep(BEFORE_S)
    stack.kill(server)
    console.print(f"{server} is down, for {outage_s:.0f} s")
    time.sleep(outage_s)
    stack.restart(server)
    back_at = time.monotonic()
    ResultFlow(stack.settings.kafka).await_sinks()
    caught_up_s = time.monotonic() - back_at
    publisher.join()
    reader.stop()
    ending = await_end(stack.settings)
    problems = judge(publisher, ending)
    if set(reader.answers) != {ImageStatus.RECOGNISED.value}:
        problems.append(f"reads of finished images were answered {dict(reader.answers)}")
    latency = percentiles_ms(reader.seconds)
    console.print(
        f"published {publisher.confirmed:,}; {reader.answers.total():,} reads, p50 {latency['p50']} ms, "
        f"p99 {latency['p99']} ms; caught up {caught_up_s:.0f} s after {server} was back; "
        f"{ending.cassandra:,} results in Cassandra, {ending.elasticsearch:,} in Elasticsearch"
    )
    for problem in problems:
        console.print(f"[bold red]wrong[/] {problem}")
    return problems


if __name__ == "__main__":
    sys.exit(main())

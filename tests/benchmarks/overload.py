"""``make overload``: three times as much as the API can take, and what becomes of what it accepts and what it refuses.

Real servers, workers and API, each a process of its own; this one makes the load. Measures how many requests a second
the API accepts when it always has something to do, sends 0.7 of that for a while, then three times as much, then 0.7
again, and ends with what ``vedette reconcile`` counts. The exit code is 1 unless what was accepted stayed fast, the
rest was refused cleanly, all was as before within 30 s, and no reference was lost or doubled. Load stays on loopback.
"""

import argparse
import asyncio
import itertools
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from infra.embedded.homes.home import Home
from infra.embedded.platform import Platform
from infra.embedded.processes import ServerProcess
from infra.embedded.reports import tell_nobody
from infra.settings.settings import Settings
from processors.pictures import DEMO_PICTURES as PICTURES
from schemas.records.reconciliation import Reconciliation
from tests.benchmarks.open_loop import RESET, Answer, Answers, LoadClient, at_once, at_rate, quantile_of
from tests.platforms import RunningPlatform
from tests.reconciliations import reconciled
from tests.stacks import running_stack

OWNER = "overload"
EMAIL = "load@overload.example"
ACCEPTED, REFUSED, FOUND = 202, 429, 200
# As many as the API works on, and as many again that wait for it.
SATURATING = 32
CONNECTIONS = 400
READS_PER_S = 10.0
STEADY, TOO_MUCH = 0.7, 3.0
LATEST_MS = 250.0
# Workers would have machines of their own where there is such a load: here they take what the others leave.
WORKERS = ("recognise", "store", "index", "audit", "activity")
YIELDING = 10
RECOVERED_WITHIN_S = 30.0
# An answer after this is of no use to whoever sends the load: recognition sheds what is older, with a dead letter.
DEADLINE_S = 60.0
SETTLED_WITHIN_S = 900.0
MIB = 2**20

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Part:
    """What came of one part of the load; latencies in milliseconds from when each request was meant to be sent."""

    name: str
    seconds: float
    offered_per_s: float
    accepted_per_s: float
    refused: int
    others: Mapping[str, int]
    p50_ms: float
    p99_ms: float
    refused_p99_ms: float
    reads: int
    read_p99_ms: float
    api_cores: float
    api_mib: float

    @classmethod
    def of(cls, name: str, sent: Answers, reads: Answers, api: "Usage") -> "Part":
        others = {
            str(status): count
            for status, count in (sent.statuses + reads.statuses).items()
            if status not in (ACCEPTED, REFUSED, FOUND)
        }
        silent = sum(not answer.says_when for answer in sent.with_status(REFUSED))
        return cls(
            name=name,
            seconds=sent.seconds,
            offered_per_s=len(sent.all) / sent.seconds,
            accepted_per_s=len(sent.with_status(ACCEPTED)) / sent.seconds,
            refused=len(sent.with_status(REFUSED)),
            others=others | ({"429 without Retry-After": silent} if silent else {}),
            p50_ms=sent.latency_ms(0.5, ACCEPTED),
            p99_ms=sent.latency_ms(0.99, ACCEPTED),
            refused_p99_ms=sent.latency_ms(0.99, REFUSED),
            reads=len(reads.all),
            read_p99_ms=reads.latency_ms(0.99, FOUND),
            api_cores=api.cores(),
            api_mib=api.mib(),
        )


class Usage:
    """What a process used since this was made."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._began_at, self._began_s = time.monotonic(), self._cpu_s()

    def cores(self) -> float:
        return (self._cpu_s() - self._began_s) / (time.monotonic() - self._began_at)

    def mib(self) -> float:
        return float(self._process.memory_info().rss / MIB)

    def _cpu_s(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


class Load:
    """Requests to one API, and the reads that go on beside."""

    def __init__(self, platform: RunningPlatform) -> None:
        self._platform = platform
        self._client = LoadClient("127.0.0.1", platform.settings.api.port, CONNECTIONS)
        self._head = f"HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {platform.token(EMAIL)}\r\n"
        self._uris = itertools.cycle(picture.as_uri() for picture in sorted(platform.pictures.glob("*.jpg")))
        self._numbers = itertools.count()
        self._api = process_of(platform.settings, "api")

    async def saturate(self, name: str, seconds: float) -> Part:
        return await self._measure(name, at_once(self._client, SATURATING, seconds, self._submission))

    async def offer(self, name: str, rate: float, seconds: float) -> tuple[Part, Answers]:
        sent: list[Answers] = []

        async def sending() -> Answers:
            sent.append(await at_rate(self._client, rate, seconds, self._submission))
            return sent[0]

        return await self._measure(name, sending()), sent[0]

    async def _measure(self, name: str, sending: Any) -> Part:
        api, reads = Usage(self._api), Answers()
        reading = asyncio.create_task(self._read(reads.all.append))
        try:
            sent = await sending
        finally:
            reading.cancel()
        await self._client.settle()
        part = Part.of(name, sent, reads, api)
        tell(part)
        return part

    async def _read(self, done: Callable[[Answer], None]) -> None:
        """Ask for the first image again and again, at a steady pace."""
        request = f"GET /v1/images/image-0 {self._head}\r\n".encode()
        started_at = time.monotonic()
        for number in itertools.count():
            meant_at = started_at + number / READS_PER_S
            await asyncio.sleep(max(0.0, meant_at - time.monotonic()))
            self._client.send(request, meant_at, done)

    def _submission(self) -> bytes:
        deadline = (datetime.now(UTC) + timedelta(seconds=DEADLINE_S)).isoformat()
        image = {"uri": next(self._uris), "image_id": f"image-{next(self._numbers)}", "deadline": deadline}
        body = json.dumps({"images": [image]})
        head = f"POST /v1/images {self._head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return f"{head}{body}".encode()


def process_of(settings: Settings, name: str) -> psutil.Process:
    process = ServerProcess(Home(settings.home), name).find()
    assert process is not None
    return process


async def measure(platform: RunningPlatform, minutes: float) -> tuple[list[Part], float | None]:
    """Return what came of each part of the load, and how long after it all was as before; None if it was not."""
    load = Load(platform)
    await load.saturate("warm-up", 15)
    capacity = (await load.saturate("saturated", 20)).accepted_per_s
    steady, _ = await load.offer("0.7 of that", STEADY * capacity, 30)
    overload, _ = await load.offer("three times that", TOO_MUCH * capacity, minutes * 60)
    after, answers = await load.offer("0.7 again", STEADY * capacity, RECOVERED_WITHIN_S + 10)
    return [steady, overload, after], recovered_after_s(answers, allowed_ms(steady))


def allowed_ms(steady: Part) -> float:
    return max(LATEST_MS, 2 * steady.p99_ms)


def recovered_after_s(answers: Answers, most_ms: float) -> float | None:
    """Return the first second from which on everything was accepted, and in time."""
    began_at = answers.all[0].meant_at
    bad = [
        answer.meant_at - began_at
        for answer in answers.all
        if answer.status != ACCEPTED or answer.latency_s * 1000 > most_ms
    ]
    # One in a hundred may be late, as when nothing is too much.
    last_bad_s = quantile_of(bad, 1) if len(bad) > len(answers.all) / 100 else 0.0
    return last_bad_s if last_bad_s < answers.seconds - 5 else None


def settle(settings: Settings) -> tuple[Reconciliation, float]:
    """Return the last count, once nothing is pending or it takes too long, and how long it took."""
    began_at = time.monotonic()
    while True:
        found = reconciled(settings)
        elapsed_s = time.monotonic() - began_at
        if found.pending == 0 or elapsed_s > SETTLED_WITHIN_S:
            return found, elapsed_s
        time.sleep(5)


def judge(parts: list[Part], recovered_s: float | None, found: Reconciliation) -> list[str]:
    """Return what is not as it should be."""
    steady, overload, _ = parts
    checks = {
        f"p99 of accepted requests {overload.p99_ms:.0f} ms": overload.p99_ms <= allowed_ms(steady),
        f"p99 of reads {overload.read_p99_ms:.0f} ms": overload.read_p99_ms <= allowed_ms(steady),
        "nothing was refused": overload.refused > 0,
        f"other answers: {[part.others for part in parts]} ({RESET}: broken connection)": not any(
            part.others for part in parts
        ),
        f"recovered after {recovered_s} s": recovered_s is not None and recovered_s <= RECOVERED_WITHIN_S,
        f"{found.lost} lost, {found.doubled} doubled": found.is_clean,
        f"{found.pending} still pending": found.pending == 0,
    }
    return [problem for problem, is_fine in checks.items() if not is_fine]


def tell(part: Part) -> None:
    console.print(
        f"{part.name:>16}: {part.offered_per_s:6.1f}/s offered, {part.accepted_per_s:6.1f}/s accepted "
        f"(p50 {part.p50_ms:.0f}, p99 {part.p99_ms:.0f} ms), {part.refused:,} refused "
        f"(p99 {part.refused_p99_ms:.0f} ms), others {dict(part.others)}, reads p99 {part.read_p99_ms:.0f} ms; "
        f"API {part.api_cores:.2f} cores, {part.api_mib:.0f} MiB"
    )


@contextmanager
def running(home: Path) -> Iterator[RunningPlatform]:
    """Run the whole platform in ``home``, with an account that may send the demonstration's pictures."""
    pictures = home / "pictures"
    shutil.copytree(PICTURES, pictures, ignore=shutil.ignore_patterns("*.md"))
    environment = {
        "VEDETTE_SOURCES__FILE_ROOTS": str(pictures),
        "VEDETTE_MODELS__THREADS": "1",
        "VEDETTE_API__TOKEN_LIFETIME_S": "3600",
        # One account offers everything: what is measured is the platform, and not that account's share.
        "VEDETTE_API__REQUESTS_PER_S": "100000",
    }
    with running_stack(home) as stack:
        platform = Platform(stack.settings, environment)
        platform.migrate()
        try:
            platform.start(tell_nobody)
            for name in WORKERS:
                process_of(platform.settings, name).nice(YIELDING)
            started = RunningPlatform(platform, Settings(home=home), pictures, "")
            started.create_account(EMAIL, OWNER, allow=(f"{pictures.as_uri()}/",))
            yield started
        finally:
            platform.stop(tell_nobody)


def main() -> int:
    """Measure once; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="of three times the capacity")
    parser.add_argument("--json", type=Path, help="where the figures go")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vedette-overload-") as home, running(Path(home)) as platform:
        parts, recovered_s = asyncio.run(measure(platform, arguments.minutes))
        found, settled_s = settle(platform.settings)
    console.print(f"recovered after {recovered_s} s; {settled_s:.0f} s later: {found.model_dump_json()}")
    problems = judge(parts, recovered_s, found)
    for problem in problems:
        console.print(f"[bold red]wrong[/] {problem}")
    if arguments.json:
        figures = {"parts": [asdict(part) for part in parts], "recovered_s": recovered_s, "settled_s": settled_s}
        arguments.json.write_text(json.dumps(figures | {"reconcile": found.model_dump()}, indent=2, default=str))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

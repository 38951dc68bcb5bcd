"""``make bench-api``: how fast the API reads and searches, with 50,000 results in both stores and everything running.

Real servers, workers and API, each a process of its own on this machine; this one makes the load, at times that do not
depend on the answers, as a user of one workspace and as an analyst who sees all, in turn. Prints p50, p95 and p99 of
every kind of request, and writes them as JSON. Then the same reads go on while somebody tries 200 passwords a second,
each from an address of its own. The exit code is 1 where an answer was not what was asked for, or a p99 misses its
target. Load stays on loopback.
"""

import argparse
import asyncio
import itertools
import json
import os
import platform as machine
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import quote

import httpx
from rich.console import Console
from rich.table import Table

from processors.pictures import DEMO_PICTURES as PICTURES
from tests.benchmarks.open_loop import Answer, Answers, LoadClient, at_rate, quantile_of
from tests.benchmarks.stored_results import SEASONS, image_id, label_name, store
from tests.platforms import RunningPlatform, running_platform
from tests.stacks import running_stack

WORKSPACES = 10
USER, ANALYST = "ada@bench.example", "ann@bench.example"
FOUND = 200
CONNECTIONS = 64
WARM_UP_S = 20.0
READ_TARGET_MS, SEARCH_TARGET_MS = 50.0, 150.0
COMMON_LABELS = 40
# How much slower reads may be while log-ins are tried.
SLOWER_BY_FLOOD = 3.0
TURNED_AWAY = {401, 429}

console = Console(highlight=False, soft_wrap=True)
Address = Callable[[int], str]


@dataclass(frozen=True)
class Kind:
    """One kind of request, its share of all, and the address of each by its number."""

    name: str
    share: float
    path: Address


@dataclass(frozen=True)
class Row:
    """What came of one kind of request, or of all; in milliseconds from when each was meant to be sent."""

    name: str
    requests: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    others: dict[str, int]

    @classmethod
    def of(cls, name: str, answers: Sequence[Answer]) -> "Row":
        p50, p95, p99 = (quantile_of((each.latency_s for each in answers), q) * 1000 for q in (0.5, 0.95, 0.99))
        statuses = Answers(all=list(answers)).statuses
        others = {str(status): count for status, count in statuses.items() if status != FOUND}
        return cls(name, len(answers), round(p50, 2), round(p95, 2), round(p99, 2), others)


@dataclass(frozen=True)
class Part:
    """Reads or searches: what was asked for, every kind of it, and all of them together."""

    name: str
    rate_per_s: float
    seconds: float
    target_p99_ms: float
    all: Row
    kinds: list[Row]

    flood: dict[str, int] | None = None
    """What the log-ins were answered that were tried meanwhile, by status."""

    @property
    def passed(self) -> bool:
        if self.flood is not None and not {int(status) for status in self.flood} <= TURNED_AWAY:
            return False
        return not self.all.others and self.all.p99_ms < self.target_p99_ms


def owner_of(number: int) -> str:
    return f"bench-{number % WORKSPACES}"


def _reads(count: int) -> list[Kind]:
    """Images of the user's own workspace, anywhere among those stored; most ask for one image."""

    def image(number: int) -> str:
        mine = (number * 7919 % max(1, count // WORKSPACES)) * WORKSPACES
        return f"/v1/images/{image_id(mine)}"

    def of_owner(suffix: str = "") -> Address:
        return lambda number: f"{image(number)}{suffix}?owner={owner_of(0)}"

    return [
        Kind("image", 0.8, of_owner()),
        Kind("history", 0.1, of_owner("/history")),
        Kind("timeline", 0.05, of_owner("/timeline")),
        Kind("list of 20", 0.05, lambda _number: f"/v1/images?owner={owner_of(0)}&limit=20"),
    ]


def _searches(count: int) -> list[Kind]:
    """What people ask for by name: words, labels, facets, what is typed so far, what looks alike."""

    def label(number: int) -> str:
        return quote(label_name(number * 31 % COMMON_LABELS))

    def typed(number: int) -> str:
        return quote(label_name(number * 31 % COMMON_LABELS)[:3])

    def image(number: int) -> str:
        return image_id((number * 7919 % max(1, count // WORKSPACES)) * WORKSPACES)

    return [
        Kind("words", 0.3, lambda number: f"/v1/search?q={label(number)}"),
        Kind("words and facets", 0.1, lambda number: f"/v1/search?q={label(number)}&facets=true"),
        Kind("label", 0.3, lambda number: f"/v1/results?label={label(number)}&min_confidence=0.4"),
        Kind(
            "metadata", 0.1, lambda number: f"/v1/results?metadata=season={SEASONS[number % 4]}&label={label(number)}"
        ),
        Kind("suggestions", 0.1, lambda number: f"/v1/search/suggestions?q={typed(number)}"),
        Kind("similar", 0.1, lambda number: f"/v1/images/{image(number)}/similar?owner={owner_of(0)}"),
    ]


class Load:
    """Requests to one API, as two callers in turn."""

    def __init__(self, port: int, tokens: Sequence[str]) -> None:
        self._port = port
        self._client = LoadClient("127.0.0.1", port, CONNECTIONS)
        self._heads = [
            f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n".encode("ascii") for token in tokens
        ]

    async def run(self, name: str, kinds: Sequence[Kind], rate: float, seconds: float, target_ms: float) -> Part:
        """Send ``rate`` requests a second of all kinds together, after a warm-up that does not count."""
        await self._send(kinds, rate, min(WARM_UP_S, seconds))
        return self._part(name, kinds, await self._send(kinds, rate, seconds), rate, seconds, target_ms)

    async def run_flooded(
        self, name: str, kinds: Sequence[Kind], rate: float, seconds: float, target_ms: float, log_ins_per_s: float
    ) -> Part:
        """Do the same while log-ins are tried, over connections of their own."""
        attacker = LoadClient("127.0.0.1", self._port, CONNECTIONS)
        warm_up_s = min(WARM_UP_S, seconds)
        flooding = asyncio.create_task(at_rate(attacker, log_ins_per_s, warm_up_s + seconds, self._log_ins()))
        await self._send(kinds, rate, warm_up_s)
        answers = await self._send(kinds, rate, seconds)
        flood = {str(status): count for status, count in (await flooding).statuses.items()}
        return replace(self._part(name, kinds, answers, rate, seconds, target_ms), flood=flood)

    @staticmethod
    def _part(
        name: str, kinds: Sequence[Kind], answers: Sequence[Answers], rate: float, seconds: float, target_ms: float
    ) -> Part:
        rows = [Row.of(kind.name, each.all) for kind, each in zip(kinds, answers, strict=True)]
        together = Row.of("all", [answer for each in answers for answer in each.all])
        return Part(name, rate, seconds, target_ms, together, rows)

    async def _send(self, kinds: Sequence[Kind], rate: float, seconds: float) -> list[Answers]:
        return await asyncio.gather(
            *(at_rate(self._client, rate * kind.share, seconds, self._requests(kind.path)) for kind in kinds)
        )

    def _log_ins(self) -> Callable[[], bytes]:
        """Return what makes log-ins with passwords that are none, each from a network and for an account of its own."""
        numbers = itertools.count()

        def make() -> bytes:
            number = next(numbers)
            body = json.dumps({"email": f"victim-{number}@bench.example", "password": f"a guess, and no more {number}"})
            return (
                f"POST /v1/auth/token HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Type: application/json\r\n"
                f"X-Forwarded-For: 10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode("ascii")

        return make

    def _requests(self, path: Address) -> Callable[[], bytes]:
        numbers = itertools.count()

        def make() -> bytes:
            number = next(numbers)
            return f"GET {path(number)} HTTP/1.1\r\n".encode("ascii") + self._heads[number % len(self._heads)]

        return make


@contextmanager
def running_api(folder: Path) -> Iterator[RunningPlatform]:
    """Run servers, workers and API in ``folder``, with two accounts."""
    pictures = folder / "pictures"
    pictures.mkdir()
    shutil.copy(PICTURES / "coffee.jpg", pictures)
    with (
        running_stack(folder / "home") as stack,
        running_platform(
            stack, pictures, "http://127.0.0.1:9", {"VEDETTE_API__TRUSTED_PROXIES": "127.0.0.1"}
        ) as running,
    ):
        running.create_account(USER, owner_of(0))
        running.create_account(ANALYST, "analysts", role="analyst")
        yield running


def require_answers(running: RunningPlatform, kinds: Sequence[Kind], callers: Sequence[str]) -> None:
    """See that every kind of request finds something, for everybody who will send it."""
    for email in callers:
        with running.client(email) as client:
            for kind in kinds:
                answer = client.get(kind.path(0))
                if answer.status_code != httpx.codes.OK or answer.json().get("items") == []:
                    raise SystemExit(f"{kind.name}: {email} got {answer.status_code} {answer.text[:200]}")


def measure(running: RunningPlatform, wanted: argparse.Namespace) -> list[Part]:
    """Fill the stores, then read, then search."""
    owners = [owner_of(number) for number in range(WORKSPACES)]
    console.print(f"storing {wanted.results:,} results …")
    asyncio.run(store(running.settings, wanted.results, owners))
    reads, searches = _reads(wanted.results), _searches(wanted.results)
    require_answers(running, [*reads, *searches], (USER, ANALYST))

    async def both() -> list[Part]:
        load = Load(running.settings.api.port, [running.token(USER), running.token(ANALYST)])
        read = await load.run("reads", reads, wanted.read_rate, wanted.seconds, READ_TARGET_MS)
        show(read)
        search = await load.run("searches", searches, wanted.search_rate, wanted.seconds, SEARCH_TARGET_MS)
        show(search)
        most_ms = SLOWER_BY_FLOOD * read.all.p99_ms
        flooded = await load.run_flooded(
            "reads while log-ins are tried", reads, wanted.read_rate, wanted.seconds, most_ms, wanted.log_in_rate
        )
        show(flooded)
        return [read, search, flooded]

    return asyncio.run(both())


def show(part: Part) -> None:
    table = Table(title=f"{part.name}: {part.rate_per_s:g}/s for {part.seconds:g} s")
    for column in ("kind", "requests", "p50 ms", "p95 ms", "p99 ms", "other answers"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    for row in (*part.kinds, part.all):
        numbers = (f"{row.p50_ms:.1f}", f"{row.p95_ms:.1f}", f"{row.p99_ms:.1f}")
        table.add_row(row.name, str(row.requests), *numbers, json.dumps(row.others) if row.others else "none")
    console.print(table)
    if part.flood is not None:
        console.print(f"log-ins answered meanwhile, by status: {part.flood}")
    verdict = "met" if part.passed else "MISSED"
    console.print(f"{part.name}: p99 {part.all.p99_ms:.1f} ms, target below {part.target_p99_ms:g} ms: {verdict}\n")


def report(parts: Sequence[Part], wanted: argparse.Namespace) -> dict[str, object]:
    return {
        "machine": {"system": machine.platform(), "processors": os.cpu_count()},
        "results": wanted.results,
        "workspaces": WORKSPACES,
        "parts": [{**asdict(part), "passed": part.passed} for part in parts],
    }


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each part")
    parser.add_argument("--read-rate", type=float, default=100.0)
    parser.add_argument("--search-rate", type=float, default=30.0)
    parser.add_argument("--log-in-rate", type=float, default=200.0)
    parser.add_argument("--json", type=Path, default=Path("reports/bench-api.json"))
    return parser.parse_args(arguments)


def main() -> int:
    wanted = parse()
    with tempfile.TemporaryDirectory(prefix="vedette-bench-api-") as folder, running_api(Path(folder)) as running:
        parts = measure(running, wanted)
    wanted.json.parent.mkdir(parents=True, exist_ok=True)
    wanted.json.write_text(json.dumps(report(parts, wanted), indent=2) + "\n")
    console.print(f"written to {wanted.json}")
    return 0 if all(part.passed for part in parts) else 1


if __name__ == "__main__":
    sys.exit(main())

"""``make bench-live``: a thousand clients of live streams, some of which read nothing, and then all come back at once.

Real servers and one API process; this process publishes outcomes and is all the clients. Each client that reads must
get exactly the outcomes of its workspace, those of one image in their order, whatever becomes of the clients that do
not; after all have come back within ten seconds, none may have missed anything. The exit code is 1 otherwise.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx
import orjson
import psutil
import uvloop
from confluent_kafka import Producer
from rich.console import Console

from infra.embedded.platform import Platform
from infra.kafka.event_bus import client_configuration
from infra.settings.settings import Settings
from schemas.topics import RECOGNITION_RESULTS
from tests import samples
from tests.served import PASSWORD, Served, served
from tests.stacks import running_stack

IMAGES = 10
BACK_WITHIN_S = 10.0
SETTLED_WITHIN_S = 120.0
MIB = 2**20

console = Console(highlight=False, soft_wrap=True)


@dataclass
class Listener:
    """One client: what it heard, and where it would resume."""

    api: str
    token: str
    workspace: str
    reads: bool = True
    heard: list[tuple[str, int]] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    last_id: str = ""
    ended: str = ""

    async def listen(self, begun: asyncio.Event) -> None:
        """Hear until cancelled, or until the stream ends."""
        host, port = self.api.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=2**22 if self.reads else 1024)
        resume = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        head = f"GET /v1/live HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {self.token}\r\n{resume}\r\n"
        writer.write(head.encode())
        try:
            status = await reader.readline()
            assert b" 200 " in status, status
            begun.set()
            if not self.reads:
                await asyncio.Event().wait()
            await self._read(reader)
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        cursor = event = ""
        while line := await reader.readline():
            name, _, value = line.partition(b": ")
            if name == b"id":
                cursor = value.strip().decode()
            elif name == b"event":
                event = value.strip().decode()
            elif name == b"data":
                self._hear(event, cursor, value)

    def _hear(self, event: str, cursor: str, value: bytes) -> None:
        told = orjson.loads(value)
        if event == "end":
            self.ended = told["reason"]
            return
        self.last_id = cursor
        if event == "recognised":
            self.heard.append((told["image_id"], told["sequence"]))
            self.late_s.append(time.time() - float(told["result"]["metadata"]["at"]))


class Load:
    """Publishes outcomes at a rate, and remembers what it published in each workspace."""

    def __init__(self, settings: Settings, workspaces: Sequence[str]) -> None:
        self._producer = Producer({**client_configuration(settings.kafka), "linger.ms": 5})
        self._workspaces = workspaces
        self.published: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        self._number = 0

    async def publish(self, rate: float, seconds: float) -> None:
        began = time.monotonic()
        for step in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + step / rate - time.monotonic()))
            self._publish_one()
        await asyncio.to_thread(self._producer.flush, 60)

    def _publish_one(self) -> None:
        self._number += 1
        workspace = self._workspaces[self._number % len(self._workspaces)]
        image = f"{self._number // len(self._workspaces) % IMAGES}.jpg"
        result = samples.result(workspace, image, of=samples.origin(self._number), metadata={"at": time.time()})
        self._producer.produce(
            RECOGNITION_RESULTS, result.model_dump_json(exclude_none=True), result.image_key.encode()
        )
        self._producer.poll(0)
        self.published[workspace].append((image, result.origin.version))


class Publishes(Protocol):
    """Publishes outcomes at a rate, and tells what it published in each workspace."""

    published: Mapping[str, Sequence[tuple[str, int]]]

    async def publish(self, rate: float, seconds: float) -> None: ...


async def measure(
    url: str, process: psutil.Process, load: Publishes, tokens: dict[str, str], arguments: argparse.Namespace
) -> bool:
    """Tell what so many clients cost the API in ``process``; False where one of them heard anything but its own."""
    workspaces = sorted(tokens)
    listeners = [
        Listener(url, tokens[workspace], workspace, reads=number >= arguments.stalled)
        for number in range(arguments.clients)
        for workspace in (workspaces[number % len(workspaces)],)
    ]
    readers = [one for one in listeners if one.reads]
    console.print(f"API before any client: {process.memory_info().rss / MIB:.0f} MiB")
    streams = await open_all(listeners, 0.0)
    idle = process.memory_info().rss / MIB
    before = cpu_s(process)
    await load.publish(arguments.rate, arguments.seconds)
    await settled(readers, load)
    heard = sum(len(one.heard) for one in readers)
    used = cpu_s(process) - before
    console.print(
        f"{len(listeners)} clients, of which {arguments.stalled} read nothing: {idle:.0f} MiB before, "
        f"{process.memory_info().rss / MIB:.0f} MiB after {arguments.seconds} s"
    )
    console.print(
        f"{heard} deliveries to those who read; {used:.1f} s of processor, {used / heard * 1e6:.0f} µs each, "
        f"{used / arguments.seconds:.2f} cores"
    )
    tell_latency("published to heard", readers)
    right = [is_right(one, load) for one in readers]
    console.print(f"{sum(right)} of {len(readers)} clients that read heard exactly their own, in order")
    await close_all(streams)
    for one in readers:
        one.late_s.clear()
    missed = asyncio.create_task(load.publish(arguments.rate, BACK_WITHIN_S + 5))
    await asyncio.sleep(2.5)
    before = cpu_s(process)
    streams = await open_all(readers, BACK_WITHIN_S)
    await missed
    await settled(readers, load)
    console.print(
        f"all back within {BACK_WITHIN_S:.0f} s: {cpu_s(process) - before:.1f} s of processor, "
        f"{process.memory_info().rss / MIB:.0f} MiB"
    )
    again = [is_right(one, load) for one in readers]
    console.print(f"{sum(again)} of {len(readers)} clients missed nothing")
    await close_all(streams)
    return all(right) and all(again)


async def open_all(listeners: Sequence[Listener], within_s: float) -> list["asyncio.Task[None]"]:
    """Open a stream for each, spread over so long; returns once all have begun."""
    tasks, waits = [], []
    for one in listeners:
        begun = asyncio.Event()
        tasks.append(asyncio.create_task(one.listen(begun)))
        waits.append(begun.wait())
        await asyncio.sleep(within_s / len(listeners) if within_s else 0.002)
    async with asyncio.timeout(SETTLED_WITHIN_S):
        await asyncio.gather(*waits)
    return tasks


async def close_all(streams: Sequence["asyncio.Task[None]"]) -> None:
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)


async def settled(readers: Sequence[Listener], load: Publishes) -> None:
    """Return once every client that reads has heard as much as there is, or nothing more comes."""
    deadline = time.monotonic() + SETTLED_WITHIN_S
    while any(len(one.heard) < len(load.published[one.workspace]) for one in readers):
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(0.1)


def is_right(one: Listener, load: Publishes) -> bool:
    """Whether a client heard each outcome of its workspace, once, and those of each image in their order."""
    return by_image(one.heard) == by_image(load.published[one.workspace])


def by_image(outcomes: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for image, sequence in outcomes:
        found[image].append(sequence)
    return found


def tell_latency(name: str, readers: Sequence[Listener]) -> None:
    late = sorted(value for one in readers for value in one.late_s)
    at = [late[int(len(late) * share)] * 1000 for share in (0.5, 0.95, 0.99)]
    console.print(f"{name}: p50 {at[0]:.0f} ms, p95 {at[1]:.0f} ms, p99 {at[2]:.0f} ms")


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def token_of(api: Served, admin: httpx.Client, workspace: str) -> str:
    """Return a token of a new account in a new workspace."""
    email = f"ada@{workspace}.example"
    admin.post("/v1/workspaces", json={"id": workspace}).raise_for_status()
    wish = {"email": email, "password": PASSWORD, "workspaces": [workspace]}
    admin.post("/v1/accounts", json=wish).raise_for_status()
    with api.log_in(email) as client:
        return client.headers["Authorization"].removeprefix("Bearer ")


def options() -> argparse.ArgumentParser:
    """Return what may be chosen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--stalled", type=int, default=100)
    parser.add_argument("--workspaces", type=int, default=20)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=120.0)
    return parser


def allow_many_connections() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def main() -> None:
    arguments = options().parse_args()
    allow_many_connections()
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder)) as stack:
        Platform(stack.settings).migrate()
        with served(stack.settings) as api:
            with api.log_in(api.create_account("admins", role="admin")) as admin:
                tokens = {
                    name: token_of(api, admin, name) for name in map("live-{}".format, range(arguments.workspaces))
                }
            load = Load(api.settings, sorted(tokens))
            process = psutil.Process(api.process.pid)
            right = uvloop.run(measure(api.url, process, load, tokens, arguments))
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()

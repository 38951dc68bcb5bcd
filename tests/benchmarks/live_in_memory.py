"""``make bench-live-alone``: what the same clients cost the API by itself, on stores and topics in memory.

The API is a process of its own and serves over the network, as ever. It publishes the outcomes to itself.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import psutil
import structlog
import uvicorn
import uvloop

from api.http.connections import BoundedHeadProtocol, QuietWebSocketProtocol
from api.serving import StreamingServer
from infra.embedded.homes.ports import answers, choose_ports
from infra.settings.live import LiveSettings
from infra.telemetry.garbage import collect_rarely
from schemas.access.accounts import Role
from tests import samples
from tests.api_world import ApiWorld
from tests.benchmarks.live import IMAGES, allow_many_connections, measure, options


class RemoteLoad:
    """Lets the API process publish, and hears from it what it did."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.published: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)

    async def publish(self, rate: float, seconds: float) -> None:
        await asyncio.to_thread(self._ask, f"{rate} {seconds}\n")

    def _ask(self, asked: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(asked)
        self._process.stdin.flush()
        for workspace, image, sequence in json.loads(self._process.stdout.readline()):
            self.published[workspace].append((image, sequence))


async def serve(port: int, workspaces: int) -> None:
    """Serve, tell the tokens of one account in each workspace, and publish whenever a line says how much."""
    with tempfile.TemporaryDirectory() as folder:
        world = ApiWorld(Path(folder), live=LiveSettings())
        tokens = {}
        for name in map("live-{}".format, range(workspaces)):
            await world.add_workspace(name)
            tokens[name] = await world.token_of(await world.add_account(Role.USER, name))
        configuration = uvicorn.Config(
            world.app,
            port=port,
            http=BoundedHeadProtocol,
            ws=QuietWebSocketProtocol,
            log_config=None,
            access_log=False,
            lifespan="off",
        )
        server = StreamingServer(configuration, world.app.state.live_streams)
        collect_rarely()
        serving = asyncio.create_task(server.serve())
        await asyncio.to_thread(until_it_answers, port)
        tell(tokens)
        number = 0
        while line := await asyncio.to_thread(sys.stdin.readline):
            rate, seconds = map(float, line.split())
            number = await publish(world, sorted(tokens), number, rate, seconds)
        server.should_exit = True
        await serving


def until_it_answers(port: int) -> None:
    while not answers(port):
        time.sleep(0.01)


async def publish(world: ApiWorld, workspaces: list[str], number: int, rate: float, seconds: float) -> int:
    """Publish at the rate for so long, and tell what; return how many were published in all."""
    began, told = time.monotonic(), []
    for step in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + step / rate - time.monotonic()))
        number += 1
        workspace = workspaces[number % len(workspaces)]
        image = f"{number // len(workspaces) % IMAGES}.jpg"
        result = samples.result(workspace, image, of=samples.origin(number), metadata={"at": time.time()})
        world.outcomes.tell(result)
        told.append((workspace, image, result.origin.version))
    tell(told)
    return number


def tell(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    arguments = options().parse_args()
    allow_many_connections()
    port = choose_ports(["api"], {})["api"]
    command = [sys.executable, "-m", "tests.benchmarks.live_in_memory", "serve", str(port), str(arguments.workspaces)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        tokens = json.loads(process.stdout.readline())
        url = f"http://127.0.0.1:{port}"
        right = uvloop.run(measure(url, psutil.Process(process.pid), RemoteLoad(process), tokens, arguments))
        process.stdin.close()
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        allow_many_connections()
        # What it tells is all that its parent reads.
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
        uvloop.run(serve(int(sys.argv[2]), int(sys.argv[3])))
    else:
        main()

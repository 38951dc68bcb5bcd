"""Vedette's own processes beside the embedded servers: the API and the workers, for one machine.

They are started and ended as the servers are: processes of their own, known by a mark on their command line, so that
``vedette down`` leaves none behind.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from infra.embedded.endpoints import ApiEndpoint, Endpoints
from infra.embedded.errors import StackError
from infra.embedded.home import Home, Memory
from infra.embedded.ports import answers, choose_ports
from infra.embedded.processes import ServerProcess
from infra.embedded.reports import Progress, ServerStatus, StackEvent
from infra.event_bus import client_configuration
from infra.settings import Settings

STOP_GRACE_S = 25.0
PROBE_INTERVAL_S = 0.1
REQUEST_TIMEOUT_S = 5.0
# What the client would print on standard error, the caller tells in its own words.
SILENT = {"log_level": 0, "log.connection.close": False}


@dataclass(frozen=True)
class Part:
    """One of the platform's processes and the command that it runs; a worker's name is that of its consumer group."""

    name: str
    command: tuple[str, ...]


PARTS = (
    Part("recognise", ("worker", "recognise")),
    Part("store", ("worker", "store")),
    Part("index", ("worker", "index")),
    Part("audit", ("worker", "audit")),
    Part("activity", ("worker", "activity")),
    Part("api", ("serve",)),
)


class Platform:
    """The API and one worker of each kind, on the servers that ``settings`` name."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] | None = None) -> None:
        """``environment`` is added to this process's own for every part."""
        self.settings = settings
        self._home = Home(settings.home)
        self._environment = {**os.environ, **(environment or {}), "VEDETTE_HOME": str(settings.home)}

    def migrate(self) -> None:
        """Create topics, tables and index where they are missing; raises ``StackError`` with the command's words."""
        self.run("migrate")

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """Run a ``vedette`` command to its end and return what it printed; raises ``StackError`` if it failed.

        ``environment`` is added for this command alone: the way for a secret, which an argument would show to others.
        """
        ended = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "infra.cli", *arguments],
            env={**self._environment, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise StackError(f"vedette {arguments[0]} failed:\n{ended.stderr.strip()}")
        return ended.stdout

    def start(self, tell: Progress, timeout_s: float = 60) -> None:
        """Start what does not run yet and return once all of it is ready; raises ``StackError`` for what is not."""
        self._home.create()
        self._choose_port()
        with ThreadPoolExecutor(len(PARTS), thread_name_prefix="start-platform") as pool:
            starts = [pool.submit(self.start_part, part, tell, timeout_s) for part in PARTS]
            problems = [str(problem) for start in starts if (problem := start.exception()) is not None]
        if problems:
            raise StackError("\n".join(problems))

    def _choose_port(self) -> None:
        """Keep the API's port, the remembered one or the one in the settings, unless a stranger has taken it."""
        if ServerProcess(self._home, "api").find() is None:
            memory = Memory.load(self._home)
            preferred = {"api": memory.ports.get("api", self.settings.api.port)}
            port = choose_ports(["api"], preferred)["api"]
            memory = memory.model_copy(update={"ports": {**memory.ports, "api": port}})
            memory.save(self._home)
            endpoints = Endpoints.model_validate_json(self._home.endpoints_file.read_bytes())
            endpoints.model_copy(update={"api": ApiEndpoint(port=port)}).publish(self._home)
        self.settings = Settings(home=self.settings.home)

    def start_part(self, part: Part, tell: Progress, timeout_s: float = 60) -> None:
        """Start one part, unless it runs, and wait until it is ready."""
        process = ServerProcess(self._home, part.name)
        running = process.find() is not None
        if not running:
            process.start(self._command(part, process.mark), self._environment)
        tell(StackEvent(part.name, "starting"))
        self._wait_until_ready(part, process, timeout_s)
        tell(StackEvent(part.name, "running" if running else "ready", self._address(part)))

    def status(self) -> list[ServerStatus]:
        """Return how each part is that was started here and not stopped; none where none was."""
        return [status for part in PARTS if (status := self._status_of(part)) is not None]

    def _status_of(self, part: Part) -> ServerStatus | None:
        process = ServerProcess(self._home, part.name)
        if (running := process.find()) is not None:
            uptime_s = time.time() - running.create_time()
            address = self._address(part)
            return ServerStatus(part.name, "ready", address, running.pid, running.memory_info().rss, uptime_s)
        return ServerStatus(part.name, "died", log_tail=tuple(process.last_log_lines())) if process.was_left() else None

    def stop(self, tell: Progress) -> None:
        """End every part, within its grace period or by force; harmless when none runs."""
        with ThreadPoolExecutor(len(PARTS), thread_name_prefix="stop-platform") as pool:
            list(pool.map(lambda part: self.stop_part(part, tell), PARTS))

    def stop_part(self, part: Part, tell: Progress) -> None:
        """End one part within its grace period or by force; harmless when it does not run."""
        process = ServerProcess(self._home, part.name)
        if process.find() is None:
            process.stop(0)
            return
        tell(StackEvent(part.name, "stopping"))
        process.stop(STOP_GRACE_S)
        tell(StackEvent(part.name, "stopped"))

    def kill(self, name: str) -> None:
        """End one part as a crash would; for tests of faults."""
        ServerProcess(self._home, name).kill()

    def is_consuming(self, name: str) -> bool:
        """Whether the worker's consumer group has members that were given partitions."""
        admin = AdminClient({**client_configuration(self.settings.kafka), **SILENT})
        group = f"vedette-{name}"
        try:
            described = admin.describe_consumer_groups([group], request_timeout=REQUEST_TIMEOUT_S)[group].result()
        except KafkaException:
            # A broker that has just started looks for the group's coordinator still: to be asked again.
            return False
        return any(member.assignment.topic_partitions for member in described.members)

    def _command(self, part: Part, mark: str) -> list[str]:
        """Python ignores an ``-X`` option that it does not know: a place for the mark on the command line."""
        return [sys.executable, "-X", mark, "-m", "infra.cli", *part.command]

    def _wait_until_ready(self, part: Part, process: ServerProcess, timeout_s: float) -> None:
        ready = self._is_serving if part.name == "api" else self.is_consuming
        deadline = time.monotonic() + timeout_s
        while not ready(part.name):
            if process.find() is None:
                raise StackError(f"{part.name} died while starting. {process.end_of_log()}")
            if time.monotonic() > deadline:
                raise StackError(f"{part.name} is not ready after {timeout_s:.0f} s. {process.end_of_log()}")
            time.sleep(PROBE_INTERVAL_S)

    def _is_serving(self, _name: str) -> bool:
        return answers(self.settings.api.port)

    def _address(self, part: Part) -> str:
        return f"http://127.0.0.1:{self.settings.api.port}" if part.name == "api" else ""

"""Vedette's own processes beside the embedded servers: the API and the workers, for one machine.

They are started and ended as the servers are: processes of their own, known by a mark on their command line, so that
``vedette down`` leaves none behind.
"""

import os
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from infra.child_python import child_python
from infra.embedded.homes.endpoints import ApiEndpoint, Endpoints
from infra.embedded.homes.errors import StackError
from infra.embedded.homes.home import Home, HomeState
from infra.embedded.homes.ports import choose_ports
from infra.embedded.parts import PARTS, PartSettings, PlatformPart
from infra.embedded.processes import ServerProcess
from infra.embedded.reports import Progress, ServerStatus, StackEvent, State
from infra.embedded.start_records import differing_settings, remember_start
from infra.errors import TransientError
from infra.kafka.event_bus import client_id
from infra.kafka.groups.members import GroupMember, group_members
from infra.settings.settings import Settings

__all__ = ["PARTS", "Platform", "PlatformPart"]

# How a line begins that an operator is to read.
NOTE = "note:"
STOP_GRACE_S = 25.0
PROBE_INTERVAL_S = 0.1


class Platform:
    """The API and one worker of each kind, on the servers that ``settings`` name."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] | None = None) -> None:
        """``environment`` is added to this process's own for every part."""
        self.settings = settings
        self._home = Home(settings.home)
        self._environment = {**os.environ, **(environment or {}), "VEDETTE_HOME": str(settings.home)}
        self._given = PartSettings(self._home, self._environment)

    def migrate(self) -> list[str]:
        """Create topics, tables and index where they are missing, and return what an operator is to be told.

        Raises ``StackError`` with the command's words.
        """
        return [line for line in self.run("migrate").splitlines() if line.startswith(NOTE)]

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """Run a ``vedette`` command to its end and return what it printed; raises ``StackError`` if it failed.

        ``environment`` is added for this command alone: the way for a secret, which an argument would show to others.
        """
        ended = subprocess.run(  # noqa: S603 - our own command
            child_python("-m", "infra.cli", *arguments),
            env={**self._environment, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise StackError(f"vedette {arguments[0]} failed:\n{ended.stderr.strip()}")
        return ended.stdout

    def outdated(self) -> dict[str, tuple[str, ...]]:
        """Return, for each running part, the names of settings that it was started with otherwise than given now."""
        given = self._given.given()
        running = [part.name for part in PARTS if self._process(part).find() is not None]
        differing = {name: differing_settings(self._home, name, given) for name in running}
        return {name: names for name, names in differing.items() if names}

    def start(self, tell: Progress, timeout_s: float = 60, only: Collection[str] | None = None) -> None:
        """Start what does not run yet and return once all of it is ready; raises ``StackError`` for what is not.

        ``only`` names the parts wanted, by default all.
        """
        wanted = [part for part in PARTS if only is None or part.name in only]
        self._home.create()
        self._choose_port(tell)
        starting = [part for part in wanted if self._process(part).find() is None]
        self._given.require_metrics_ports(starting, self.settings.metrics.host)
        with ThreadPoolExecutor(len(PARTS), thread_name_prefix="start-platform") as pool:
            starts = [pool.submit(self.start_part, part, tell, timeout_s) for part in wanted]
            problems = [str(problem) for start in starts if (problem := start.exception()) is not None]
        # A worker that has joined its group may still end over its model or its store while the others start.
        problems += [self._how_it_died(part) for part in wanted if self._process(part).find() is None and not problems]
        if problems:
            raise StackError("\n".join(problems))

    def _choose_port(self, tell: Progress) -> None:
        """Keep the API's port: the one that is set, else the remembered one unless another program has taken it."""
        if ServerProcess(self._home, "api").find() is None:
            memory = HomeState.load(self._home)
            port = self._given.required_api_port(self.settings.api.host) or self._free_port(memory, tell)
            memory = memory.model_copy(update={"ports": {**memory.ports, "api": port}})
            memory.save(self._home)
            endpoints = Endpoints.model_validate_json(self._home.endpoints_file.read_bytes())
            endpoints.model_copy(update={"api": ApiEndpoint(port=port)}).publish(self._home)
        self.settings = Settings(home=self.settings.home)

    def _free_port(self, memory: HomeState, tell: Progress) -> int:
        preferred = memory.ports.get("api", self.settings.api.port)
        port = choose_ports(["api"], {"api": preferred}, self.settings.api.host)["api"]
        if port != preferred:
            tell(StackEvent("api", "waiting", f"another program holds port {preferred}: listening on {port} instead"))
        return port

    def start_part(self, part: PlatformPart, tell: Progress, timeout_s: float = 60) -> None:
        """Start one part, unless it runs, and wait until it is ready."""
        process = self._process(part)
        running = process.find() is not None
        if not running:
            process.start(self._command(part, process.mark), self._given.environment_of(part, self._api_port()))
            remember_start(self._home, part.name, self._given.given())
        tell(StackEvent(part.name, "starting"))
        self._wait_until_ready(part, process, timeout_s)
        tell(StackEvent(part.name, "running" if running else "ready", self._address(part)))

    def status(self) -> list[ServerStatus]:
        """Return how each part is that was started here and not stopped; none where none was."""
        return [status for part in PARTS if (status := self._status_of(part)) is not None]

    def _status_of(self, part: PlatformPart) -> ServerStatus | None:
        process = self._process(part)
        if (running := process.find()) is not None:
            uptime_s = time.time() - running.create_time()
            state: State = "ready" if self._is_member_or_serving(part, process) else "starting"
            return ServerStatus(part.name, state, self._address(part), running.pid, running.memory_info().rss, uptime_s)
        return ServerStatus(part.name, "died", log_tail=tuple(process.last_log_lines())) if process.was_left() else None

    def stop(self, tell: Progress, only: Collection[str] | None = None) -> None:
        """End every part, within its grace period or by force; harmless when none runs."""
        wanted = [part for part in PARTS if only is None or part.name in only]
        with ThreadPoolExecutor(len(PARTS), thread_name_prefix="stop-platform") as pool:
            list(pool.map(lambda part: self.stop_part(part, tell), wanted))

    def stop_part(self, part: PlatformPart, tell: Progress) -> None:
        """End one part within its grace period or by force; harmless when it does not run."""
        process = self._process(part)
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
        return any(member.partitions for member in self._members(name))

    def _members(self, name: str) -> Sequence[GroupMember]:
        """Return the members of a worker's consumer group; none while nobody knows."""
        group = f"vedette-{name}"
        try:
            return group_members(self.settings.kafka, [group])[group]
        except TransientError:
            # A broker that has just started looks for the group's coordinator still: to be asked again.
            return []

    def _command(self, part: PlatformPart, mark: str) -> list[str]:
        """Python ignores an ``-X`` option that it does not know: a place for the mark on the command line."""
        return child_python("-X", mark, "-m", "infra.cli", *part.command)

    def _wait_until_ready(self, part: PlatformPart, process: ServerProcess, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not self._is_ready(part, process):
            if process.find() is None:
                raise StackError(self._how_it_died(part))
            if time.monotonic() > deadline:
                raise StackError(f"{part.name} is not ready after {timeout_s:.0f} s. {process.end_of_log()}")
            time.sleep(PROBE_INTERVAL_S)

    def _is_ready(self, part: PlatformPart, process: ServerProcess) -> bool:
        """Tell whether the part has begun its work: with more workers than partitions ours may have none."""
        running = process.find()
        if running is None:
            return False
        if part.name == "api":
            return process.listens_on([self._api_port()])
        members = self._members(part.name)
        return _is_among(members, part, running.pid) and any(member.partitions for member in members)

    def _is_member_or_serving(self, part: PlatformPart, process: ServerProcess) -> bool:
        """Tell whether our own process is there for others: another on its port, or in its group, does not count.

        A worker remains a member while its group shares out the partitions anew.
        """
        running = process.find()
        if running is None:
            return False
        if part.name == "api":
            return process.listens_on([self._api_port()])
        return _is_among(self._members(part.name), part, running.pid)

    def _how_it_died(self, part: PlatformPart) -> str:
        return f"{part.name} died while starting. {self._process(part).end_of_log()}"

    def _process(self, part: PlatformPart) -> ServerProcess:
        return ServerProcess(self._home, part.name)

    def _api_port(self) -> int:
        """Return where the API was told to listen at its start, whatever has been set since."""
        return HomeState.load(self._home).ports.get("api", self.settings.api.port)

    def _address(self, part: PlatformPart) -> str:
        return f"http://127.0.0.1:{self._api_port()}" if part.name == "api" else ""


def _is_among(members: Sequence[GroupMember], part: PlatformPart, pid: int) -> bool:
    own = client_id(f"vedette-{part.name}", pid)
    return any(member.client_id == own for member in members)

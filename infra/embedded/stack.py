"""The embedded stack: Kafka, Cassandra and Elasticsearch started together, watched and stopped."""

import threading
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.embedded.homes.endpoints import Endpoints
from infra.embedded.homes.errors import StackError
from infra.embedded.homes.file_lock import held
from infra.embedded.homes.home import Home, HomeState
from infra.embedded.homes.known_homes import KnownHomes
from infra.embedded.homes.ports import choose_ports
from infra.embedded.homes.wiping import wipe
from infra.embedded.processes import ServerProcess
from infra.embedded.reports import Progress, ServerStatus, StackEvent, State, tell_nobody
from infra.embedded.servers.cassandra import CassandraServer
from infra.embedded.servers.elasticsearch import ElasticsearchServer
from infra.embedded.servers.jars import JarCache
from infra.embedded.servers.java import Java, find_java
from infra.embedded.servers.kafka import KafkaServer
from infra.embedded.servers.server import Server
from infra.embedded.start_records import differing_settings, remember_start
from infra.settings.settings import Settings

__all__ = ["SERVERS", "EmbeddedStack", "Progress", "ServerStatus", "StackEvent"]

SERVERS = ("kafka", "cassandra", "elasticsearch")
"""In the order in which they are shown; they start together, and stop in the opposite order."""

KINDS = {kind.name: kind for kind in (KafkaServer, CassandraServer, ElasticsearchServer)}
START_TIMEOUT_S = 180.0
PROBE_INTERVAL_S = 0.2


@dataclass(frozen=True)
class _Start:
    """What the servers of one start have in common; without a ``java``, everything ran already."""

    memory: HomeState
    java: Java | None
    tell: Progress
    timeout_s: float
    abandoned: threading.Event = field(default_factory=threading.Event)


class EmbeddedStack:
    """The three servers of one home folder; any number of processes may hold one of these for the same home.

    Servers are processes of their own: they outlive this object and whoever made it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._home = Home(settings.home)
        self._jars = JarCache(settings.cache / "jars")
        self._known = KnownHomes(settings.state)

    def fetch(self, progress: Progress | None = None) -> None:
        """Fetch all that a start needs, Java included, so that a later start needs no network; raises StackError."""
        tell = progress or tell_nobody
        find_java(self._settings.java_home, self._settings.cache)
        with ThreadPoolExecutor(len(SERVERS), thread_name_prefix="fetch") as pool:
            list(pool.map(lambda name: self._fetch_one(name, tell), SERVERS))

    def start(
        self,
        progress: Progress | None = None,
        only: Collection[str] | None = None,
        timeout_s: float = START_TIMEOUT_S,
    ) -> Endpoints:
        """Start what does not run yet, return once all of it is ready, and publish the endpoints.

        ``only`` names the servers wanted, by default all. Raises StackError for the servers that did not get ready;
        the others go on running.
        """
        tell = progress or tell_nobody
        wanted = [name for name in SERVERS if only is None or name in only]
        with self._locked(tell, wanted):
            memory = self._choose_ports(wanted)
            java = self._find_java(wanted)
            problems = self._start_together(wanted, _Start(memory, java, tell, timeout_s))
            endpoints = self._publish(memory)
        if problems:
            raise StackError("\n".join(problems))
        return endpoints

    def stop(self, progress: Progress | None = None, only: Collection[str] | None = None) -> None:
        """Stop the servers, the last in the flow first, and leave no process behind; harmless when none runs."""
        if not self._home.root.is_dir():
            return
        tell = progress or tell_nobody
        wanted = [name for name in reversed(SERVERS) if only is None or name in only]
        with self._locked(tell, wanted):
            for name in wanted:
                self._stop_one(name, tell)
            self._publish(HomeState.load(self._home))

    def wipe(self) -> None:
        """Stop the servers, then delete all that Vedette keeps in the home; raises StackError where that fails."""
        self.stop()
        wipe(self._home)
        self._known.forget(self._home)

    def kill(self, server: str) -> None:
        """End one server as a crash would; for tests of faults."""
        self._process(server).kill()

    def restart(self, server: str) -> None:
        """Stop one server, if it runs, and start it again on its ports, with its data."""
        self._process(server).stop(KINDS[server].stop_grace_s)
        self.start(only=[server])

    def outdated(self) -> dict[str, tuple[str, ...]]:
        """Return, for each running server that was started with other settings than it would be now, their names."""
        memory = HomeState.load(self._home)
        running = [name for name in SERVERS if self._process(name).find() is not None]
        differing = {
            name: differing_settings(self._home, name, self._build(name, memory).configuration()) for name in running
        }
        return {name: names for name, names in differing.items() if names}

    def status(self) -> list[ServerStatus]:
        """Return how each server is now; asks every running server, which takes up to a few seconds."""
        memory = HomeState.load(self._home)
        with ThreadPoolExecutor(len(SERVERS), thread_name_prefix="status") as pool:
            return list(pool.map(lambda name: self._status_of(name, memory), SERVERS))

    def _stop_one(self, name: str, tell: Progress) -> None:
        process = self._process(name)
        if process.find() is not None:
            tell(StackEvent(name, "stopping"))
        process.stop(KINDS[name].stop_grace_s)
        tell(StackEvent(name, "stopped"))

    def _start_together(self, wanted: Collection[str], start: _Start) -> list[str]:
        """Start the servers side by side; return the problems of those that did not get ready."""
        with ThreadPoolExecutor(len(SERVERS), thread_name_prefix="start") as pool:
            starts = [pool.submit(self._start_one, name, start) for name in wanted]
            try:
                return [str(problem) for one in starts if (problem := one.exception()) is not None]
            except BaseException:
                # An impatient user: what was launched goes on, but nobody waits for it any more.
                start.abandoned.set()
                raise

    def _start_one(self, name: str, start: _Start) -> None:
        process, server = self._process(name), self._build(name, start.memory)
        if self._is_ready(name, start.memory):
            start.tell(StackEvent(name, "running", server.address))
            return
        try:
            self._refuse_outdated(process, server)
            if start.java is not None and process.find() is None:
                self._launch(server, process, start.java, start.tell)
            start.tell(StackEvent(name, "starting", server.address))
            self._wait_until_ready(name, start)
        except Exception as error:
            start.tell(StackEvent(name, "failed", str(error).splitlines()[0]))
            raise
        start.tell(StackEvent(name, "ready", server.address))

    def _refuse_outdated(self, process: ServerProcess, server: Server) -> None:
        """Do not wait for a server that runs and will never be ready, since we would log in otherwise."""
        if process.find() is None:
            return
        if differing := differing_settings(self._home, server.name, server.configuration()):
            raise StackError(
                f"{server.name} runs with other settings than it would be started with now and cannot be used "
                f"({', '.join(differing)}): restart it with `vedette up --restart`"
            )

    def _wait_until_ready(self, name: str, start: _Start) -> None:
        process = self._process(name)
        deadline = time.monotonic() + start.timeout_s
        while not self._is_ready(name, start.memory, secured=False):
            if process.find() is None:
                raise StackError(f"{name} died while starting. {process.end_of_log()}")
            if time.monotonic() > deadline:
                raise StackError(
                    f"{name} is not ready after {start.timeout_s:.0f} s; it continues to start: check it with "
                    f"`vedette status`, or wait longer with --timeout. {process.end_of_log()}"
                )
            if start.abandoned.wait(PROBE_INTERVAL_S):
                raise StackError(f"the wait for {name} was interrupted; it continues to start")

    def _is_ready(self, name: str, memory: HomeState, *, secured: bool = True) -> bool:
        """Tell whether our own process serves clients: another program on its ports gets no password and no trust."""
        process, server = self._process(name), self._build(name, memory)
        ports = [memory.ports[port] for port in KINDS[name].port_names]
        return process.listens_on(ports) and (secured or server.secure()) and server.is_ready()

    def _launch(self, server: Server, process: ServerProcess, java: Java, tell: Progress) -> None:
        launch = server.prepare(java, self._fetch_jars(server.name, tell), process.mark)
        process.start(launch.command, launch.environment)
        remember_start(self._home, server.name, server.configuration())

    def _fetch_jars(self, name: str, tell: Progress) -> list[Path]:
        """Return the server's jars; there is only something to tell where some are missing."""
        return self._jars.fetch(
            name, lambda done, needed: tell(StackEvent(name, "fetching", f"{done} of {needed} jars"))
        )

    def _fetch_one(self, name: str, tell: Progress) -> None:
        jars = self._fetch_jars(name, tell)
        tell(StackEvent(name, "fetched", f"{len(jars)} jars"))

    def _find_java(self, wanted: Collection[str]) -> Java | None:
        """Look for a Java only where one is needed: a stack that runs already must not fail for want of one."""
        if all(self._process(name).find() is not None for name in wanted):
            return None
        return find_java(self._settings.java_home, self._settings.cache)

    def _choose_ports(self, wanted: Collection[str]) -> HomeState:
        """Return the memory with a port for everything that is about to start, and keep it."""
        memory = HomeState.load(self._home)
        idle = [name for name in wanted if self._process(name).find() is None]
        port_names = [port for name in idle for port in KINDS[name].port_names]
        with self._known.choosing_ports(self._home) as others:
            ports = choose_ports(port_names, memory.ports, others=others)
            chosen = memory.model_copy(update={"ports": {**memory.ports, **ports}})
            chosen.save(self._home)
        return chosen

    def _publish(self, memory: HomeState) -> Endpoints:
        running = {name for name in SERVERS if self._process(name).find() is not None}
        endpoints = Endpoints.of(memory, running)
        if running:
            endpoints.publish(self._home)
        else:
            Endpoints.withdraw(self._home)
        return endpoints

    def _status_of(self, name: str, memory: HomeState) -> ServerStatus:
        process = self._process(name)
        running = process.find()
        if running is None:
            tail = tuple(process.last_log_lines()) if process.was_left() else ()
            return ServerStatus(name, "died" if process.was_left() else "stopped", log_tail=tail)
        server = self._build(name, memory)
        state: State = "ready" if self._is_ready(name, memory) else "starting"
        return ServerStatus(
            name,
            state,
            server.address,
            running.pid,
            running.memory_info().rss,
            time.time() - running.create_time(),
        )

    def _process(self, name: str) -> ServerProcess:
        return ServerProcess(self._home, name)

    def _build(self, name: str, memory: HomeState) -> Server:
        if name == "kafka":
            return KafkaServer(self._home, memory.ports, memory.kafka_access)
        if name == "cassandra":
            return CassandraServer(self._home, memory.ports, memory.cassandra_password)
        return ElasticsearchServer(self._home, memory.ports)

    @contextmanager
    def _locked(self, tell: Progress, wanted: Collection[str]) -> Iterator[None]:
        """Let one process at a time start or stop servers of this home."""
        self._home.create()
        with held(self._home.lock_file, lambda: _tell_waiting(tell, wanted)):
            yield


def _tell_waiting(tell: Progress, wanted: Collection[str]) -> None:
    for name in wanted:
        tell(StackEvent(name, "waiting", "another vedette up or down is at work here"))

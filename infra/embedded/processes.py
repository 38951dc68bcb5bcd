"""Starts a server as a process of its own, finds it again later, and ends it; never anybody else's process.

Every server carries a mark on its command line that names the server and its home folder. A pid file is a quick
way to the process, and the mark is the proof: a recycled pid has another command line, and a server whose pid file
was never written, because ``vedette up`` was killed that moment, is found by its mark alone.
"""

import os
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import BaseModel, ValidationError

from infra.embedded.homes.errors import StackError
from infra.embedded.homes.home import PRIVATE_FILE, Home, write_private

SHOWN_LOG_LINES = 12
LOG_TAIL_BYTES = 16_384
KILL_WAIT_S = 10.0
COMMAND_LINE_WAIT_S = 5.0


class PidRecord(BaseModel):
    """What a pid file holds; ``started_at`` is seconds since the epoch."""

    pid: int
    started_at: float


@dataclass(frozen=True)
class ServerProcess:
    """The operating system's side of one server in one home."""

    home: Home
    server: str

    @property
    def mark(self) -> str:
        """The argument that every start command must hold; to a JVM it is a system property that nobody reads."""
        return f"-Dvedette.server={self.server}@{self.home.root.resolve()}"

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Start detached from the terminal, with output going to a new log; the last log is kept as ``.log.1``."""
        if self.mark not in command:
            raise ValueError(f"the command of {self.server} lacks its mark {self.mark}")
        log = self.home.log(self.server)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        pid = os.posix_spawn(
            command[0],
            list(command),
            environment,
            file_actions=_redirections(log),
            setsid=True,
        )
        self._record(pid)
        self._await_command_line(pid)
        return pid

    def find(self) -> psutil.Process | None:
        """Return the running server, or None."""
        recorded = self._recorded()
        if recorded is not None and _is_marked(recorded.pid, self.mark):
            return psutil.Process(recorded.pid)
        return next((process for process in psutil.process_iter() if _is_marked(process.pid, self.mark)), None)

    def listens_on(self, ports: Collection[int]) -> bool:
        """Tell whether this very process, and no other program, listens on each of ``ports``."""
        process = self.find()
        return process is not None and set(ports) <= _listened_ports(process)

    def was_left(self) -> bool:
        """Tell whether the server was started and never stopped on purpose: if it does not run, it died."""
        return self.home.pid_file(self.server).exists()

    def stop(self, grace_s: float) -> None:
        """Ask the server to end, kill it after ``grace_s``, and return once it is gone; harmless if it is not there."""
        while (process := self.find()) is not None:
            _end(process, grace_s)
        self.home.pid_file(self.server).unlink(missing_ok=True)

    def kill(self) -> None:
        """End the server as a crash would, at once; its pid file stays, so that it counts as died."""
        while (process := self.find()) is not None:
            _kill(process)

    def last_log_lines(self, count: int = SHOWN_LOG_LINES) -> list[str]:
        """Return the end of the server's log, from its latest start."""
        log = self.home.log(self.server)
        if not log.is_file():
            return []
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()[-count:]

    def end_of_log(self) -> str:
        """Return the end of the log as a message shows it, with where to read on."""
        lines = "".join(f"\n  {line}" for line in self.last_log_lines())
        return f"The end of {self.home.log(self.server)}:{lines or ' (empty)'}"

    def _record(self, pid: int) -> None:
        try:
            started_at = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            started_at = 0.0
        record = PidRecord(pid=pid, started_at=started_at)
        write_private(self.home.pid_file(self.server), record.model_dump_json())

    def _await_command_line(self, pid: int) -> None:
        """Return once the process shows its mark, or is gone: a new process has an empty command line for a moment."""
        deadline = time.monotonic() + COMMAND_LINE_WAIT_S
        while not _is_marked(pid, self.mark) and _is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.002)

    def _recorded(self) -> PidRecord | None:
        path = self.home.pid_file(self.server)
        try:
            return PidRecord.model_validate_json(path.read_bytes())
        except (FileNotFoundError, ValidationError):
            # A torn or missing pid file costs nothing: the mark finds the process.
            return None


def _redirections(log: Path) -> list[tuple[int, ...]]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),  # type: ignore[list-item]  # a path among the integers
        (os.POSIX_SPAWN_OPEN, 1, str(log), flags, PRIVATE_FILE),  # type: ignore[list-item]
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]


def _is_marked(pid: int, mark: str) -> bool:
    try:
        return _is_alive(pid) and mark in psutil.Process(pid).cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _listened_ports(process: psutil.Process) -> set[int]:
    try:
        connections = process.net_connections("tcp")
    except psutil.NoSuchProcess:
        return set()
    return {connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN}


def _end(process: psutil.Process, grace_s: float) -> None:
    try:
        process.terminate()
        process.wait(grace_s)
    except psutil.AccessDenied:
        raise StackError(
            f"process {process.pid} belongs to {process.username()} and cannot be stopped by you: stop it as that user"
        ) from None
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        _kill(process)


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
        process.wait(KILL_WAIT_S)
    except psutil.NoSuchProcess:
        return

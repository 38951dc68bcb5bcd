"""Child processes that are started again when they end by a fault, sooner or later as they behave."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

import structlog

POLL_INTERVAL_S = 0.2
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
# Who has run for so long starts anew: its next fault is not one more of a row.
PROVEN_S = 60.0
# What a command says of a wrong setting or argument: started again it would say the same.
HOPELESS = frozenset({1, 2})

log = structlog.get_logger(__name__)


@dataclass
class _Child:
    """One command, and how it has been."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    faults: int = 0
    start_at: float = 0.0
    exit_code: int | None = None
    clock: Callable[[], float] = time.monotonic

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, env={**os.environ, **self.environment})  # noqa: S603 - our own
        self.started_at = self.clock()
        log.info("child_started", child=self.name, pid=self.process.pid, faults=self.faults)

    def ended(self) -> int | None:
        """Return the exit code once, when the process has ended."""
        if self.process is None or (exit_code := self.process.poll()) is None:
            return None
        self.process = None
        return exit_code

    def is_due(self) -> bool:
        """Whether it has waited for as long as its faults ask."""
        return self.clock() >= self.start_at

    def put_off(self, exit_code: int) -> None:
        """Let the next start wait, longer after each fault in a row."""
        ran_s = self.clock() - self.started_at
        self.faults = 1 if ran_s >= PROVEN_S else self.faults + 1
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (self.faults - 1))
        self.start_at = self.clock() + wait_s
        log.error("child_ended", child=self.name, exit_code=exit_code, ran_s=round(ran_s, 1), restart_in_s=wait_s)


class Supervisor:
    """Runs commands until a signal comes: SIGTERM and SIGINT are passed on, and waited for.

    A command that ends by itself without a fault is not started again. One that ends because of a setting or argument
    ends the others too.
    """

    def __init__(
        self, commands: Mapping[str, Sequence[str]], environments: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """``environments`` are added to this process's own, by the name of the command."""
        own = environments or {}
        self._children = [_Child(name, command, own.get(name, {})) for name, command in commands.items()]
        self._stopping = False

    def run(self) -> int:
        """Return 0 once all have ended as they were told, else the exit code of the first that did not."""
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            while self._step():
                time.sleep(POLL_INTERVAL_S)
        finally:
            self._end_all()
            for number, handler in before.items():
                signal.signal(number, handler)
        return next((child.exit_code for child in self._children if child.exit_code), 0)

    def _step(self) -> bool:
        """Look after every child once; returns whether there is more to do."""
        for child in self._children:
            if (exit_code := child.ended()) is not None:
                self._judge(child, exit_code)
            elif child.process is None and child.exit_code is None and child.is_due():
                child.start()
            if self._stopping:
                return False
        return any(child.exit_code is None for child in self._children)

    def _judge(self, child: _Child, exit_code: int) -> None:
        if exit_code == 0 or exit_code in HOPELESS:
            child.exit_code = exit_code
            log.info("child_finished", child=child.name, exit_code=exit_code)
            self._stopping = self._stopping or exit_code in HOPELESS
        else:
            child.put_off(exit_code)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _end_all(self) -> None:
        running = [(child, child.process) for child in self._children if child.process is not None]
        for _, process in running:
            process.terminate()
        for child, process in running:
            child.exit_code = process.wait()
            # Told to stop before it could listen: that is an end as it was told.
            child.exit_code = 0 if child.exit_code == -signal.SIGTERM else child.exit_code
            log.info("child_finished", child=child.name, exit_code=child.exit_code)

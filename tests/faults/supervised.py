"""Workers as a supervisor keeps them: whoever ends is started again, whatever the reason."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

RESTART_AFTER_S = 1.0
LOOK_EVERY_S = 0.2
STOP_GRACE_S = 30.0
KILLED = -signal.SIGKILL


class SupervisedWorkers:
    """``vedette worker`` processes by name (``recognise-2``); each is started again a second after it ended."""

    def __init__(self, names: Sequence[str], environment: Mapping[str, str], logs: Path) -> None:
        self._environment = {**os.environ, **environment}
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self.exits: Counter[int] = Counter()
        """How often a worker ended, by exit code; minus 9 is a kill of ours."""
        for name in names:
            self._start(name)
        self._watcher.start()

    def kill(self, name: str) -> None:
        """End a worker as a crash would; one that is just being started again is killed as soon as it runs."""
        while not self._stopping.is_set():
            with self._lock:
                if self._running[name].poll() is None:
                    self._running[name].kill()
                    return
            time.sleep(LOOK_EVERY_S)

    def stop(self) -> None:
        """Ask all to end, and see that they do."""
        self._stopping.set()
        self._watcher.join()
        for worker in self._running.values():
            worker.terminate()
        for worker in self._running.values():
            try:
                worker.wait(STOP_GRACE_S)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

    def _start(self, name: str) -> None:
        with (self._logs / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "infra.cli", "worker", name.partition("-")[0]]
            self._running[name] = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def _watch(self) -> None:
        ended_at: dict[str, float] = {}
        while not self._stopping.wait(LOOK_EVERY_S):
            for name, worker in list(self._running.items()):
                if (exit_code := worker.poll()) is None:
                    continue
                if name not in ended_at:
                    self.exits[exit_code] += 1
                    ended_at[name] = time.monotonic()
                elif time.monotonic() - ended_at[name] > RESTART_AFTER_S:
                    with self._lock:
                        self._start(name)
                    del ended_at[name]

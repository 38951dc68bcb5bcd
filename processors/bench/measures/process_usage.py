"""What each of the platform's processes and servers used while something ran: processor time and memory."""

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil

from infra.embedded.homes.home import Home
from infra.embedded.platform import PARTS
from infra.embedded.processes import ServerProcess
from infra.embedded.stack import SERVERS
from processors.bench.measures.result_flow import BenchFailed

MEASURED = (*(part.name for part in PARTS), *SERVERS)
SAMPLE_INTERVAL_S = 0.5
BYTES_PER_MIB = 2**20


@dataclass(frozen=True)
class Usage:
    """Processor seconds, user and system, and the most memory seen, by process."""

    cpu_s: dict[str, float]
    peak_rss_mib: dict[str, float]


class UsageMeter:
    """Measures processes within a ``with`` block, each with its children, and holds their usage after it.

    The end of the block raises ``BenchFailed`` if one of the processes has ended meanwhile.
    """

    def __init__(self, processes: dict[str, psutil.Process]) -> None:
        self._processes = processes
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample_until_ended, name="usage", daemon=True)
        self._before: dict[str, float] = {}
        self._peaks_bytes: dict[str, int] = {}
        self.usage = Usage({}, {})

    def __enter__(self) -> Self:
        self._before = self._cpu_s()
        self._sample()
        self._sampler.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._sampler.join()
        if kind is not None:
            return
        self._require_all_running()
        self._sample()
        spent = {name: cpu_s - self._before[name] for name, cpu_s in self._cpu_s().items()}
        self.usage = Usage(spent, {name: peak / BYTES_PER_MIB for name, peak in self._peaks_bytes.items()})

    def _require_all_running(self) -> None:
        ended = [name for name, process in self._processes.items() if not _runs(process)]
        if ended:
            raise BenchFailed(f"{', '.join(ended)} ended during the run: what it used would be wrong")

    def _sample_until_ended(self) -> None:
        while not self._ended.wait(SAMPLE_INTERVAL_S):
            self._sample()

    def _sample(self) -> None:
        for name, process in self._processes.items():
            self._peaks_bytes[name] = max(self._peaks_bytes.get(name, 0), rss_bytes(process))

    def _cpu_s(self) -> dict[str, float]:
        return {name: _cpu_s(process) for name, process in self._processes.items()}


def running_processes(home: Home) -> dict[str, psutil.Process]:
    """Return the platform's processes and servers that run in ``home``, by name."""
    found = {name: ServerProcess(home, name).find() for name in MEASURED}
    return {name: process for name, process in found.items() if process is not None}


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def rss_bytes(process: psutil.Process) -> int:
    """Return the memory of a process and its children; nothing for what has ended."""
    return sum(_rss_or_nothing(one) for one in [process, *_children(process)])


def _rss_or_nothing(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        # A child that ended between being listed and being asked; for a process itself the end of the block tells.
        return 0


def _cpu_s(process: psutil.Process) -> float:
    """Children that have ended are in their parent's own times, those that run are asked."""
    return sum(_own_cpu_s(one) for one in [process, *_children(process)])


def _own_cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []

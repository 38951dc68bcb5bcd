"""Which messages are in flight, written to local disk, so that a death of the process can be held against them.

Every worker of one machine keeps a file of its own in one folder and holds a lock on it, which the operating system
lets go when the process ends, however it ends. Whoever finds a file without a holder counts one death for each message
in it. Nothing is synced to the disk itself: what the process wrote survives its end, and a machine's is nobody's fault.
"""

import fcntl
import json
import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from infra.telemetry.metrics import DEATHS

DEATHS_TOLERATED = 3
SCAN_INTERVAL_S = 5.0
MOST_REMEMBERED = 10_000
SUFFIX = ".in-flight"

log = structlog.get_logger(__name__)


class Journal:
    """The messages in flight of this process, and how many deaths messages have seen on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tally = folder / "deaths.json"
        self._path = folder / f"{os.getpid()}-{time.time_ns()}{SUFFIX}"
        self._in_flight: set[str] = set()
        with self._alone():
            self._file = self._open()
        self._scanned_at = 0.0
        self._deaths: dict[str, int] = {}
        self._scan()

    def begin(self, names: Collection[str]) -> None:
        """Say that these messages are in flight; their names are ``Origin.name``."""
        if time.monotonic() - self._scanned_at > SCAN_INTERVAL_S:
            self._scan()
        self._in_flight.update(names)
        self._write()

    def end(self, names: Collection[str]) -> None:
        """Say that the outcome of these messages is durable: no earlier death counts against them any more."""
        self._in_flight.difference_update(names)
        self._write()
        if any(name in self._deaths for name in names):
            self._acquit(names)

    def is_suspect(self, name: str) -> bool:
        """Whether the message was in flight at so many deaths that it must be tried alone."""
        return self._deaths.get(name, 0) >= DEATHS_TOLERATED

    def close(self) -> None:
        """Leave in order: nothing is held against what was in flight."""
        with suppress(FileNotFoundError):
            self._path.unlink()
        os.close(self._file)

    def _write(self) -> None:
        """Replace what the file says; a reader takes the first line, whatever an interrupted write left behind it."""
        line = json.dumps(sorted(self._in_flight)).encode() + b"\n"
        os.pwrite(self._file, line, 0)
        os.ftruncate(self._file, len(line))

    def _scan(self) -> None:
        """Count the deaths that have happened since somebody looked, and learn of those that others have counted."""
        self._scanned_at = time.monotonic()
        with self._alone():
            self._come_back()
            deaths = self._read_tally()
            for names in self._of_the_dead():
                deaths.update({name: deaths.get(name, 0) + 1 for name in names})
                DEATHS.inc()
                suspects = sum(deaths[name] >= DEATHS_TOLERATED for name in names)
                log.warning("worker_died", in_flight=len(names), suspects=suspects)
            self._save_tally(deaths)

    def _open(self) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file

    def _come_back(self) -> None:
        """Write the file again where it was taken away with its folder."""
        if not self._path.exists():
            log.warning("journal_was_taken_away", path=str(self._path))
            os.close(self._file)
            self._file = self._open()
            self._write()

    def _of_the_dead(self) -> Iterator[list[str]]:
        for path in self._folder.glob(f"*{SUFFIX}"):
            if path != self._path and (names := _take_over(path)):
                yield names

    def _acquit(self, names: Collection[str]) -> None:
        with self._alone():
            deaths = self._read_tally()
            self._save_tally({name: count for name, count in deaths.items() if name not in names})

    def _read_tally(self) -> dict[str, int]:
        if not self._tally.exists():
            return {}
        found: dict[str, int] = json.loads(self._tally.read_bytes())
        return found

    def _save_tally(self, deaths: dict[str, int]) -> None:
        # The most suspicious are kept: the memory of a machine must not grow with every death of a worker.
        kept = sorted(deaths.items(), key=lambda entry: entry[1], reverse=True)[:MOST_REMEMBERED]
        self._deaths = dict(kept)
        new = self._tally.with_suffix(".new")
        new.write_text(json.dumps(self._deaths))
        new.replace(self._tally)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep the other workers of this machine away from the folder meanwhile; makes it where it is gone."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _take_over(path: Path) -> list[str]:
    """Return what a dead worker had in flight and remove its file; nothing where the worker lives."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return []
        line = file.readline()
    path.unlink()
    try:
        names: list[str] = json.loads(line or b"[]")
    except ValueError:
        # It died while it wrote: this death is not counted.
        log.warning("journal_unreadable", path=path.name)
        return []
    return names

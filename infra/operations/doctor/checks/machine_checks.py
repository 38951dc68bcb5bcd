"""This machine: room on its disks, memory, Python, and limits that the settings set too high for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from infra.operations.doctor.checks.servers.releases import release
from infra.operations.doctor.findings import Finding, Severity, listed
from infra.settings.settings import Settings

GIB = 2**30
LITTLE_SHARE, LITTLE_BYTES = 0.10, 5 * GIB
VERY_LITTLE_SHARE, VERY_LITTLE_BYTES = 0.05, GIB
# On a large disk a tenth is plenty.
PLENTY_BYTES = 100 * GIB
LITTLE_MEMORY = 0.10
# A decoded picture has three bytes a pixel, and is held twice while it is turned or made smaller.
BYTES_A_PIXEL = 6
MOST_OF_MEMORY = 0.8
LONGEST_DECODING_S = 60.0
# Of a home, what references have no business with.
PRIVATE = ("secrets", "config", "data", "logs", "run", "outbox", "uploads")


@dataclass(frozen=True)
class DiskState:
    """The room on one disk, and which of the platform's folders lie on it."""

    folders: tuple[Path, ...]
    total_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class MachineFacts:
    """What this machine tells of itself."""

    disks: tuple[DiskState, ...]
    memory_bytes: int
    available_bytes: int
    processors: int
    python: str


def machine_findings(facts: MachineFacts, settings: Settings, today: date) -> Iterator[Finding]:
    """Tell what this machine lacks."""
    for disk in facts.disks:
        yield from room(disk)
    yield from memory(facts)
    yield from decoder_limits(facts, settings)
    yield from readable_folders(settings.home, settings.sources.file_roots)
    yield from release("Python", facts.python, today)


def room(disk: DiskState) -> Iterator[Finding]:
    """Tell of a disk that is nearly full."""
    share = disk.free_bytes / disk.total_bytes if disk.total_bytes else 1.0
    if disk.free_bytes >= PLENTY_BYTES:
        return
    is_grave = share < VERY_LITTLE_SHARE or disk.free_bytes < VERY_LITTLE_BYTES
    if is_grave or share < LITTLE_SHARE or disk.free_bytes < LITTLE_BYTES:
        yield Finding(
            check="machine.disk",
            severity=Severity.ERROR if is_grave else Severity.WARNING,
            subject=listed(map(str, disk.folders), most=4),
            problem=f"{disk.free_bytes / GIB:,.1f} GiB of {disk.total_bytes / GIB:,.1f} GiB are free ({share:.0%}).",
            risk="Servers and workers end, or write half of a file, once the disk is full.",
            remedy="Make room: `vedette backup prune`, older logs, or a larger disk.",
        )


def memory(facts: MachineFacts) -> Iterator[Finding]:
    """Tell where little memory is left."""
    if facts.available_bytes < LITTLE_MEMORY * facts.memory_bytes:
        yield Finding(
            check="machine.memory",
            severity=Severity.WARNING,
            subject="the memory of this machine",
            problem=f"{facts.available_bytes / GIB:,.1f} GiB of {facts.memory_bytes / GIB:,.1f} GiB are available.",
            risk="The machine swaps, or ends the process that holds most.",
            remedy="Run fewer programs on this machine, lower VEDETTE_SOURCES__MEMORY_BYTES, or add memory.",
        )


def decoder_limits(facts: MachineFacts, settings: Settings) -> Iterator[Finding]:
    """Tell where pictures that are within the limits could fill this machine."""
    models, sources = settings.models, settings.sources
    at_once = models.threads or facts.processors
    most = sources.memory_bytes + at_once * models.max_pixels * BYTES_A_PIXEL
    if most > MOST_OF_MEMORY * facts.memory_bytes:
        yield Finding(
            check="decoder.memory",
            severity=Severity.WARNING,
            subject="VEDETTE_MODELS__MAX_PIXELS, VEDETTE_MODELS__THREADS and VEDETTE_SOURCES__MEMORY_BYTES",
            problem=f"A recognise worker may hold {most / GIB:,.1f} GiB of pictures on a machine of "
            f"{facts.memory_bytes / GIB:,.1f} GiB: {at_once} pictures of {models.max_pixels:,} pixels at once.",
            risk="A few large pictures end the worker, or another program of this machine.",
            remedy="Lower these settings, or run the worker on a machine with more memory.",
        )
    if models.decode_timeout_s > LONGEST_DECODING_S:
        yield Finding(
            check="decoder.timeout",
            severity=Severity.ADVICE,
            subject="VEDETTE_MODELS__DECODE_TIMEOUT_S",
            problem=f"Decoding one picture may take {models.decode_timeout_s:g} s.",
            risk="Pictures that were made to take long hold up all others.",
            remedy="Set it to 10, which no honest picture needs on a machine of today.",
        )


def readable_folders(home: Path, roots: Iterable[Path]) -> Iterator[Finding]:
    """Tell where references may name the files that hold the platform's own secrets."""
    real_home = home.resolve()
    for root in roots:
        real = root.expanduser().resolve()
        if real_home.is_relative_to(real) or any(real.is_relative_to(real_home / name) for name in PRIVATE):
            yield Finding(
                check="sources.file_roots",
                severity=Severity.ERROR,
                subject="VEDETTE_SOURCES__FILE_ROOTS",
                problem=f"References may name files beneath {root}, and the platform's home {home} lies there.",
                risk="Whoever may publish references can have the platform read its own files.",
                remedy="Name folders that hold nothing but pictures.",
            )

"""What this machine tells of its disks, its memory and its Python."""

import os
import platform
import shutil
from collections import defaultdict
from pathlib import Path

import psutil

from infra.operations.doctor.checks.machine_checks import DiskState, MachineFacts
from infra.settings.settings import Settings

CGROUP = Path("/sys/fs/cgroup")


def gather_machine(settings: Settings) -> MachineFacts:
    """Return the disks that the platform writes to, and the memory that this process may have."""
    memory_bytes, available_bytes = _memory()
    return MachineFacts(
        disks=_disks(local_folders(settings)),
        memory_bytes=memory_bytes,
        available_bytes=available_bytes,
        processors=len(os.sched_getaffinity(0)),
        python=platform.python_version(),
    )


def local_folders(settings: Settings) -> list[Path]:
    """Return the folders on this machine that the platform writes to."""
    places = (settings.uploads.place, settings.models.repository, settings.backup.place)
    named = [Path(place).expanduser().absolute() for place in places if place and "://" not in place]
    return [settings.home, settings.cache, *named]


def existing(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    return next(each for each in (path, *path.parents) if each.exists())


def is_on_one_disk(one: Path, other: Path) -> bool:
    """Whether two places lie, or would lie, on the same disk."""
    return existing(one).stat().st_dev == existing(other).stat().st_dev


def _disks(folders: list[Path]) -> tuple[DiskState, ...]:
    by_device: defaultdict[int, list[Path]] = defaultdict(list)
    for folder in folders:
        by_device[existing(folder).stat().st_dev].append(folder)
    return tuple(_disk(some) for some in by_device.values())


def _disk(folders: list[Path]) -> DiskState:
    usage = shutil.disk_usage(existing(folders[0]))
    return DiskState(tuple(dict.fromkeys(folders)), usage.total, usage.free)


def _memory() -> tuple[int, int]:
    """Return all memory and what is available of it, of the machine or of this container where that has less."""
    machine = psutil.virtual_memory()
    limit, used = _number("memory.max"), _number("memory.current")
    if limit is None or used is None or limit >= machine.total:
        return machine.total, machine.available
    return limit, min(machine.available, max(0, limit - used))


def _number(name: str) -> int | None:
    path = CGROUP / name
    text = path.read_text().strip() if path.is_file() else ""
    return int(text) if text.isdecimal() else None

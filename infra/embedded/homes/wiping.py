"""Deletes what Vedette keeps in a home, and nothing else: links are removed and never followed."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.embedded.homes.errors import StackError
from infra.embedded.homes.home import Home

CONTENTS = {
    "data": "every message, result and index of the servers",
    "uploads": "pictures that callers uploaded",
    "models": "models and pipelines that were added",
    "snapshots": "Elasticsearch's snapshots",
    "secrets": "keys that sign tokens and the audit trail, and the demonstration's password",
    "outbox": "messages to people that no mail server took",
    "config": "the servers' configuration",
    "logs": "logs",
    "run": "what is remembered of running processes",
    "demo.html": "the demonstration's page",
    "state.json": "ports and passwords",
    "endpoints.json": "how the servers are reached",
    "client.properties": "how Kafka's clients log in",
}
COMMANDS = frozenset({"worker", "serve", "backup", "publish", "bench", "compare", "demo"})


@dataclass(frozen=True)
class HomeEntry:
    """Something in the home that will be deleted."""

    path: Path
    holds: str

    def __str__(self) -> str:
        if self.path.is_symlink():
            return f"{self.path.name}: a link; what it leads to stays ({self.path.readlink()})"
        return f"{self.path.name}: {self.holds} ({_size(self.path) / 2**20:,.1f} MiB)"


def to_be_wiped(home: Home) -> list[HomeEntry]:
    """Return what is there of what Vedette keeps in its home."""
    entries = [HomeEntry(home.root / name, holds) for name, holds in CONTENTS.items()]
    return [entry for entry in entries if os.path.lexists(entry.path)]


def to_be_kept(home: Home) -> list[str]:
    """Return the names of what else lies in the home, which Vedette did not make."""
    if not home.root.is_dir():
        return []
    return sorted(path.name for path in home.root.iterdir() if path.name not in CONTENTS)


def wipe(home: Home) -> None:
    """Delete Vedette's own entries, and the home where nothing else is in it.

    Raises ``StackError`` before anything is deleted where a process still uses the home, and afterwards where
    something could not be deleted.
    """
    if users := list(_users(home)):
        raise StackError(
            f"nothing was deleted: {'; '.join(users)}. Stop what uses {home.root}, then run `vedette down --wipe` again"
        )
    problems = [problem for entry in to_be_wiped(home) for problem in _delete(entry.path)]
    if problems:
        raise StackError("not all of it could be deleted:\n" + "\n".join(problems))
    if home.root.is_dir() and not home.root.is_symlink() and not any(home.root.iterdir()):
        home.root.rmdir()


def _delete(path: Path) -> list[str]:
    """Delete a file, a link or a folder with all that is in it; returns what did not work."""
    problems: list[str] = []
    if path.is_symlink() or not path.is_dir():
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            problems.append(str(error))
    else:
        # A link inside is removed as a link, also one that is put there meanwhile.
        shutil.rmtree(path, onerror=lambda _function, _path, info: problems.append(str(info[1])))
    return problems


def _size(path: Path) -> int:
    """Return the bytes beneath ``path``, links not followed."""
    if not path.is_dir():
        return path.lstat().st_size
    files = (Path(folder) / name for folder, _, names in os.walk(path) for name in names)
    return sum(file.lstat().st_size for file in files if os.path.lexists(file))


def _users(home: Home) -> Iterator[str]:
    """Tell of the processes, other than this one and those that started it, that use the home."""
    own = psutil.Process()
    skipped = {own.pid, *(parent.pid for parent in own.parents())}
    for process in psutil.process_iter():
        if process.pid in skipped:
            continue
        try:
            if _uses(process, home.root.resolve()):
                yield f"process {process.pid} ({' '.join(process.cmdline()[:6])[:120]}) still uses it"
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            # Another user's process cannot open what only we may read; one that was started here is found by its mark.
            continue


def _uses(process: psutil.Process, root: Path) -> bool:
    words = process.cmdline()
    if any(word.startswith("-Dvedette.server=") and word.endswith(f"@{root}") for word in words):
        return True
    if any(Path(file.path).is_relative_to(root) for file in process.open_files()):
        return True
    is_ours = any(word == "infra.cli" or word.endswith("/vedette") for word in words) and COMMANDS & set(words)
    return bool(is_ours) and _home_of(process) == root


def _home_of(process: psutil.Process) -> Path:
    named = process.environ().get("VEDETTE_HOME") or ".vedette"
    return (Path(process.cwd()) / named).resolve()

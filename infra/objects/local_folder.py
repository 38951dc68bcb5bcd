"""Files beneath one folder of this machine, by the same calls as those of an object store."""

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from infra.errors import AlreadyExists, ConfigurationError

UNFINISHED = ".partial"


class LocalFolder:
    """Files by name, as ``20261125T030000Z-1a2b3c/manifest.vbk``; a file is there whole or not at all.

    Every method raises ``ConfigurationError`` where the folder cannot be read or written.
    """

    def __init__(self, folder: Path, setting: str) -> None:
        """``setting`` is the name under which an operator gave the folder."""
        self.url = str(folder)
        self._folder = folder
        self._setting = setting

    def list_names(self) -> list[str]:
        """Return the name of every file."""
        with self._explained():
            found = [path for path in self._folder.rglob("*") if path.is_file() and path.suffix != UNFINISHED]
            return sorted(path.relative_to(self._folder).as_posix() for path in found)

    def older(self, before: datetime) -> Iterator[list[str]]:
        """Yield the names of files that were last written before, some at a time; deleting them meanwhile is right."""
        with self._explained():
            for folder, _, names in os.walk(self._folder):
                paths = [Path(folder, name) for name in names if not name.endswith(UNFINISHED)]
                if found := [path for path in paths if _was_written_before(path, before)]:
                    yield [path.relative_to(self._folder).as_posix() for path in found]

    def read(self, name: str) -> bytes | None:
        """Return a small file's content; ``None`` where there is none such."""
        with self._explained():
            try:
                return (self._folder / name).read_bytes()
            except FileNotFoundError:
                return None

    def size_bytes(self, name: str) -> int | None:
        """Return a file's size; ``None`` where there is none such."""
        with self._explained():
            try:
                return (self._folder / name).stat().st_size
            except FileNotFoundError:
                return None

    def read_part(self, name: str, start: int, end: int) -> bytes:
        """Return the bytes of a file that is there, from ``start`` to ``end``."""
        with self._explained(), (self._folder / name).open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    def download(self, name: str, target: Path) -> bool:
        """Copy a file of any size to ``target``; False where there is none such."""
        source = self._folder / name
        with self._explained():
            if not source.is_file():
                return False
            shutil.copyfile(source, target)
            return True

    def write(self, name: str, content: bytes | Path, *, only_new: bool = False) -> None:
        """Store a file, durable when this returns; raises ``AlreadyExists`` where it must be new and is there."""
        target = self._folder / name
        with self._explained():
            if only_new and target.exists():
                raise AlreadyExists(f"{target} exists already")
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".{target.name}-{uuid.uuid4().hex}{UNFINISHED}")
            try:
                _write_durably(partial, content)
                partial.replace(target)
                _sync_folder(target.parent)
            finally:
                partial.unlink(missing_ok=True)

    def delete(self, names: Sequence[str]) -> None:
        """Delete files one after the other, in this order, and folders that this leaves empty."""
        with self._explained():
            for name in names:
                (self._folder / name).unlink(missing_ok=True)
            for parent in {(self._folder / name).parent for name in names} - {self._folder}:
                if parent.is_dir() and not any(parent.iterdir()):
                    parent.rmdir()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ConfigurationError(
                f"{error.filename or self._folder}: {error.strerror}: see {self._setting}"
            ) from None


def _was_written_before(path: Path, before: datetime) -> bool:
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


def _write_durably(path: Path, content: bytes | Path) -> None:
    with path.open("wb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            with content.open("rb") as source:
                shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the name durable too, not only what it stands for."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

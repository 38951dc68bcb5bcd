"""Images from folders of this machine that an operator has opened: regular files, and no way out by links."""

import asyncio
import errno
import os
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from infra.errors import Rejected, SourceUnavailable
from infra.settings.recognition import SourceSettings
from infra.sources.contents import FetchedImage, refuse_above, refuse_empty
from infra.sources.rules import OPEN_FOLDERS, SourceRules
from schemas.dead_letters import Reason
from schemas.texts.uris import SourceUri

READER_THREADS = 4
MISSING = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})
DENIED = frozenset({errno.EACCES, errno.EPERM})
# A pipe would keep an open call waiting for ever, and a terminal would become ours.
OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
OPEN_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


class FileSource:
    """Files beneath the configured folders.

    Links are resolved first; the place where they lead must lie beneath a folder and a prefix as well. It is then
    opened from the folder downwards without following any link, so that one put there meanwhile is refused.
    """

    def __init__(self, settings: SourceSettings, rules: SourceRules) -> None:
        self._rules = rules
        self._max_bytes = settings.max_bytes
        self._roots = [(os.path.realpath(root), root) for root in rules.file_roots]
        self._threads = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="source-files")

    async def fetch(self, uri: SourceUri, allowed_prefixes: Sequence[str]) -> FetchedImage:
        """Return the file's bytes."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._fetch, uri, allowed_prefixes)

    async def close(self) -> None:
        """Let the threads end, without waiting for a disk that hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, uri: SourceUri, allowed_prefixes: Sequence[str]) -> FetchedImage:
        try:
            root, below = self._locate(uri, allowed_prefixes)
            descriptor = _open_beneath(root, below)
            try:
                return FetchedImage(_read(descriptor, self._max_bytes))
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _translate(error) from None

    def _locate(self, uri: SourceUri, allowed_prefixes: Sequence[str]) -> tuple[str, list[str]]:
        real = os.path.realpath(uri.path)
        self._rules.refuse_closed(replace(uri, segments=Path(real).parts[1:]))
        for real_root, root in self._roots:
            below = _below(real, real_root)
            if below is not None:
                led_to = root.joinpath(*below)
                if str(led_to) != uri.path:
                    self._rules.check_prefixes(replace(uri, segments=led_to.parts[1:]), allowed_prefixes)
                return real_root, below
        raise Rejected(Reason.SOURCE_NOT_ALLOWED, f"The file is a link that leads outside {OPEN_FOLDERS}")


def _below(path: str, root: str) -> list[str] | None:
    """Return the names that lead from ``root`` to ``path``, or ``None`` if it does not lie beneath."""
    try:
        return list(Path(path).relative_to(root).parts)
    except ValueError:
        return None


def _open_beneath(root: str, below: Sequence[str]) -> int:
    """Open ``root/below…`` one name at a time, following no link."""
    folder = os.open(root, OPEN_FOLDER)
    try:
        for name in below[:-1]:
            deeper = os.open(name, OPEN_FOLDER, dir_fd=folder)
            os.close(folder)
            folder = deeper
        return os.open(below[-1] if below else ".", OPEN_FILE, dir_fd=folder)
    finally:
        os.close(folder)


def _read(descriptor: int, max_bytes: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise Rejected(Reason.SOURCE_NOT_ALLOWED, "The path is not a regular file.")
    refuse_above(status.st_size, max_bytes)
    parts = [os.read(descriptor, status.st_size + 1)]
    while parts[-1]:
        refuse_above(sum(map(len, parts)), max_bytes)
        parts.append(os.read(descriptor, status.st_size + 1))
    return refuse_empty(b"".join(parts))


def _translate(error: OSError) -> Rejected | SourceUnavailable:
    if error.errno in MISSING:
        return Rejected(Reason.NOT_FOUND, "There is no such file.")
    if error.errno in DENIED:
        return Rejected(Reason.ACCESS_DENIED, "The account under which the worker runs may not read the file.")
    if error.errno in (errno.ELOOP, errno.ENXIO):
        return Rejected(Reason.SOURCE_NOT_ALLOWED, "The path is a chain of links, or not a regular file.")
    return SourceUnavailable(f"The file cannot be read ({errno.errorcode.get(error.errno or 0, 'unknown')}).")

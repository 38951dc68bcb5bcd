"""Fetches each server's jars, at the versions and checksums pinned in ``jar_locks/``, into a shared cache.

``python -m infra.embedded.servers.lock_jars`` writes the lock files. A jar enters the cache in one step and only
after its checksum was right, so that whatever lies there is whole, and a complete cache needs no network.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
import stamina
from jgo.config import GlobalSettings
from jgo.maven import MavenContext
from jgo.maven._core import DEFAULT_REMOTE_REPOS

from infra.embedded.homes.errors import StackError
from infra.embedded.homes.file_lock import held

PARALLEL_DOWNLOADS = 8
DOWNLOAD_ATTEMPTS = 4
DOWNLOAD_TIMEOUT_S = 60

FetchProgress = Callable[[int, int], None]
"""Called with the number of jars that are there and the number that are needed."""


@dataclass(frozen=True)
class LockedJar:
    """One jar at one version: what it is called, and what its bytes must be."""

    coordinate: str
    size_bytes: int
    sha256: str

    @property
    def file_name(self) -> str:
        _, artifact, packaging, *classifier, version = self.coordinate.split(":")
        return "-".join([artifact, version, *classifier]) + f".{packaging}"


def read_lock(server: str) -> list[LockedJar]:
    """Return the pinned jars of ``server``, in class path order."""
    return parse_lock((files("infra.embedded.servers") / "jar_locks" / f"{server}.lock").read_text())


def parse_lock(text: str) -> list[LockedJar]:
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [LockedJar(coordinate, int(size), sha256) for coordinate, size, sha256 in rows]


class JarCache:
    """The jars of all servers, shared by every stack of this user; safe to use from two processes at once."""

    def __init__(self, folder: Path, maven_repositories: dict[str, str] | None = None) -> None:
        """``maven_repositories`` maps names to addresses; without it, jgo's configuration and Maven Central."""
        self._folder = folder
        self._repositories = maven_repositories

    def fetch(self, server: str, progress: FetchProgress | None = None) -> list[Path]:
        """Return the paths of the server's jars, downloading what is missing; raises StackError."""
        return self.fetch_jars(server, read_lock(server), progress)

    def fetch_jars(self, name: str, jars: list[LockedJar], progress: FetchProgress | None = None) -> list[Path]:
        """Return the paths of ``jars`` in the folder ``name`` of the cache, in their order."""
        folder = self._folder / name
        if _missing(folder, jars):
            folder.mkdir(parents=True, exist_ok=True)
            with held(self._folder / f"{name}.lock"):
                # Another process may have fetched them while this one waited.
                if missing := _missing(folder, jars):
                    self._download(folder, missing, len(jars), progress)
        return [folder / jar.file_name for jar in jars]

    def _download(self, folder: Path, missing: list[LockedJar], needed: int, progress: FetchProgress | None) -> None:
        report = progress or _report_nothing
        report(needed - len(missing), needed)
        with (
            TemporaryDirectory(dir=folder, prefix=".incoming-") as incoming,
            ThreadPoolExecutor(PARALLEL_DOWNLOADS, thread_name_prefix="jars") as pool,
        ):
            downloads = [pool.submit(self._download_one, jar, folder, Path(incoming)) for jar in missing]
            try:
                for done, download in enumerate(as_completed(downloads), start=needed - len(missing) + 1):
                    download.result()
                    report(done, needed)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _download_one(self, jar: LockedJar, folder: Path, incoming: Path) -> None:
        try:
            arrived = self._resolve(jar, incoming / jar.sha256)
        except (requests.RequestException, RuntimeError) as error:
            raise StackError(
                f"cannot fetch {jar.coordinate}: {error}. Check the network, or name a Maven mirror in jgo's "
                "configuration ([repositories] in jgo.conf); what was fetched so far is kept"
            ) from error
        found = hashlib.sha256(arrived.read_bytes()).hexdigest()
        if found != jar.sha256:
            raise StackError(
                f"{jar.coordinate} came with sha256 {found}, not the pinned {jar.sha256}: a proxy or mirror has "
                "changed it; nothing was installed"
            )
        arrived.replace(folder / jar.file_name)

    def _resolve(self, jar: LockedJar, staging: Path) -> Path:
        """Download into a folder of its own for each attempt: jgo leaves a cut-off file where it wrote it."""
        for attempt in stamina.retry_context(on=requests.RequestException, attempts=DOWNLOAD_ATTEMPTS):
            with attempt:
                maven = MavenContext(
                    repo_cache=staging / str(attempt.num),
                    remote_repos=self._repositories or default_repositories(),
                    timeout=DOWNLOAD_TIMEOUT_S,
                )
                return maven.create_dependency(jar.coordinate).artifact.resolve()
        raise AssertionError("unreachable: the last attempt returns or raises")


def default_repositories() -> dict[str, str]:
    """Return the user's own Maven mirrors, as jgo knows them, before Maven Central."""
    return {**GlobalSettings.load().repositories, **DEFAULT_REMOTE_REPOS}


def _missing(folder: Path, jars: list[LockedJar]) -> list[LockedJar]:
    return [jar for jar in jars if not _is_there(folder / jar.file_name, jar.size_bytes)]


def _is_there(path: Path, size_bytes: int) -> bool:
    return path.is_file() and path.stat().st_size == size_bytes


def _report_nothing(_done: int, _needed: int) -> None:
    """The progress of a caller who wants none."""

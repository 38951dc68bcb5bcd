"""Which homes of this user have a platform: the home follows the current folder, and people change folders."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.embedded.homes.file_lock import held
from infra.embedded.homes.home import PRIVATE_FOLDER, Home, HomeState, write_private
from infra.embedded.processes import ServerProcess
from infra.settings.settings import Settings

SERVERS = ("kafka", "cassandra", "elasticsearch")


class KnownHomes:
    """A folder with one small file for each home that was started; those where nothing runs are passed over."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def remember(self, home: Home) -> None:
        """Note that ``home`` was started, and forget those that are gone."""
        self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        write_private(self._file(home), str(home.root.resolve()))
        for file, root in self._noted():
            if not root.is_dir():
                file.unlink(missing_ok=True)

    @contextmanager
    def choosing_ports(self, home: Home) -> Iterator[set[int]]:
        """Yield the ports that the other homes have chosen; no other home chooses any until the end of the block.

        They may be free still: servers take seconds until they listen.
        """
        self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        with held(self._folder / "ports.lock"):
            self.remember(home)
            others = [Home(root) for _, root in self._noted() if root != home.root.resolve()]
            yield {port for other in others for port in _chosen_ports(other)}

    def forget(self, home: Home) -> None:
        self._file(home).unlink(missing_ok=True)

    def running_besides(self, home: Home) -> list[Path]:
        """Return the other homes in which servers run now."""
        others = sorted(root for _, root in self._noted() if root != home.root.resolve())
        return [root for root in others if _runs(Home(root))]

    def _noted(self) -> Iterator[tuple[Path, Path]]:
        for file in self._folder.glob("*.home"):
            yield file, Path(file.read_text())

    def _file(self, home: Home) -> Path:
        return self._folder / f"{hashlib.sha256(str(home.root.resolve()).encode()).hexdigest()[:16]}.home"


def where_platforms_run(settings: Settings) -> str:
    """Tell somebody who finds no server which home is looked into, and which other one has a platform."""
    home = Home(settings.home)
    here = f"Servers run in {home.root}." if _runs(home) else f"No server runs in this folder's home, {home.root}."
    others = KnownHomes(settings.state).running_besides(home)
    found = [f"One of yours runs in {root}: use it with `export VEDETTE_HOME={root}`." for root in others]
    return " ".join([here, *found])


def _chosen_ports(home: Home) -> Iterable[int]:
    try:
        return HomeState.load(home).ports.values()
    except (OSError, ValueError):
        # Another's home must not keep this one from starting; a port that is in use is seen without it.
        return ()


def _runs(home: Home) -> bool:
    return home.endpoints_file.is_file() and any(ServerProcess(home, name).find() is not None for name in SERVERS)

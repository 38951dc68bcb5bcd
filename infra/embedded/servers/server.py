"""What the stack must know of a server, and what all three have in common on a small machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from infra.embedded.servers.java import Java

# Few cores are shared with inference: the serial collector costs the least processor time in heaps this small.
SMALL_MACHINE = ("-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData", "-Dfile.encoding=UTF-8")
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")


@dataclass(frozen=True)
class Launch:
    """How one server is started."""

    command: list[str]
    environment: Mapping[str, str]


class Server(Protocol):
    """One of the three servers, as the stack sees it."""

    name: str

    def prepare(self, java: Java, jars: list[Path], mark: str) -> Launch:
        """Write the configuration and whatever the first start needs; return how to start."""
        ...

    def configuration(self) -> Mapping[str, str]:
        """Return what the server is told, by the names that its own documentation has."""
        ...

    def secure(self) -> bool:
        """Shut out everybody else once the server listens; False where it is too early for that, to be called again."""
        ...

    def is_ready(self) -> bool:
        """Tell whether clients can be served now; changes nothing and raises nothing."""
        ...

    @property
    def address(self) -> str:
        """Where clients reach it, for people to read."""
        ...


def java_command(java: Java, heap_mib: int, crash_folder: Path, mark: str) -> list[str]:
    """Return the beginning of a java command line: the heap, the collector, the mark."""
    return [str(java.executable), *jvm_options(heap_mib, crash_folder, mark)]


def jvm_options(heap_mib: int, crash_folder: Path, mark: str) -> list[str]:
    crash_file = f"-XX:ErrorFile={crash_folder}/hs_err_%p.log"
    return [f"-Xms{heap_mib // 4}m", f"-Xmx{heap_mib}m", *SMALL_MACHINE, crash_file, mark]


def flattened(settings: Mapping[str, object], *outer: str) -> dict[str, str]:
    """Return nested settings as one level of names joined by dots, and their values as text."""
    flat: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat |= flattened(value, *outer, name)
        else:
            flat[".".join((*outer, name))] = str(value)
    return flat


def clean_environment() -> dict[str, str]:
    """Return what a server may know of our environment: no credentials, and no JAVA_TOOL_OPTIONS of others."""
    return {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}

"""Finds the one Java that all three servers run on: 17, with its server JVM and the module jdk.net."""

import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cjdk

from infra.embedded.homes.errors import StackError

# Cassandra 5.0 runs on 11 or 17, Elasticsearch 8.19 on 17 or later: 17 is the one that both accept.
JAVA_VERSION = 17
PROBE = ("--add-modules", "jdk.net", "-XshowSettings:properties", "-version")
PROBE_TIMEOUT_S = 30
JVM_LIBRARIES = ("lib/server/libjvm.so", "lib/server/libjvm.dylib")
# What cjdk lets through where an archive breaks off or is damaged on its way.
BROKEN_ARCHIVE = (EOFError, zlib.error)
INSTALLED = ("/usr/lib/jvm/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home")


@dataclass(frozen=True)
class Java:
    """A Java runtime that is known to fit."""

    home: Path

    @property
    def executable(self) -> Path:
        return self.home / "bin" / "java"

    @property
    def jvm_library(self) -> Path:
        """The shared library that runs a JVM inside another process."""
        return next(path for name in JVM_LIBRARIES if (path := self.home / name).is_file())


def find_java(
    configured: Path | None,
    cache: Path,
    environment: Mapping[str, str] = os.environ,
    installed: tuple[str, ...] = INSTALLED,
    fetch: Callable[[Path], Path] | None = None,
) -> Java:
    """Return a fitting Java: the configured one, JAVA_HOME, PATH, those installed, or one fetched into ``cache``.

    A configured Java that does not fit is an error; the others are passed over. Raises StackError with what was
    looked at and what to install.
    """
    if configured is not None:
        return _require(configured)
    passed_over: list[str] = []
    for home in _candidates(environment, installed):
        problem = unfit_because(home / "bin" / "java")
        if problem is None:
            return Java(_real_home(home / "bin" / "java"))
        passed_over.append(f"{home}: {problem}")
    return _fetched(cache, fetch or _fetch_with_cjdk, passed_over)


def unfit_because(executable: Path) -> str | None:
    """Return why the servers cannot run on this ``java``, or None where they can."""
    if not executable.is_file():
        return "has no bin/java"
    shown = _show_settings(executable)
    version = re.search(r"java\.specification\.version = (\S+)", shown)
    if version is None:
        return "does not start, or lacks the module jdk.net"
    if version.group(1) != str(JAVA_VERSION):
        return f"is Java {version.group(1)}, not {JAVA_VERSION}"
    if not any((_home_of(shown) / name).is_file() for name in JVM_LIBRARIES):
        return "has no server JVM"
    return None


def _require(home: Path) -> Java:
    problem = unfit_because(home / "bin" / "java")
    if problem is not None:
        raise StackError(
            f"VEDETTE_JAVA_HOME={home} {problem}; point it at a Java {JAVA_VERSION}, or unset it to have one looked for"
        )
    return Java(_real_home(home / "bin" / "java"))


def _candidates(environment: Mapping[str, str], installed: tuple[str, ...]) -> Iterator[Path]:
    if environment.get("JAVA_HOME"):
        yield Path(environment["JAVA_HOME"])
    on_path = shutil.which("java", path=environment.get("PATH", ""))
    if on_path:
        yield Path(on_path).resolve().parent.parent
    for pattern in installed:
        yield from sorted(path for path in Path("/").glob(pattern.lstrip("/")) if not path.is_symlink())


def _show_settings(executable: Path) -> str:
    try:
        shown = subprocess.run(  # noqa: S603 - a Java that the user installed, with fixed arguments
            [executable, *PROBE], capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return shown.stderr if shown.returncode == 0 else ""


def _home_of(shown: str) -> Path:
    match = re.search(r"java\.home = (.+)", shown)
    return Path(match.group(1).strip()) if match else Path()


def _real_home(executable: Path) -> Path:
    """Ask Java itself: ``bin/java`` on PATH may be a wrapper that lies far from its home."""
    return _home_of(_show_settings(executable))


def _fetched(cache: Path, fetch: Callable[[Path], Path], passed_over: list[str]) -> Java:
    try:
        home = fetch(cache / "java")
    except (cjdk.CjdkError, OSError, *BROKEN_ARCHIVE) as error:
        raise StackError(_advice(passed_over, error)) from error
    problem = unfit_because(home / "bin" / "java")
    if problem is not None:
        raise StackError(_advice(passed_over, f"the one that was fetched {problem}"))
    return Java(_real_home(home / "bin" / "java"))


def _fetch_with_cjdk(folder: Path) -> Path:
    return cjdk.java_home(version=str(JAVA_VERSION), cache_dir=folder, progress=False)


def _advice(passed_over: list[str], error: object) -> str:
    looked_at = "".join(f"\n  {line}" for line in passed_over) or "\n  (none installed)"
    return (
        f"no Java {JAVA_VERSION} found; install one (Debian, Ubuntu: apt-get install openjdk-17-jre-headless; "
        f"macOS: brew install openjdk@17) or set VEDETTE_JAVA_HOME.\nLooked at:{looked_at}\n"
        f"Fetching one failed too: {error}"
    )

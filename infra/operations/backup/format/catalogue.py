"""The backups in one place: found, read, written and deleted by their names."""

import io
import re
import secrets
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from infra.errors import ConfigurationError, NotFound
from infra.objects.local_folder import LocalFolder
from infra.objects.object_folder import ObjectFolder
from infra.operations.backup.format.errors import DamagedBackup
from infra.operations.backup.format.parts import sha256_of
from infra.operations.backup.format.sealing import Sealer, unseal
from infra.settings.settings import Settings
from schemas.records.backups import Listed, Manifest, Part

MANIFEST = "manifest.vbk"
TIME = "%Y%m%dT%H%M%SZ"
BACKUP_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
LATEST = "latest"


class BackupPlace(Protocol):
    """A folder, or a prefix of an object store."""

    url: str

    def list_names(self) -> list[str]: ...
    def read(self, name: str) -> bytes | None: ...
    def download(self, name: str, target: Path) -> bool: ...
    def write(self, name: str, content: bytes | Path, *, only_new: bool = False) -> None: ...
    def delete(self, names: Sequence[str]) -> None: ...


class Catalogue:
    """Backups as ``<id>/manifest.vbk`` and the parts that it names; every file is sealed with the one key.

    Methods raise ``TransientError`` while the place does not answer, and ``ConfigurationError`` where it refuses or the
    key is another one.
    """

    def __init__(self, place: BackupPlace, key: bytes) -> None:
        self.url = place.url
        self.key = key
        self._place = place

    def list(self) -> list[Listed]:
        """Return every backup that was ever begun and not deleted, the oldest first."""
        files: defaultdict[str, set[str]] = defaultdict(set)
        for backup_id, _, name in (one.partition("/") for one in self._place.list_names()):
            files[backup_id].add(name)
        return [
            Listed(id=backup_id, begun_at=_begun_at(backup_id), is_complete=MANIFEST in names)
            for backup_id, names in sorted(files.items())
            if BACKUP_ID.fullmatch(backup_id)
        ]

    def find(self, wanted: str) -> Manifest:
        """Return the manifest of a backup, or of the newest complete one where ``latest`` is wanted.

        Raises ``NotFound`` and, where it is not what was written, ``DamagedBackup``.
        """
        known = [one for one in self.list() if wanted in (LATEST, one.id)]
        complete = [one for one in known if one.is_complete]
        if complete:
            return self._read(complete[-1].id)
        if known and wanted != LATEST:
            raise NotFound(
                f"backup {wanted} in {self.url} was never finished: choose another, see `vedette backup list`"
            )
        what = "no complete backup" if wanted == LATEST else f"no backup {wanted}"
        raise NotFound(f"there is {what} in {self.url}: see `vedette backup list`, and VEDETTE_BACKUP__PLACE")

    def add_part(self, backup_id: str, part: Part, path: Path) -> None:
        self._place.write(f"{backup_id}/{part.name}", path)

    def add_manifest(self, manifest: Manifest) -> None:
        """Make the backup complete: until this returns there is none."""
        sealed, name = io.BytesIO(), f"{manifest.id}/{MANIFEST}"
        sealer = Sealer(sealed, self.key, name)
        sealer.write(manifest.model_dump_json().encode())
        sealer.finish()
        self._place.write(name, sealed.getvalue(), only_new=True)

    @contextmanager
    def part(self, backup_id: str, part: Part) -> Iterator[Path]:
        """Bring a part to this machine and delete it afterwards; raises ``DamagedBackup`` where it is another file."""
        name = f"{backup_id}/{part.name}"
        with tempfile.TemporaryDirectory(prefix="vedette-backup-") as folder:
            path = Path(folder) / part.name
            if not self._place.download(name, path):
                raise DamagedBackup(f"{name} is missing")
            if sha256_of(path) != part.sha256:
                raise DamagedBackup(f"{name} is not the file that was written: its SHA-256 is another one")
            yield path

    def delete(self, backup_id: str) -> None:
        """Delete a backup, its manifest first: what is half deleted is no backup any more."""
        names = [name for name in self._place.list_names() if name.startswith(f"{backup_id}/")]
        self._place.delete(sorted(names, key=lambda name: not name.endswith(f"/{MANIFEST}")))

    def _read(self, backup_id: str) -> Manifest:
        name = f"{backup_id}/{MANIFEST}"
        content = self._place.read(name)
        if content is None:
            raise NotFound(f"backup {backup_id} in {self.url} was deleted just now")
        try:
            return Manifest.model_validate_json(b"".join(unseal(io.BytesIO(content), self.key, name)))
        except ValidationError:
            raise ConfigurationError(
                f"{name} was written by another version of Vedette than this one can read: use that version"
            ) from None


def new_backup_id(begun_at: datetime) -> str:
    """Return a name that sorts by time and that no other backup has."""
    return f"{begun_at.astimezone(UTC):{TIME}}-{secrets.token_hex(3)}"


def open_catalogue(settings: Settings) -> Catalogue:
    """Return the backups of the settings; raises ``ConfigurationError`` where place or key are missing."""
    place = settings.backup.place
    if not place:
        raise ConfigurationError(
            "no place for backups is set: VEDETTE_BACKUP__PLACE is a folder on another disk, or "
            "s3://bucket/prefix (gs://, az://)"
        )
    return Catalogue(_open_place(settings, place), settings.backup.key_bytes())


def _open_place(settings: Settings, place: str) -> BackupPlace:
    scheme, is_url, _ = place.partition("://")
    if not is_url:
        return LocalFolder(Path(place).expanduser().absolute(), "VEDETTE_BACKUP__PLACE")
    own_options = getattr(settings.backup, scheme)
    setting = f"VEDETTE_{'BACKUP' if own_options else 'SOURCES'}__{scheme.upper()}"
    return ObjectFolder(place, own_options or getattr(settings.sources, scheme), setting)


def _begun_at(backup_id: str) -> datetime:
    try:
        return datetime.strptime(backup_id.partition("-")[0], TIME).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)

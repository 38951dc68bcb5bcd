"""What each process was started with, so that settings which have changed since are told and not ignored in silence.

A record holds names and salted digests, and no value: many values are secrets.
"""

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from infra.embedded.homes.home import Home, write_private

EARLIER_VERSION = "everything, since an earlier version of Vedette started it"


class StartRecord(BaseModel):
    """The digests of one start's settings by their names."""

    model_config = ConfigDict(frozen=True)

    salt: str
    digests: Mapping[str, str]

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> "StartRecord":
        salt = secrets.token_hex(16)
        return cls(salt=salt, digests={name: _digest(salt, value) for name, value in settings.items()})

    def differing(self, settings: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of what was set otherwise, only then, or only now."""
        now = {name: _digest(self.salt, value) for name, value in settings.items()}
        names = {*now, *self.digests}
        return tuple(sorted(name for name in names if now.get(name) != self.digests.get(name)))


def remember_start(home: Home, process: str, settings: Mapping[str, str]) -> None:
    """Keep what ``process`` is started with now."""
    write_private(_file(home, process), StartRecord.of(settings).model_dump_json())


def differing_settings(home: Home, process: str, settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the settings that the running ``process`` was started with otherwise."""
    try:
        record = StartRecord.model_validate_json(_file(home, process).read_bytes())
    except (FileNotFoundError, ValidationError):
        return (EARLIER_VERSION,)
    return record.differing(settings)


def _file(home: Home, process: str) -> Path:
    return home.root / "run" / f"{process}.started.json"


def _digest(salt: str, value: str) -> str:
    return hashlib.sha256(f"{salt}\0{value}".encode()).hexdigest()

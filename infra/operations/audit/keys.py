"""The keys that sign the audit trail: the newest signs, all verify."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr

from infra.settings.key_files import keys_in, make_key_file
from infra.settings.keys import decode_key
from infra.settings.operations import AuditSettings
from infra.settings.settings import Settings

FILE_NAME = "audit-keys"
ID_BYTES = 8


@dataclass(frozen=True)
class SigningKey:
    """One key, and what names it in the entries that it signed: a digest that tells nothing of it."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        return hashlib.sha256(b"vedette-audit-key\0" + self.secret).hexdigest()[: 2 * ID_BYTES]


class AuditKeys:
    """Keys by their id, the newest first."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self.newest = keys[0]
        self._keys = {key.id: key for key in keys}

    def find(self, key_id: str) -> SigningKey | None:
        return self._keys.get(key_id)


def open_keys(settings: Settings, *, make: bool = False) -> AuditKeys:
    """Return the keys of the settings, or those of this installation's own file, one a line, the newest first.

    With ``make`` the file is made where there is none: for the one who signs alone, since a key that signed nothing
    verifies nothing. Raises ``ConfigurationError``.
    """
    if settings.audit.key is not None:
        return AuditKeys([SigningKey(decode_key(key)) for key in _given(settings.audit)])
    path = settings.home / "secrets" / FILE_NAME
    if make and not path.exists():
        make_key_file(path)
    missing = (
        f"there is no key of the audit trail: {path} is made by `vedette worker audit`; "
        "where that runs elsewhere, set VEDETTE_AUDIT__KEY to its key"
    )
    return AuditKeys([SigningKey(key) for key in keys_in(path, "the audit trail", if_missing=missing)])


def _given(settings: AuditSettings) -> list[SecretStr]:
    return [key for key in (settings.key, *settings.older_keys) if key is not None]

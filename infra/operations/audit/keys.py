"""The keys that sign the audit trail: the newest signs, all verify."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from infra.errors import ConfigurationError
from infra.secret_files import make_once
from infra.settings.keys import HOW_TO_MAKE_A_KEY, KEY_BYTES, decode_key
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
        make_once(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
    return AuditKeys([SigningKey(key) for key in _read(path)])


def _given(settings: AuditSettings) -> list[SecretStr]:
    return [key for key in (settings.key, *settings.older_keys) if key is not None]


def _read(path: Path) -> list[bytes]:
    try:
        lines = path.read_text(encoding="ascii").split()
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no key of the audit trail: {path} is made by `vedette worker audit`; "
            "where that runs elsewhere, set VEDETTE_AUDIT__KEY to its key"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the keys of the audit trail cannot be read from {path}: {error}") from None
    if not lines:
        raise ConfigurationError(f"{path} holds no key: {HOW_TO_MAKE_A_KEY}")
    try:
        return [decode_key(SecretStr(line)) for line in lines]
    except ValueError as error:
        raise ConfigurationError(f"a key in {path} {error}") from None

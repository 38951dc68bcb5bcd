"""The Ed25519 key that signs access tokens: read from its file, made once where none is given."""

import contextlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from infra.errors import ConfigurationError
from infra.settings import Settings

FILE_NAME = "api-signing-key.pem"
HOW_TO_MAKE = "make one with `openssl genpkey -algorithm ed25519 -out FILE`"


def load_signing_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the key of the settings, or this installation's own, which is made at first use.

    Every API process of one installation must have the same key. Raises ``ConfigurationError``.
    """
    if (given := settings.api.signing_key_file) is not None:
        return _read(given)
    own = settings.home / "secrets" / FILE_NAME
    if not own.exists():
        _make(own)
    return _read(own)


def _make(path: Path) -> None:
    """Write a new key that only its owner may read; of two that try at once, one wins and both use that."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            os.fsync(file.fileno())
        # A link, unlike a rename, never replaces the key that another process has just begun to use.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink()


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigurationError(f"the signing key {path} cannot be read: {error.strerror}; {HOW_TO_MAKE}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigurationError(f"{path} holds no unencrypted private key in PEM form; {HOW_TO_MAKE}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} holds a key that is not Ed25519; {HOW_TO_MAKE}")
    return key

"""The Ed25519 keys behind access tokens: the newest signs, all verify; read from one file, made where none is given."""

import base64
import hashlib
import re
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import orjson
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from infra.errors import ConfigurationError
from infra.secret_files import make_once, write_beside
from infra.settings.settings import Settings

ALGORITHM = "EdDSA"
FILE_NAME = "api-signing-key.pem"
HOW_TO_MAKE = "make one with `openssl genpkey -algorithm ed25519 -out FILE`"
PEM_BLOCK = re.compile(rb"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)
# Of those before the newest: a token lives for an hour at most, and nobody rotates keys twice within one by habit.
KEPT_KEYS = 2
LOOK_EVERY_S = 1.0
DERIVED_BYTES = 32

log = structlog.get_logger(__name__)


class SigningKeys:
    """Keys by their id, the newest first."""

    def __init__(self, keys: Sequence[Ed25519PrivateKey]) -> None:
        self._public = {key_id(key): key.public_key() for key in keys}
        self.newest = keys[0]
        self.newest_id = key_id(self.newest)
        self._private = tuple(map(_raw_private, keys))

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._public)

    def find(self, wanted_id: str) -> Ed25519PublicKey | None:
        """Return the key that verifies what was signed under this id."""
        return self._public.get(wanted_id)

    def secrets_for(self, purpose: bytes) -> tuple[bytes, ...]:
        """Return a secret derived from each key (HKDF, RFC 5869), which tells nothing of the key itself."""
        return tuple(_derive(private, purpose) for private in self._private)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public keys as a JWK set (RFC 7517)."""
        return {"keys": [_jwk(_raw(public)) for public in self._public.values()]}


class KeySource(Protocol):
    """Where keys come from; they may be others at every call."""

    def keys(self) -> SigningKeys: ...


class FixedKeys:
    """Keys that stay as they are."""

    def __init__(self, *keys: Ed25519PrivateKey) -> None:
        self._keys = SigningKeys(keys)

    def keys(self) -> SigningKeys:
        return self._keys


class KeyFile:
    """The keys of one file, which may be replaced while processes run; they notice within a second.

    A file that is gone or broken then is told in the log, and the keys that were read before stay.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = SigningKeys(read_keys(path))
        self._seen = self._stamp()
        self._looked_at = time.monotonic()

    def keys(self) -> SigningKeys:
        now = time.monotonic()
        if now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now
            self._read_again_if_changed()
        return self._keys

    def _read_again_if_changed(self) -> None:
        stamp = self._stamp()
        if stamp == self._seen:
            return
        try:
            self._keys = SigningKeys(read_keys(self._path))
        except ConfigurationError as error:
            log.error("signing_keys_unreadable", error=str(error))
        else:
            log.info("signing_keys_changed", key_ids=self._keys.ids)
        self._seen = stamp

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def open_key_file(settings: Settings) -> KeyFile:
    """Return the keys of the settings, or this installation's own, which are made at first use.

    Every API process of one installation must have the same file. Raises ``ConfigurationError``.
    """
    return KeyFile(find_key_file(settings))


def find_key_file(settings: Settings) -> Path:
    """Return the file of the settings, or this installation's own with a key in it."""
    if (given := settings.api.signing_key_file) is not None:
        return given
    own = settings.home / "secrets" / FILE_NAME
    if not own.exists():
        make_once(own, _pem(Ed25519PrivateKey.generate()))
    return own


def rotate(path: Path, *, drop_older: bool = False) -> SigningKeys:
    """Put a new key before those of the file, which verify on, or instead of them; returns all that count now."""
    older = [] if drop_older else read_keys(path)[:KEPT_KEYS]
    keys = [Ed25519PrivateKey.generate(), *older]
    temporary = write_beside(path, b"".join(map(_pem, keys)))
    temporary.replace(path)
    return SigningKeys(keys)


def read_keys(path: Path) -> list[Ed25519PrivateKey]:
    """Return the keys of a PEM file, as they stand in it; raises ``ConfigurationError``."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"the signing key {path} cannot be read: {error.strerror}; {HOW_TO_MAKE}") from None
    return [_parse(path, block) for block in PEM_BLOCK.findall(content) or [content]]


def key_id(key: Ed25519PrivateKey) -> str:
    """Return the key's thumbprint (RFC 7638)."""
    return _jwk(_raw(key.public_key()))["kid"]


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _parse(path: Path, block: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(block, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigurationError(f"{path} holds no unencrypted private key in PEM form; {HOW_TO_MAKE}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} holds a key that is not Ed25519; {HOW_TO_MAKE}")
    return key


@lru_cache(maxsize=32)
def _derive(private: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), DERIVED_BYTES, salt=None, info=purpose).derive(private)


def _raw_private(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def _raw(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _jwk(public: bytes) -> dict[str, str]:
    """The key as RFC 8037 writes it, named by its thumbprint."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public)}
    thumbprint = hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()
    return {**members, "kid": _base64url(thumbprint), "alg": ALGORITHM, "use": "sig"}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")

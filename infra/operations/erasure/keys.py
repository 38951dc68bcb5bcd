"""The Ed25519 key that signs lists of what is gone: from the settings, or from a file that is made once."""

import base64
import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import SecretStr

from infra.errors import ConfigurationError
from infra.settings.key_files import make_key_file
from infra.settings.keys import HOW_TO_MAKE_A_KEY, decode_key
from infra.settings.settings import Settings

FILE_NAME = "erasure-key"
ID_DIGITS = 16
# What is signed begins with this, so that no signature of ours stands for anything else.
MARK = b"vedette-erasure-1\0"


class PublicKey:
    """Verifies lists; everybody may have it."""

    def __init__(self, raw: bytes) -> None:
        """Raises ``ConfigurationError`` where these bytes are no key."""
        try:
            self._key = Ed25519PublicKey.from_public_bytes(raw)
        except ValueError:
            raise ConfigurationError(
                "this is no public key: give the line that `vedette erasure key` prints where the list was signed"
            ) from None
        self.text = base64.b64encode(raw).decode()
        self.id = hashlib.sha256(raw).hexdigest()[:ID_DIGITS]

    @classmethod
    def parse(cls, text: str) -> "PublicKey":
        """Return the key that ``text`` is, in Base64; raises ``ConfigurationError``."""
        try:
            return cls(base64.b64decode(text.strip(), validate=True))
        except ValueError:
            return cls(b"")

    def has_signed(self, signature: bytes, digest: bytes) -> bool:
        try:
            self._key.verify(signature, MARK + digest)
        except InvalidSignature:
            return False
        return True


class ErasureKey:
    """Signs lists."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(self._key.public_key().public_bytes_raw())

    def sign(self, digest: bytes) -> bytes:
        return self._key.sign(MARK + digest)


def open_key(settings: Settings, *, make: bool = False) -> ErasureKey:
    """Return the key of the settings, or that of this installation's own file.

    With ``make`` the file is made where there is none: for the one who signs. Raises ``ConfigurationError``.
    """
    if settings.erasure.key is not None:
        return ErasureKey(decode_key(settings.erasure.key))
    path = settings.home / "secrets" / FILE_NAME
    if make and not path.exists():
        make_key_file(path)
    return ErasureKey(_read(path))


def _read(path: Path) -> bytes:
    try:
        return decode_key(SecretStr(path.read_text(encoding="ascii")))
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no key of erasures: {path} is made by `vedette serve`; where that runs elsewhere, set "
            "VEDETTE_ERASURE__KEY, or give the public key with --key"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the key of erasures cannot be read from {path}: {error}") from None
    except ValueError as error:
        raise ConfigurationError(f"the key in {path} {error}: {HOW_TO_MAKE_A_KEY}") from None

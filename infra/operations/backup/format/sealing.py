"""Files that only the holder of the key can read, and nobody can alter, shorten or exchange unnoticed.

AES-256-GCM in chunks, after STREAM (Hoang, Reyhanitabar, Rogaway and Vizár 2015): a chunk's nonce is its number and
whether it is the last one, so that a file cut short or put in another order cannot be opened. Each file has a key of
its own, derived by HKDF from the operator's key, a random salt and the file's name: a nonce is never used twice under
one key, and no file passes for another.
"""

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from infra.errors import ConfigurationError
from infra.operations.backup.format.errors import DamagedBackup

MAGIC = b"vedette-backup-1\n"
KEY_BYTES = 32
SALT_BYTES = 32
KEY_ID_BYTES = 8
CHUNK_BYTES = 1_048_576
TAG_BYTES = 16
# The chunk's number, and 1 for the last one: twelve bytes, as AES-GCM wants them.
NONCE = struct.Struct(">QI")


class Sealer:
    """Writes one sealed file; what it is given may be of any size, and memory holds one chunk of it."""

    def __init__(self, file: BinaryIO, key: bytes, name: str) -> None:
        salt = os.urandom(SALT_BYTES)
        self._file = file
        self._cipher = _cipher(key, salt, name)
        self._buffer = bytearray()
        self._number = 0
        file.write(MAGIC + _key_id(key) + salt)

    def write(self, content: bytes) -> None:
        self._buffer += content
        # The last chunk is known only at the end: one that is just full waits.
        while len(self._buffer) > CHUNK_BYTES:
            self._seal(bytes(self._buffer[:CHUNK_BYTES]), is_last=False)
            del self._buffer[:CHUNK_BYTES]

    def finish(self) -> None:
        """Write the last chunk; the file stays open."""
        self._seal(bytes(self._buffer), is_last=True)
        self._buffer.clear()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(NONCE.pack(self._number, is_last), chunk, None))
        self._number += 1


def unseal(file: BinaryIO, key: bytes, name: str) -> Iterator[bytes]:
    """Yield the chunks of a sealed file, each only once it has been found genuine.

    Raises ``ConfigurationError`` where the file was sealed with another key, and ``DamagedBackup`` where it is not what
    was written under this name; that it was cut short is found at its end.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise DamagedBackup(f"{name} is no file of a backup, or its beginning is damaged")
    if file.read(KEY_ID_BYTES) != _key_id(key):
        raise ConfigurationError(f"{name} was encrypted with another key than that in VEDETTE_BACKUP__KEY")
    cipher = _cipher(key, file.read(SALT_BYTES), name)
    number, chunk = 0, file.read(CHUNK_BYTES + TAG_BYTES)
    while True:
        following = file.read(CHUNK_BYTES + TAG_BYTES)
        yield _open(cipher, number, chunk, is_last=not following, name=name)
        if not following:
            return
        number, chunk = number + 1, following


def _open(cipher: AESGCM, number: int, chunk: bytes, *, is_last: bool, name: str) -> bytes:
    try:
        return cipher.decrypt(NONCE.pack(number, is_last), chunk, None)
    except InvalidTag:
        raise DamagedBackup(f"{name} was altered or cut short: its piece {number + 1} is not genuine") from None


def _cipher(key: bytes, salt: bytes, name: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=salt, info=b"vedette backup file " + name.encode()).derive(key))


def _key_id(key: bytes) -> bytes:
    """Return what tells keys apart without telling anything of them."""
    return HKDF(SHA256(), KEY_ID_BYTES, salt=None, info=b"vedette backup key id").derive(key)

"""The signed list of what an erasure has deleted: JSON Lines, a header, one line for each image, and the seal.

The seal holds the SHA-256 of all bytes before it, and an Ed25519 signature of that: whoever has the public key can
verify the list anywhere, without the platform.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from infra.errors import VedetteError
from infra.operations.erasure.keys import ErasureKey, PublicKey
from schemas.records.erasures import ErasedImage, ListHeader, ListSeal

MEDIA_TYPE = "application/jsonl"


class InvalidList(VedetteError):
    """The file is no list, was changed since it was signed, or was signed by another key; the message says which."""


@dataclass(frozen=True)
class VerifiedList:
    """What a list says that is as it was signed."""

    header: ListHeader
    images: int
    key_id: str


class Sealing:
    """Sums up the lines of a list, and seals it."""

    def __init__(self, header: str) -> None:
        self._digest = hashlib.sha256()
        self._images = 0
        self._take(header)

    def add(self, line: str) -> None:
        """Take note of the line of one image."""
        self._take(line)
        self._images += 1

    def seal(self, key: ErasureKey) -> ListSeal:
        """Return the last line."""
        return ListSeal(
            images=self._images,
            sha256=self._digest.hexdigest(),
            key_id=key.public.id,
            public_key=key.public.text,
            signature=base64.b64encode(key.sign(self._digest.digest())).decode(),
        )

    def _take(self, line: str) -> None:
        self._digest.update(line.encode() + b"\n")


def verify_list(lines: Iterable[bytes], key: PublicKey) -> VerifiedList:
    """Return what a list says, read a line at a time; raises ``InvalidList``."""
    held = iter(lines)
    header = _header(next(held, b""))
    digest, images = hashlib.sha256(header[1]), 0
    last = b""
    for line, is_last in _with_end(held):
        if is_last:
            last = line
            break
        _require_image(line, images + 1)
        digest.update(line)
        images += 1
    seal = _seal(last)
    _require_signed(seal, digest.digest(), images, key)
    return VerifiedList(header[0], images, key.id)


def _header(line: bytes) -> tuple[ListHeader, bytes]:
    try:
        return ListHeader.model_validate_json(line), line
    except ValidationError:
        raise InvalidList("This is no list of an erasure: its first line is not the header of one.") from None


def _require_image(line: bytes, number: int) -> None:
    try:
        ErasedImage.model_validate_json(line)
    except ValidationError:
        raise InvalidList(f"Line {number + 1} names no image: the list was changed.") from None


def _seal(line: bytes) -> ListSeal:
    try:
        seal = ListSeal.model_validate_json(line)
    except ValidationError:
        seal = None
    if seal is None or line != seal.model_dump_json().encode() + b"\n":
        raise InvalidList("The list has no seal as its last line: it was cut off, or changed.")
    return seal


def _require_signed(seal: ListSeal, digest: bytes, images: int, key: PublicKey) -> None:
    if seal.key_id != key.id:
        raise InvalidList(
            f"The list was signed by key {seal.key_id}, not by {key.id}. Give the key of the installation that signed "
            "it with --key: `vedette erasure key` prints it there."
        )
    if seal.sha256 != digest.hex() or seal.images != images:
        raise InvalidList("The list was changed since it was signed: its lines are not those that were signed.")
    if seal.public_key != key.text or not key.has_signed(_decoded(seal.signature), digest):
        raise InvalidList("The signature does not belong to this list: it was changed since it was signed.")


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except ValueError:
        return b""


def _with_end(lines: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each line, and whether it is the last one."""
    line = next(lines, b"")
    for following in lines:
        yield line, False
        line = following
    yield line, True

"""Messages that are too large to be kept whole: how much of each part is kept, and what tells the rest.

A cut message holds the first bytes of its key and value, and those of its headers that are small and come first; sizes
and SHA-256 sums of all that it held go with it, so that the original can be recognised where it still stands.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import Field

from schemas.images import Frozen

Headers = Sequence[tuple[str, bytes | None]]

KEPT_BYTES = 4096


class CutPart(Frozen):
    """One part of a message: its size, its SHA-256, and how many bytes of its beginning are kept."""

    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    kept: int = Field(ge=0)

    @property
    def is_whole(self) -> bool:
        """Whether nothing was cut off."""
        return self.kept == self.size


class CutHeaders(CutPart):
    """The headers of a message. Size and SHA-256 refer to their encoded form in Kafka."""

    count: int = Field(ge=0)
    kept_count: int = Field(ge=0)


class Cut(Frozen):
    """What a message contained before it was cut. Parts that it did not have are absent."""

    key: CutPart | None = None
    value: CutPart | None = None
    headers: CutHeaders

    @property
    def size(self) -> int:
        """How many bytes the message held."""
        return self.headers.size + sum(part.size for part in (self.key, self.value) if part is not None)

    def describe(self) -> str:
        """Return one sentence for people."""
        told = [f"{name} of {part.size} bytes" for name, part in self._parts() if not part.is_whole]
        return f"the message was cut: {', '.join(told)}" if told else "the message is whole"

    def _parts(self) -> list[tuple[str, CutPart]]:
        parts = [("key", self.key), ("value", self.value), ("headers", self.headers)]
        return [(name, part) for name, part in parts if part is not None]


@dataclass(frozen=True, slots=True)
class CutMessage:
    """What is kept of a message, and what it was."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    cut: Cut


def cut_message(key: bytes | None, value: bytes | None, headers: Headers, first: str = "") -> CutMessage:
    """Return what is kept of a message; headers whose names start with ``first`` have room of their own."""
    packed = encode_headers(headers)
    return cut_parts(key, value, packed, len(headers), headers, first)


def cut_parts(
    key: bytes | memoryview | None,
    value: bytes | memoryview | None,
    packed_headers: bytes | memoryview,
    count: int,
    headers: Iterable[tuple[str, bytes | None]],
    first: str,
) -> CutMessage:
    """Return what is kept of a message whose ``count`` headers are ``packed_headers``; some of them are ``headers``."""
    kept = tuple(_first_headers(headers, first))
    told = CutHeaders(
        size=len(packed_headers),
        sha256=hashlib.sha256(packed_headers).hexdigest(),
        kept=len(encode_headers(kept)),
        count=count,
        kept_count=len(kept),
    )
    return CutMessage(_first(key), _first(value), kept, Cut(key=_part(key), value=_part(value), headers=told))


def message_bytes(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    """Return how many bytes a message holds, without what Kafka adds for lengths."""
    return len(key or b"") + len(value or b"") + sum(len(name) + len(content or b"") for name, content in headers)


def encode_headers(headers: Headers) -> bytes:
    """Return headers as Kafka packs them into a record."""
    parts: list[bytes] = []
    for name, value in headers:
        encoded = name.encode(errors="surrogatepass")
        parts += [_varint(len(encoded)), encoded, _varint(-1 if value is None else len(value)), value or b""]
    return b"".join(parts)


def _first(part: bytes | memoryview | None) -> bytes | None:
    return None if part is None else bytes(part[:KEPT_BYTES])


def _part(part: bytes | memoryview | None) -> CutPart | None:
    if part is None:
        return None
    return CutPart(size=len(part), sha256=hashlib.sha256(part).hexdigest(), kept=min(len(part), KEPT_BYTES))


def _first_headers(headers: Iterable[tuple[str, bytes | None]], first: str) -> Iterator[tuple[str, bytes | None]]:
    room = {True: KEPT_BYTES, False: KEPT_BYTES}
    for name, value in headers:
        preferred = bool(first) and name.startswith(first)
        if (size := len(encode_headers([(name, value)]))) <= room[preferred]:
            room[preferred] -= size
            yield name, value


def _varint(number: int) -> bytes:
    """Encode as Kafka does: signs alternate, seven bits a byte."""
    left = -2 * number - 1 if number < 0 else 2 * number
    encoded = bytearray()
    while left > 0x7F:
        encoded.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*encoded, left])

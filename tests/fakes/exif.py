"""EXIF written by hand: in either byte order, in the directories that cameras use, and as wrong as one likes."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAKE, MODEL, EXIF_DIRECTORY, GPS_DIRECTORY = 0x010F, 0x0110, 0x8769, 0x8825
ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL, FLOAT, DOUBLE = 2, 3, 4, 5, 7, 10, 11, 12
START = {"<": b"II*\0", ">": b"MM\0*"}


@dataclass(frozen=True)
class Value:
    """The values of one entry; ``count`` and ``at`` are what the entry claims, where that is to be wrong."""

    kind: int
    body: bytes
    count: int
    at: int | None = None


def text(words: str | bytes) -> Value:
    body = (words.encode() if isinstance(words, str) else words) + b"\0"
    return Value(ASCII, body, len(body))


def ratios(order: str, *pairs: tuple[int, int], kind: int = RATIONAL) -> Value:
    code = "ii" if kind == SRATIONAL else "II"
    return Value(kind, b"".join(struct.pack(order + code, *pair) for pair in pairs), len(pairs))


def exif(
    first: Mapping[int, Value],
    own: Mapping[int, Value] | None = None,
    place: Mapping[int, Value] | None = None,
    order: str = "<",
) -> bytes:
    """Return EXIF of a first directory, and of its own and the place's where they are given."""
    linked = dict(first)
    written = bytearray(START[order] + struct.pack(order + "I", 8))
    parts: list[tuple[int, Mapping[int, Value]]] = []
    for tag, directory in ((EXIF_DIRECTORY, own), (GPS_DIRECTORY, place)):
        if directory is not None:
            linked[tag] = Value(LONG, b"", 1)
            parts.append((tag, directory))
    at = 8 + _size(linked)
    for tag, directory in parts:
        linked[tag] = Value(LONG, struct.pack(order + "I", at), 1)
        at += _size(directory)
    for directory in (linked, *(directory for _, directory in parts)):
        written += _directory(directory, len(written), order)
    return bytes(written)


def positioned(
    order: str, lat: Sequence[tuple[int, int]], lon: Sequence[tuple[int, int]], sides: str = "NE"
) -> dict[int, Value]:
    """Return the entries that say a place."""
    return {1: text(sides[0]), 2: ratios(order, *lat), 3: text(sides[1]), 4: ratios(order, *lon)}


def _size(directory: Mapping[int, Value]) -> int:
    return 2 + 12 * len(directory) + 4 + sum(len(value.body) for value in directory.values() if len(value.body) > 4)


def _directory(directory: Mapping[int, Value], at: int, order: str) -> bytes:
    head = bytearray(struct.pack(order + "H", len(directory)))
    bodies = bytearray()
    beyond = at + 2 + 12 * len(directory) + 4
    for tag, value in sorted(directory.items()):
        head += struct.pack(order + "HHI", tag, value.kind, value.count)
        if value.at is not None:
            head += struct.pack(order + "I", value.at)
        elif len(value.body) <= 4:
            head += value.body.ljust(4, b"\0")
        else:
            head += struct.pack(order + "I", beyond + len(bodies))
        bodies += value.body if len(value.body) > 4 else b""
    return bytes(head + b"\0\0\0\0" + bodies)

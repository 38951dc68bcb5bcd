"""Compressed record batches, unpacked no further than a bound: a few bytes on the wire may stand for gigabytes.

Every codec writes straight into memory that is reserved for as much as may come; the system gives pages only to what is
written. What would not fit is never unpacked, so that neither memory nor time depends on what a producer packed.
"""

import mmap
import struct
import zlib
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any

import cramjam

XERIAL_HEADER = struct.pack(">b7sii", -126, b"SNAPPY\0", 1, 1)
BLOCK_LENGTH = struct.Struct(">I")
GZIP_WINDOW = 31
# An input cut into slices bounds what zlib copies of it again and again.
GZIP_INPUT_BYTES = 16_384
GZIP_OUTPUT_BYTES = 1_048_576
# What the codecs' writer says where its output is full; nothing else tells a large batch from a broken one.
FULL = "failed to write whole buffer"


class Codec(IntEnum):
    """Kafka's numbers of the codecs, in the attributes of a batch."""

    NONE = 0
    GZIP = 1
    SNAPPY = 2
    LZ4 = 3
    ZSTD = 4


class BeyondBound(Exception):
    """The batch unpacks to more than may be unpacked."""


class Undecodable(ValueError):
    """The bytes are not what their codec writes."""


def unpack(codec: int, packed: memoryview, most_bytes: int, room_before: int = 0) -> memoryview:
    """Return ``room_before`` bytes to be filled in, followed by what ``packed`` unpacks to.

    Raises ``BeyondBound`` where that is more than ``most_bytes``, and ``Undecodable`` for what the codec cannot read;
    neither ever takes more memory than ``most_bytes``, and what the codec itself keeps to look back at.
    """
    reserved = mmap.mmap(-1, room_before + max(1, most_bytes), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    room = memoryview(reserved)
    size = _unpack_into(codec, packed, room[room_before : room_before + most_bytes])
    return room[: room_before + size]


def _unpack_into(codec: int, packed: memoryview, room: memoryview) -> int:
    """Return how many bytes were written to ``room``."""
    if codec == Codec.GZIP:
        return _gunzip(packed, room)
    if codec == Codec.SNAPPY:
        return _unpack_xerial(packed, room) if packed[:16] == XERIAL_HEADER else _unpack_snappy(packed, room)
    if codec == Codec.LZ4:
        return _call(cramjam.lz4.decompress_into, packed, room)
    if codec == Codec.ZSTD:
        return _call(cramjam.zstd.decompress_into, packed, room)
    raise Undecodable(f"there is no codec {codec}")


def _gunzip(packed: memoryview, room: memoryview) -> int:
    written = 0
    for piece in _inflate(packed):
        if written + len(piece) > len(room):
            raise BeyondBound
        room[written : written + len(piece)] = piece
        written += len(piece)
    return written


def _inflate(packed: memoryview) -> Iterator[bytes]:
    """Yield what the gzip members hold, one after the other, in pieces; zeros between and after them are padding."""
    stream, at = zlib.decompressobj(GZIP_WINDOW), 0
    while True:
        given = packed[at : at + GZIP_INPUT_BYTES]
        try:
            piece = stream.decompress(given, GZIP_OUTPUT_BYTES)
        except zlib.error as error:
            raise Undecodable(str(error)) from None
        at += len(given) - len(stream.unused_data if stream.eof else stream.unconsumed_tail)
        yield piece
        if stream.eof:
            if (at := _skip_zeros(packed, at)) == len(packed):
                return
            stream = zlib.decompressobj(GZIP_WINDOW)
        elif not given and not piece:
            raise Undecodable("gzip data ends early")


def _skip_zeros(packed: memoryview, at: int) -> int:
    while given := bytes(packed[at : at + GZIP_INPUT_BYTES]):
        left = given.lstrip(b"\0")
        at += len(given) - len(left)
        if left:
            break
    return at


def _unpack_xerial(packed: memoryview, room: memoryview) -> int:
    """Read the blocks that Java's snappy library writes, each with its length before it."""
    at, written = len(XERIAL_HEADER), 0
    while at < len(packed):
        if at + BLOCK_LENGTH.size > len(packed):
            raise Undecodable("snappy data ends early")
        (length,) = BLOCK_LENGTH.unpack_from(packed, at)
        at += BLOCK_LENGTH.size
        if length > len(packed) - at:
            raise Undecodable("a snappy block is longer than the batch")
        written += _unpack_snappy(packed[at : at + length], room[written:])
        at += length
    return written


def _unpack_snappy(packed: memoryview, room: memoryview) -> int:
    """Read one block; it tells its size first, and is refused where that is not what comes."""
    # An empty input has no size, which the library tells as zero and then refuses.
    if _call(cramjam.snappy.decompress_raw_len, packed) > len(room):
        raise BeyondBound
    # The library wants room even for a block that holds nothing.
    return _call(cramjam.snappy.decompress_raw_into, packed, room if len(room) else bytearray(1))


def _call(decompress: Callable[..., int], *arguments: Any) -> int:
    try:
        return int(decompress(*arguments))
    except cramjam.DecompressionError as error:
        if FULL in str(error):
            raise BeyondBound from None
        raise Undecodable(str(error)) from None

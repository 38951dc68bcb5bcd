"""Record batches as raw bytes, right and wrong ones: what no client library would send."""

import gzip
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import cramjam
from aiokafka.codec import snappy_encode
from aiokafka.record.util import calc_crc32c

from schemas.messages.cuts import encode_headers

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
XERIAL = SNAPPY + 8
CODECS = (NONE, GZIP, SNAPPY, LZ4, ZSTD)
BODY = struct.Struct(">hiqqqhii")


@dataclass(frozen=True)
class Packed:
    """One record before it is packed."""

    value: bytes | None = b"value"
    key: bytes | None = b"key"
    headers: Sequence[tuple[str, bytes | None]] = ()


def record(packed: Packed, delta: int) -> bytes:
    """Return a record as it stands in a batch."""
    parts = [b"\0", varint(0), varint(delta), _sized(packed.key), _sized(packed.value)]
    body = b"".join([*parts, varint(len(packed.headers)), encode_headers(packed.headers)])
    return varint(len(body)) + body


def compress(codec: int, data: bytes) -> bytes:
    """Pack as Java's client and librdkafka do; ``XERIAL`` is snappy as Java frames it."""
    if codec == GZIP:
        return gzip.compress(data, 6)
    if codec == XERIAL:
        return bytes(snappy_encode(data))
    if codec == SNAPPY:
        return bytes(cramjam.snappy.compress_raw(data))
    if codec == LZ4:
        # Brokers read no blocks that depend on one another.
        packer = cramjam.lz4.Compressor(level=1, content_checksum=False, block_linked=False)
        packer.compress(data)
        return bytes(packer.finish())
    return bytes(cramjam.zstd.compress(data)) if codec == ZSTD else data


def batch(
    records: Sequence[Packed] = (),
    codec: int = NONE,
    *,
    body: bytes | None = None,
    packed: bytes | None = None,
    base_offset: int = 0,
    last_delta: int | None = None,
    count: int | None = None,
    attributes: int = 0,
    producer: tuple[int, int, int] = (-1, -1, -1),
) -> bytes:
    """Return a batch with a right checksum, whatever it holds; ``packed`` is sent as it is, ``body`` is compressed."""
    if body is None:
        body = b"".join(record(one, delta) for delta, one in enumerate(records))
    count = len(records) if count is None else count
    last_delta = count - 1 if last_delta is None else last_delta
    fields = BODY.pack(codec % 8 | attributes, last_delta, 1000, 2000, *producer, count)
    checked = fields + (compress(codec, body) if packed is None else packed)
    length = len(checked) + 9
    return struct.pack(">qiibI", base_offset, length, 0, 2, calc_crc32c(checked)) + checked


def varint(number: int) -> bytes:
    """Return a number as Kafka packs it."""
    left = (number << 1) ^ (number >> 63)
    encoded = bytearray()
    while left > 0x7F:
        encoded.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*encoded, left])


def _sized(part: bytes | None) -> bytes:
    return varint(-1) if part is None else varint(len(part)) + part

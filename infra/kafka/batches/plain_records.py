"""The records of an uncompressed batch, read in Python: where the client's own reader refuses, or would take too much.

It refuses header names that are no text. Kafka lets such names pass, and several clients write a name as whatever bytes
they are given. What cannot be told of a name is read as the replacement character; the message is otherwise as it came.
And it makes an object of everything: of one record that consists of empty headers, thirty times its size. The format is
that of record batches of version 2 in Kafka's protocol guide.
"""

import struct
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from aiokafka.errors import CorruptRecordException

from schemas.messages.cuts import CutMessage, cut_parts

FIELDS = struct.Struct(">qiibIhiqqqhii")
BROKERS_TIME = 0x08
LONGEST_NUMBER_BYTES = 10
MOST_LOOKED_AT = 256


class PlainRecord(NamedTuple):
    """A record as the client's own reader gives it, or what is kept of one that is too large."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    cut: CutMessage | None = None
    checksum: None = None


class PlainRecords:
    """Iterates over the records of a batch after the first ``skip``; raises ``CorruptRecordException``.

    One of more than ``most_bytes`` or ``most_headers`` is cut; headers named ``keep_first…`` have room of their own.
    """

    def __init__(
        self, batch: memoryview, *, most_bytes: int, most_headers: int, keep_first: str = "", skip: int = 0
    ) -> None:
        fields = FIELDS.unpack_from(batch)
        self._base_offset, self._count = int(fields[0]), int(fields[12])
        self._first_ms, self._newest_ms = int(fields[7]), int(fields[8])
        self._kind = int(bool(fields[5] & BROKERS_TIME))
        self._reader = _Reader(batch, FIELDS.size)
        self._most_bytes, self._most_headers, self._keep_first = most_bytes, most_headers, keep_first
        self._skip = skip

    def __iter__(self) -> Iterator[PlainRecord]:
        self._reader.skip_records(self._skip)
        for number in range(self._skip, self._count):
            size = self._reader.number()
            end = self._reader.at + size
            yield self._record(size)
            if self._reader.at != end:
                raise CorruptRecordException(f"record {number} of a batch has another length than it says")
        if not self._reader.is_at_end:
            raise CorruptRecordException("a batch has more bytes than records")

    def _record(self, size: int) -> PlainRecord:
        reader, end = self._reader, self._reader.at + size
        reader.take(1)  # attributes, of which there are none
        later_ms, offset_delta = reader.number(), reader.number()
        at_ms = self._newest_ms if self._kind else self._first_ms + later_ms
        offset = self._base_offset + offset_delta
        key, value, count = reader.part(), reader.part(), reader.count()
        if size > self._most_bytes or count > self._most_headers:
            return PlainRecord(offset, at_ms, self._kind, None, None, [], self._cut(key, value, count, end))
        headers = list(reader.headers(count))
        return PlainRecord(offset, at_ms, self._kind, _bytes(key), _bytes(value), headers)

    def _cut(self, key: memoryview | None, value: memoryview | None, count: int, end: int) -> CutMessage:
        """Look at a few headers alone: of a million, the others are known by their bytes."""
        first = islice(self._reader.copy().headers(count), MOST_LOOKED_AT)
        return cut_parts(key, value, self._reader.take(end - self._reader.at), count, first, self._keep_first)


class _Reader:
    """Takes numbers and parts from the bytes of a batch, and never goes back or beyond their end."""

    def __init__(self, data: memoryview, at: int) -> None:
        self._data = data
        self.at = at

    @property
    def is_at_end(self) -> bool:
        return self.at == len(self._data)

    def copy(self) -> "_Reader":
        return _Reader(self._data, self.at)

    def skip_records(self, count: int) -> None:
        """Go past ``count`` records; a plain loop, since a batch may hold millions."""
        data, at = self._data, self.at
        for _ in range(count):
            if at < len(data) and data[at] < 0x80:
                at += 1 + (data[at] >> 1)
            else:
                self.at = at
                at = self.number() + self.at
        self.at = at

    def take(self, size: int) -> memoryview:
        start, end = self.at, self.at + size
        if not start <= end <= len(self._data):
            raise CorruptRecordException("a length in a batch is wrong")
        self.at = end
        return self._data[start:end]

    def number(self) -> int:
        """Read one zigzag varint."""
        value = 0
        for place in range(LONGEST_NUMBER_BYTES):
            (byte,) = self.take(1)
            value |= (byte & 0x7F) << (7 * place)
            if not byte & 0x80:
                return (value >> 1) ^ -(value & 1)
        raise CorruptRecordException("a number in a batch does not end")

    def count(self) -> int:
        if (count := self.number()) < 0:
            raise CorruptRecordException("a batch has less than no headers")
        return count

    def part(self) -> memoryview | None:
        size = self.number()
        return None if size < 0 else self.take(size)

    def headers(self, count: int) -> Iterator[tuple[str, bytes | None]]:
        for _ in range(count):
            if (name := self.part()) is None:
                raise CorruptRecordException("a header has no name")
            yield bytes(name).decode("utf-8", "replace"), _bytes(self.part())


def _bytes(part: memoryview | None) -> bytes | None:
    return None if part is None else bytes(part)

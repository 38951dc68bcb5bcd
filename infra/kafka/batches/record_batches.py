"""Kafka's record batches, read within bounds: whatever a producer packed, reading it costs no more than they allow.

The header of a batch is never compressed: it tells the offsets also of a batch that cannot be unpacked, or that holds
other bytes than a client should write. In its place comes one stand-in, of a type that no producer can write, with the
first and the last offset that it stands for. In the place of a record that is too large comes one as well.
"""

import struct
from collections.abc import Iterator
from typing import Any

from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch

from infra.kafka.batches.legacy_batches import BoundedLegacyBatch
from infra.kafka.batches.plain_records import PlainRecords
from infra.kafka.batches.unpacking import BeyondBound, Codec, Undecodable, unpack
from infra.kafka.batches.unread import Bounds, UnpackedRecord, Unread, too_large
from schemas.dead_letters import Reason
from schemas.messages.retries import PREFIX as RETRY_PREFIX

# Offset of the first record, length of what follows.
OVERHEAD = struct.Struct(">qi")
# With the leader's epoch, format, checksum, attributes, last offset delta, first and last time, producer, record count.
HEADER = struct.Struct(">qiibIhiqqqhii")
MAGIC_AT = 16
ATTRIBUTES_AT = 21
ATTRIBUTES = struct.Struct(">h")
CODEC_MASK = 0x07
TRANSACTIONAL = 0x10
CONTROL = 0x20
BROKERS_TIME = 0x08
NEWEST_LEGACY_MAGIC = 1


class BoundedRecords:
    """What a broker sent of one partition, batch by batch: takes the place of the client's ``MemoryRecords``."""

    bounds = Bounds()

    def __init__(self, sent: bytes) -> None:
        self._sent = memoryview(sent)
        self._at = 0

    def size_in_bytes(self) -> int:
        return len(self._sent)

    def has_next(self) -> bool:
        """Whether another batch has come whole; a broker may cut off the last."""
        return self._end_of_next() <= len(self._sent)

    def next_batch(self) -> "BoundedBatch | BoundedLegacyBatch | None":
        """Return the next batch, None after the last."""
        if not self.has_next():
            return None
        packed, self._at = self._sent[self._at : self._end_of_next()], self._end_of_next()
        if len(packed) > MAGIC_AT and packed[MAGIC_AT] <= NEWEST_LEGACY_MAGIC:
            return BoundedLegacyBatch(packed, self.bounds)
        if len(packed) < HEADER.size:
            raise CorruptRecordException("a record batch is shorter than its header")
        return BoundedBatch(packed, self.bounds)

    def _end_of_next(self) -> int:
        if self._at + OVERHEAD.size > len(self._sent):
            return len(self._sent) + 1
        _, length = OVERHEAD.unpack_from(self._sent, self._at)
        return self._at + OVERHEAD.size + max(0, int(length))


class BoundedBatch:
    """One batch: what the client's own batch has, in bounds; records are read as they are asked for."""

    def __init__(self, packed: memoryview, bounds: Bounds) -> None:
        self._packed = packed
        self._bounds = bounds
        header = HEADER.unpack_from(packed)
        self.base_offset: int = header[0]
        self._attributes: int = header[5]
        # A header may lie where the checksum is wrong; a position must never go back.
        self._last_offset: int = self.base_offset + max(0, header[6])
        self._newest_ms: int = header[8]
        self.producer_id: int = header[9]
        self._is_intact = bool(DefaultRecordBatch(packed).validate_crc())

    @property
    def next_offset(self) -> int:
        return self._last_offset + 1

    @property
    def is_transactional(self) -> bool:
        return bool(self._attributes & TRANSACTIONAL)

    @property
    def is_control_batch(self) -> bool:
        """Whether this is no data but the end of a transaction; what is broken must not pass for that."""
        return self._is_intact and bool(self._attributes & CONTROL)

    def validate_crc(self) -> bool:
        """A wrong checksum ends no consumer: it shows in what stands for the batch."""
        return True

    def __next__(self) -> Any:
        """Return the first record, which tells how a transaction ended."""
        return next(iter(self))

    def __iter__(self) -> Iterator[Any]:
        """Yield the records, and one stand-in for those from the first on that cannot be read."""
        if not self._is_intact:
            yield self._stand_in(Reason.CORRUPT_BATCH, "its checksum is wrong", self.base_offset)
            return
        try:
            unpacked = self._unpack()
        except BeyondBound:
            detail = f"it unpacks to more than {self._bounds.batch_bytes} bytes"
            yield self._stand_in(Reason.OVERSIZED_BATCH, detail, self.base_offset)
        except Undecodable as error:
            yield self._stand_in(Reason.CORRUPT_BATCH, str(error), self.base_offset)
        else:
            yield from self._records(unpacked)

    def _unpack(self) -> memoryview:
        """Return the batch as if it had never been compressed."""
        codec = self._attributes & CODEC_MASK
        if codec == Codec.NONE:
            if len(self._packed) - HEADER.size > self._bounds.batch_bytes:
                raise BeyondBound
            return self._packed
        plain = unpack(codec, self._packed[HEADER.size :], self._bounds.batch_bytes, HEADER.size)
        plain[: HEADER.size] = self._packed[: HEADER.size]
        ATTRIBUTES.pack_into(plain, ATTRIBUTES_AT, self._attributes & ~CODEC_MASK)
        return plain

    def _records(self, unpacked: memoryview) -> Iterator[Any]:
        following = self.base_offset
        try:
            for record in self._read(unpacked):
                if not following <= record.offset <= self._last_offset:
                    raise CorruptRecordException(f"offset {record.offset} is out of order")
                following = record.offset + 1
                yield record
        except CorruptRecordException as error:
            if following <= self._last_offset:
                yield self._stand_in(Reason.CORRUPT_BATCH, str(error), following)

    def _read(self, unpacked: memoryview) -> Iterator[Any]:
        """Yield the records; the client's own fast reader reads them as far as it can and may."""
        read = 0
        if len(unpacked) <= self._bounds.record_bytes:
            try:
                for record in DefaultRecordBatch(unpacked):
                    if len(record.headers) > self._bounds.headers:
                        break
                    read += 1
                    yield record
                else:
                    return
            except UnicodeDecodeError:
                pass
            except ValueError as error:
                raise CorruptRecordException(str(error)) from None
        yield from self._read_plainly(unpacked, read)

    def _read_plainly(self, unpacked: memoryview, skip: int) -> Iterator[Any]:
        bounds = self._bounds
        for record in PlainRecords(
            unpacked,
            most_bytes=bounds.record_bytes,
            most_headers=bounds.headers,
            keep_first=RETRY_PREFIX,
            skip=skip,
        ):
            yield record if record.cut is None else too_large(record, record.cut, bounds)

    def _stand_in(self, reason: Reason, detail: str, first_offset: int) -> UnpackedRecord:
        """It stands at its last offset, so that a consumer that is past it is past all of them."""
        unread = Unread(reason, f"a batch of messages cannot be read: {detail}", first_offset, self._last_offset)
        kind = int(bool(self._attributes & BROKERS_TIME))
        return UnpackedRecord(self._last_offset, self._newest_ms, kind, None, unread, ())

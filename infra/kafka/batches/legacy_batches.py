"""Messages in the formats from before Kafka 0.11, read within bounds; only old segments hold such."""

import struct
from collections.abc import Iterator
from typing import Any

from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.legacy_records import _LegacyRecordBatchPy

from infra.kafka.batches.unpacking import BeyondBound, Undecodable, unpack
from infra.kafka.batches.unread import Bounds, UnpackedRecord, Unread, cut
from schemas.dead_letters import Reason

MAGIC_AT = 16
NO_TIME = -1


class BoundedLegacyBatch(_LegacyRecordBatchPy):  # type: ignore[misc]  # final for type checkers alone
    """One message, or several packed into one, in a format from before Kafka 0.11.

    Its offset is that of its last message. The first is told by none: a stand-in names the last alone.
    """

    def __init__(self, packed: memoryview, bounds: Bounds) -> None:
        super().__init__(packed, packed[MAGIC_AT])
        self._bounds = bounds
        self.base_offset: int = self._offset

    def validate_crc(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        """Yield the messages, and one stand-in for those from the first on that cannot be read."""
        if not super().validate_crc():
            yield self._stand_in(Reason.CORRUPT_BATCH, "its checksum is wrong")
            return
        try:
            for message in super().__iter__():
                size = len(message.key or b"") + len(message.value or b"")
                yield message if size <= self._bounds.record_bytes else cut(message, self._bounds)
        except BeyondBound:
            yield self._stand_in(Reason.OVERSIZED_BATCH, f"it unpacks to more than {self._bounds.batch_bytes} bytes")
        except (Undecodable, CorruptRecordException, UnsupportedCodecError, AssertionError, struct.error) as error:
            yield self._stand_in(Reason.CORRUPT_BATCH, str(error))

    def _decompress(self, key_offset: int) -> memoryview:
        """Unpack within bounds what the client would unpack whole."""
        (key_bytes,) = struct.unpack_from(">i", self._buffer, key_offset)
        value_at = key_offset + self.KEY_LENGTH + max(0, key_bytes)
        (value_bytes,) = struct.unpack_from(">i", self._buffer, value_at)
        if value_bytes < 0:
            raise CorruptRecordException("a packed message has no value")
        packed = self._buffer[value_at + self.VALUE_LENGTH :][:value_bytes]
        return unpack(self._compression_type, packed, self._bounds.batch_bytes)

    def _read_all_headers(self) -> Any:
        """Refuse lengths that would lead backwards, which the client follows for ever."""
        at = 0
        while at < len(self._buffer):
            (length,) = struct.unpack_from(">i", self._buffer, at + self.CRC_OFFSET - 4)
            if length < self.RECORD_OVERHEAD_V0:
                raise CorruptRecordException("a packed message is shorter than its header")
            at += self.LOG_OVERHEAD + length
        return super()._read_all_headers()

    def _stand_in(self, reason: Reason, detail: str) -> UnpackedRecord:
        unread = Unread(reason, f"a batch of messages cannot be read: {detail}", self._offset, self._offset)
        return UnpackedRecord(self._offset, self._timestamp or NO_TIME, self._timestamp_type or 0, None, unread, ())

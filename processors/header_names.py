"""Record headers whose names are no text: Kafka lets them pass, and aiokafka would end every worker that meets one.

Several clients write a header's name as whatever bytes they are given. Here a name that is not UTF-8 is read with the
replacement character in place of what cannot be told; the message is otherwise as it came.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


def tolerate_header_names() -> None:
    """Let every consumer of this process read such messages."""
    # The one place where the client chooses its reader.
    fetcher.MemoryRecords = TolerantRecords


class TolerantRecords(_MemoryRecordsPy):  # type: ignore[misc]  # untyped, as below
    """What a broker sent of one partition, batch by batch."""

    def next_batch(self, *arguments: Any) -> Any:
        """Return the next batch, None after the last."""
        packed = self._next_slice
        batch = super().next_batch(*arguments)
        return TolerantBatch(batch, packed) if isinstance(batch, DefaultRecordBatch) else batch


class TolerantBatch:
    """One batch; the client's own fast reader reads it as far as it can."""

    def __init__(self, batch: Any, packed: Any) -> None:
        self._batch = batch
        self._packed = packed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._batch:
                read += 1
                yield record
        except UnicodeDecodeError:
            yield from islice(_SlowBatch(self._packed), read, None)


class _SlowBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    """The client's reader in Python, on bytes that make text of anything."""

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _TolerantBytes(self._buffer)


class _TolerantBytes(bytearray):
    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return _TolerantBytes(found) if isinstance(key, slice) else found

    def decode(self, *_arguments: Any, **_options: Any) -> str:
        return super().decode("utf-8", "replace")

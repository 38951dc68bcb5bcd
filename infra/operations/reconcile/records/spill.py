"""Records on disk, in buckets: what belongs together stands in one bucket, and one bucket fits into memory."""

import zlib
from collections.abc import Iterator
from pathlib import Path

from infra.operations.reconcile.records.records import TraceRecord, unpack

BUCKETS = 256
# Of all buckets together, before they are written out.
BUFFERED_BYTES = 4 * 1024 * 1024


class Spill:
    """Takes records in any order and gives them back bucket by bucket; memory stays bounded."""

    def __init__(self, folder: Path, name: str) -> None:
        self._paths = [folder / f"{name}-{number:03}" for number in range(BUCKETS)]
        self._buffers = [bytearray() for _ in range(BUCKETS)]
        self._buffered = 0

    def add(self, group: bytes, record: TraceRecord) -> None:
        """Keep ``record`` in the bucket of its group: all records of one group come back together."""
        packed = record.pack()
        self._buffers[zlib.crc32(group) % BUCKETS] += packed
        self._buffered += len(packed)
        if self._buffered >= BUFFERED_BYTES:
            self._write_out()

    def buckets(self) -> Iterator[list[TraceRecord]]:
        """Yield each bucket's records, and remove the bucket."""
        self._write_out()
        for path in self._paths:
            if path.exists():
                packed = path.read_bytes()
                path.unlink()
                yield unpack(packed)
            else:
                yield []

    def _write_out(self) -> None:
        for path, buffer in zip(self._paths, self._buffers, strict=True):
            if buffer:
                with path.open("ab") as file:
                    file.write(buffer)
                buffer.clear()
        self._buffered = 0

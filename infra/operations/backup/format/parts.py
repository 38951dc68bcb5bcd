"""The files that hold a table's rows: bounded in size, compressed, sealed, and summed as they are written."""

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

from infra.operations.backup.format.errors import DamagedBackup
from infra.operations.backup.format.rows import Row, decode_rows, encode_row
from infra.operations.backup.format.sealing import Sealer, unseal
from schemas.records.backups import Part, TableCopy

# Embeddings hardly shrink, and text does well enough at the fastest level.
COMPRESSION_LEVEL = 1
MOST_CONTENT_BYTES = 64 * 1_048_576
MOST_BLOCK_BYTES = 4 * 1_048_576


class PartWriter:
    """Writes one part into a file of this machine."""

    def __init__(self, path: Path, key: bytes, name: str) -> None:
        """``name`` is that of backup and file together: only under it can the part be opened again."""
        self._file = path.open("wb")
        self.path = path
        self._name = name
        self._sealer = Sealer(self._file, key, name)
        self._compressor = zlib.compressobj(COMPRESSION_LEVEL)
        self.rows = 0
        self.content_bytes = 0

    @property
    def is_full(self) -> bool:
        return self.content_bytes >= MOST_CONTENT_BYTES

    def write(self, row: Row) -> None:
        encoded = encode_row(row)
        self.rows += 1
        self.content_bytes += len(encoded)
        self._sealer.write(self._compressor.compress(encoded))

    def close(self) -> None:
        """Close the file, finished or not; harmless when closed already."""
        self._file.close()

    def finish(self) -> Part:
        """Close the file and tell what it is."""
        self._sealer.write(self._compressor.flush())
        self._sealer.finish()
        self.close()
        return Part(
            name=self._name.rpartition("/")[2],
            sha256=sha256_of(self.path),
            size_bytes=self.path.stat().st_size,
            content_bytes=self.content_bytes,
            rows=self.rows,
        )


def read_part(path: Path, key: bytes, name: str, copy: TableCopy) -> Iterator[Row]:
    """Yield a part's rows; raises ``DamagedBackup``, at the latest at its end, where it is not what was written."""
    key_columns = sum(column.kind != "regular" for column in copy.columns)
    with path.open("rb") as file:
        yield from decode_rows(_inflate(unseal(file, key, name), name), key_columns, len(copy.columns) - key_columns)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _inflate(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Decompress in bounded blocks: a few bytes may stand for a great many."""
    inflater = zlib.decompressobj()
    for chunk in chunks:
        waiting = chunk
        while waiting:
            try:
                yield inflater.decompress(waiting, MOST_BLOCK_BYTES)
            except zlib.error:
                raise DamagedBackup(f"{name} cannot be decompressed") from None
            waiting = inflater.unconsumed_tail
    yield inflater.flush()
    if not inflater.eof:
        raise DamagedBackup(f"{name} ends too early")

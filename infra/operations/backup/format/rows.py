"""A row as a backup keeps it: the bytes that the store gave, with the time and the end of every cell."""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from infra.operations.backup.format.errors import DamagedBackup
from schemas.records.backups import Content

LENGTH = struct.Struct(">I")
CELL = struct.Struct(">iqq")
ABSENT = -1
CHECKSUM_SIZE = 2**256


class Cell(NamedTuple):
    """One value. ``written`` is its write time in microseconds, or a document's version; ``expires_at_s`` 0: never."""

    value: bytes
    written: int
    expires_at_s: int = 0


class Row(NamedTuple):
    """One row, or one document: the values of its key, and the cell of every other column."""

    key: tuple[bytes, ...]
    cells: tuple[Cell | None, ...]


class ContentSum:
    """Counts rows and sums their digests: the same for the same rows, whatever their order.

    What lapses by itself is left out: it may be gone by the time the rows are summed again.
    """

    def __init__(self) -> None:
        self._rows = self._expiring_rows = self._sum = 0

    def add(self, row: Row) -> None:
        lasting = tuple(cell if cell is not None and not cell.expires_at_s else None for cell in row.cells)
        if lasting != row.cells and not any(lasting):
            self._expiring_rows += 1
            return
        self._rows += 1
        self._sum += int.from_bytes(hashlib.sha256(encode_row(Row(row.key, lasting))).digest())

    def content(self) -> Content:
        checksum = f"{self._sum % CHECKSUM_SIZE:064x}"
        return Content(rows=self._rows, expiring_rows=self._expiring_rows, checksum=checksum)


def encode_row(row: Row) -> bytes:
    """Return the row with its length before it; how many values it has, its table tells."""
    pieces = [LENGTH.pack(len(value)) + value for value in row.key]
    pieces += [CELL.pack(ABSENT, 0, 0) if cell is None else _encode_cell(cell) for cell in row.cells]
    body = b"".join(pieces)
    return LENGTH.pack(len(body)) + body


def decode_rows(blocks: Iterable[bytes], key_columns: int, cells: int) -> Iterator[Row]:
    """Yield the rows that ``blocks`` hold, wherever they are cut; raises ``DamagedBackup`` where they are none."""
    buffer = bytearray()
    for block in blocks:
        buffer += block
        start = 0
        while (end := _end_of_row(buffer, start)) is not None:
            yield _decode(bytes(buffer[start + LENGTH.size : end]), key_columns, cells)
            start = end
        del buffer[:start]
    if buffer:
        raise DamagedBackup("a part of the backup ends in the middle of a row")


def _encode_cell(cell: Cell) -> bytes:
    return CELL.pack(len(cell.value), cell.written, cell.expires_at_s) + cell.value


def _end_of_row(buffer: bytearray, start: int) -> int | None:
    if len(buffer) - start < LENGTH.size:
        return None
    end = start + LENGTH.size + int(LENGTH.unpack_from(buffer, start)[0])
    return end if end <= len(buffer) else None


def _decode(body: bytes, key_columns: int, cells: int) -> Row:
    reader = _Reader(body)
    row = Row(
        tuple(reader.value(*reader.unpack(LENGTH)) for _ in range(key_columns)),
        tuple(_read_cell(reader) for _ in range(cells)),
    )
    reader.require_end()
    return row


def _read_cell(reader: "_Reader") -> Cell | None:
    size, written, expires_at_s = reader.unpack(CELL)
    return None if size == ABSENT else Cell(reader.value(size), written, expires_at_s)


class _Reader:
    """Walks through the bytes of one row."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def unpack(self, form: struct.Struct) -> tuple[int, ...]:
        try:
            values: tuple[int, ...] = form.unpack_from(self._body, self._at)
        except struct.error:
            raise DamagedBackup("a row of the backup is shorter than its table is wide") from None
        self._at += form.size
        return values

    def value(self, size: int) -> bytes:
        self._at += size
        return self._body[self._at - size : self._at]

    def require_end(self) -> None:
        if self._at != len(self._body):
            raise DamagedBackup("a row of the backup has another length than its table's columns say")

"""Files made of ISO's boxes (ISO/IEC 14496-12): their brands, their boxes and, of pictures (23008-12), their items."""

from collections.abc import Iterator
from dataclasses import dataclass

# The largest that a list of brands may be, and the most boxes and pieces that are looked at.
MOST_BRANDS_BYTES, MOST_BOXES, MOST_PIECES = 1024, 4096, 100_000
# Boxes that a picture or film has by the standards; what else follows them was added by a phone, or is no box at all.
STANDARD = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"moof", b"free", b"skip", b"wide", b"uuid", b"idat"})
VERSION_BYTES, ITEM_ENTRY_BYTES = 4, 8
IN_THE_FILE = 0


@dataclass(frozen=True, slots=True)
class Box:
    """One box: where its body starts, and where it says that it ends, which may lie beyond the data."""

    kind: bytes
    start: int
    end: int


def brands(data: bytes) -> Iterator[bytes]:
    """Yield the brands of a file, the major one first; none where it does not begin with a list of them."""
    if data[4:8] != b"ftyp":
        return
    end = min(int.from_bytes(data[:4], "big"), MOST_BRANDS_BYTES)
    for at in (8, *range(16, end - 3, 4)):
        yield data[at : at + 4]


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes that begin between ``start`` and ``end``, which is the end of the data where nothing is said."""
    end = len(data) if end is None else min(end, len(data))
    for _ in range(MOST_BOXES):
        size, head = int.from_bytes(data[start : start + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        elif size == 0:
            size = end - start
        if start + head > end or size < head:
            return
        yield Box(data[start + 4 : start + 8], start + head, start + size)
        start += size


def ends_early(data: bytes) -> bool:
    """Whether a box of the standards, or a piece of a picture's item, reaches beyond the end of the data."""
    top = list(boxes(data))
    if any(box.end > len(data) for box in top if box.kind in STANDARD):
        return True
    pieces = (piece for meta in top if meta.kind == b"meta" for piece in item_pieces(data, meta))
    return any(start + size > len(data) for start, size in pieces)


def item_pieces(data: bytes, meta: Box) -> Iterator[tuple[int, int]]:
    """Yield start and size of each piece of the items in ``meta`` that lie in the file itself."""
    for box in boxes(data, meta.start + VERSION_BYTES, meta.end):
        if box.kind == b"iloc":
            yield from _pieces(_Numbers(data, box.start, min(box.end, len(data))))


def item_kind(data: bytes) -> bytes | None:
    """Return the kind of a file's main item, such as ``hvc1`` or ``grid``; None where it names none."""
    for meta in boxes(data):
        if meta.kind == b"meta":
            inner = {box.kind: box for box in boxes(data, meta.start + VERSION_BYTES, meta.end)}
            if b"pitm" in inner and b"iinf" in inner:
                return _kinds(data, inner[b"iinf"]).get(_main_item(data, inner[b"pitm"]))
    return None


class _Numbers:
    """Reads one number after the other, and says where the box ends."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self._data, self._at, self._end = data, at, end

    @property
    def is_over(self) -> bool:
        return self._at >= self._end

    def take(self, size: int) -> int:
        self._at += size
        return int.from_bytes(self._data[self._at - size : min(self._at, self._end)], "big")


def _pieces(numbers: _Numbers) -> Iterator[tuple[int, int]]:
    """Yield what an item location box (23008-12's ``iloc``, 14496-12, 8.11.3) says."""
    version = numbers.take(1)
    sizes = numbers.take(5)
    offset_size, length_size, base_size = sizes >> 12 & 15, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    for _ in range(min(numbers.take(4 if version == 2 else 2), MOST_PIECES)):
        numbers.take(4 if version == 2 else 2)
        method = numbers.take(2) & 15 if version else IN_THE_FILE
        numbers.take(2)
        base = numbers.take(base_size)
        for _ in range(numbers.take(2)):
            numbers.take(index_size)
            start, size = base + numbers.take(offset_size), numbers.take(length_size)
            if numbers.is_over and not size:
                return
            if method == IN_THE_FILE:
                yield start, size


def _main_item(data: bytes, pitm: Box) -> int:
    numbers = _Numbers(data, pitm.start, pitm.end)
    version = numbers.take(VERSION_BYTES) >> 24
    return numbers.take(4 if version else 2)


def _kinds(data: bytes, iinf: Box) -> dict[int, bytes]:
    """Return the kind of each item by its number (14496-12, 8.11.6; entries of version 2 and 3)."""
    version = data[iinf.start] if iinf.start < len(data) else 0
    first = iinf.start + VERSION_BYTES + (4 if version else 2)
    found = {}
    for entry in boxes(data, first, iinf.end):
        numbers = _Numbers(data, entry.start, entry.end)
        wide = numbers.take(VERSION_BYTES) >> 24 >= 3
        item = numbers.take(4 if wide else 2)
        at = entry.start + VERSION_BYTES + (4 if wide else 2) + 2
        found[item] = data[at : at + 4]
    return found

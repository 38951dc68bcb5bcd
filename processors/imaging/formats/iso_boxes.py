"""Files made of ISO's boxes (ISO/IEC 14496-12): their brands, their boxes and, of pictures (23008-12), their items."""

from collections.abc import Iterator
from dataclasses import dataclass

# The largest that a list of brands may be, and the most boxes and pieces that are looked at.
MOST_BRANDS_BYTES, MOST_BOXES, MOST_PIECES = 1024, 4096, 100_000
MOST_EXIF_BYTES = 1_048_576
# Boxes that a picture or film has by the standards; what else follows them was added by a phone, or is no box at all.
STANDARD = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"moof", b"free", b"skip", b"wide", b"uuid", b"idat"})
VERSION_BYTES, ITEM_ENTRY_BYTES = 4, 8
IN_THE_FILE = 0
EXIF_KIND, NO_KIND = b"Exif", b"skip"
UUID_BYTES = 16


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
    for _, start, size in _all_pieces(data, meta):
        yield start, size


def item_kind(data: bytes) -> bytes | None:
    """Return the kind of a file's main item, such as ``hvc1`` or ``grid``; None where it names none."""
    for meta in boxes(data):
        if meta.kind == b"meta":
            inner = {box.kind: box for box in boxes(data, meta.start + VERSION_BYTES, meta.end)}
            if b"pitm" in inner and b"iinf" in inner:
                return _kinds(data, inner[b"iinf"]).get(_main_item(data, inner[b"pitm"]))
    return None


def exif_item(data: bytes) -> bytes:
    """Return the EXIF among a file's items (23008-12, A.2.1); nothing where there is none, and not all of too much."""
    for meta, item, _ in _exif_entries(data):
        body = bytearray()
        for start, size in (piece[1:] for piece in _all_pieces(data, meta) if piece[0] == item):
            body += data[start : start + min(size, MOST_EXIF_BYTES - len(body))]
        return bytes(body[4 + int.from_bytes(body[:4], "big") :])
    return b""


def without_exif(data: bytes) -> bytes:
    """Return the file with its EXIF passed off as an item of no kind that any parser knows."""
    places = [kind_at for _, _, kind_at in _exif_entries(data)]
    if not places:
        return data
    changed = bytearray(data)
    for kind_at in places:
        changed[kind_at : kind_at + len(NO_KIND)] = NO_KIND
    return bytes(changed)


def colour_numbers(data: bytes) -> tuple[int, int] | None:
    """Return the numbers of primaries and curve (23001-8) by which a file describes its colours, if all are alike."""
    found = set[tuple[int, int]]()
    for meta in _inner(data, None, b"meta", 0):
        for properties in _inner(data, meta, b"iprp", VERSION_BYTES):
            for shared in _inner(data, properties, b"ipco", 0):
                for colours in _inner(data, shared, b"colr", 0):
                    said = data[colours.start : colours.start + 8]
                    if said.startswith(b"nclx") and len(said) == 8:
                        found.add((int.from_bytes(said[4:6], "big"), int.from_bytes(said[6:8], "big")))
    return found.pop() if len(found) == 1 else None


def uuid_body(data: bytes, name: bytes) -> bytes:
    """Return what the box of a name of its own holds; nothing where there is none."""
    named = (box for box in boxes(data) if box.kind == b"uuid" and data.startswith(name, box.start))
    return next((data[box.start + UUID_BYTES : box.end] for box in named), b"")


def _inner(data: bytes, around: Box | None, kind: bytes, skipped: int) -> Iterator[Box]:
    """Yield the boxes of a kind in another, after so many bytes of its own; of the whole file where there is none."""
    inner = boxes(data) if around is None else boxes(data, around.start + skipped, around.end)
    return (box for box in inner if box.kind == kind)


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


def _all_pieces(data: bytes, meta: Box) -> Iterator[tuple[int, int, int]]:
    for box in boxes(data, meta.start + VERSION_BYTES, meta.end):
        if box.kind == b"iloc":
            yield from _pieces(_Numbers(data, box.start, min(box.end, len(data))))


def _pieces(numbers: _Numbers) -> Iterator[tuple[int, int, int]]:
    """Yield item, start and size of each piece, as ``iloc`` (14496-12, 8.11.3) says."""
    version = numbers.take(1)
    sizes = numbers.take(5)
    offset_size, length_size, base_size = sizes >> 12 & 15, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    for _ in range(min(numbers.take(4 if version == 2 else 2), MOST_PIECES)):
        item = numbers.take(4 if version == 2 else 2)
        method = numbers.take(2) & 15 if version else IN_THE_FILE
        numbers.take(2)
        base = numbers.take(base_size)
        for _ in range(numbers.take(2)):
            numbers.take(index_size)
            start, size = base + numbers.take(offset_size), numbers.take(length_size)
            if numbers.is_over and not size:
                return
            if method == IN_THE_FILE:
                yield item, start, size


def _main_item(data: bytes, pitm: Box) -> int:
    numbers = _Numbers(data, pitm.start, pitm.end)
    version = numbers.take(VERSION_BYTES) >> 24
    return numbers.take(4 if version else 2)


def _exif_entries(data: bytes) -> Iterator[tuple[Box, int, int]]:
    """Yield for each item of EXIF the box of its list, its number, and where its kind stands."""
    for meta in boxes(data):
        if meta.kind == b"meta":
            for iinf in boxes(data, meta.start + VERSION_BYTES, meta.end):
                if iinf.kind == b"iinf":
                    yield from ((meta, item, at) for item, at in _entries(data, iinf) if data[at : at + 4] == EXIF_KIND)


def _kinds(data: bytes, iinf: Box) -> dict[int, bytes]:
    return {item: data[at : at + 4] for item, at in _entries(data, iinf)}


def _entries(data: bytes, iinf: Box) -> Iterator[tuple[int, int]]:
    """Yield each item's number, and where its kind stands (14496-12, 8.11.6; entries of version 2 and 3)."""
    version = data[iinf.start] if iinf.start < len(data) else 0
    first = iinf.start + VERSION_BYTES + (4 if version else 2)
    for entry in boxes(data, first, iinf.end):
        numbers = _Numbers(data, entry.start, entry.end)
        wide = numbers.take(VERSION_BYTES) >> 24 >= 3
        item = numbers.take(4 if wide else 2)
        yield item, entry.start + VERSION_BYTES + (4 if wide else 2) + 2

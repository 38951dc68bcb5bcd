"""Reads the directories in which EXIF keeps its notes: those of a TIFF (TIFF 6.0; BigTIFF too).

The bytes are anybody's. A directory is read by its address and followed nowhere, no more than ``MOST_ENTRIES`` of its
entries are looked at, and no more of a value than was asked for: what a file claims costs nothing. What does not fit
is not there.
"""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass

MOST_ENTRIES = 512
MOST_TEXT_BYTES = 256
# ASCII, and UTF-8 as EXIF 3.0 has it.
TEXTS = frozenset({2, 129})
# SHORT and LONG, and the place of a directory.
NUMBERS: Mapping[int, str] = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
# RATIONAL and SRATIONAL.
RATIONALS: Mapping[int, str] = {5: "II", 10: "ii"}
SIZES: Mapping[int, int] = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 13: 4, 16: 8, 18: 8, 129: 1}

_START = re.compile(rb"(?:Exif\0\0)*")


@dataclass(frozen=True, slots=True)
class Layout:
    """How numbers are written: their byte order, and the heads of a directory and of each entry."""

    order: str
    first: int
    count: str
    entry: str
    place: str


LAYOUTS: Mapping[bytes, Layout] = {
    b"II*\0": Layout("<", 4, "H", "HHI", "I"),
    b"MM\0*": Layout(">", 4, "H", "HHI", "I"),
    b"II+\0": Layout("<", 8, "Q", "HHQ", "Q"),
    b"MM\0+": Layout(">", 8, "Q", "HHQ", "Q"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One note: the type and number of its values, and where they stand."""

    kind: int
    count: int
    at: int


Directory = Mapping[int, Entry]


class ExifReader:
    """Reads EXIF from bytes that begin as a TIFF does, perhaps after ``Exif``; of any other it reads nothing."""

    def __init__(self, data: bytes) -> None:
        start = _START.match(data[:64])
        self._base = start.end() if start else 0
        self._data = data
        self._layout = LAYOUTS.get(data[self._base : self._base + 4])

    def first(self) -> Directory:
        """Return the first directory."""
        if self._layout is None:
            return {}
        return self.directory(self._number(self._layout.place, self._layout.first))

    def directory(self, at: int | None) -> Directory:
        """Return the directory at ``at``, of several entries with one tag the first."""
        if self._layout is None or not at:
            return {}
        head, entry = (struct.calcsize(self._layout.order + each) for each in (self._layout.count, self._layout.entry))
        entry_bytes = entry + struct.calcsize(self._layout.order + self._layout.place)
        found: dict[int, Entry] = {}
        for number in range(min(self._number(self._layout.count, at) or 0, MOST_ENTRIES)):
            place = at + head + number * entry_bytes
            if (fields := self._unpack(self._layout.entry, place)) is None:
                break
            tag, kind, count = fields
            if (value := self._place(kind, count, place + entry, entry_bytes - entry)) is not None:
                found.setdefault(tag, Entry(kind, count, value))
        return found

    def text(self, entry: Entry | None) -> str:
        """Return the beginning of a text, up to its first NUL; nothing where the entry is none."""
        if entry is None or entry.kind not in TEXTS:
            return ""
        start = self._base + entry.at
        value = self._data[start : start + min(entry.count, MOST_TEXT_BYTES)].partition(b"\0")[0]
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")

    def number(self, entry: Entry | None) -> int | None:
        """Return a single whole number."""
        if entry is None or entry.count != 1 or entry.kind not in NUMBERS:
            return None
        return self._number(NUMBERS[entry.kind], entry.at)

    def ratios(self, entry: Entry | None, count: int) -> tuple[float, ...] | None:
        """Return ``count`` fractions; None where they are no such, or one of them is none."""
        if entry is None or entry.count != count or entry.kind not in RATIONALS:
            return None
        numbers = self._unpack(RATIONALS[entry.kind] * count, entry.at)
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True)) if numbers else []
        return tuple(over / under for over, under in pairs) if pairs and all(under for _, under in pairs) else None

    def _place(self, kind: int, count: int, at: int, room: int) -> int | None:
        """Return where an entry's values stand: in the entry itself where there is room, or where it points."""
        size = SIZES.get(kind)
        if size is None or not count:
            return None
        return at if size * count <= room else self._number(self._layout.place if self._layout else "I", at)

    def _number(self, code: str, at: int) -> int | None:
        fields = self._unpack(code, at)
        return None if fields is None else int(fields[0])

    def _unpack(self, codes: str, at: int) -> tuple[int, ...] | None:
        layout = f"{self._layout.order if self._layout else '<'}{codes}"
        start = self._base + at
        is_there = at >= 0 and start + struct.calcsize(layout) <= len(self._data)
        return struct.unpack_from(layout, self._data, start) if is_there else None

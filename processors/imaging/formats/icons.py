"""Icons (ICO): the largest picture of several, each of them a PNG or a bitmap without its file's header."""

import struct
from dataclasses import dataclass

START = b"\0\0\1\0"
HEAD, ENTRY = struct.Struct("<HHH"), struct.Struct("<BBBxHHII")
# Size of its own header, width, height, planes and bits of a pixel.
BITMAP = struct.Struct("<IiiHH")
PNG_START = b"\x89PNG\r\n\x1a\n"
MOST_ENTRIES = 256
WITH_ALPHA = 32
# A byte has no room for it.
LARGEST_SIDE = 256


@dataclass(frozen=True, slots=True)
class IconEntry:
    """One picture of an icon, as its list has it, and its bytes."""

    width: int
    height: int
    bits: int
    head: bytes
    data: bytes

    @property
    def is_png(self) -> bool:
        return self.data.startswith(PNG_START)

    @property
    def size(self) -> tuple[int, int]:
        """Return what its bitmap says itself: the height there counts the mask as well."""
        if len(self.data) < BITMAP.size:
            return 0, 0
        _, width, height, _, _ = BITMAP.unpack_from(self.data)
        return abs(width), abs(height) // 2

    @property
    def is_whole(self) -> bool:
        """Whether all pixels of its bitmap are there, and the mask that follows them where they have no alpha."""
        if len(self.data) < BITMAP.size:
            return False
        head_bytes, _, _, _, bits = BITMAP.unpack_from(self.data)
        width, height = self.size
        # Some writers leave out what fills the mask's rows up.
        row_bytes = (width * bits + 31) // 32 * 4 + ((width + 7) // 8 if bits < WITH_ALPHA else 0)
        return bool(len(self.data) >= head_bytes + row_bytes * height)

    def alone(self) -> bytes:
        """Return an icon of this picture alone."""
        place = struct.pack("<II", len(self.data), HEAD.size + ENTRY.size)
        return HEAD.pack(0, 1, 1) + self.head[:8] + place + self.data


def is_icon(data: bytes) -> bool:
    """Whether ``data`` begins as an icon whose list of pictures is no longer than any is."""
    return data.startswith(START) and 0 < int.from_bytes(data[4:6], "little") <= MOST_ENTRIES


def largest_entry(data: bytes) -> IconEntry | None:
    """Return the largest picture, the one of the most colours where several are; None where the list is cut off."""
    count = int.from_bytes(data[4:6], "little")
    starts = [HEAD.size + at * ENTRY.size for at in range(count)]
    entries = [_entry(data, start) for start in starts if start + ENTRY.size <= len(data)]
    return max(entries, key=lambda each: (each.width * each.height, each.bits), default=None)


def _entry(data: bytes, start: int) -> IconEntry:
    width, height, _, _, bits, size, offset = ENTRY.unpack_from(data, start)
    head = data[start : start + ENTRY.size]
    return IconEntry(width or LARGEST_SIDE, height or LARGEST_SIDE, bits, head, data[offset : offset + size])

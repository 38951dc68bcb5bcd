"""What Pillow leaves out of JPEG 2000: the profile in its boxes (ISO/IEC 15444-1), and how many colours it has."""

import struct
from collections.abc import Iterator

from processors.imaging.formats.iso_boxes import boxes

STARTS = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")
PROFILE_METHOD, METHOD_BYTES = 2, 3
# The marker of the sizes, and from its start to the number of components.
SIZES, COMPONENTS_AT = b"\xff\x4f\xff\x51", 38
READ_COMPONENTS = range(1, 5)
CODING, COMPONENT_CODING, TILE, TILE_DATA, END = 0xFF52, 0xFF53, 0xFF90, 0xFF93, 0xFFD9
# From the start of each marker's length to where it says how often the picture was halved.
CODING_LEVELS_AT, COMPONENT_LEVELS_AT = 7, 4
# From the marker of the sizes to where the picture begins on its grid, and to depth and steps of each component.
ORIGIN_AT, SAMPLING_AT = 16, 42
MOST_MARKERS, MOST_LEVELS, MANY_COMPONENTS = 100_000, 32, 257


def profile_in(data: bytes) -> bytes | None:
    """Return the embedded ICC profile, or None."""
    for head in boxes(data):
        if head.kind == b"jp2h":
            for box in boxes(data, head.start, head.end):
                if box.kind == b"colr" and data[box.start : box.start + 1] == bytes([PROFILE_METHOD]):
                    return data[box.start + METHOD_BYTES : box.end]
    return None


def levels_in(data: bytes) -> int:
    """Return how often the picture can be halved while it is decoded (15444-1, A.6): the least that any part says.

    0 where the codestream does not come to say so, and where halving is no plain matter: of a picture that does not
    begin at its grid's corner, or whose components are of several sizes.
    """
    said = list(_levels(data)) if _is_plain(data) else []
    return min(said) if said and max(said) <= MOST_LEVELS else 0


def _is_plain(data: bytes) -> bool:
    start, count = data.find(SIZES), components_in(data)
    corner = data[start + ORIGIN_AT : start + ORIGIN_AT + 8]
    sampling = data[start + SAMPLING_AT : start + SAMPLING_AT + 3 * count]
    return start >= 0 and not any(corner) and all(step == 1 for at, step in enumerate(sampling) if at % 3)


def _levels(data: bytes) -> Iterator[int]:
    """Yield what the main header and those of the tiles say, one after the other, without what lies between."""
    start = data.find(SIZES)
    at, tile_ends = start + 2, 0
    for _ in range(MOST_MARKERS if start >= 0 else 0):
        if at + 4 > len(data):
            return
        marker, size = struct.unpack_from(">HH", data, at)
        if marker == TILE and at + 12 <= len(data):
            length = struct.unpack_from(">I", data, at + 6)[0]
            tile_ends = at + length if length else len(data)
        if marker == TILE_DATA:
            at = max(tile_ends, at + 2)
            continue
        if marker == CODING:
            yield _byte(data, at + 2 + CODING_LEVELS_AT)
        if marker == COMPONENT_CODING:
            yield _byte(data, at + 2 + COMPONENT_LEVELS_AT + (components_in(data) >= MANY_COMPONENTS))
        at += 2 + size


def _byte(data: bytes, at: int) -> int:
    return data[at] if at < len(data) else 0


def components_in(data: bytes) -> int:
    """Return how many components the codestream announces; 0 where it does not come to say so."""
    at = data.find(SIZES)
    if at < 0 or at + COMPONENTS_AT + 4 > len(data):
        return 0
    return int(struct.unpack_from(">H", data, at + 2 + COMPONENTS_AT)[0])

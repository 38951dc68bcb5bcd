"""Cameras' raw formats that are TIFF inside: their largest embedded JPEG, and how the camera was held.

The sensor's own numbers are not developed: a preview is what the camera itself made of them.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
CR2_MARK = slice(8, 10)
MOST_DIRECTORIES, MOST_ENTRIES, MOST_NUMBERS, MOST_SEGMENTS = 32, 512, 16, 256
COMPRESSION, PHOTOMETRIC, MAKE, STRIPS, ORIENTATION, STRIP_SIZES = 259, 262, 271, 273, 274, 279
MORE_DIRECTORIES, JPEG_START, JPEG_SIZE, DNG_VERSION = 330, 513, 514, 50706
SENSOR = frozenset({32803, 34892})
JPEG_COMPRESSIONS = frozenset({6, 7})
# Bytes of a number by its type: BYTE, ASCII, SHORT, LONG and the place of a directory.
NUMBERS = {1: "B", 2: "c", 3: "H", 4: "I", 13: "I"}
MAKERS = {b"NIKON": "NEF", b"SONY": "ARW", b"PENTAX": "PEF", b"RICOH": "PEF", b"SAMSUNG": "SRW", b"EPSON": "ERF"}
READ_FRAMES = frozenset({0xC0, 0xC1, 0xC2})

Directory = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class RawFile:
    """A camera's raw file: its format, its JPEGs, the largest first, and EXIF's orientation where it has one."""

    name: str
    previews: tuple[bytes, ...]
    orientation: int | None
    ends_early: bool


def raw_file(data: bytes) -> RawFile | None:
    """Return what ``data`` holds as a camera's raw file; None where it is an ordinary TIFF, or none."""
    order = BYTE_ORDERS.get(data[:4])
    directories = list(_directories(data, order)) if order else []
    if not _is_raw(data, directories):
        return None
    places = [place for directory in directories for place in _jpeg_places(directory)]
    jpegs = [data[start : start + size] for start, size in places]
    read = sorted(filter(_pixels, jpegs), key=_pixels, reverse=True)
    cut = any(start + size > len(data) for start, size in places)
    return RawFile(_name(data, directories[0]), tuple(read), _number(directories[0], ORIENTATION), cut)


def _is_raw(data: bytes, directories: list[Directory]) -> bool:
    if not directories:
        return False
    sensors = {_number(directory, PHOTOMETRIC) for directory in directories} & SENSOR
    return bool(sensors) or DNG_VERSION in directories[0] or data[CR2_MARK] == b"CR"


def _name(data: bytes, first: Directory) -> str:
    if DNG_VERSION in first:
        return "DNG"
    if data[CR2_MARK] == b"CR":
        return "CR2"
    maker = bytes(first.get(MAKE, ())).upper()
    return next((name for start, name in MAKERS.items() if maker.startswith(start)), "RAW")


def _directories(data: bytes, order: str) -> Iterator[Directory]:
    """Yield the directories in the file's order, those that hang below another after it; each once."""
    waiting = [_number_at(data, 4, order)]
    seen = set[int]()
    while waiting and len(seen) < MOST_DIRECTORIES:
        at = waiting.pop(0)
        if at in seen or not 8 <= at < len(data) - 2:
            continue
        seen.add(at)
        directory, following = _directory(data, at, order)
        yield directory
        waiting += [*directory.get(MORE_DIRECTORIES, ()), following]


def _directory(data: bytes, at: int, order: str) -> tuple[Directory, int]:
    """Return the numbers of a directory by their tags, and where the next one stands."""
    (count,) = struct.unpack_from(order + "H", data, at)
    found = {}
    for entry in range(at + 2, at + 2 + 12 * min(count, MOST_ENTRIES), 12):
        if entry + 12 > len(data):
            break
        tag, kind, numbers = struct.unpack_from(order + "HHI", data, entry)
        if kind in NUMBERS and numbers <= MOST_NUMBERS * 4:
            found[tag] = _values(data, entry + 8, order, NUMBERS[kind], numbers)
    return found, _number_at(data, at + 2 + 12 * count, order)


def _values(data: bytes, at: int, order: str, code: str, count: int) -> tuple[int, ...]:
    layout = struct.Struct(f"{order}{count}{'B' if code == 'c' else code}")
    start = at if layout.size <= 4 else _number_at(data, at, order)
    return layout.unpack_from(data, start) if start + layout.size <= len(data) else ()


def _number_at(data: bytes, at: int, order: str) -> int:
    return int(struct.unpack_from(order + "I", data, at)[0]) if at + 4 <= len(data) else 0


def _number(directory: Directory, tag: int) -> int | None:
    values = directory.get(tag, ())
    return values[0] if len(values) == 1 else None


def _jpeg_places(directory: Directory) -> Iterator[tuple[int, int]]:
    """Yield start and size of each JPEG that a directory names: as a preview, or as its only strip."""
    pairs = [(JPEG_START, JPEG_SIZE)]
    is_jpeg = _number(directory, COMPRESSION) in JPEG_COMPRESSIONS
    if is_jpeg and _number(directory, PHOTOMETRIC) not in SENSOR:
        pairs.append((STRIPS, STRIP_SIZES))
    for start, size in pairs:
        place = _number(directory, start), _number(directory, size)
        if place[0] and place[1]:
            yield place[0], place[1]


def _pixels(jpeg: bytes) -> int:
    """Return how many pixels a JPEG of a kind that is read announces; 0 for any other, such as a lossless one."""
    at = 2
    for _ in range(MOST_SEGMENTS if jpeg.startswith(b"\xff\xd8\xff") else 0):
        if jpeg[at : at + 1] != b"\xff" or at + 9 > len(jpeg):
            return 0
        kind, size = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            precision, height, width = struct.unpack_from(">BHH", jpeg, at + 4)
            return height * width if kind in READ_FRAMES and precision == 8 else 0
        at += 2 + size
    return 0

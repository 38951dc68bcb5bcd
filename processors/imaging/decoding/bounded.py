"""Tells from a file's own structure whether decoding it can be neither long nor large.

Only such files are decoded in a worker's own threads; every other one where it can be ended. The walk itself is over
bytes that nobody vouches for: it hops from segment to segment, at most ``MOST_SEGMENTS`` of them, and reads nothing
between.
"""

import struct
from collections.abc import Iterator

from processors.imaging.colours.srgb_profiles import is_srgb

BOUNDED_PIXELS = 4_000_000
# Cameras write about ten segments; a photo of four megapixels as PNG has some hundred pieces of 32 KiB.
MOST_SEGMENTS = 2048
MOST_NOTES_BYTES = 1_048_576

JPEG_START = b"\xff\xd8\xff"
PNG_START = b"\x89PNG\r\n\x1a\n"
HEADER_BYTES, PNG_SIZE = 13, 16
PROFILE_START = b"ICC_PROFILE\0\x01\x01"
FRAME_BYTES = 6
BASELINE, EXTENDED, SCAN, PROFILE = 0xC0, 0xC1, 0xDA, 0xE2
# Chunks that Pillow gives no code of its own to, or next to none.
PLAIN_CHUNKS = frozenset({b"IDAT", b"PLTE", b"tRNS", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"tEXt", b"tIME"})
NOTES = frozenset({b"tEXt", b"eXIf"})


def is_bounded(data: bytes) -> bool:
    """Whether ``data`` is a baseline JPEG or a plain PNG of few pixels, its colours those of sRGB."""
    if data.startswith(JPEG_START):
        return _is_bounded_jpeg(data)
    return data.startswith(PNG_START) and _is_bounded_png(data)


def _is_bounded_jpeg(data: bytes) -> bool:
    """Whether its first scan holds all that one frame of few pixels has: a decoder then makes no second pass."""
    frames: list[int] = []
    for kind, body, size in _jpeg_segments(data):
        if kind == SCAN:
            return frames == list(data[body : body + 1])
        if kind in (BASELINE, EXTENDED) and size >= FRAME_BYTES:
            height, width, components = struct.unpack_from(">HHB", data, body + 1)
            if width * height > BOUNDED_PIXELS or components not in (1, 3):
                return False
            frames.append(components)
        elif not _is_harmless(data, kind, body, size):
            return False
    return False


def _is_harmless(data: bytes, kind: int, body: int, size: int) -> bool:
    """Whether a segment before the pixels is a table, a note, or a profile that needs no colour engine."""
    if kind == PROFILE and data.startswith(b"ICC_PROFILE", body):
        whole = data.startswith(PROFILE_START, body)
        return whole and is_srgb(data[body + len(PROFILE_START) : body + size])
    return kind >= 0xE0 or kind in (0xC4, 0xDB, 0xDD)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and size of each segment up to the first scan; stops where a decoder would have to search."""
    at = 2
    for _ in range(MOST_SEGMENTS):
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at : at + 1] != b"\xff" or at + 2 + size >= len(data):
            return
        yield data[at + 1], at + 4, size - 2
        at += 2 + size


def _is_bounded_png(data: bytes) -> bool:
    """Whether it is one picture of few pixels, with few notes and no profile but the name of sRGB."""
    notes = 0
    chunks = _png_chunks(data)
    if not _is_small_png(data, next(chunks, (b"", 0))):
        return False
    for kind, size in chunks:
        notes += size if kind in NOTES else 0
        if kind not in PLAIN_CHUNKS | NOTES or notes > MOST_NOTES_BYTES:
            return False
        if kind == b"IEND":
            return True
    return False


def _is_small_png(data: bytes, first: tuple[bytes, int]) -> bool:
    if first != (b"IHDR", HEADER_BYTES) or len(data) < PNG_SIZE + 8:
        return False
    width, height = struct.unpack_from(">II", data, PNG_SIZE)
    return bool(width * height <= BOUNDED_PIXELS)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int]]:
    at = len(PNG_START)
    for _ in range(MOST_SEGMENTS):
        if at + 8 > len(data):
            return
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], size
        at += 12 + size

"""PBM, PGM and PPM: how they begin, and numbers that do not go up to 255, each of which Pillow scales by itself."""

import re

import numpy as np

_SPACE = rb"(?:\s|#[^\r\n]*[\r\n])+"
_SIZE = rb"(\d{1,9})" + _SPACE + rb"(\d{1,9})"
_START = re.compile(rb"P[1-6]" + _SPACE + _SIZE + rb"(?:\s|#)")
_HEAD = re.compile(rb"(P[56])" + _SPACE + _SIZE + _SPACE + rb"(\d{1,5})\s")
# Comments of any length may stand in it.
HEAD_BYTES = 4096
LARGEST, LARGEST_WIDE = 255, 65_535


def is_netpbm(data: bytes) -> bool:
    """Whether ``data`` begins as one of the six, with a width and a height."""
    return _START.match(data[:HEAD_BYTES]) is not None


def in_8_bits(data: bytes) -> bytes:
    """Return a PGM or PPM of bytes with its numbers brought to 255; any other file as it is."""
    head = _HEAD.match(data[:HEAD_BYTES])
    largest = int(head[4]) if head else LARGEST
    if head is None or largest == LARGEST or not 0 < largest <= LARGEST_WIDE:
        return data
    size = 2 if largest > LARGEST else 1
    body = memoryview(data)[head.end() :]
    numbers = np.frombuffer(body[: len(body) // size * size], np.dtype(f">u{size}")).astype(np.uint32)
    levels = (np.minimum(numbers, largest) * (2 * LARGEST) + largest) // (2 * largest)
    return b"%s %s %s 255\n" % (head[1], head[2], head[3]) + levels.astype(np.uint8).tobytes()

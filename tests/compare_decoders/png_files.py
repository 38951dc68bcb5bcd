"""PNGs of every kind that the specification has, written by hand (PNG, third edition)."""

import struct
import zlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
# Adam7: first column and row of each pass, and the steps between.
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))

Samples = npt.NDArray[np.generic]
Chunk = tuple[bytes, bytes]


def png_file(
    samples: Samples,
    colour: int,
    bits: int,
    *,
    interlaced: bool = False,
    before: Iterable[Chunk] = (),
    after: Iterable[Chunk] = (),
) -> bytes:
    """Return a PNG of ``[height, width]`` or ``[height, width, channels]``, with chunks before and after its pixels."""
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    pieces = [samples[top::down, left::across] for left, top, across, down in PASSES] if interlaced else [samples]
    pixels = b"".join(_filtered(piece, bits) for piece in pieces if piece.size)
    chunks = [(b"IHDR", header), *before, (b"IDAT", zlib.compress(pixels)), *after, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, body) for kind, body in chunks)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def packed(samples: Samples, bits: int) -> npt.NDArray[np.uint8]:
    """Return rows of bytes, the first sample in the highest bits, big-endian."""
    rows = samples.reshape(len(samples), -1)
    if bits % 8 == 0:
        return rows.astype(f">u{bits // 8}").view(np.uint8).reshape(len(rows), -1)
    single = (rows.astype(np.uint16)[:, :, None] >> np.arange(bits - 1, -1, -1, dtype=np.uint16)) & 1
    return np.packbits(single.reshape(len(rows), -1).astype(np.uint8), axis=1)


def _filtered(samples: Samples, bits: int) -> bytes:
    """Return the rows by each of the five filters in turn."""
    rows = packed(samples, bits).astype(np.int16)
    channels = samples.shape[2] if samples.ndim == 3 else 1
    step = max(1, bits * channels // 8)
    above = np.zeros_like(rows[0])
    written = []
    for at, row in enumerate(rows):
        left, corner = (np.concatenate([np.zeros(step, np.int16), line])[: len(line)] for line in (row, above))
        guesses = (0, left, above, (left + above) // 2, _paeth(left, above, corner))
        written.append(bytes([at % 5]) + (row - guesses[at % 5]).astype(np.uint8).tobytes())
        above = row
    return b"".join(written)


def _paeth(left: Samples, above: Samples, corner: Samples) -> Samples:
    guess = left + above - corner  # type: ignore[operator]
    off = [np.abs(guess - each) for each in (left, above, corner)]
    return np.where((off[0] <= off[1]) & (off[0] <= off[2]), left, np.where(off[1] <= off[2], above, corner))

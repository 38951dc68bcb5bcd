"""Pictures made in the test, whose upright look is known."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """Return ``image`` as a file of ``kind``."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def quarters(side: int = 256, mode: str = "RGB") -> Image.Image:
    """Red and green above, blue and white below: no turn or mirroring of it looks the same."""
    image = Image.new("RGB", (side, side), WHITE)
    half = side // 2
    image.paste(RED, (0, 0, half, half))
    image.paste(GREEN, (half, 0, side, half))
    image.paste(BLUE, (0, half, half, side))
    return image.convert(mode)


def corners(pixels: npt.NDArray[np.uint8]) -> list[tuple[int, ...]]:
    """Return the colours in the middle of each quarter: top left, top right, bottom left, bottom right."""
    near, far = len(pixels) // 4, 3 * len(pixels) // 4
    return [tuple(int(value) for value in pixels[y, x]) for y in (near, far) for x in (near, far)]


def scene(width: int, height: int, seed: int = 0) -> Image.Image:
    """Return a smooth, colourful picture of no particular subject."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that claims this size and holds almost nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")

"""Pictures with EXIF beside them, whatever it is: written where each format keeps it, past any writer's checks."""

import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from PIL import Image

from tests.fakes.exif import MODEL, exif, positioned, text
from tests.fakes.heic import turned_heic
from tests.fakes.jpeg_xl import contained, jxl
from tests.fakes.pictures import encoded
from tests.fakes.psd import RGB, VERSION_INFO, psd

MOST_BYTES = 2048
"""How much EXIF a picture of any of these formats has room for here."""

TAKEN_AT, OFFSET = 0x9003, 0x9011
FULL = exif(
    {0x010F: text("Apple"), MODEL: text("iPhone 12")},
    {TAKEN_AT: text("2024:05:01 12:30:00"), OFFSET: text("+02:00")},
    positioned(">", ((52, 1), (31, 1), (1234, 100)), ((13, 1), (24, 1), (36, 1))),
    ">",
)

Noted = Callable[[Image.Image, bytes], bytes]


def _jpeg(image: Image.Image, notes: bytes, kind: str = "JPEG") -> bytes:
    data = encoded(image, kind)
    body = b"Exif\0\0" + notes
    return data[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(body)) + body + data[2:]


def _png(image: Image.Image, chunk: bytes) -> bytes:
    data = encoded(image, "PNG")
    return data[:33] + chunk + data[33:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _raw_profile(notes: bytes) -> bytes:
    """Return EXIF as ImageMagick has long kept it in PNG: as text."""
    told = f"\nexif\n{len(notes) + 6:8}\n{(b'Exif' + bytes(2) + notes).hex()}\n"
    return b"Raw profile type exif\0\0" + zlib.compress(told.encode())


def _webp(image: Image.Image, notes: bytes) -> bytes:
    return encoded(image, "WEBP", lossless=True, exif=notes)


def _avif(image: Image.Image, notes: bytes) -> bytes:
    """Return an AVIF whose writer was shown other EXIF, of which ``notes`` take the place."""
    data = _avif_with_room(image.tobytes(), image.size)
    end = data.rfind(b"x" * MOST_BYTES) + MOST_BYTES
    start = max(data.rfind(mark, 0, end) for mark in (b"II*\0", b"MM\0*"))
    return data[:start] + notes.ljust(end - start, b"\0") + data[end:]


@cache
def _avif_with_room(pixels: bytes, size: tuple[int, int]) -> bytes:
    notes = Image.Exif()
    notes[MODEL] = "x" * MOST_BYTES
    return encoded(Image.frombytes("RGB", size, pixels), "AVIF", quality=100, speed=10, exif=notes.tobytes())


def _jpeg_2000(image: Image.Image, notes: bytes) -> bytes:
    body = b"JpgTiffExif->JP2" + notes
    return encoded(image, "JPEG2000") + struct.pack(">I", 8 + len(body)) + b"uuid" + body


def _psd(image: Image.Image, notes: bytes) -> bytes:
    planes = [np.ascontiguousarray(np.asarray(image)[:, :, band]) for band in range(3)]
    return psd(planes, RGB, resources=[(VERSION_INFO, struct.pack(">IB", 1, 1)), (1058, notes)])


def _tiff(image: Image.Image, notes: bytes) -> bytes:
    """Return a TIFF with the notes that a writer makes of sound EXIF."""
    read = Image.Exif()
    read.load(notes)
    return encoded(image, "TIFF", exif=read)


BESIDE: Mapping[str, Noted] = {
    "JPEG": _jpeg,
    "MPO": lambda image, notes: _jpeg(image, notes, "MPO"),
    "PNG": lambda image, notes: _png(image, _chunk(b"eXIf", notes)),
    "PNG, as text": lambda image, notes: _png(image, _chunk(b"zTXt", _raw_profile(notes))),
    "WebP": _webp,
    "HEIC": lambda image, notes: turned_heic(image, 1, exif=notes),
    "HEIC, named": lambda image, notes: turned_heic(image, 1, exif=b"Exif\0\0" + notes),
    "AVIF": _avif,
    "JPEG 2000": _jpeg_2000,
    "JPEG XL": lambda image, notes: contained(jxl(image), exif=notes),
    "PSD": _psd,
}
"""Formats that keep EXIF beside the picture: of these it may be as wrong as one likes."""

EVERY: Mapping[str, Noted] = {**BESIDE, "TIFF": _tiff}

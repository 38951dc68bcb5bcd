"""Where each format keeps EXIF, and how it is kept from parsers that would stumble over it."""

import struct
from collections.abc import Iterator

from PIL import Image, PsdImagePlugin

from processors.imaging.formats.iso_boxes import exif_item, uuid_body
from processors.imaging.formats.jpeg_xl import exif_box
from processors.imaging.formats.orientation import exif_of

OF_ISO_BOXES = frozenset({"AVIF", "HEIC", "HEIF"})
JPEG_2000_EXIF = b"JpgTiffExif->JP2"
PSD_EXIF = 1058
APP1, SCAN = 0xE1, 0xDA
EXIF_START = b"Exif\0\0"
MOST_SEGMENTS = 2048


def exif_in(image: Image.Image, data: bytes) -> bytes:
    """Return the EXIF beside a loaded image in ``data``; nothing where there is none."""
    if image.format == "TIFF":
        return data
    if image.format in OF_ISO_BOXES:
        return exif_item(data)
    if image.format == "JXL":
        return exif_box(data)
    if image.format == "JPEG2000":
        return uuid_body(data, JPEG_2000_EXIF)
    if isinstance(image, PsdImagePlugin.PsdImageFile):
        return next((body for number, _, body in image.resources if number == PSD_EXIF), b"")
    return exif_of(image)


def split_jpeg(data: bytes) -> tuple[bytes, bytes] | None:
    """Return a JPEG in which no parser finds EXIF, and that EXIF; None where there is none."""
    places = list(_exif_segments(data))
    if not places:
        return None
    hidden = bytearray(data)
    for start, _ in places:
        hidden[start : start + len(EXIF_START)] = bytes(len(EXIF_START))
    start, end = places[0]
    return bytes(hidden), data[start:end]


def _exif_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of each segment of EXIF before a JPEG's pixels."""
    at = 2
    for _ in range(MOST_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] == SCAN:
            return
        (size,) = struct.unpack_from(">H", data, at + 2)
        if data[at + 1] == APP1 and data.startswith(EXIF_START, at + 4):
            yield at + 4, at + 2 + size
        at += 2 + size

"""What a file claims to be by its first bytes, and what it is where Pillow cannot tell."""

import struct
from collections.abc import Callable, Mapping

from PIL import Image, features

from processors.imaging.formats.icons import is_icon
from processors.imaging.formats.iso_boxes import brands
from processors.imaging.formats.jpeg_2000 import STARTS as JPEG_2000_STARTS
from processors.imaging.formats.jpeg_xl import is_jpeg_xl
from processors.imaging.formats.netpbm import is_netpbm
from schemas.texts.targa import is_targa

# Every other of Pillow's parsers stays closed to hostile bytes.
FORMATS: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", *(("AVIF",) if features.check("avif") else ()))
# Formats of which Pillow's own look at the first bytes is none, or too short a one; in this order, the surest first.
SELDOM: Mapping[str, Callable[[bytes], bool]] = {
    "JXL": is_jpeg_xl,
    "JPEG2000": lambda data: data.startswith(JPEG_2000_STARTS),
    "PSD": lambda data: data.startswith(b"8BPS\0\1"),
    "PPM": is_netpbm,
    "ICO": is_icon,
    "TGA": is_targa,
}
READ = (*FORMATS, "HEIC", *SELDOM, "camera raw (DNG, CR2, NEF, ARW)")
AVIF_BRANDS = frozenset({b"avif", b"avis"})
HEIF_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "HEIC"),
    **dict.fromkeys((b"mif1", b"msf1", b"mif2", b"miaf"), "HEIF"),
}
# Where a picture's sizes are looked for.
HEADER_BYTES = 262_144
_SIZE_BOX = b"ispe\0\0\0\0"


def claimed_format(data: bytes) -> str | None:
    """Return the format of ours whose first bytes ``data`` has, whatever its parser makes of the rest."""
    Image.init()
    prefix = data[:16]
    if prefix[4:8] == b"ftyp":
        return _format_of_boxes(data)
    for format_name in FORMATS:
        accepts = Image.OPEN[format_name][1]
        # A string is a parser's complaint that this build of Pillow cannot read the format.
        if accepts is not None and accepts(prefix) is True:
            return format_name
    return next((name for name, begins in SELDOM.items() if begins(data)), None)


def announced_pixels(data: bytes) -> tuple[int, int]:
    """Return the largest width and height that the boxes of an AVIF or HEIC announce; nothing is 0 x 0."""
    found = (0, 0)
    header, at = data[:HEADER_BYTES], -1
    while (at := header.find(_SIZE_BOX, at + 1)) >= 0:
        if at + len(_SIZE_BOX) + 8 <= len(header):
            width, height = struct.unpack_from(">II", header, at + len(_SIZE_BOX))
            found = max(found, (width, height), key=lambda size: size[0] * size[1])
    return found


def _format_of_boxes(data: bytes) -> str | None:
    """Return AVIF or the HEIF of a file of ISO's boxes, by the first of its brands that says more than HEIF."""
    found = list(brands(data))
    if AVIF_BRANDS & set(found):
        return "AVIF" if "AVIF" in FORMATS else None
    names = [HEIF_BRANDS[brand] for brand in found if brand in HEIF_BRANDS]
    return next((name for name in names if name != "HEIF"), names[0] if names else None)

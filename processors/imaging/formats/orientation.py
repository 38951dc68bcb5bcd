"""How a camera was held, as EXIF or XMP tells it."""

import re
import struct
from binascii import Error as NotHexadecimal
from binascii import unhexlify

from PIL import Image

EXIF_ORIENTATION = 0x0112
UPRIGHT = 1
SIDEWAYS = frozenset({5, 6, 7, 8})
# Pillow turns a TIFF while loading, libheif and libjxl what their files say is turned: upright sizes come before.
TURNED_BY_PARSER = frozenset({"TIFF", "HEIC", "HEIF", "JXL"})
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_EXIF_START = re.compile(rb"(?:Exif\0\0)*")
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ENTRY_BYTES = 12
# The types that a number may have, and how each is packed: BYTE, SHORT, LONG.
_NUMBERS = {1: "B", 3: "H", 4: "I"}
_XMP_ORIENTATION = re.compile(r'tiff:Orientation(?:="|>)([1-8])')
# ImageMagick's way to keep EXIF in a PNG: three lines of heading, then hexadecimal digits.
_RAW_PROFILE = "Raw profile type exif"
_RAW_PROFILE_HEADING_LINES = 3


def orientation_of(image: Image.Image) -> int:
    """Return how the pixels that ``image`` loads are turned, 1 to 8; upright where nothing readable says otherwise.

    Reads only what is known already: a PNG may say it after its pixels, and must be loaded before.
    """
    if image.format in TURNED_BY_PARSER:
        return UPRIGHT
    orientation = exif_orientation(exif_of(image)) or _xmp_orientation(image)
    return orientation if orientation in TURNS else UPRIGHT


def exif_orientation(exif: bytes) -> int | None:
    """Return what the first directory of ``exif`` says, or None where it says nothing that can be read.

    A camera's broken notes about itself must not cost the picture, so that nothing but the way to this one entry is
    looked at.
    """
    start = _EXIF_START.match(exif)
    exif = exif[start.end() :] if start else exif
    order = _BYTE_ORDERS.get(exif[:4])
    if order is None or len(exif) < 8:
        return None
    (at,) = struct.unpack_from(order + "I", exif, 4)
    (count,) = struct.unpack_from(order + "H", exif[at : at + 2].ljust(2, b"\0"))
    entries = exif[at + 2 : at + 2 + count * _ENTRY_BYTES]
    return _find_orientation(entries, order)


def turn(image: Image.Image, orientation: int) -> Image.Image:
    """Return ``image`` upright."""
    return image if orientation == UPRIGHT else image.transpose(TURNS[orientation])


def _find_orientation(entries: bytes, order: str) -> int | None:
    for at in range(0, len(entries) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        tag, kind, count = struct.unpack_from(order + "HHI", entries, at)
        if tag == EXIF_ORIENTATION and count == 1 and kind in _NUMBERS:
            (value,) = struct.unpack_from(order + _NUMBERS[kind], entries, at + 8)
            return int(value)
    return None


def exif_of(image: Image.Image) -> bytes:
    """Return the EXIF that ``image``'s parser found; nothing where it found none."""
    exif = image.info.get("exif")
    if isinstance(exif, bytes):
        return exif
    raw = image.info.get(_RAW_PROFILE)
    if not isinstance(raw, str):
        return b""
    try:
        return unhexlify("".join(raw.split("\n")[_RAW_PROFILE_HEADING_LINES:]))
    except (NotHexadecimal, ValueError):
        return b""


def _xmp_orientation(image: Image.Image) -> int | None:
    xmp = image.info.get("XML:com.adobe.xmp") or image.info.get("xmp")
    text = xmp.decode("latin-1") if isinstance(xmp, bytes) else xmp
    found = _XMP_ORIENTATION.search(text) if isinstance(text, str) else None
    return int(found[1]) if found else None

"""What a file claims to be by its first bytes, and what it is where Pillow cannot tell."""

import struct
from collections.abc import Iterator

from PIL import Image, features

# Every other of Pillow's parsers stays closed to hostile bytes.
FORMATS: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", *(("AVIF",) if features.check("avif") else ()))
AVIF_BRANDS = frozenset({b"avif", b"avis"})
OTHER_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "HEIC"),
    **dict.fromkeys((b"mif1", b"msf1", b"mif2", b"miaf"), "HEIF"),
}
# The largest that a list of brands may be, and where a picture's sizes are looked for.
MOST_BRANDS_BYTES, HEADER_BYTES = 1024, 262_144
_SIZE_BOX = b"ispe\0\0\0\0"


def claimed_format(data: bytes) -> str | None:
    """Return the format of ours whose first bytes ``data`` has, whatever its parser makes of the rest."""
    Image.init()
    prefix = data[:16]
    if prefix[4:8] == b"ftyp":
        return "AVIF" if "AVIF" in FORMATS and AVIF_BRANDS & set(_brands(data)) else None
    for format_name in FORMATS:
        accepts = Image.OPEN[format_name][1]
        # A string is a parser's complaint that this build of Pillow cannot read the format.
        if accepts is not None and accepts(prefix) is True:
            return format_name
    return None


def foreign_format(data: bytes) -> str | None:
    """Return the name of a format that is known here and not read, by its brands the first that says more than HEIF."""
    names = [OTHER_BRANDS[brand] for brand in _brands(data) if brand in OTHER_BRANDS]
    return next((name for name in names if name != "HEIF"), names[0] if names else None)


def announced_pixels(data: bytes) -> tuple[int, int]:
    """Return the largest width and height that the boxes of an AVIF announce; nothing is 0 x 0."""
    found = (0, 0)
    header, at = data[:HEADER_BYTES], -1
    while (at := header.find(_SIZE_BOX, at + 1)) >= 0:
        if at + len(_SIZE_BOX) + 8 <= len(header):
            width, height = struct.unpack_from(">II", header, at + len(_SIZE_BOX))
            found = max(found, (width, height), key=lambda size: size[0] * size[1])
    return found


def _brands(data: bytes) -> Iterator[bytes]:
    """Yield the brands of a file of ISO's boxes (ISO/IEC 14496-12), the major one first."""
    if data[4:8] != b"ftyp":
        return
    end = min(int.from_bytes(data[:4], "big"), MOST_BRANDS_BYTES)
    for at in (8, *range(16, end - 3, 4)):
        yield data[at : at + 4]

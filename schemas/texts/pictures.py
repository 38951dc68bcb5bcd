"""Which files and objects are taken for pictures, by their names or by their first bytes."""

from pathlib import PurePosixPath

from schemas.texts.targa import is_targa

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif", ".hif"}
    | {".mpo", ".jxl", ".jp2", ".j2k", ".jpx", ".jpf", ".psd", ".ico", ".tga", ".ppm", ".pgm", ".pbm", ".pnm"}
    | {".dng", ".cr2", ".nef", ".arw", ".pef", ".srw"}
)

HEAD_BYTES = 18
SIGNATURES = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\0",  # TIFF, and its form of more than four gigabytes
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"\0\0\0\x0cjP  ",  # JPEG 2000, and its codestream alone
    b"\xff\x4f\xff\x51",
    b"\0\0\0\x0cJXL ",  # JPEG XL, and its codestream alone
    b"\xff\x0a",
    b"8BPS\0\1",
    b"\0\0\1\0",  # ICO
    *(b"P%d%c" % (kind, space) for kind in range(1, 7) for space in b" \t\r\n#"),  # PBM, PGM and PPM
)
# Of AVIF and HEIC, by ISO/IEC 23008-12.
PICTURE_BRANDS = frozenset(
    {b"avif", b"avis", b"mif1", b"mif2", b"msf1", b"miaf"}
    | {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
)


def is_picture(name: str) -> bool:
    """Tell whether a file or object is one, by its suffix; hidden files are not."""
    last = name.rpartition("/")[2]
    return not last.startswith(".") and PurePosixPath(last).suffix.lower() in PICTURE_SUFFIXES


def is_picture_data(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` claims to be a picture of a kind that is decoded.

    ``head`` has at least ``HEAD_BYTES`` bytes, where the file has.
    """
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    if head[4:8] == b"ftyp":
        return head[8:12] in PICTURE_BRANDS
    return head.startswith(SIGNATURES) or is_targa(head)

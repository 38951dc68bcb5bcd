"""Why an image is refused that no parser takes, or whose kind none reads right."""

import struct
from typing import NoReturn

from PIL import Image, PsdImagePlugin, TiffImagePlugin

from infra.errors import Rejected
from processors.imaging.decoding.containers import READ, announced_pixels, claimed_format
from processors.imaging.formats.jpeg_2000 import READ_COMPONENTS, components_in
from processors.imaging.formats.jpeg_scans import JpegLayout, layout_of
from processors.imaging.formats.signatures import file_kind, text_kind
from processors.imaging.formats.tiff_kinds import TiffKind, first_tags, kind_in, size_in
from schemas.dead_letters import Reason

# What libavif takes at most, of one side and of all pixels, whatever the caller allows.
AVIF_SIDE, AVIF_PIXELS = 32_768, 268_435_456
# Pillow reads the little-endian ones alone.
BIG_ENDIAN_BIG_TIFF = b"MM\0\x2b"
# Begins as a JPEG does, and is another format.
JPEG_LS = b"\xff\xd8\xff\xf7"
# Frames that libjpeg reads: baseline, sequential and progressive by Huffman codes, the latter two arithmetic as well.
READ_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
# Size of the header, width, height, planes, bits of a pixel and compression.
BMP_HEADER = struct.Struct("<14xIiiHHI")
BMP_HEADERS, BMP_BITS = frozenset({40, 52, 56, 64, 108, 124}), frozenset({0, 1, 2, 4, 8, 16, 24, 32, 64})
BMP_COMPRESSIONS = range(7)
# Channels, height, width, bits of a sample and mode of colours.
PSD_HEADER = struct.Struct(">12xHIIHH")
PSD_CHANNELS, PSD_BITS, PSD_MODES = 56, frozenset({1, 8, 16, 32}), frozenset({0, 1, 2, 3, 4, 7, 8, 9})
PSD_VERSION_INFO, PSD_HAS_COMPOSITE = 1057, 4
READ_PRECISION, PRECISIONS = 8, range(2, 17)


def corrupt(error: Exception) -> Rejected:
    """The rejection of an image over whose bytes a parser stumbled."""
    return Rejected(Reason.CORRUPT_IMAGE, f"the image cannot be decoded ({type(error).__name__})")


def unsupported(data: bytes) -> Rejected:
    """The rejection of bytes that begin as no format of ours does; it names what they are, where that can be told."""
    kind = file_kind(data)
    told = f"{kind} is not read" if kind else "the bytes are of no known format"
    return Rejected(Reason.UNSUPPORTED_FORMAT, f"{told}; what is read: {', '.join(READ)}")


def too_many_pixels(width: int, height: int, max_pixels: int) -> Rejected:
    detail = f"{width} x {height} pixels are more than the {max_pixels:,} allowed"
    return Rejected(Reason.TOO_MANY_PIXELS, detail)


def refuse_unread(data: bytes, max_pixels: int) -> NoReturn:
    """Raise why no parser takes ``data``: no format of ours, a kind that is not read, too large, or damaged."""
    format_name = claimed_format(data)
    if format_name is None or data.startswith(JPEG_LS) or text_kind(data) is not None:
        raise unsupported(data)
    if format_name == "AVIF":
        _refuse_large_avif(data, max_pixels)
    if format_name == "JPEG":
        refuse_unread_jpeg(layout_of(data))
    if format_name == "BMP":
        _refuse_unread_bmp(data)
    if format_name == "TIFF":
        _refuse_unread_tiff(data, max_pixels)
    if format_name == "PSD":
        _refuse_unread_psd(data, max_pixels)
    if format_name == "JPEG2000" and (components := components_in(data)) and components not in READ_COMPONENTS:
        raise Rejected(Reason.UNSUPPORTED_FORMAT, f"a JPEG 2000 of {components} components is not read")
    raise Rejected(Reason.CORRUPT_IMAGE, f"the bytes begin as {format_name} and cannot be read")


def refuse_unread_jpeg(layout: JpegLayout) -> None:
    """Raise ``unsupported_format`` where a JPEG is of a kind that is not read."""
    is_read = layout.frame in READ_FRAMES and layout.precision == READ_PRECISION
    if layout.frame and layout.precision in PRECISIONS and not is_read:
        detail = f"a JPEG of {layout.precision} bits and frame type {layout.frame - 0xC0} is not read"
        raise Rejected(Reason.UNSUPPORTED_FORMAT, detail)


def refuse_unread_kind(image: Image.Image) -> None:
    """Raise ``unsupported_format`` where Pillow would read a TIFF or PSD of this kind, and not as it is meant."""
    if isinstance(image, PsdImagePlugin.PsdImageFile) and _lacks_composite(image):
        raise Rejected(Reason.UNSUPPORTED_FORMAT, "a PSD saved without its composite is not read: it shows nothing")
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        kind = kind_in(image.tag_v2)
        if not kind.is_read_right:
            raise _unread(kind)


def _lacks_composite(image: PsdImagePlugin.PsdImageFile) -> bool:
    """Whether the program that saved a PSD says that it left the finished picture out."""
    said = [data for number, _, data in image.resources if number == PSD_VERSION_INFO]
    return any(data[PSD_HAS_COMPOSITE : PSD_HAS_COMPOSITE + 1] == b"\0" for data in said)


def _unread(kind: TiffKind) -> Rejected:
    return Rejected(Reason.UNSUPPORTED_FORMAT, f"a TIFF of this kind is not read: {kind}")


def _refuse_large_avif(data: bytes, max_pixels: int) -> None:
    width, height = announced_pixels(data)
    if width * height > min(max_pixels, AVIF_PIXELS):
        raise too_many_pixels(width, height, min(max_pixels, AVIF_PIXELS))
    if max(width, height) > AVIF_SIDE:
        detail = f"of {width} x {height} pixels one side is longer than the {AVIF_SIDE:,} that AVIF is read with"
        raise Rejected(Reason.TOO_MANY_PIXELS, detail)


def _refuse_unread_bmp(data: bytes) -> None:
    """Raise ``unsupported_format`` for a BMP whose header is one that somebody may have meant."""
    if len(data) < BMP_HEADER.size:
        return
    header_bytes, width, height, planes, bits, compression = BMP_HEADER.unpack_from(data)
    is_meant = header_bytes in BMP_HEADERS and bits in BMP_BITS and compression in BMP_COMPRESSIONS and planes == 1
    if is_meant and width > 0 and height:
        detail = f"a BMP of {bits} bits, compression {compression} and such masks is not read"
        raise Rejected(Reason.UNSUPPORTED_FORMAT, detail)


def _refuse_unread_psd(data: bytes, max_pixels: int) -> None:
    """Raise what is the matter with a PSD whose header is one that somebody may have meant."""
    if len(data) < PSD_HEADER.size:
        return
    channels, height, width, bits, mode = PSD_HEADER.unpack_from(data)
    if width * height > max_pixels:
        raise too_many_pixels(width, height, max_pixels)
    is_meant = 0 < channels <= PSD_CHANNELS and bits in PSD_BITS and mode in PSD_MODES
    if is_meant and width and height and (mode, bits) not in PsdImagePlugin.MODES:
        raise Rejected(Reason.UNSUPPORTED_FORMAT, f"a PSD of {bits} bits and colour mode {mode} is not read")


def _refuse_unread_tiff(data: bytes, max_pixels: int) -> None:
    """Raise what is the matter with a TIFF whose directory can be read."""
    if data.startswith(BIG_ENDIAN_BIG_TIFF):
        raise Rejected(Reason.UNSUPPORTED_FORMAT, "a big-endian BigTIFF is not read")
    try:
        tags = first_tags(data)
    except MemoryError:
        raise
    except Exception as error:
        raise corrupt(error) from None
    width, height = size_in(tags)
    if width * height > max_pixels:
        raise too_many_pixels(width, height, max_pixels)
    kind = kind_in(tags)
    if width and height and kind.is_plausible:
        raise _unread(kind)

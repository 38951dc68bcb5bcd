"""Which parser opens which bytes.

Parsers look into EXIF for what is not asked of them here, and some give up a sound picture over it: those of files of
boxes never see it, and a JPEG's sees it only where it does not stumble.
"""

import io

from PIL import Image, ImageFile, UnidentifiedImageError

from processors.imaging.colours.described import numbered_profile
from processors.imaging.decoding.containers import FORMATS, SELDOM, claimed_format
from processors.imaging.decoding.heif import HEIF_FORMATS, open_heif
from processors.imaging.decoding.jpeg_xl import JXL, open_jxl
from processors.imaging.exif.places import OF_ISO_BOXES, split_jpeg
from processors.imaging.formats.iso_boxes import colour_numbers, without_exif
from processors.imaging.formats.jpeg_2000 import profile_in
from processors.imaging.formats.jpeg_scans import START as JPEG_START
from processors.imaging.formats.netpbm import in_8_bits

PNG_START = b"\x89PNG\r\n\x1a\n"


def open_picture(data: bytes, max_pixels: int) -> ImageFile.ImageFile:
    """Open the picture in ``data``, of which nothing is decoded yet.

    Raises ``OSError`` where no parser takes it, and ``Rejected`` where it is known here why none should.
    """
    if data.startswith(JPEG_START):
        return _open_jpeg(data)
    if data.startswith(PNG_START):
        return Image.open(io.BytesIO(data), formats=FORMATS)
    name = claimed_format(data)
    if name in OF_ISO_BOXES:
        return _open_boxes(without_exif(data), name, max_pixels)
    if name == JXL:
        return open_jxl(data, max_pixels)
    if name == "PPM":
        data = in_8_bits(data)
    image = Image.open(io.BytesIO(data), formats=(name,) if name and name in SELDOM else FORMATS)
    if name == "JPEG2000" and (profile := profile_in(data)) is not None:
        image.info["icc_profile"] = profile
    return image


def _open_boxes(data: bytes, name: str, max_pixels: int) -> ImageFile.ImageFile:
    """Open a HEIC, HEIF or AVIF; colours that it describes by numbers get the profile that these numbers mean."""
    if name in HEIF_FORMATS:
        image = open_heif(data, max_pixels)
        image.format = name
    else:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    numbers = None if image.info.get("icc_profile") else colour_numbers(data)
    if numbers is not None and (profile := numbered_profile(*numbers)) is not None:
        image.info["icc_profile"] = profile
    return image


def _open_jpeg(data: bytes) -> ImageFile.ImageFile:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        if (parts := split_jpeg(data)) is None:
            raise
        hidden, exif = parts
        image = Image.open(io.BytesIO(hidden), formats=FORMATS)
        image.info["exif"] = exif
        return image

"""Which parser opens which bytes."""

import io

from PIL import Image, ImageFile

from processors.imaging.decoding.containers import FORMATS, SELDOM, claimed_format
from processors.imaging.decoding.heif import HEIF_FORMATS, open_heif
from processors.imaging.formats.jpeg_2000 import profile_in
from processors.imaging.formats.jpeg_scans import START as JPEG_START
from processors.imaging.formats.netpbm import in_8_bits

PNG_START = b"\x89PNG\r\n\x1a\n"


def open_picture(data: bytes, max_pixels: int) -> ImageFile.ImageFile:
    """Open the picture in ``data``, of which nothing is decoded yet.

    Raises ``OSError`` where no parser takes it, and ``Rejected`` where it is known here why none should.
    """
    if data.startswith((JPEG_START, PNG_START)):
        return Image.open(io.BytesIO(data), formats=FORMATS)
    name = claimed_format(data)
    if name in HEIF_FORMATS:
        image = open_heif(data, max_pixels)
        image.format = name
        return image
    if name == "PPM":
        data = in_8_bits(data)
    image = Image.open(io.BytesIO(data), formats=(name,) if name and name in SELDOM else FORMATS)
    if name == "JPEG2000" and (profile := profile_in(data)) is not None:
        image.info["icc_profile"] = profile
    return image

"""Which parser opens which bytes."""

import io

from PIL import Image, ImageFile

from processors.imaging.decoding.containers import FORMATS, claimed_format
from processors.imaging.decoding.heif import HEIF_FORMATS, open_heif


def open_picture(data: bytes, max_pixels: int) -> ImageFile.ImageFile:
    """Open the picture in ``data``, of which nothing is decoded yet.

    Raises ``OSError`` where no parser takes it, and ``Rejected`` where it is known here why none should.
    """
    if data[4:8] == b"ftyp" and (name := claimed_format(data)) in HEIF_FORMATS:
        image = open_heif(data, max_pixels)
        image.format = name
        return image
    return Image.open(io.BytesIO(data), formats=FORMATS)

"""Transparency by one colour, as PNG has it, in the numbers that Pillow's pixels have."""

import io
from typing import Any

import numpy as np
from PIL import Image

# Where the header, which comes first, says how many bits a sample has, and of what colours.
PNG_BITS, PNG_COLOUR, GREY_WITH_ALPHA = 24, 25, 4
LOW_BYTES = "RGB;16L"


def with_clear_colour(image: Image.Image, data: bytes) -> Image.Image:
    """Return the loaded PNG of ``data`` with its clear colour, if it has one, in the numbers of its pixels.

    The specification counts that colour in the file's own samples, whose unused bits mean nothing.
    """
    key, bits = image.info.get("transparency"), data[PNG_BITS]
    largest = 2**bits - 1
    if image.mode == "RGBA" and data[PNG_COLOUR] == GREY_WITH_ALPHA:
        # Of 16 bits Pillow makes colours, for which a profile of greys would not hold.
        return image.convert("LA")
    if isinstance(key, int) and image.mode == "L":
        image.info["transparency"] = (key & largest) * 255 // largest
    elif isinstance(key, tuple) and image.mode == "RGB":
        if bits == 16:
            return _with_wide_colour(image, data, key)
        image.info["transparency"] = tuple(level & largest for level in key)
    return image


def _with_wide_colour(image: Image.Image, data: bytes, key: tuple[int, ...]) -> Image.Image:
    """Return ``image``, which keeps the high bytes of 16 bits, with what is clear by both bytes clear."""
    colour: Any = np.array(key)
    clear = (np.asarray(image) == colour >> 8).all(axis=2)
    clear &= (np.asarray(_low_bytes(data)) == (colour & 255)).all(axis=2)
    seen = image.copy()
    del seen.info["transparency"]
    seen.putalpha(Image.fromarray(np.where(clear, 0, 255).astype(np.uint8)))
    return seen


def _low_bytes(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=("PNG",))
    # Read in the other byte order, the low byte of each sample is its high one.
    image.tile = [tile._replace(args=LOW_BYTES) for tile in image.tile]
    image.load()
    return image

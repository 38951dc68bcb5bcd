"""A hash of how an image looks: copies of one image, resized or compressed anew, have nearly the same."""

import numpy as np
from PIL import Image

from processors.imaging.views import Pixels
from schemas.answers import HashAnswer

NAME = "phash@1"
SIDE = 32
KEPT = 8
# Far below what a pixel's change makes: an even image's coefficients are 0 but for the last digits of arithmetic.
DECIMALS = 6


def hash_image(thumbnail: Pixels) -> HashAnswer:
    """Return the pHash of the image whose thumbnail, ``[height, width, 3]``, this is.

    Luma at 32 x 32 pixels, its cosine transform, and of the 8 x 8 lowest frequencies a bit each, row by row: 1 where
    the coefficient is above their median. Sources: C. Zauner, "Implementation and benchmarking of perceptual image hash
    functions", 2010, with the bits in the order of the Python library ImageHash.
    """
    small = Image.fromarray(thumbnail).convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    low = np.round(_LOW_COSINES @ np.asarray(small, np.float64) @ _LOW_COSINES.T, DECIMALS)
    bits = np.packbits(low > np.median(low))
    return HashAnswer(model=NAME, perceptual=bits.tobytes().hex())


# The first rows of the matrix of the DCT-II: frequencies by pixels.
_LOW_COSINES = np.cos(np.pi / SIDE * np.outer(np.arange(KEPT), np.arange(SIDE) + 0.5))

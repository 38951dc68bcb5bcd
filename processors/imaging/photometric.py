"""Evens out how brightly and how strongly a picture was exposed, for models that see many badly exposed ones."""

import numpy as np
from PIL import Image

from processors.imaging.views import Pixels

DARK, LIGHT = 0.01, 0.99
# More than this makes noise visible rather than the picture.
LARGEST_GAIN = 4.0

_LEVELS = np.arange(256)


def even_exposure(pixels: Pixels) -> Pixels:
    """Return ``[height, width, 3]`` with its luma stretched: the darkest hundredth to black, the lightest to white.

    All channels are stretched alike, by at most ``LARGEST_GAIN``, around the middle of what they span; a picture that
    spans everything already stays as it is.
    """
    counts = np.array(Image.fromarray(pixels).convert("L").histogram())
    shares = np.cumsum(counts) / counts.sum()
    dark, light = np.searchsorted(shares, (DARK, LIGHT))
    gain = min(LARGEST_GAIN, 255 / max(int(light - dark), 1))
    levels = np.rint(np.clip((_LEVELS - (dark + light) / 2) * gain + 127.5, 0, 255))
    evened: Pixels = levels.astype(np.uint8)[pixels]
    return evened

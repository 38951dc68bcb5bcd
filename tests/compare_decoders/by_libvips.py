"""Pictures as libvips decodes them: sRGB, upright, on white."""

import numpy as np
import numpy.typing as npt
import pyvips

from tests.compare_decoders.subject import Levels

LARGEST = {"uchar": 255, "ushort": 65535}


def decoded(data: bytes) -> Levels:
    """Return ``[height, width, 3]``; raises ``pyvips.Error``."""
    image = pyvips.Image.new_from_buffer(data, "").autorot()
    if image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", intent="perceptual", embedded=True)
    if image.hasalpha():
        image = image.flatten(background=LARGEST[image.format], max_alpha=LARGEST[image.format])
    if image.interpretation == "cmyk":
        return inks(np.asarray(image.numpy()) // (LARGEST[image.format] // 255))
    return np.asarray(image.colourspace("srgb").cast("uchar").numpy()).reshape(image.height, image.width, -1)[:, :, :3]


def of_lab(pixels: npt.NDArray[np.generic]) -> Levels:
    """Return what CIELAB in TIFF's 8 bits, lightness of 255 and signed a and b, looks like in sRGB."""
    lightness = pixels[:, :, :1].astype(np.float64) * 100 / 255
    lab = np.concatenate([lightness, pixels[:, :, 1:].astype(np.uint8).view(np.int8).astype(np.float64)], axis=2)
    image = pyvips.Image.new_from_array(lab.astype(np.float32)).copy(interpretation="lab")
    return np.asarray(image.colourspace("srgb").numpy())


def inks(pixels: npt.NDArray[np.generic]) -> Levels:
    """Return plain complements of ``[height, width, 4]``, which is what CMYK means where no profile says more."""
    share = 1 - pixels.astype(np.float64) / 255
    return np.rint(255 * share[:, :, :3] * share[:, :, 3:]).astype(np.uint8)

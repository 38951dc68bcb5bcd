"""Every way that a file may keep its pixels, into RGB: before resizing what must be, afterwards all that can wait."""

import numpy as np
from PIL import Image

from processors.imaging.colour_profiles import lab_to_rgb, profile_of, to_srgb

WHITE = (255, 255, 255)
LARGEST_16_BITS = 65535.0
PALETTES = frozenset({"1", "P", "PA"})
WITH_ALPHA = frozenset({"RGBA", "RGBa", "LA", "La"})


def to_resizable(image: Image.Image) -> Image.Image:
    """Return ``image`` in a mode whose pixels may be averaged: no palette, transparency as a channel of its own."""
    if _is_wide(image):
        return image
    if image.mode == "PA" or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("RGB") if image.mode in PALETTES else image


def to_rgb(image: Image.Image) -> Image.Image:
    """Return a resizable image as sRGB: colours as its profile means them, transparency on white, 16 bits scaled to 8.

    Profiles are applied to resized pixels: on all of a photo they cost as much as its decoding, and the two orders
    differ by less than rounding on average.
    """
    profile = profile_of(image)
    if _is_wide(image):
        image = _narrow(image)
    if profile is not None:
        image = to_srgb(image, profile)
    if image.mode == "LAB":
        return lab_to_rgb(image)
    if image.mode in WITH_ALPHA:
        return _on_white(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _is_wide(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"


def _narrow(image: Image.Image) -> Image.Image:
    """Scale to 8 bits, which Pillow's own conversion would clip to white; real numbers by the largest of them."""
    values = np.nan_to_num(np.asarray(image).astype(np.float64))
    largest = max(float(values.max()), 1e-12) if image.mode == "F" else LARGEST_16_BITS
    return Image.fromarray(np.clip(values * (255.0 / largest), 0, 255).astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    layer = image.convert("RGBA")
    ground = Image.new("RGB", layer.size, WHITE)
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground

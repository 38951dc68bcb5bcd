"""Every way that a file may keep its pixels, into RGB: before resizing what must be, afterwards all that can wait."""

from PIL import Image

from processors.imaging.colours.colour_profiles import lab_to_rgb, profile_of, to_srgb

WHITE = (255, 255, 255)
PALETTES = frozenset({"1", "P", "PA"})
WITH_ALPHA = frozenset({"RGBA", "RGBa", "LA", "La"})
STRAIGHT = {"RGBa": "RGBA", "La": "LA"}


def to_resizable(image: Image.Image) -> Image.Image:
    """Return an image of 8 bits in a mode whose pixels may be averaged: no palette, transparency as a channel."""
    if image.mode == "PA" or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("RGB") if image.mode in PALETTES else image


def to_rgb(image: Image.Image) -> Image.Image:
    """Return a resizable image as sRGB: colours as its profile means them, transparency on white.

    Profiles are applied to resized pixels: on all of a photo they cost as much as its decoding, and the two orders
    differ by less than rounding on average.
    """
    profile = profile_of(image)
    if image.mode in STRAIGHT:
        image = image.convert(STRAIGHT[image.mode])
    if profile is not None:
        image = to_srgb(image, profile)
    if image.mode == "LAB":
        return lab_to_rgb(image)
    if image.mode in WITH_ALPHA:
        return _on_white(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    layer = image.convert("RGBA")
    ground = Image.new("RGB", layer.size, WHITE)
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground

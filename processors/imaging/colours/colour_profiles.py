"""Colours as an embedded ICC profile means them, into sRGB, which is what models and people take pixels for."""

import io
from functools import lru_cache
from typing import Any

from PIL import Image, ImageCms

from processors.imaging.colours.srgb_profiles import SPACE, is_srgb

# The largest that printers' profiles have is about 3 MB; what is larger is not worth its memory.
LARGEST_PROFILE_BYTES = 4_194_304
# The space that a profile must describe, by the mode of the pixels that it comes with.
SPACES = {"RGB": b"RGB ", "L": b"GRAY", "CMYK": b"CMYK", "LAB": b"Lab "}
WITH_ALPHA = {"RGBA": "RGB", "LA": "L"}


def profile_of(image: Image.Image) -> bytes | None:
    """Return the profile that tells how the colours of ``image`` are meant, unless it is sRGB's or unusable."""
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not 0 < len(profile) <= LARGEST_PROFILE_BYTES:
        return None
    return None if is_srgb(profile) else profile


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return ``image`` as RGB or RGBA in sRGB; unchanged where ``profile`` is broken or of another kind of pixels.

    A broken profile costs the picture nothing but its exact colours, as in every browser.
    """
    if image.mode in WITH_ALPHA:
        return _with_alpha(image, profile)
    if image.mode == "L" and profile[SPACE] == SPACES["RGB"]:
        # A grey picture may carry the profile of the colours that it was made from.
        image = image.convert("RGB")
    transform = _transform(profile, image.mode)
    return image if transform is None else transform.apply(image)


def lab_to_rgb(image: Image.Image) -> Image.Image:
    """Return CIELAB pixels, which TIFF may hold, as sRGB."""
    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), _SRGB, "LAB", "RGB")
    return transform.apply(image)


_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _with_alpha(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours first, then transparency, so that what is clear is later laid on a white that is really white."""
    colours = to_srgb(image.convert(WITH_ALPHA[image.mode]), profile).convert("RGB")
    colours.putalpha(image.getchannel("A"))
    return colours


# Making one costs a millisecond for three curves and tens of them for a printer's table: cameras repeat theirs.
@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> Any | None:
    if profile[SPACE] != SPACES.get(mode):
        return None
    try:
        return ImageCms.buildTransform(ImageCms.ImageCmsProfile(io.BytesIO(profile)), _SRGB, mode, "RGB")
    except (ImageCms.PyCMSError, OSError):
        return None

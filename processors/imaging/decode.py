"""Image bytes into upright RGB pixels of the size that a model takes, or a rejection; nothing else may come of them."""

import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError, features

from infra.errors import Rejected
from schemas.dead_letters import Reason

# Every other of Pillow's parsers stays closed to hostile bytes.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", *(("AVIF",) if features.check("avif") else ()))
LEAST_DRAFT_REDUCTION = 4
EXIF_ORIENTATION = 0x0112
SIDEWAYS = frozenset({5, 6, 7, 8})
WHITE = (255, 255, 255)

Pixels = npt.NDArray[np.uint8]

# Limits are ours and checked before decoding; Pillow's own, lower for some files, would only warn.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class InputSize:
    """The shorter side is resized to ``shorter_side`` pixels; a square of ``crop`` pixels is cut from the middle."""

    shorter_side: int
    crop: int


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """``pixels`` is ``[crop, crop, 3]``, RGB; width and height are those of the whole upright image."""

    pixels: Pixels
    width: int
    height: int
    format: str


def decode(data: bytes, size: InputSize, max_pixels: int) -> DecodedImage:
    """Return the upright image in ``data``, its first frame if it has several.

    Raises ``Rejected``: ``empty``, ``unsupported_format``, ``too_many_pixels`` (told from the header, before anything
    is decoded) or ``corrupt_image``.
    """
    if not data:
        raise Rejected(Reason.EMPTY, "the image holds no bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _open(data) as image:
            _check_pixels(image, max_pixels)
            return _decode(image, size)


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        readable = ", ".join(FORMATS)
        raise Rejected(Reason.UNSUPPORTED_FORMAT, f"the bytes are none of {readable}") from None
    except Exception as error:
        raise _corrupt(error) from None


def _check_pixels(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise Rejected(Reason.TOO_MANY_PIXELS, f"{width} x {height} pixels are more than the {max_pixels:,} allowed")
    if not width or not height:
        raise Rejected(Reason.CORRUPT_IMAGE, "the image has no pixels")


def _decode(image: Image.Image, size: InputSize) -> DecodedImage:
    try:
        kind = image.format or ""
        turned = image.getexif().get(EXIF_ORIENTATION) in SIDEWAYS
        width, height = image.size
        _draft(image, size)
        pixels = _resize(_upright(_rgb(image)), size)
    except Exception as error:
        # Whatever a parser stumbles over is the file's fault: Pillow raises a dozen kinds, none of them by contract.
        raise _corrupt(error) from None
    if turned:
        width, height = height, width
    return DecodedImage(np.asarray(pixels), width, height, kind)


def _corrupt(error: Exception) -> Rejected:
    return Rejected(Reason.CORRUPT_IMAGE, f"the image cannot be decoded ({type(error).__name__})")


def _draft(image: Image.Image, size: InputSize) -> None:
    """Let JPEG decode at a fraction of its size where that is far larger than needed; closer, it changes answers."""
    if image.format == "JPEG" and min(image.size) >= LEAST_DRAFT_REDUCTION * size.shorter_side:
        side = size.shorter_side * 2
        image.draft("RGB", (side, side))


def _rgb(image: Image.Image) -> Image.Image:
    """Return the first frame as RGB, transparency on white, 16 bits scaled to 8."""
    if image.mode == "RGB":
        image.load()
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return _from_wide(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return _on_white(image)
    return _keep_exif(image.convert("RGB"), image)


def _from_wide(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits; Pillow's own conversion would clip it to white."""
    values = np.asarray(image).astype(np.float64)
    largest = 65535.0 if image.mode.startswith("I") else max(float(values.max(initial=0)), 1e-12)
    grey = np.clip(values * (255.0 / largest), 0, 255).astype(np.uint8)
    return _keep_exif(Image.fromarray(grey).convert("RGB"), image)


def _on_white(image: Image.Image) -> Image.Image:
    layer = image.convert("RGBA")
    ground = Image.new("RGB", layer.size, WHITE)
    ground.paste(layer, mask=layer.getchannel("A"))
    return _keep_exif(ground, image)


def _keep_exif(converted: Image.Image, original: Image.Image) -> Image.Image:
    converted.info["exif"] = original.getexif().tobytes()
    return converted


def _upright(image: Image.Image) -> Image.Image:
    return ImageOps.exif_transpose(image)


def _resize(image: Image.Image, size: InputSize) -> Image.Image:
    """Resize and cut in one step: only the pixels that are kept are computed."""
    width, height = image.size
    scale = min(width, height) / size.shorter_side
    side = size.crop * scale
    left, top = (width - side) / 2, (height - side) / 2
    box: Any = (left, top, left + side, top + side)
    return image.resize((size.crop, size.crop), Image.Resampling.BICUBIC, box=box)

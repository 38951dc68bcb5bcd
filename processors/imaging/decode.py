"""Image bytes into upright RGB pixels of the size that a model takes, or a rejection; nothing else may come of them."""

import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
<<<<<<< HEAD
from PIL import Image, UnidentifiedImageError, features

from infra.errors import Rejected
from processors.imaging.modes import to_resizable, to_rgb
from processors.imaging.orientation import SIDEWAYS, orientation_of, turn
=======
from PIL import Image, ImageFile, JpegImagePlugin, TiffImagePlugin, UnidentifiedImageError, features

from infra.errors import Rejected
from processors.imaging.jpeg_scans import MAX_SCANS, has_too_many_scans
>>>>>>> proctests
from schemas.dead_letters import Reason

# Every other of Pillow's parsers stays closed to hostile bytes.
FORMATS: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", *(("AVIF",) if features.check("avif") else ()))
LEAST_DRAFT_REDUCTION = 4
<<<<<<< HEAD
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
=======
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
BOXES = (b"ftypavif", b"ftypavis")
WHITE = (255, 255, 255)
LARGEST_16_BITS = 65_535.0

TIFF_TILE_WIDTH, TIFF_TILE_LENGTH = 322, 323
EXIF_ORIENTATION = 0x0112
SIDEWAYS = frozenset({5, 6, 7, 8})
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
>>>>>>> proctests

Pixels = npt.NDArray[np.uint8]

# Pillow warns of oddities in files that it then reads all the same: callers' business, not the operator's. Said once
# for the process, since a filter that is set and taken back around each image is not safe among threads. It warns of
# many pixels too, where the caller's own limit decides; above twice that, Pillow's error stands, since its parsers
# rely on it: a GIF of 43 bytes could otherwise take gigabytes before its size is known here.
warnings.filterwarnings("ignore", module=r"PIL\.")


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


def quiet_parsers() -> None:
    """Keep Pillow's warnings about odd files off standard error; call once, when a process starts to decode.

    Which file was odd its outcome tells. Filters belong to the whole process: changing them around each image would
    be a race between the threads that decode.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")


def decode(data: bytes, size: InputSize, max_pixels: int) -> DecodedImage:
    """Return the upright image in ``data``, its first frame if it has several.

    Raises ``Rejected``: ``empty``, ``unsupported_format``, ``too_many_pixels`` (told from the header, before anything
    is decoded) or ``corrupt_image``.
    """
    if not data:
        raise Rejected(Reason.EMPTY, "the image holds no bytes")
    with _open(data) as image:
<<<<<<< HEAD
        _check_pixels(image, max_pixels)
        return _decode(image, size)
=======
        width, height = image.size
        _check_pixels(image, max_pixels)
        if _format(image) == "JPEG" and has_too_many_scans(data):
            raise Rejected(Reason.CORRUPT_IMAGE, f"the JPEG has more than {MAX_SCANS} scans")
        pixels, orientation = _decode(image, size)
    if orientation in SIDEWAYS:
        width, height = height, width
    return DecodedImage(np.asarray(pixels), width, height, _format(image))
>>>>>>> proctests


def _open(data: bytes) -> ImageFile.ImageFile:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
<<<<<<< HEAD
    except UnidentifiedImageError:
        if (format_name := _claimed_format(data)) is not None:
            raise Rejected(Reason.CORRUPT_IMAGE, f"the bytes begin as {format_name} and cannot be read") from None
=======
    except UnidentifiedImageError as error:
        if data.startswith(SIGNATURES) or data[4:12] in BOXES or data[8:12] == b"WEBP":
            raise _corrupt(error) from None
>>>>>>> proctests
        readable = ", ".join(FORMATS)
        raise Rejected(Reason.UNSUPPORTED_FORMAT, f"the bytes are none of {readable}") from None
    except BOMBS:
        raise Rejected(Reason.TOO_MANY_PIXELS, "the image claims more pixels than can ever be allowed") from None
    except Exception as error:
        raise _corrupt(error) from None


def _claimed_format(data: bytes) -> str | None:
    """Return the format whose first bytes ``data`` has, though its parser refused the rest."""
    prefix = data[:16]
    for format_name in FORMATS:
        accepts = Image.OPEN[format_name][1]
        # A string is a parser's complaint that this build of Pillow cannot read the format.
        if accepts is not None and accepts(prefix) is True:
            return format_name
    return None


def _check_pixels(image: Image.Image, max_pixels: int) -> None:
    """Refuse what is too large: the image, or one of TIFF's tiles, which may be larger than the image they make up."""
    sizes = [image.size]
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        sizes.append((_number(image, TIFF_TILE_WIDTH), _number(image, TIFF_TILE_LENGTH)))
    for width, height in sizes:
        if width * height > max_pixels:
            detail = f"{width} x {height} pixels are more than the {max_pixels:,} allowed"
            raise Rejected(Reason.TOO_MANY_PIXELS, detail)


def _number(image: TiffImagePlugin.TiffImageFile, tag: int) -> int:
    value = image.tag_v2.get(tag, 0)
    return value if isinstance(value, int) else 0


def _decode(image: Image.Image, size: InputSize) -> tuple[Image.Image, int]:
    """Return the finished pixels and the EXIF orientation that was undone.

    What is kept is cut out first and converted then: a large image is never copied as a whole into a wider mode.
    """
    try:
<<<<<<< HEAD
        orientation = orientation_of(image)
        width, height = image.size
        _draft(image, size)
        # The square is cut before it is turned: a turn of the whole image would cost more than its decoding.
        pixels = turn(to_rgb(_cut(to_resizable(image), size)), orientation)
    except Exception as error:
        # Whatever a parser stumbles over is the file's fault: Pillow raises a dozen kinds, none of them by contract.
        raise _corrupt(error) from None
    if orientation in SIDEWAYS:
        width, height = height, width
    return DecodedImage(np.asarray(pixels), width, height, _format(image))
=======
        _draft(image, size)
        image.load()
        orientation = _orientation(image)
        kept = _resize(_smooth(image), size)
        turn = TURNS.get(orientation)
        return _rgb(kept if turn is None else kept.transpose(turn)), orientation
    except Exception as error:
        # Whatever a parser stumbles over is the file's fault: Pillow raises a dozen kinds, none of them by contract.
        raise _corrupt(error) from None
>>>>>>> proctests


def _corrupt(error: Exception) -> Rejected:
    return Rejected(Reason.CORRUPT_IMAGE, f"the image cannot be decoded ({type(error).__name__})")


def _format(image: Image.Image) -> str:
<<<<<<< HEAD
    """Return the format's name; the JPEG of a phone that has a second picture inside (MPO) is still a JPEG."""
    kind = image.format or ""
    return "JPEG" if kind == "MPO" else kind
=======
    """Several JPEGs in one file, as phones write them, are JPEG to everyone but Pillow."""
    return "JPEG" if isinstance(image, JpegImagePlugin.JpegImageFile) else image.format or ""
>>>>>>> proctests


def _draft(image: Image.Image, size: InputSize) -> None:
    """Let JPEG decode at a fraction of its size where that is far larger than needed; closer, it changes answers."""
    if _format(image) == "JPEG" and min(image.size) >= LEAST_DRAFT_REDUCTION * size.shorter_side:
        side = size.shorter_side * 2
        image.draft("RGB", (side, side))


<<<<<<< HEAD
def _cut(image: Image.Image, size: InputSize) -> Image.Image:
=======
def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation that is still to be undone, 1 for none; Pillow undoes TIFF's by itself."""
    if image.format == "TIFF":
        return 1
    try:
        orientation = image.getexif().get(EXIF_ORIENTATION)
    except Exception:
        # A damaged EXIF block beside sound pixels: the picture counts, and is taken as it lies.
        return 1
    return orientation if isinstance(orientation, int) else 1


def _smooth(image: Image.Image) -> Image.Image:
    """Return ``image`` in a mode that can be interpolated; wide grey stays wide, transparency stays for later."""
    if image.mode in ("I", "F"):
        return image
    if image.mode.startswith("I"):
        return image if image.mode == "I;16" else image.convert("I")
    if image.has_transparency_data:
        return image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
    if image.mode in ("RGB", "L"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _resize(image: Image.Image, size: InputSize) -> Image.Image:
>>>>>>> proctests
    """Resize and cut in one step: only the pixels that are kept are computed."""
    width, height = image.size
    scale = min(width, height) / size.shorter_side
    side = size.crop * scale
    left, top = (width - side) / 2, (height - side) / 2
    box: Any = (left, top, left + side, top + side)
    return image.resize((size.crop, size.crop), Image.Resampling.BICUBIC, box=box)


def _rgb(image: Image.Image) -> Image.Image:
    """Return 8-bit RGB: transparency on white, wide grey scaled."""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_wide(image)
    if image.mode in ("RGBA", "LA"):
        layer = image.convert("RGBA")
        ground = Image.new("RGB", layer.size, WHITE)
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return image.convert("RGB")


def _from_wide(image: Image.Image) -> Image.Image:
    """Scale wide grey to 8 bits, where Pillow's own conversion clips it to white; floats are scaled by their peak."""
    values = np.nan_to_num(np.asarray(image, np.float64), posinf=0, neginf=0)
    peak = float(values.max(initial=0)) or 1.0
    largest = peak if image.mode == "F" else max(peak, LARGEST_16_BITS)
    return Image.fromarray(np.clip(values * (255 / largest), 0, 255).astype(np.uint8)).convert("RGB")

"""Image bytes into the views that models take, or a rejection; nothing else may come of them."""

import io
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image, TiffImagePlugin, UnidentifiedImageError, features

from infra.errors import Rejected
from processors.imaging.jpeg_scans import MAX_SCANS, has_too_many_scans
from processors.imaging.modes import to_resizable, to_rgb
from processors.imaging.orientation import SIDEWAYS, orientation_of, turn
from processors.imaging.views import Pixels, View
from schemas.dead_letters import Reason

# Every other of Pillow's parsers stays closed to hostile bytes.
FORMATS: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", *(("AVIF",) if features.check("avif") else ()))
LEAST_DRAFT_REDUCTION = 4
TIFF_TILE_WIDTH, TIFF_TILE_LENGTH = 322, 323
# How AVIF's codec mostly says it; WebP's says nothing.
OUT_OF_MEMORY = "ut of memory"
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Each view that was asked for, ``[height, width, 3]``, RGB; width and height are those of the upright image."""

    views: Mapping[View, Pixels]
    width: int
    height: int
    format: str


def quiet_parsers() -> None:
    """Keep Pillow's warnings about odd files off standard error; call once, when a process starts to decode.

    Which file was odd its outcome tells. Filters belong to the whole process: changing them around each image would be
    a race between the threads that decode. Pillow warns of many pixels too, where the caller's own limit decides; above
    twice that, Pillow's error stands, since its parsers rely on it: a GIF of 43 bytes could otherwise take gigabytes
    before its size is known here.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")


def decode(data: bytes, views: Collection[View], max_pixels: int, *, bounded: bool = False) -> DecodedImage:
    """Return ``views`` of the upright image in ``data``, of its first frame if it has several.

    ``bounded`` says that ``is_bounded`` holds for ``data``, which then needs no search for countless scans.

    Raises ``Rejected``: ``empty``, ``unsupported_format``, ``too_many_pixels`` (told from the header, before anything
    is decoded) or ``corrupt_image``. A ``MemoryError`` is no fault of the image's and passes through.
    """
    if not data:
        raise Rejected(Reason.EMPTY, "the image holds no bytes")
    with _open(data) as image:
        _check_pixels(image, max_pixels)
        if _format(image) == "JPEG" and not bounded and has_too_many_scans(data):
            raise Rejected(Reason.CORRUPT_IMAGE, f"the JPEG has more than {MAX_SCANS} scans")
        return _decode(image, views)


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except MemoryError:
        raise
    except UnidentifiedImageError:
        if (format_name := claimed_format(data)) is not None:
            raise Rejected(Reason.CORRUPT_IMAGE, f"the bytes begin as {format_name} and cannot be read") from None
        raise unsupported() from None
    except BOMBS:
        raise Rejected(Reason.TOO_MANY_PIXELS, "the image claims more pixels than can ever be allowed") from None
    except Exception as error:
        raise _corrupt(error) from None


def unsupported() -> Rejected:
    """The rejection of bytes that begin as no format does."""
    return Rejected(Reason.UNSUPPORTED_FORMAT, f"the bytes are none of {', '.join(FORMATS)}")


def claimed_format(data: bytes) -> str | None:
    """Return the format whose first bytes ``data`` has, whatever its parser makes of the rest."""
    Image.init()
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
    if not all(image.size):
        raise Rejected(Reason.CORRUPT_IMAGE, "the image has no pixels")


def _number(image: TiffImagePlugin.TiffImageFile, tag: int) -> int:
    value = image.tag_v2.get(tag, 0)
    return value if isinstance(value, int) else 0


def _decode(image: Image.Image, views: Collection[View]) -> DecodedImage:
    try:
        orientation = orientation_of(image)
        width, height = image.size if orientation not in SIDEWAYS else reversed(image.size)
        _draft(image, max((view.shorter_side((width, height)) for view in views), default=1.0))
        # Here, so that an image of which no view is asked is held to be readable only if it is.
        image.load()
        whole = to_resizable(image)
        seen = {view: _look(whole, view, orientation) for view in views}
    except MemoryError:
        raise
    except Exception as error:
        if OUT_OF_MEMORY in str(error):
            raise MemoryError from error
        # Whatever else a parser stumbles over is the file's fault: Pillow raises a dozen kinds, none by contract.
        raise _corrupt(error) from None
    return DecodedImage(seen, width, height, _format(image))


def _look(image: Image.Image, view: View, orientation: int) -> Pixels:
    resized = view.resize(image, sideways=orientation in SIDEWAYS)
    return view.finish(np.asarray(turn(to_rgb(resized), orientation)))


def _corrupt(error: Exception) -> Rejected:
    return Rejected(Reason.CORRUPT_IMAGE, f"the image cannot be decoded ({type(error).__name__})")


def _format(image: Image.Image) -> str:
    """Return the format's name; the JPEG of a phone that has a second picture inside (MPO) is still a JPEG."""
    kind = image.format or ""
    return "JPEG" if kind == "MPO" else kind


def _draft(image: Image.Image, side: float) -> None:
    """Let JPEG decode at a fraction of its size where ``side`` is far smaller; closer, it changes answers."""
    if _format(image) == "JPEG" and min(image.size) >= LEAST_DRAFT_REDUCTION * side:
        image.draft("RGB", (round(side * 2), round(side * 2)))

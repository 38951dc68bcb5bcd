"""Image bytes into the views that models take, or a rejection; nothing else may come of them."""

import math
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageFile, Jpeg2KImagePlugin, TiffImagePlugin

from infra.errors import Rejected
from processors.imaging.colours.modes import to_resizable, to_rgb
from processors.imaging.colours.transparency import with_clear_colour
from processors.imaging.decoding.embedded import embedded_picture
from processors.imaging.decoding.loading import Loaded, halve, load
from processors.imaging.decoding.opening import open_picture
from processors.imaging.decoding.refusals import corrupt, refuse_unread, refuse_unread_kind, too_many_pixels
from processors.imaging.exif.notes import notes_in
from processors.imaging.exif.places import exif_in
from processors.imaging.formats.jpeg_2000 import levels_in
from processors.imaging.formats.jpeg_scans import MAX_SCANS, START, has_too_many_scans
from processors.imaging.formats.orientation import SIDEWAYS, orientation_of, turn
from processors.imaging.formats.samples import MeaninglessSamples, is_wide, narrowed, samples_of
from processors.imaging.views import Pixels, View
from schemas.camera_notes import NO_NOTES, CameraNotes
from schemas.dead_letters import Reason
from schemas.results import ResultWarning

LEAST_DRAFT_REDUCTION = 4
# Of an image's pixels, that must be there where its data end early.
LEAST_SHARE = 0.5
TIFF_TILE_WIDTH, TIFF_TILE_LENGTH = 322, 323
# How the codecs of AVIF and HEIC mostly say it; WebP's says nothing.
OUT_OF_MEMORY = ("ut of memory", "Memory allocation error")
# What libheif would never allow, however much memory there is.
BEYOND_ALL_LIMITS = "Security limit exceeded"
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Each view that was asked for, ``[height, width, 3]``, RGB; width and height are those of the upright image.

    ``warnings`` tell what was not as it should be with an image that was readable all the same. ``notes`` are the
    camera's own, which nobody vouches for.
    """

    views: Mapping[View, Pixels]
    width: int
    height: int
    format: str
    warnings: tuple[ResultWarning, ...] = ()
    notes: CameraNotes = NO_NOTES


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
    try:
        inner = None if bounded else embedded_picture(data, max_pixels)
        if inner is not None:
            image = _decode(inner.data, views, max_pixels, bounded=False)
            return replace(image, format=inner.name, notes=notes_in(data) if inner.is_raw else image.notes)
        return _decode(data, views, max_pixels, bounded=bounded)
    except (MemoryError, Rejected):
        raise
    except MeaninglessSamples as error:
        raise Rejected(Reason.UNSUPPORTED_FORMAT, f"the image cannot be shown: {error}") from None
    except Exception as error:
        if _is_out_of_memory(str(error)):
            raise MemoryError from error
        # Whatever else a parser stumbles over is the file's fault: Pillow raises a dozen kinds, none by contract.
        raise corrupt(error) from None


def _decode(data: bytes, views: Collection[View], max_pixels: int, *, bounded: bool) -> DecodedImage:
    if data.startswith(START):
        _check_jpeg(data, bounded=bounded)
    opener = _Opener(views, max_pixels)
    loaded = load(data, opener)
    if loaded.share < LEAST_SHARE:
        raise _ends_too_early(loaded.share)
    return _decoded(loaded, data, views, opener.size)


def _is_out_of_memory(said: str) -> bool:
    return BEYOND_ALL_LIMITS not in said and any(text in said for text in OUT_OF_MEMORY)


class _Opener:
    """Opens an image, checked and ready to be loaded; ``size`` is that of the last one, as its file keeps it."""

    def __init__(self, views: Collection[View], max_pixels: int) -> None:
        self._views = views
        self._max_pixels = max_pixels
        self.size = (0, 0)

    def __call__(self, data: bytes) -> ImageFile.ImageFile:
        image = self._open(data)
        _check_pixels(image, self._max_pixels)
        refuse_unread_kind(image)
        self.size = image.size
        _draft(image, data, self._views)
        return image

    def _open(self, data: bytes) -> ImageFile.ImageFile:
        try:
            return open_picture(data, self._max_pixels)
        except OSError:
            # No parser took it, or the one that did knows no more of its kind.
            refuse_unread(data, self._max_pixels)
        except BOMBS:
            detail = "the image claims more pixels than can ever be allowed"
            raise Rejected(Reason.TOO_MANY_PIXELS, detail) from None


def _check_jpeg(data: bytes, *, bounded: bool) -> None:
    if not bounded and has_too_many_scans(data):
        raise Rejected(Reason.CORRUPT_IMAGE, f"the JPEG has more than {MAX_SCANS} scans")


def _check_pixels(image: ImageFile.ImageFile, max_pixels: int) -> None:
    """Refuse what is too large: the image, or one of TIFF's tiles, which may be larger than the image they make up."""
    sizes = [image.size]
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        sizes.append((_number(image, TIFF_TILE_WIDTH), _number(image, TIFF_TILE_LENGTH)))
    for width, height in sizes:
        if width * height > max_pixels:
            raise too_many_pixels(width, height, max_pixels)
    if not all(image.size):
        raise Rejected(Reason.CORRUPT_IMAGE, "the image has no pixels")


def _number(image: TiffImagePlugin.TiffImageFile, tag: int) -> int:
    value = image.tag_v2.get(tag, 0)
    return value if isinstance(value, int) else 0


def _draft(image: ImageFile.ImageFile, data: bytes, views: Collection[View]) -> None:
    """Let JPEG decode at a fraction of its size where all views are far smaller; closer, it changes answers.

    So does JPEG 2000, which takes ten seconds for the whole of 40 megapixels.
    """
    if _format(image) not in ("JPEG", "JPEG2000"):
        return
    size = _upright(image.size, orientation_of(image))
    side = max((view.shorter_side(size) for view in views), default=1.0)
    if min(image.size) < LEAST_DRAFT_REDUCTION * side:
        return
    if isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile):
        halve(image, min(int(math.log2(min(image.size) / (2 * side))), levels_in(data)))
    else:
        image.draft("RGB", (round(side * 2), round(side * 2)))


def _decoded(loaded: Loaded, data: bytes, views: Collection[View], size: tuple[int, int]) -> DecodedImage:
    orientation = orientation_of(loaded.image)
    whole = _in_8_bits(loaded.image, data)
    seen = {view: _look(whole, view, orientation) for view in views}
    warnings = (ResultWarning.TRUNCATED,) if loaded.ends_early else ()
    notes = notes_in(exif_in(loaded.image, data))
    return DecodedImage(seen, *_upright(size, orientation), _format(loaded.image), warnings, notes)


def _in_8_bits(image: ImageFile.ImageFile, data: bytes) -> Image.Image:
    """Return a loaded image with 8 bits a sample, in a mode whose pixels may be averaged."""
    samples = samples_of(image)
    if is_wide(image, samples):
        return to_resizable(narrowed(image, samples))
    if image.format == "PSD" and image.mode == "RGBA":
        # Its composite lies on white already, and its alpha says where that shows.
        return image.convert("RGB")
    return to_resizable(with_clear_colour(image, data) if image.format == "PNG" else image)


def _look(image: Image.Image, view: View, orientation: int) -> Pixels:
    resized = view.resize(image, sideways=orientation in SIDEWAYS)
    return view.finish(np.asarray(turn(to_rgb(resized), orientation)))


def _upright(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation in SIDEWAYS else size


def _ends_too_early(share: float) -> Rejected:
    return Rejected(Reason.CORRUPT_IMAGE, f"the image's data end early: {share:.0%} of its rows are there")


def _format(image: Image.Image) -> str:
    """Return the format's name; the JPEG of a phone that has a second picture inside (MPO) is still a JPEG."""
    kind = image.format or ""
    return "JPEG" if kind == "MPO" else kind

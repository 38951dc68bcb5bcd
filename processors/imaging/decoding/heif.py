"""HEIC and HEIF pictures, by libheif as the extra ``heic`` brings it; loaded in a process that decodes, when needed.

The container says how a picture is turned (``irot``, ``imir``, ISO/IEC 23008-12), which libheif carries out. What EXIF
says beside it describes the camera alone, and turns nothing a second time.
"""

import importlib.util
import io
from functools import cache

from PIL import ImageFile

from infra.errors import Rejected
from processors.imaging.decoding.containers import announced_pixels
from processors.imaging.decoding.refusals import too_many_pixels
from processors.imaging.formats.iso_boxes import boxes, ends_early, item_kind
from schemas.dead_letters import Reason

HEIF_FORMATS = frozenset({"HEIC", "HEIF"})
PACKAGE = "pi_heif"
# Coded by HEVC, or put together of such; None is a file that names no item, which libheif may understand.
READ_ITEMS = frozenset({b"hvc1", b"hev1", b"grid", b"iden", b"iovl", b"tmap", None})


@cache
def can_read_heif() -> bool:
    """Whether the extra is installed; looks for it without loading it."""
    return importlib.util.find_spec(PACKAGE) is not None


def refuse_without_extra() -> None:
    """Raise ``unsupported_format``, saying what to install, where the extra ``heic`` is missing."""
    if not can_read_heif():
        detail = "HEIC is not read here: the worker lacks the extra heic. Install it with: pip install 'vedette[heic]'"
        raise Rejected(Reason.UNSUPPORTED_FORMAT, detail)


def open_heif(data: bytes, max_pixels: int) -> ImageFile.ImageFile:
    """Open the main picture in ``data``, upright; nothing is decoded yet.

    Raises ``Rejected`` where the data end early, which libheif mostly shows as a picture of wrong pixels; where they
    announce too many pixels; and for a picture that is coded otherwise than by HEVC.
    """
    refuse_without_extra()
    width, height = announced_pixels(data)
    if width * height > max_pixels:
        raise too_many_pixels(width, height, max_pixels)
    if ends_early(data):
        raise Rejected(Reason.CORRUPT_IMAGE, "the image's data end early: a part of the file is missing")
    _refuse_other_kinds(data)
    return _parser()(io.BytesIO(data))


def _refuse_other_kinds(data: bytes) -> None:
    kinds = {box.kind for box in boxes(data)}
    if b"moov" in kinds and b"meta" not in kinds:
        raise Rejected(Reason.UNSUPPORTED_FORMAT, "HEIF that holds a sequence and no picture is not read")
    kind = item_kind(data)
    if kind not in READ_ITEMS:
        name = kind.decode("ascii", "replace") if kind else ""
        raise Rejected(
            Reason.UNSUPPORTED_FORMAT,
            f"HEIF that holds {name if name.isalnum() else 'an unknown codec'} is not read, only HEVC",
        )


@cache
def _parser() -> type[ImageFile.ImageFile]:
    """Return the parser, set to one thread, and to the picture alone: no thumbnails, depths or other pictures of it."""
    from pi_heif import options
    from pi_heif.as_plugin import HeifImageFile

    options.DECODE_THREADS = 1
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    return HeifImageFile  # type: ignore[no-any-return]

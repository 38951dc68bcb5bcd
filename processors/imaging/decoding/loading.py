"""Loads an image's pixels, and tells how many of its rows are really there where its data end early.

Pillow hands out whatever memory its decoder left untouched as if it were part of the picture, without a word where a
stream of pixels is complete and too short. So the memory is filled with a grey before, and the last rows are looked at
afterwards: where they still are of that grey, the image is decoded once more on another grey, and the pixels that
differ are those that were never written.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageFile, TiffImagePlugin

from infra.errors import Rejected
from processors.imaging.decoding.refusals import refuse_unread_jpeg
from processors.imaging.formats.jpeg_scans import END, START, JpegLayout, layout_of
from schemas.dead_letters import Reason

# What is missing is shown in the first.
GREYS = (128, 64)
# Formats whose decoders write rows as they read; those of the others hand over a whole picture or none.
ROW_BY_ROW = frozenset({"JPEG", "MPO", "PNG", "GIF", "BMP", "TIFF", "PPM", "TGA", "PSD"})
# Those of which a complete stream may hold too few rows without an error.
MAY_BE_SHORT = ROW_BY_ROW - {"BMP", "TIFF", "TGA", "PSD"}
# Interlaced pictures write every other row last.
LAST_ROWS = 2
# A decoder of Huffman codes looks so far ahead; without it the last blocks of a whole JPEG would seem to be missing.
LOOK_AHEAD = bytes(16)
ROWS_AT_ONCE = 256
# How Pillow says that data end early.
TRUNCATED = "truncated"
STRIP_OFFSETS, STRIP_SIZES, TILE_OFFSETS, TILE_SIZES = 273, 279, 324, 325

Open = Callable[[bytes], ImageFile.ImageFile]


@dataclass(frozen=True, slots=True)
class Loaded:
    """An image in memory; ``share`` of its pixels came from the file, the rest is grey."""

    image: ImageFile.ImageFile
    share: float = 1.0
    ends_early: bool = False


def load(data: bytes, prepared: Open) -> Loaded:
    """Load the image that ``prepared`` opens from bytes such as ``data``.

    Raises what Pillow raises for an image that cannot be read at all.
    """
    if data.startswith(START):
        return _load_jpeg(data, prepared)
    image = prepared(data)
    if image.format not in ROW_BY_ROW:
        return _load_whole(image)
    return _load_on_grey(image, data, prepared)


def halve(image: Any, times: int) -> None:
    """Let a JPEG 2000 be decoded at half its size, or at half of that, so many ``times``.

    Pillow's own way (``reduce``) rounds the size to the nearest where the decoder rounds up.
    """
    (tile,) = image.tile
    codec, _, *rest = tile.args
    image._size = tuple(-(-side >> times) for side in image.size)
    image.tile = [tile._replace(extents=(0, 0, *image.size), args=(codec, times, *rest))]


def _load_whole(image: ImageFile.ImageFile) -> Loaded:
    announced = image.size
    image.load()
    if image.size != announced:
        raise Rejected(Reason.CORRUPT_IMAGE, "the pixels are of another size than the image announces")
    return Loaded(image)


def _load_jpeg(data: bytes, prepared: Open) -> Loaded:
    layout = layout_of(data)
    refuse_unread_jpeg(layout)
    if not layout.is_sequential:
        return _load_in_passes(data, layout, prepared)
    # Without the end marker, at which the decoder would make up whatever is missing.
    scan = b"".join((memoryview(data)[: layout.end], LOOK_AHEAD))
    loaded = _load_on_grey(prepared(scan), scan, prepared)
    return Loaded(loaded.image, loaded.share, ends_early=loaded.share < 1 or layout.end is None)


def _load_in_passes(data: bytes, layout: JpegLayout, prepared: Open) -> Loaded:
    """Load a JPEG whose rows come in several scans: all of them are there, or none."""
    image = prepared(data if layout.end is not None else data[: layout.torn] + END)
    image.load()
    return Loaded(image, float(layout.is_covered), ends_early=layout.end is None or not layout.is_covered)


def _load_on_grey(image: ImageFile.ImageFile, data: bytes, prepared: Open) -> Loaded:
    is_interlaced = _is_interlaced(image)
    ground = _Ground(image, 0, LAST_ROWS)
    ended = _load_what_is_there(image, len(data))
    if not (ground.shows() if image.format in MAY_BE_SHORT else ended):
        return Loaded(image, ends_early=ended)
    image, other = (_loaded_on(which, data, prepared) for which in (0, 1))
    share = _share_alike(image, other)
    # Every row of an interlaced picture has holes until the last pass is over.
    return Loaded(image, 0.0 if is_interlaced and share < 1 else share, ends_early=ended or share < 1)


def _loaded_on(which: int, data: bytes, prepared: Open) -> ImageFile.ImageFile:
    image = prepared(data)
    _Ground(image, which)
    _load_what_is_there(image, len(data))
    return image


class _Ground:
    """A grey that lies beneath an image while it is loaded, and shows where nothing was written."""

    def __init__(self, image: Any, which: int, rows: int = sys.maxsize) -> None:
        """Beneath the whole image, or beneath the last of its ``rows`` alone, which takes no time."""
        self._image = image
        self._prepare = image.load_prepare
        self._which = which
        self._rows = rows
        self._box = (0, 0, 0, 0)
        image.load_prepare = self._prepare_and_fill

    def shows(self) -> bool:
        """Whether one of the last rows that should have been written is of nothing but this grey."""
        left, upper, right, lower = self._box
        rows = range(max(upper, lower - LAST_ROWS), lower)
        # Nearly every row differs at its first pixel, which is soon looked at.
        bare = [row for row in rows if self._image.im.getpixel((left, row)) == self._colour()]
        return any(self._is_bare(self._image.im.crop((left, row, right, row + 1))) for row in bare)

    def _prepare_and_fill(self) -> None:
        """Fill the place of the image's pieces, and nothing around them, as soon as there is room for them."""
        # An image that led to itself would keep its memory until the next collection of garbage.
        del self._image.load_prepare
        self._prepare()
        lefts, uppers, rights, lowers = zip(*(tile.extents for tile in self._image.tile), strict=True)
        self._box = min(lefts), min(uppers), max(rights), max(lowers)
        upper = max(self._box[1], self._box[3] - self._rows)
        self._image.im.paste(self._colour(), (self._box[0], upper, *self._box[2:]))

    def _colour(self) -> int | tuple[int, ...]:
        level = _level(self._image.im.mode, self._which)
        return level if self._image.im.bands == 1 else (level,) * self._image.im.bands

    def _is_bare(self, row: Any) -> bool:
        level = _level(row.mode, self._which)
        bands = [row] if row.bands == 1 else [row.getband(at) for at in range(row.bands)]
        return all(band.getextrema() == (level, level) for band in bands)


def _level(mode: str, which: int) -> int:
    if mode == "1":
        return (255, 0)[which]
    return GREYS[which] * 256 if mode.startswith("I;16") else GREYS[which]


def _load_what_is_there(image: Any, size: int) -> bool:
    """Load an image from data of ``size`` bytes; return whether they ended before the image did."""
    beyond = _has_pieces_beyond(image, size)
    try:
        image.load()
    except OSError as error:
        if not beyond and TRUNCATED not in str(error):
            raise
        _settle(image)
        return True
    return False


def _settle(image: Any) -> None:
    """Make a picture of what is there, as Pillow would have done at the end."""
    unfinished = bool(image.tile)
    image.tile = []
    if unfinished and isinstance(image, TiffImagePlugin.TiffImageFile):
        image.load_end()
    image.load()


def _is_interlaced(image: ImageFile.ImageFile) -> bool:
    """Whether a PNG or GIF brings its rows in several passes."""
    if image.format == "GIF":
        (tile,) = image.tile
        return isinstance(tile.args, tuple) and bool(tile.args[1])
    return bool(image.info.get("interlace"))


def _has_pieces_beyond(image: ImageFile.ImageFile, size: int) -> bool:
    """Whether a TIFF says that some of its pixels lie where the file has ended."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    tags = image.tag_v2
    pieces = [
        *zip(tags.get(STRIP_OFFSETS, ()), tags.get(STRIP_SIZES, ()), strict=False),
        *zip(tags.get(TILE_OFFSETS, ()), tags.get(TILE_SIZES, ()), strict=False),
    ]
    return any(start + length > size for start, length in pieces)


def _share_alike(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels that are the same in two decodings; a few rows at a time, to take little memory."""
    alike = 0
    for top in range(0, one.height, ROWS_AT_ONCE):
        box = (0, top, one.width, min(top + ROWS_AT_ONCE, one.height))
        same = np.asarray(one.crop(box)) == np.asarray(other.crop(box))
        alike += int(np.count_nonzero(same.all(axis=2) if same.ndim == 3 else same))
    return alike / (one.width * one.height)

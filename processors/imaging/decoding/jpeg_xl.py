"""JPEG XL pictures, by libjxl as the extra ``jxl`` brings it; loaded in a process that decodes, when needed."""

import importlib.util
import io
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile

from infra.errors import Rejected
from processors.imaging.colours.described import BT_709, D65, LINEAR, described_profile
from processors.imaging.formats.jpeg_xl import JpegXlHeader, NotAHeader, header_of
from schemas.dead_letters import Reason

JXL = "JXL"
PACKAGE = "imagecodecs"
ROWS_AT_ONCE = 256
# What libjxl keeps of each sample, beside what it hands over.
SAMPLE_BYTES = 4
MEMORY_BYTES_PER_PIXEL, BASE_MEMORY_BYTES = 16, 268_435_456


@cache
def can_read_jxl() -> bool:
    """Whether the extra is installed; looks for it without loading it."""
    return importlib.util.find_spec(PACKAGE) is not None


def refuse_jxl_without_extra() -> None:
    """Raise ``unsupported_format``, saying what to install, where the extra ``jxl`` is missing."""
    if not can_read_jxl():
        detail = "JPEG XL is not read here: the worker lacks the extra jxl. Install it with: pip install 'vedette[jxl]'"
        raise Rejected(Reason.UNSUPPORTED_FORMAT, detail)


def open_jxl(data: bytes, max_pixels: int) -> ImageFile.ImageFile:
    """Open the first picture in ``data``, upright; nothing is decoded yet.

    Raises ``Rejected`` where its samples would not fit into the memory that ``max_pixels`` of any format may take.
    """
    refuse_jxl_without_extra()
    try:
        image = JpegXlImage(io.BytesIO(data))
    except NotAHeader as error:
        raise Rejected(Reason.CORRUPT_IMAGE, f"the header of the JPEG XL cannot be read: {error}") from None
    _require_room(image.header, max_pixels)
    return image


def _require_room(header: JpegXlHeader, max_pixels: int) -> None:
    handed_over = 1 if header.bits <= 8 else 2 if header.bits <= 16 else 4
    needed = header.width * header.height * header.channels * (SAMPLE_BYTES + handed_over)
    if header.width * header.height <= max_pixels and needed > MEMORY_BYTES_PER_PIXEL * max_pixels + BASE_MEMORY_BYTES:
        samples = f"{header.channels} samples of {header.bits} bits"
        detail = f"{header.width} x {header.height} pixels of {samples} take more memory than an image may"
        raise Rejected(Reason.DECODE_OUT_OF_MEMORY, detail)


class JpegXlImage(ImageFile.ImageFile):
    """A JPEG XL as Pillow would open it: its size is known, and its pixels come when they are asked for."""

    format = JXL

    def _open(self) -> None:
        self._data: bytes | None = self.fp.read() if self.fp else b""
        self.header = header_of(self._data)
        self._size, self._mode = self.header.size, "RGB"
        if (profile := _profile_of(self.header)) is not None:
            self.info["icc_profile"] = profile

    def load(self) -> Any:
        if self._data is not None:
            picture, self._data = _picture(self._data, self.header), None
            self.im, self._mode, self._size = picture.im, picture.mode, picture.size
        return Image.Image.load(self)


def _profile_of(header: JpegXlHeader) -> bytes | None:
    """Return the profile of what libjxl hands over: of colours that are described by numbers, their own.

    For a lossy picture with a profile it hands over light as it is, of sRGB's primaries; for one without loss, the
    samples as they are, whose profile it keeps to itself: they are taken for sRGB.
    """
    colours = header.colours
    if colours.has_profile:
        return described_profile(BT_709, D65, LINEAR) if header.is_in_xyb else None
    white, red, green, blue = colours.points
    return described_profile((red, green, blue), white, colours.transfer, 1 / colours.gamma if colours.gamma else None)


def _picture(data: bytes, header: JpegXlHeader) -> Image.Image:
    from imagecodecs import jpegxl_decode

    # Of an animation the first frame; of a grey picture with channels beside, whose planes come one by one, the grey.
    samples = jpegxl_decode(data, index=0, numthreads=1)
    if header.is_in_planes:
        samples = samples[0]
    levels = _levels(samples if samples.ndim == 3 else samples[:, :, None], header)
    if header.alpha_is_applied and levels.shape[2] in (2, 4):
        levels = _on_white(levels)
    return Image.fromarray(levels[:, :, 0] if levels.shape[2] == 1 else levels)


def _levels(samples: npt.NDArray[Any], header: JpegXlHeader) -> npt.NDArray[np.uint8]:
    """Return samples of any kind as 8 bits; a few rows at a time, to take little memory."""
    if samples.dtype == np.uint8 and header.bits == 8:
        return np.asarray(samples, np.uint8)
    white = 1.0 if samples.dtype.kind == "f" else 2.0**header.bits - 1
    levels = np.empty(samples.shape, np.uint8)
    for top in range(0, len(samples), ROWS_AT_ONCE):
        rows = np.nan_to_num(samples[top : top + ROWS_AT_ONCE].astype(np.float32), nan=0.0)
        levels[top : top + ROWS_AT_ONCE] = np.rint(np.clip(rows * (255.0 / white), 0, 255))
    return levels


def _on_white(levels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return colours to which their alpha is applied, with white added for what is clear."""
    colours, clear = levels[:, :, :-1], 255 - levels[:, :, -1:]
    on_white: npt.NDArray[np.uint8] = np.minimum(colours.astype(np.uint16) + clear, 255).astype(np.uint8)
    return on_white

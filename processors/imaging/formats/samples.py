"""Samples of more than 8 bits, or of another meaning than 0 to 255, brought to 8 bits by the range that they span."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, TiffImagePlugin

from processors.imaging.formats.tiff_kinds import FLOAT, SIGNED, UNSIGNED, WHITE_IS_ZERO, kind_in

WIDE_MODES = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
ROWS_AT_ONCE = 256
LARGEST_16_BITS = 65_535
# Real numbers of which all but a hundredth come out black are scaled by those, and not by what outshines them.
OUTSHINING, COMMON_PERCENT, LOOKED_AT = 1000.0, 99, 1_000_000
# Rounding and sharpening leave numbers a little below zero; more than this share of the largest says something else.
LARGEST_BELOW_ZERO = 0.05

Values = npt.NDArray[Any]


class MeaninglessSamples(Exception):
    """Samples of which nobody can say how bright they are; the message says why."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What the numbers of an image mean, known before it is loaded."""

    kind: int = UNSIGNED
    bits: int = 8
    inverted: bool = False


def samples_of(image: ImageFile.ImageFile) -> Samples:
    """Return what the numbers in ``image`` mean."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        kind = kind_in(image.tag_v2)
        return Samples(kind.sample_format, kind.bits[0], kind.photometric == WHITE_IS_ZERO)
    return Samples(bits=16 if image.mode in WIDE_MODES else 8)


def is_wide(image: Image.Image, samples: Samples) -> bool:
    """Whether the image has to be narrowed before anything else."""
    return image.mode in WIDE_MODES or (samples.kind == SIGNED and image.mode == "L")


def narrowed(image: Image.Image, samples: Samples) -> Image.Image:
    """Return a wide image in 8 bits: black and white where the range of its samples ends.

    Transparency by one grey, which PNG has, becomes a channel: only here is that grey still told from its neighbours.
    Raises ``MeaninglessSamples``.
    """
    low, high = _range(image, samples)
    key = image.info.get("transparency")
    grey = Image.new("L", image.size)
    alpha = Image.new("L", image.size, 255) if isinstance(key, int) else None
    for top, values in _pieces(image, samples):
        grey.paste(Image.fromarray(_levels(values, low, high, inverted=samples.inverted)), (0, top))
        if alpha is not None:
            alpha.paste(0, (0, top), Image.fromarray((values == key).astype(np.uint8) * 255))
    if "icc_profile" in image.info:
        grey.info["icc_profile"] = image.info["icc_profile"]
    return grey if alpha is None else _with_alpha(grey, alpha)


def _with_alpha(grey: Image.Image, alpha: Image.Image) -> Image.Image:
    both = Image.merge("LA", (grey, alpha))
    both.info.update(grey.info)
    return both


def _pieces(image: Image.Image, samples: Samples) -> Iterator[tuple[int, Values]]:
    """Yield a few rows at a time, as the numbers that the file holds: a copy of all would take four times the image."""
    for top in range(0, image.height, ROWS_AT_ONCE):
        values = np.asarray(image.crop((0, top, image.width, min(top + ROWS_AT_ONCE, image.height))))
        if samples.kind == SIGNED and image.mode == "L":
            values = values.view(np.int8)
        elif samples.kind == UNSIGNED and image.mode == "I":
            values = values.view(np.uint32)
        yield top, values


def _levels(values: Values, low: float, high: float, *, inverted: bool) -> npt.NDArray[np.uint8]:
    known = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
    levels = np.rint(np.clip((known - low) * (255.0 / (high - low)), 0, 255)).astype(np.uint8)
    return 255 - levels if inverted else levels


def _range(image: Image.Image, samples: Samples) -> tuple[float, float]:
    """Return which numbers are black and white.

    Whole numbers: the least and the largest that their bits can hold. Those of 32 bits none of which needs more than
    16 are numbers of 16 bits in larger room, as Pillow writes them; signed ones of which none is negative begin at 0.
    """
    if samples.kind == FLOAT or image.mode == "F":
        return 0.0, _largest_real(image, samples)
    least, largest = _extremes(image, samples)
    if samples.bits > 16 and least >= 0 and largest <= LARGEST_16_BITS:
        return 0.0, float(LARGEST_16_BITS)
    if samples.kind == SIGNED:
        half = 2.0 ** (samples.bits - 1)
        return (0.0 if least >= 0 else -half), half - 1
    return 0.0, 2.0**samples.bits - 1


def _extremes(image: Image.Image, samples: Samples) -> tuple[float, float]:
    pairs = [(float(values.min()), float(values.max())) for _, values in _pieces(image, samples)]
    return min(least for least, _ in pairs), max(largest for _, largest in pairs)


def _largest_real(image: Image.Image, samples: Samples) -> float:
    step = max(1, image.width * image.height // LOOKED_AT)
    least, largest, common = 0.0, -1.0, [np.zeros(0)]
    for _, values in _pieces(image, samples):
        finite = values[np.isfinite(values)].astype(np.float64)
        if finite.size:
            least, largest = min(least, float(finite.min())), max(largest, float(finite.max()))
            common.append(finite[::step])
    if largest < 0:
        raise MeaninglessSamples("none of its real numbers is finite and above zero")
    usual = float(np.percentile(np.concatenate(common), COMMON_PERCENT))
    white = usual if 0 < usual < largest / OUTSHINING else largest
    if least < -LARGEST_BELOW_ZERO * white:
        raise MeaninglessSamples("its real numbers go below zero")
    return white or 1.0

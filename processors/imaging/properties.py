"""How an image looks as a whole: its dominant colours, brightness, contrast and sharpness."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from processors.imaging.colour_names import lab_of, nearest_name
from processors.imaging.views import Pixels
from schemas.answers import DominantColour, PropertiesAnswer

NAME = "properties@1"
MOST_COLOURS = 5
PALETTE_SIZE = 16
# Shares are as true as of more pixels, in a quarter of the time.
COLOURS_SIDE = 128
LEAST_SHARE = 0.01
# In CIELAB, where black and white are 100 apart: nearer shades are the light and the dark of one colour.
SAME_COLOUR = 15.0
# The variance of the Laplacian, of luma from 0 to 255, that is rated as half sharp.
HALF_SHARP = 1000.0
DECIMALS = 4

Luma = npt.NDArray[np.float64]


def measure_properties(thumbnail: Pixels) -> PropertiesAnswer:
    """Return the properties of the image whose thumbnail, ``[height, width, 3]``, this is."""
    image = Image.fromarray(thumbnail)
    luma = np.asarray(image.convert("L"), np.float64)
    return PropertiesAnswer(
        model=NAME,
        dominant_colours=dominant_colours(image),
        brightness=round(float(luma.mean()) / 255, DECIMALS),
        contrast=contrast(luma),
        sharpness=sharpness(luma),
    )


def contrast(luma: Luma) -> float:
    """Return the RMS contrast (E. Peli, "Contrast in complex images", 1990), doubled: half black, half white is 1."""
    return round(min(1.0, 2 * float(luma.std()) / 255), DECIMALS)


def sharpness(luma: Luma) -> float:
    """Return the variance of the Laplacian, v, as ``v / (v + HALF_SHARP)``; 0 where a side has fewer than 3 pixels.

    Source: J. L. Pech-Pacheco and others, "Diatom autofocusing in brightfield microscopy: a comparative study", 2000.
    """
    if min(luma.shape) < 3:
        return 0.0
    around = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    variance = float((around - 4 * luma[1:-1, 1:-1]).var())
    return round(variance / (variance + HALF_SHARP), DECIMALS)


def dominant_colours(image: Image.Image) -> tuple[DominantColour, ...]:
    """Return up to five colours in falling share, those below a hundredth of the image left out.

    Median cut (P. Heckbert, "Color image quantization for frame buffer display", 1982) gives sixteen, and shades that
    look much the same become one.
    """
    small = image.reduce(2) if max(image.size) > COLOURS_SIDE else image
    groups = sorted(_merge(_palette(small)), key=lambda group: -group.pixels)
    total = small.width * small.height
    most = [group for group in groups if group.pixels >= LEAST_SHARE * total][:MOST_COLOURS]
    return tuple(_describe(group, total) for group in most)


@dataclass(frozen=True, slots=True)
class _Group:
    """Pixels of about one colour, which is their mean."""

    rgb: npt.NDArray[np.float64]
    pixels: int

    def joined(self, other: "_Group") -> "_Group":
        pixels = self.pixels + other.pixels
        return _Group((self.rgb * self.pixels + other.rgb * other.pixels) / pixels, pixels)


def _palette(image: Image.Image) -> list[_Group]:
    """Return the mean colour of each of the palette's groups, the largest group first."""
    indices = np.asarray(image.quantize(PALETTE_SIZE, Image.Quantize.MEDIANCUT)).ravel()
    pixels = np.asarray(image).reshape(-1, 3)
    counts = np.bincount(indices, minlength=PALETTE_SIZE)
    sums = np.stack([np.bincount(indices, pixels[:, channel], PALETTE_SIZE) for channel in range(3)], axis=1)
    return [_Group(sums[at] / counts[at], int(counts[at])) for at in np.argsort(-counts, kind="stable") if counts[at]]


def _merge(groups: Iterable[_Group]) -> Sequence[_Group]:
    """Add each group to the first that looks much the same."""
    merged: list[_Group] = []
    for group in groups:
        at = next((at for at, other in enumerate(merged) if _alike(group, other)), None)
        if at is None:
            merged.append(group)
        else:
            merged[at] = merged[at].joined(group)
    return merged


def _alike(one: _Group, other: _Group) -> bool:
    return float(np.linalg.norm(lab_of(one.rgb) - lab_of(other.rgb))) < SAME_COLOUR


def _describe(group: _Group, total: int) -> DominantColour:
    red, green, blue = (int(value) for value in np.rint(group.rgb))
    return DominantColour(
        rgb=(red, green, blue),
        hex=f"#{red:02x}{green:02x}{blue:02x}",
        css=nearest_name(lab_of(group.rgb)),
        share=round(group.pixels / total, DECIMALS),
    )

"""Lines of text and their words in a picture, as pixels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Quadrangle = npt.NDArray[np.float64]
"""Four corners ``[4, 2]``, clockwise."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word; ``corners`` are those around it, from the upper left one as it is read."""

    text: str
    confidence: float
    corners: Quadrangle


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; ``corners`` begin with the one that is the upper left in the picture."""

    text: str
    confidence: float
    corners: Quadrangle
    words: tuple[Word, ...]


def part_of(corners: Quadrangle, start: float, end: float) -> Quadrangle:
    """Return the part of a quadrangle between two ratios of its width."""
    upper_left, upper_right, lower_right, lower_left = corners
    along_top, along_bottom = upper_right - upper_left, lower_right - lower_left
    return np.array(
        [
            upper_left + start * along_top,
            upper_left + end * along_top,
            lower_left + end * along_bottom,
            lower_left + start * along_bottom,
        ]
    )

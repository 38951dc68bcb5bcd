"""Lines of text cut out of a picture, each as wide as it is: what a recogniser takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from processors.imaging.views import Pixels
from processors.models.text.lines import Quadrangle

HEIGHT = 48
# A line that is this much higher than wide is written from above to below, or on its side.
UPENDED = 1.5


@dataclass(frozen=True, slots=True)
class LineImage:
    """A line of text, turned so that it runs from left to right, ``HEIGHT`` pixels high.

    ``pixels`` are ``[HEIGHT, width, 3]``; ``corners`` are those of the line in the picture, in pixels.
    """

    pixels: Pixels
    corners: Quadrangle

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    def narrowed(self, scale: float) -> "LineImage":
        """Return the line at ``scale`` of its width."""
        width = max(1, round(self.width * scale))
        pixels = cv2.resize(self.pixels, (width, HEIGHT), interpolation=cv2.INTER_AREA)
        return LineImage(np.asarray(pixels, np.uint8), self.corners)

    def turned(self) -> "LineImage":
        """Return the line as someone sees it who stands on his head."""
        return LineImage(self.pixels[::-1, ::-1], np.roll(self.corners, 2, axis=0))


def cut_out(pixels: Pixels, corners: Quadrangle) -> LineImage:
    """Return what lies within ``corners``, which go clockwise from the upper left one."""
    width, height = _sides(corners)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    cut = cv2.warpPerspective(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC)
    if height >= UPENDED * width:
        return LineImage(_of_height(np.rot90(cut)), np.roll(corners, -1, axis=0))
    return LineImage(_of_height(cut), corners)


def resized(pixels: npt.NDArray[Any], width: int) -> Pixels:
    """Return a line at another width."""
    return np.asarray(cv2.resize(pixels, (width, HEIGHT)), np.uint8)


def stacked(lines: Sequence[LineImage]) -> npt.NDArray[np.float32]:
    """Return ``[lines, 3, HEIGHT, width]``, blue first and from -1 to 1, the narrower lines filled up with 0."""
    batch = np.zeros((len(lines), 3, HEIGHT, max(line.width for line in lines)), np.float32)
    for place, line in zip(batch, lines, strict=True):
        place[:, :, : line.width] = line.pixels[..., ::-1].transpose(2, 0, 1) * np.float32(2 / 255) - 1
    return batch


def _sides(corners: Quadrangle) -> tuple[int, int]:
    above, right, below, left = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    return max(1, int(max(above, below))), max(1, int(max(left, right)))


def _of_height(pixels: npt.NDArray[Any]) -> Pixels:
    height, width, _ = pixels.shape
    return resized(pixels, max(1, -(-HEIGHT * width // height)))

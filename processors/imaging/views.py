"""How one image becomes what each model takes: a rule a view, upright RGB pixels out.

A view works on the pixels as the file keeps them and the result is turned upright afterwards: a turn of the whole image
would cost more than its decoding. ``sideways`` says that this turn will swap width and height.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

# Two steps, a rough and a fine one: a sixth of the time on a large image, with no difference to be seen.
REDUCING_GAP = 3.0

Pixels = npt.NDArray[np.uint8]
Size = tuple[int, int]
Placement = tuple[int, int, int, int]  # left, top, width, height in pixels


class View(Protocol):
    """One way to look at an image; equal rules are equal views, computed once."""

    def shorter_side(self, size: Size) -> float:
        """Return the shorter side, in pixels, that the whole image of ``size`` must have for this view to be sharp."""

    def resize(self, image: Image.Image, *, sideways: bool) -> Image.Image:
        """Return the part of ``image`` that is looked at, resized."""

    def finish(self, upright: Pixels) -> Pixels:
        """Return what a model takes, ``[height, width, 3]``, of the upright resized part."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Crop:
    """The shorter side is resized to ``resized_side`` pixels; a square of ``side`` pixels is cut from the middle."""

    resized_side: int
    side: int
    resampling: Image.Resampling = Image.Resampling.BICUBIC

    def shorter_side(self, size: Size) -> float:
        return self.resized_side

    def resize(self, image: Image.Image, *, sideways: bool) -> Image.Image:
        """Resize and cut in one step: only the pixels that are kept are computed."""
        width, height = image.size
        side = self.side * min(width, height) / self.resized_side
        left, top = (width - side) / 2, (height - side) / 2
        box: Any = (left, top, left + side, top + side)
        return image.resize((self.side, self.side), self.resampling, box=box)

    def finish(self, upright: Pixels) -> Pixels:
        return upright


@dataclass(frozen=True, slots=True)
class Stretch:
    """The whole image, squeezed into ``width`` x ``height`` whatever its own shape."""

    width: int
    height: int
    resampling: Image.Resampling = Image.Resampling.BICUBIC

    def shorter_side(self, size: Size) -> float:
        return min(size) * max(_scales(size, (self.width, self.height)))

    def resize(self, image: Image.Image, *, sideways: bool) -> Image.Image:
        return image.resize(_as_kept((self.width, self.height), sideways=sideways), self.resampling)

    def finish(self, upright: Pixels) -> Pixels:
        return upright

    def placement(self, size: Size) -> Placement:
        """Return where an upright image of ``size`` lies in this view: all over it."""
        return 0, 0, self.width, self.height


@dataclass(frozen=True, slots=True)
class Letterbox:
    """The whole image in its own shape, as large as fits into ``width`` x ``height``; the rest is of one grey.

    ``centred`` puts the image in the middle, otherwise it lies in the upper left corner.
    """

    width: int
    height: int
    fill: int = 114
    centred: bool = True
    resampling: Image.Resampling = Image.Resampling.BICUBIC

    def shorter_side(self, size: Size) -> float:
        return min(size) * min(_scales(size, (self.width, self.height)))

    def resize(self, image: Image.Image, *, sideways: bool) -> Image.Image:
        return image.resize(
            _fitted(image.size, _as_kept((self.width, self.height), sideways=sideways)), self.resampling
        )

    def finish(self, upright: Pixels) -> Pixels:
        height, width, _ = upright.shape
        left, top = self._corner((width, height))
        framed = np.full((self.height, self.width, 3), self.fill, np.uint8)
        framed[top : top + height, left : left + width] = upright
        return framed

    def placement(self, size: Size) -> Placement:
        """Return where an upright image of ``size`` lies in this view."""
        fitted = _fitted(size, (self.width, self.height))
        return *self._corner(fitted), *fitted

    def _corner(self, fitted: Size) -> tuple[int, int]:
        return ((self.width - fitted[0]) // 2, (self.height - fitted[1]) // 2) if self.centred else (0, 0)


@dataclass(frozen=True, slots=True)
class Within:
    """The whole image in its own shape, no side above ``longest_side``, and never enlarged."""

    longest_side: int
    resampling: Image.Resampling = Image.Resampling.BICUBIC

    def shorter_side(self, size: Size) -> float:
        return min(size) * min(1.0, self.longest_side / max(size))

    def resize(self, image: Image.Image, *, sideways: bool) -> Image.Image:
        scale = min(1.0, self.longest_side / max(image.size))
        width, height = (max(1, round(side * scale)) for side in image.size)
        # Of 16 bits in one channel Pillow makes no rough step.
        gap = None if image.mode.startswith("I;16") else REDUCING_GAP
        return image.resize((width, height), self.resampling, reducing_gap=gap)

    def finish(self, upright: Pixels) -> Pixels:
        return upright


THUMBNAIL = Within(256)


def _scales(size: Size, target: Size) -> tuple[float, float]:
    return target[0] / size[0], target[1] / size[1]


def _fitted(size: Size, target: Size) -> Size:
    scale = min(_scales(size, target))
    return max(1, min(target[0], round(size[0] * scale))), max(1, min(target[1], round(size[1] * scale)))


def _as_kept(size: Size, *, sideways: bool) -> Size:
    return (size[1], size[0]) if sideways else size
